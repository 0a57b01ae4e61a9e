/**
 * A transcript: the whole conversation of one session in one file, in both directions, as it happened.
 * docs/recording.md describes it for who writes programs for it.
 *
 *     scribunto-transcript 1                                          magic and version
 *     {"mainFile":"...","includes":"...","interpreterId":0,...}       TranscriptHeader, JSON on one line
 *     > 1532 47                                                       from the host, 1532 us after the start,
 *     {["op"]="getStatus"}                                            a body of 47 bytes, and a newline
 *     < 1733 98                                                       from the peer
 *     a:3:{s:7:"nvalues";...}
 *     ! 9020 27                                                       the end: TranscriptEnd, JSON
 *     {"code":0,"signal":null}
 *
 * Bodies are bytes as on the wire, without the header of their frame. An entry is complete in itself, so a
 * file can be read while it grows, and one that was cut off by a crash is good up to its last whole entry.
 * Readers skip entries of kinds that they do not know; anything else that is new makes a new version.
 */
import { FrameBuffer } from "../wire/frame-buffer.ts";

const MAGIC = "scribunto-transcript";
export const TRANSCRIPT_VERSION = 1;

export interface TranscriptHeader {
	/** What PHP gave on the command line. */
	readonly mainFile: string;
	readonly includes: string;
	readonly interpreterId: number;
	readonly intSize: 4 | 8;
	/** When the session began, as ISO 8601. */
	readonly startedAt?: string;
	/** Which Lua answered. */
	readonly lua?: string;
	/** The TZ variable that it had. */
	readonly timeZone?: string;
	/** In what character strings were masked (see mask.ts), when they were. */
	readonly mask?: string;
	/** For people: a page, a reason. */
	readonly title?: string;
}

/** Of a process that has ended, or of a recording that has while the session went on. */
export interface TranscriptEnd {
	readonly code: number | null;
	readonly signal: string | null;
	/** Why nothing more was recorded. */
	readonly reason?: string;
}

export type EntrySource = "host" | "peer" | "end";

export interface TranscriptEntry {
	readonly source: EntrySource;
	/** Microseconds since the start of the session; 0 where nobody looked at the clock. */
	readonly time: number;
	readonly body: Buffer;
}

/** This is no transcript, or one of a version to come. */
export class TranscriptError extends Error {
	override readonly name = "TranscriptError";
}

// -- Writing ------------------------------------------------------------------

const MARKS: Readonly<Record<EntrySource, string>> = { host: ">", peer: "<", end: "!" };

export function encodeTranscriptHeader(header: TranscriptHeader): Buffer {
	return Buffer.from(`${MAGIC} ${TRANSCRIPT_VERSION}\n${JSON.stringify(header)}\n`, "utf8");
}

/** What stands before an entry's body; behind it stands a newline. */
export function encodeEntryHead(source: EntrySource, time: number, bodyLength: number): string {
	return `${MARKS[source]} ${Math.round(time)} ${bodyLength}\n`;
}

export function encodeTranscriptEntry({ source, time, body }: TranscriptEntry): Buffer {
	const head = encodeEntryHead(source, time, body.length);
	return Buffer.concat([Buffer.from(head, "latin1"), body, Buffer.from("\n")]);
}

export function encodeTranscript(header: TranscriptHeader, entries: Iterable<TranscriptEntry>): Buffer {
	return Buffer.concat([encodeTranscriptHeader(header), ...Array.from(entries, encodeTranscriptEntry)]);
}

// -- Reading ------------------------------------------------------------------

const NEWLINE = 0x0a;

/** Bytes in, as they come; the header and whole entries out. */
export class TranscriptReader {
	header: TranscriptHeader | undefined = undefined;
	#bytes: Buffer = Buffer.alloc(0);
	#at = 0;

	/** The bytes are kept, not copied. */
	append(bytes: Uint8Array): void {
		const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
		const rest = this.#bytes.subarray(this.#at);
		this.#bytes = rest.length === 0 ? view : Buffer.concat([rest, view]);
		this.#at = 0;
	}

	/** Are there no bytes of an unfinished entry? */
	get isEmpty(): boolean {
		return this.#at === this.#bytes.length;
	}

