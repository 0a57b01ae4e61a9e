/**
 * The peer: what PHP starts as `luaPath .../LuaStandalone/mw_main.lua INCLUDES ID INTSIZE`. Reads the
 * Scribunto tree, makes the globals and the sandbox, and serves requests until the host ends it.
 */
import {
	call,
	firstResult,
	hostCall,
	type LuaFunction,
	LuaState,
	type LuaTable,
	type LuaValue,
	load,
	resultList,
	toNumber,
	toStringValue,
	typeName,
} from "../engine/api.ts";
import { openBase } from "../stdlib/base.ts";
import { openDebug } from "../stdlib/debug.ts";
import { openMath } from "../stdlib/math.ts";
import { openOs } from "../stdlib/os.ts";
import { openString } from "../stdlib/string.ts";
import { openTable } from "../stdlib/table.ts";
import { ProtocolError } from "../wire/frame.ts";
import type { ChunkTable } from "./chunk-table.ts";
import { Dispatcher, keepTrace, SessionEnd, type SessionSettings } from "./dispatcher.ts";
import { makeSandbox } from "./sandbox.ts";
import { isMainFile, MAIN_FILE, readTree, TreeError } from "./scribunto-tree.ts";
import { mainChunk, serverChunk } from "./server-frames.ts";
import { type Channel, TransportError } from "./transport.ts";

const EXIT_FAILURE = 1;

/** Is this command line (bytes, without node and script) one that PHP starts a peer with? */
export function isPeerCommand(argv: readonly string[]): boolean {
	const [first] = argv;
	return first !== undefined && isMainFile(first);
}

/** How a session ended. */
export interface SessionEnding {
	readonly status: number;
	/** For whoever reads the log; PHP sees the exit status only. */
	readonly message: string;
	/** The fault is ours: nobody knows what state the process is in. */
	readonly isInternal: boolean;
}

/** Serves one session over any channel; `cpuStart` is the process's CPU time when it began. */
export function runSession(
	argv: readonly string[],
	channel: Channel,
	cpuStart?: NodeJS.CpuUsage,
): SessionEnding {
	try {
		const status = serveSession({ ...readSettings(argv), cpuStart }, channel);
		return { status, message: "", isInternal: false };
	} catch (error) {
		const isInternal = !(error instanceof TreeError);
		const message = `lua: ${isInternal ? describe(error) : error.message}`;
		return { status: EXIT_FAILURE, message, isInternal };
	}
}

export function readSettings(argv: readonly string[]): SessionSettings {
	const [mainFile = MAIN_FILE, includes, id, size] = argv;
	if (includes === undefined) throw new TreeError(`usage: lua .../${MAIN_FILE} INCLUDES ID INTSIZE`);
	const interpreterId = toNumber(id);
	if (interpreterId === undefined) throw new TreeError(`the interpreter id ${id} is no number`);
	const intSize = toNumber(size);
	if (intSize !== 4 && intSize !== 8) throw new TreeError(`the integer size ${size} is neither 4 nor 8`);
	return { tree: readTree(mainFile, includes), interpreterId, intSize };
}

/** Serves one session over any channel. Throws for what is no end of a session. */
export function serveSession(settings: SessionSettings, channel: Channel): number {
	return new PeerSession(settings, channel).serve();
}

/** One session: a state with Scribunto's globals, served over a channel. */
export class PeerSession {
	readonly state = new LuaState();
	readonly #settings: SessionSettings;
	readonly #channel: Channel;
	#server: Server | undefined;

	constructor(settings: SessionSettings, channel: Channel) {
		this.#settings = settings;
		this.#channel = channel;
	}

	/**
	 * Serves requests until the channel has none left or one ends the session; gives the exit status.
	 * After the end of input a session can be served again, in the state in which it was left.
	 */
	serve(): number {
		const channel = this.#channel;
		this.state.activate();
		if (this.#server === undefined) openLibraries(this.state, this.#settings.cpuStart);
		try {
			this.#server ??= startServer(this.state, this.#settings, channel);
			const { main, server } = this.#server;
			// Called by nothing of ours: below the main chunk a traceback shows one builtin.
			const outcome = hostCall(this.state, main, server);
			if (!outcome.ok) throw new ProtocolError(`the server failed: ${describeValue(outcome.error.value)}`);
			channel.debug("MWServer:execute: returning");
			return 0;
		} catch (error) {
			if (error instanceof SessionEnd) return error.status;
			if (!(error instanceof ProtocolError || error instanceof TransportError)) throw error;
			channel.debug(error.message);
			return EXIT_FAILURE;
		}
	}

	/** The function that the host knows by `id`. */
	chunk(id: number): LuaFunction | undefined {
		return this.#server?.chunks.get(id);
	}

	/** The id by which the host can call a function. */
	idOf(chunk: LuaFunction): number {
		if (this.#server === undefined) throw new Error("the session was not served yet");
		return this.#server.chunks.idOf(chunk);
	}
}

interface Server {
	readonly main: LuaFunction;
	readonly server: LuaValue;
	readonly chunks: ChunkTable;
}

/** Everything but the loop: `main`, called with `server`, runs it. */
function startServer(state: LuaState, settings: SessionSettings, channel: Channel): Server {
	const { tree } = settings;
	const dispatcher = new Dispatcher(state, channel, settings);
	const receive = state.builtin("receive", () => dispatcher.receive());
	const answer = state.builtin("answer", (chunk, ok, ...results) =>
		dispatcher.answer(chunk as LuaFunction, ok, results),
	);
	const send = state.builtin("send", (id, count, args) => dispatcher.send(id, count, args as LuaTable));

	const handler = state.builtin("keepTrace", keepTrace);

	run(state, tree.initText, tree.initFile);
	const made = run(state, serverChunk(tree.serverText), tree.serverFile, receive, answer, send, handler);
	const [server, libraryFunction, anonymousFunction, tostring] = made;
	const sandbox = makeSandbox(state, tree.allowedGlobals, tostring);
	const makerOf = (maker: LuaValue) => (id: LuaValue) => firstResult(call(maker, id)) as LuaFunction;
	const encodeMessage = (server as LuaTable).getStr("encodeMessage");
	dispatcher.connect({
		sandbox,
		libraryFunction: makerOf(libraryFunction),
		anonymousFunction: makerOf(anonymousFunction),
		failureText({ kind, message, depth }) {
			const outcome = hostCall(state, encodeMessage, server, kind, message, depth);
			return outcome.ok ? message : describeValue(outcome.error.value);
		},
	});
	const main = load(state, mainChunk(tree.mainText), `@${tree.mainFile}`);
	return { main, server, chunks: dispatcher.chunks };
}

/** The libraries that mwInit.lua and the sandbox take from; io, package and coroutine are not among them. */
function openLibraries(state: LuaState, cpuStart: NodeJS.CpuUsage | undefined): void {
	openBase(state);
	openTable(state);
	openOs(state, undefined, cpuStart);
	state.globals.setStr("string", openString(state));
	openMath(state);
	openDebug(state);
}

/** Runs a file's text as native's `require` does, with values for its `...`. */
function run(state: LuaState, text: string, file: string, ...args: LuaValue[]): readonly LuaValue[] {
	const loader = state.builtin("run", () => call(load(state, text, `@${file}`), ...args));
	const outcome = hostCall(state, loader);
	if (!outcome.ok) throw new TreeError(`${file}: ${describeValue(outcome.error.value)}`);
	return resultList(outcome.results);
}

function describeValue(value: LuaValue): string {
	return toStringValue(value) ?? `(error object is a ${typeName(value)} value)`;
}

function describe(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
