// The package's public API: what may be imported by others. Inside src the defining files are imported.

// The embedded host: PHP's side of the protocol without PHP.
export {
	type ExitStatus,
	Host,
	type HostCallback,
	type HostOptions,
	type HostStatus,
	LuaCallError,
	PeerGoneError,
	type TraceRow,
} from "./host/host.ts";
export { luaPath, packageRoot } from "./host/package-root.ts";
export type { ErrorTarget } from "./host/pipes.ts";
export { installedTree, ownTree, type ScribuntoTree, treeAt } from "./host/tree.ts";
export { type HostEncoding, type HostValue, LuaFunctionHandle } from "./host/value.ts";

// Modules without MediaWiki, in this process.
export type { OfflineData } from "./offline/data.ts";
export type { Argument } from "./offline/frame.ts";
export {
	NoScribuntoError,
	type OfflineCall,
	type OfflineOptions,
	type OfflineResult,
	runOffline,
} from "./offline/run.ts";
export type { ScriptFailure } from "./offline/script-failure.ts";

// The peer in this process: one session over any channel.
export { runSession, type SessionEnding } from "./peer/peer.ts";
export { type Channel, PipeTransport, TransportError } from "./peer/transport.ts";

// The replayer.
export { type PeerCommand, PeerEndedError, PeerProcess } from "./replay/peer-process.ts";
export { PlaybackChannel } from "./replay/playback-channel.ts";
export { type Divergence, type Judge, type Playback, type PlayerPeer, play } from "./replay/player.ts";
export {
	decodeTranscript,
	type EntrySource,
	encodeTranscript,
	type Transcript,
	type TranscriptEnd,
	type TranscriptEntry,
	TranscriptError,
	type TranscriptHeader,
} from "./replay/transcript.ts";
// A wrong byte on the wire.
export { ProtocolError } from "./wire/frame.ts";