	/** The next whole entry; undefined until more bytes come. Throws TranscriptError. */
	take(): TranscriptEntry | undefined {
		if (this.header === undefined && !this.#readHeader()) return undefined;
		for (;;) {
			const lineEnd = this.#bytes.indexOf(NEWLINE, this.#at);
			if (lineEnd < 0) return undefined;
			const line = this.#bytes.toString("latin1", this.#at, lineEnd);
			const match = /^(\S) (\d+) (\d+)$/.exec(line);
			if (match === null)
				throw new TranscriptError(`no entry begins with ${JSON.stringify(line.slice(0, 80))}`);
			const start = lineEnd + 1;
			const end = start + Number(match[3]);
			if (this.#bytes.length <= end) return undefined;
			if (this.#bytes[end] !== NEWLINE) throw new TranscriptError(`no newline ends the entry ${line}`);
			this.#at = end + 1;
			const source = sourceOf(match[1]!);
			if (source !== undefined) {
				return { source, time: Number(match[2]), body: this.#bytes.subarray(start, end) };
			}
		}
	}

	#readHeader(): boolean {
		const first = this.#bytes.indexOf(NEWLINE, this.#at);
		if (first < 0 && this.#bytes.length <= MAGIC.length + 10) return false;
		const magic = this.#bytes.toString("latin1", this.#at, Math.max(first, 0));
		const version = /^scribunto-transcript (\d+)$/.exec(magic)?.[1];
		if (version === undefined) throw new TranscriptError("this is no transcript of a Scribunto session");
		if (Number(version) !== TRANSCRIPT_VERSION) {
			throw new TranscriptError(`this is a transcript of version ${version}, not ${TRANSCRIPT_VERSION}`);
		}
		const second = this.#bytes.indexOf(NEWLINE, first + 1);
		if (second < 0) return false;
		this.header = decodeHeader(this.#bytes.toString("utf8", first + 1, second));
		this.#at = second + 1;
		return true;
	}
}

/** What is used of a header must be there and of its kind; the file may be anybody's. */
function decodeHeader(text: string): TranscriptHeader {
	let header: Partial<TranscriptHeader> | null;
	try {
		header = JSON.parse(text) as Partial<TranscriptHeader> | null;
	} catch (error) {
		throw new TranscriptError(`the transcript's header is no JSON: ${(error as Error).message}`);
	}
	const { mainFile, includes, interpreterId, intSize } = header ?? {};
	if (
		typeof mainFile !== "string" ||
		typeof includes !== "string" ||
		typeof interpreterId !== "number" ||
		(intSize !== 4 && intSize !== 8)
	) {
		throw new TranscriptError("the transcript's header does not say how the session was started");
	}
	return { ...header, mainFile, includes, interpreterId, intSize };
}

function sourceOf(mark: string): EntrySource | undefined {
	switch (mark) {
		case ">":
			return "host";
		case "<":
			return "peer";
		case "!":
			return "end";
		default:
			return undefined;
	}
}

export interface Transcript {
	readonly header: TranscriptHeader;
	readonly entries: readonly TranscriptEntry[];
	/** False for a file that breaks off within an entry. */
	readonly isWhole: boolean;
}

export function decodeTranscript(bytes: Uint8Array): Transcript {
	const reader = new TranscriptReader();
	reader.append(bytes);
	const entries: TranscriptEntry[] = [];
	for (let entry = reader.take(); entry !== undefined; entry = reader.take()) entries.push(entry);
	if (reader.header === undefined) throw new TranscriptError("the transcript breaks off in its header");
	return { header: reader.header, entries, isWhole: reader.isEmpty };
}

// -- From two streams -----------------------------------------------------------

/**
 * The entries of a session whose two byte streams were kept apart, by `tee` say. Their order needs no clock:
 * each side waits for the other after every message, and the host speaks first.
 */
export function entriesOfStreams(fromHost: Uint8Array, fromPeer: Uint8Array): TranscriptEntry[] {
	const host = bodiesOf(fromHost);
	const peer = bodiesOf(fromPeer);
	const entries: TranscriptEntry[] = [];
	for (const [index, body] of host.entries()) {
		entries.push({ source: "host", time: 0, body });
		const answer = peer[index];
		if (answer !== undefined) entries.push({ source: "peer", time: 0, body: answer });
	}
	if (peer.length > host.length) {
		throw new TranscriptError(`${peer.length} messages of the peer answer ${host.length} of the host`);
	}
	return entries;
}

const PIECE_LENGTH = 32 * 1024;

function bodiesOf(stream: Uint8Array): Buffer[] {
	const frames = new FrameBuffer();
	const bodies: Buffer[] = [];
	// Piece by piece: the buffer is made for frames that are taken as they come.
	for (let at = 0; at < stream.length; at += PIECE_LENGTH) {
		frames.append(stream.subarray(at, at + PIECE_LENGTH));
		for (let body = frames.take(); body !== undefined; body = frames.take()) bodies.push(Buffer.from(body));
	}
	return bodies;
}
