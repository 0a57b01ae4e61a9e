/**
 * Requests in, replies out. The loop itself is Lua (server-frames.ts), because its functions can be
 * seen in tracebacks; this file makes the builtins that it works with:
 *   receive()              answers requests until one is a `call` or a reply to our own call
 *   answer(chunk, ok, ...) sends what a called function returned or raised
 *   send(id, count, args)  sends a call of a host function
 *   keepTrace(value)       the error handler of calls: the error value with the stack as it is now
 */
import {
	LuaError,
	type LuaFunction,
	LuaMemoryError,
	type LuaResult,
	type LuaState,
	type LuaTable,
	LuaUserdata,
	type LuaValue,
	NONE,
	saveCode,
	stackTrace,
	type TraceInfo,
	toStringValue,
	tostr,
	typeName,
} from "../engine/api.ts";
import { ProtocolError } from "../wire/frame.ts";
import { decodeMessage, type HostMessage, type HostRequest } from "../wire/message.ts";
import { INTEGER_RANGES } from "../wire/php-value.ts";
import { ChunkTable } from "./chunk-table.ts";
import {
	cleanupChunks,
	type HostFunctionMaker,
	loadString,
	logOf,
	registerLibrary,
	wrapPhpFunction,
} from "./handlers.ts";
import { knownLoads } from "./known-loads.ts";
import type { Sandbox } from "./sandbox.ts";
import type { ScribuntoTree } from "./scribunto-tree.ts";
import { readStatus } from "./status.ts";
import type { Channel } from "./transport.ts";
import { EncodeFailure, ValueDecoder, ValueEncoder } from "./value-codec.ts";

/** The session is over; it unwinds through everything, since no Lua code can catch it. */
export class SessionEnd extends Error {
	override readonly name = "SessionEnd";
	readonly status: number;

	constructor(status: number) {
		super(`session ended with status ${status}`);
		this.status = status;
	}
}

/** What one session is started with. */
export interface SessionSettings {
	readonly tree: ScribuntoTree;
	readonly interpreterId: number;
	readonly intSize: 4 | 8;
	/** The process's CPU time when the session began, where that was not with the process. */
	readonly cpuStart?: NodeJS.CpuUsage | undefined;
}

/** What the dispatcher needs of the rest of the session, once that has been made. */
export interface SessionParts {
	readonly sandbox: Sandbox;
	readonly libraryFunction: HostFunctionMaker;
	readonly anonymousFunction: HostFunctionMaker;
	/** Native's text for a failure, with its position in MWServer.lua. */
	failureText(failure: EncodeFailure): string;
}

type PeerMessage = HostMessage<LuaValue, LuaTable>;
type PeerRequest = HostRequest<LuaValue, LuaTable>;

/** The part of a trace that is always there: the server between the called function and the process's start. */
const SERVER_ROWS = 7;

/** keepTrace's caller is left out; native's traces begin with the tail call that led to it. */
const TRACE_START = 1;

const EXIT_END_OF_INPUT = 0;
const EXIT_QUIT = 0;
const EXIT_TESTQUIT = 42;

/** An error value on its way from the error handler to `answer`. */
class CaughtError {
	readonly value: LuaValue;
	readonly trace: readonly TraceInfo[];

	constructor(value: LuaValue, trace: readonly TraceInfo[]) {
		this.value = value;
		this.trace = trace;
	}
}

/**
 * The error handler of calls. No method: V8 tells nothing of the callers of strict code, and the
 * stack is read off V8's.
 */
export function keepTrace(value: LuaValue): LuaResult {
	const rows = stackTrace();
	const trace = rows.slice(TRACE_START, rows.length - SERVER_ROWS);
	return new LuaUserdata(new CaughtError(value, trace), undefined);
}

export class Dispatcher {
	readonly chunks = new ChunkTable();
	readonly #state: LuaState;
	readonly #channel: Channel;
	readonly #settings: SessionSettings;
	readonly #decoder: ValueDecoder;
	/** Encoders that are not in use: encoding may run Lua code, which may send a message. */
	readonly #encoders: ValueEncoder[] = [];
	#parts: SessionParts | undefined;
	/** Calls of host functions that have not returned. */
	#pendingCalls = 0;

	constructor(state: LuaState, channel: Channel, settings: SessionSettings) {
		this.#state = state;
		this.#channel = channel;
		this.#settings = settings;
		this.#decoder = new ValueDecoder(state, this.chunks);
	}

	/** Must be called before the first `receive`. */
	connect(parts: SessionParts): void {
		this.#parts = parts;
	}

	get #session(): SessionParts {
		if (this.#parts === undefined) throw new Error("the dispatcher was not connected");
		return this.#parts;
	}

	// -- What the Lua side calls --------------------------------------------------

	receive(): LuaResult {
		for (;;) {
			// The host has its answer, and goes on by itself until it asks for more.
			if (this.#pendingCalls === 0) saveCode();
			const message = this.#read();
			switch (message.op) {
				case "return":
					this.#pendingCalls--;
					return ["return", message.values, message.nvalues];
				case "error":
					this.#pendingCalls--;
					return ["error", message.value];
				case "call": {
					const chunk = typeof message.id === "number" ? this.chunks.get(message.id) : undefined;
					if (chunk !== undefined) return ["call", chunk, message.args, message.nargs];
					const id = toStringValue(message.id) ?? typeName(message.id);
					this.#replyError(`function id ${id} does not exist`);
					break;
				}
				default:
					this.#serve(message);
			}
		}
	}

	/** The results of xpcall in front of which the called function stands. */
	answer(chunk: LuaFunction, ok: LuaValue, results: readonly LuaValue[]): LuaResult {
		if (ok === true) {
			this.#replyReturn(results);
			return NONE;
		}
		const [caught] = results;
		const error = caught instanceof LuaUserdata ? caught.payload : undefined;
		if (error instanceof CaughtError) this.#replyCaught(chunk, error);
		// Native's error handler does not run for lack of memory or when it fails itself.
		else this.#replyError(caught);
		return NONE;
	}

	/** Gives nothing, or the kind, text and depth of the reason why the arguments cannot be sent. */
	send(id: LuaValue, count: LuaValue, args: LuaTable): LuaResult {
		this.#channel.debug("TX ==> call");
		try {
			this.#write((encoder) => {
				const { writer } = encoder;
				writer.raw('a:4:{s:2:"id";');
				encoder.value(id, 1);
				writer.raw('s:2:"op";s:4:"call";s:5:"nargs";');
				encoder.value(count, 1);
				writer.raw('s:4:"args";');
				encoder.value(args, 1);
				writer.raw("}");
			});
			this.#pendingCalls++;
			return NONE;
		} catch (error) {
			const failure = asFailure(error);
			if (failure instanceof EncodeFailure) return [failure.kind, failure.message, failure.depth];
			throw failure;
		}
	}

	// -- Requests -------------------------------------------------------------------

	#serve(request: Exclude<PeerRequest, { op: "call" }>): void {
		const { sandbox, libraryFunction, anonymousFunction } = this.#session;
		switch (request.op) {
			case "loadString": {
				const loaded = loadString(this.#state, sandbox, this.chunks, request.text, request.chunkName);
				if ("id" in loaded) this.#replyReturn([loaded.id]);
				else this.#replyError(loaded.error);
				break;
			}
			case "registerLibrary":
				registerLibrary(sandbox, request.name, request.functions, libraryFunction);
				this.#replyReturn(NONE);
				break;
			case "wrapPhpFunction":
				this.#replyReturn([wrapPhpFunction(sandbox, request.id, anonymousFunction)]);
				break;
			case "getStatus":
				this.#replyStatus();
				break;
			case "cleanupChunks":
				cleanupChunks(this.chunks, request.ids);
				this.#replyReturn(NONE);
				break;
			case "quit":
				this.#channel.debug("MWServer:dispatch: quit message received");
				throw new SessionEnd(EXIT_QUIT);
			case "testquit":
				this.#channel.debug("MWServer:dispatch: testquit message received");
				throw new SessionEnd(EXIT_TESTQUIT);
		}
	}

	#read(): PeerMessage {
		const body = this.#channel.readBody();
		if (body === undefined) throw new SessionEnd(EXIT_END_OF_INPUT);
		const text = body.toString("latin1");
		const known = knownLoads.find(text);
		if (known !== undefined) {
			this.#channel.debug("RX <== loadString");
			return known;
		}
		const reader = this.#decoder.fields(text);
		this.#channel.debug(`RX <== ${reader.describe(reader.field("op"))}`);
		const message = decodeMessage<LuaValue, LuaTable>(reader);
		if (message.op === "loadString" && reader.isLiteral) knownLoads.keep(text, message);
		if (message.op === "error") this.#channel.debug(`Error: ${reader.describe(message.value)}`);
		return message;
	}

	// -- Replies --------------------------------------------------------------------
	// ORDER the fields of each reply are in native's `pairs` order.

	#replyReturn(values: readonly LuaValue[]): void {
		this.#reply("return", (encoder) => {
			const { writer } = encoder;
			writer.raw('a:3:{s:2:"op";s:6:"return";s:7:"nvalues";');
			writer.number(values.length);
			writer.raw('s:6:"values";');
			encoder.list(values, 0, 2);
			writer.raw("}");
		});
	}

	#replyStatus(): void {
		const status = readStatus(this.#settings.cpuStart);
		if (status === undefined) {
			this.#replyReturn(NONE);
			return;
		}
		this.#reply("return", ({ writer }) => {
			writer.raw('a:3:{s:2:"op";s:6:"return";s:7:"nvalues";i:1;s:6:"values";a:1:{i:1;a:4:{');
			writer.raw(`s:3:"rss";i:${status.rss};s:4:"time";i:${status.time};`);
			writer.raw(`s:3:"pid";i:${status.pid};s:5:"vsize";i:${status.vsize};}}}`);
		});
	}

	#replyError(value: LuaValue): void {
		this.#reply("error", (encoder) => encodeError(encoder, value));
	}

	#replyCaught(chunk: LuaFunction, { value, trace }: CaughtError): void {
		if (value === undefined || value === false) {
			// Native takes the pair of value and trace for the value then.
			this.#reply("error", (encoder) => {
				const { writer } = encoder;
				writer.raw('a:2:{s:5:"value";');
				writer.raw(value === undefined ? "a:1:{" : 'a:2:{s:5:"value";b:0;');
				writer.raw('s:5:"trace";');
				encodeTrace(encoder, trace);
				writer.raw('}s:2:"op";s:5:"error";}');
			});
			return;
		}
		const log = this.#settings.tree.sendsLog ? logOf(this.#state, chunk) : undefined;
		this.#reply("error", (encoder) => {
			const { writer } = encoder;
			writer.raw(log === undefined ? 'a:3:{s:5:"value";' : 'a:4:{s:5:"value";');
			encoder.value(value, 1);
			writer.raw('s:2:"op";s:5:"error";');
			if (log !== undefined) {
				writer.raw('s:3:"log";');
				encoder.value(log, 1);
			}
			writer.raw('s:5:"trace";');
			encodeTrace(encoder, trace);
			writer.raw("}");
		});
	}

	/** A reply whose values cannot be encoded becomes an error reply that says why. */
	#reply(op: "return" | "error", encode: (encoder: ValueEncoder) => void): void {
		this.#channel.debug(`TX ==> ${op}`);
		let reason: string;
		try {
			this.#write(encode);
			return;
		} catch (error) {
			reason = this.#failureText(error);
		}
		this.#channel.debug(`Serialization failed: ${reason}`);
		this.#channel.debug("TX ==> error");
		this.#write((encoder) => encodeError(encoder, reason));
	}

	#failureText(thrown: unknown): string {
		const error = asFailure(thrown);
		if (error instanceof EncodeFailure) return this.#session.failureText(error);
		if (!(error instanceof LuaError)) throw error;
		const text = toStringValue(error.value);
		if (text === undefined)
			throw new ProtocolError(`serialization failed with a ${typeName(error.value)} value`);
		return text;
	}

	#write(encode: (encoder: ValueEncoder) => void): void {
		const encoder = this.#encoders.pop() ?? this.#newEncoder();
		encoder.reset();
		try {
			encode(encoder);
			this.#channel.writeFrame(encoder.writer.frame());
		} finally {
			this.#encoders.push(encoder);
		}
	}

	#newEncoder(): ValueEncoder {
		const { tree, interpreterId, intSize } = this.#settings;
		const pairs = this.#state.globals.getStr("pairs");
		return new ValueEncoder(
			INTEGER_RANGES[intSize],
			tree.functionClass,
			tostr(interpreterId),
			this.chunks,
			pairs,
		);
	}
}

/** V8's own limits are the Lua program's: the stack, and the size of a buffer. */
function asFailure(error: unknown): unknown {
	if (!(error instanceof RangeError)) return error;
	if (error.message === "Maximum call stack size exceeded") {
		return new EncodeFailure("overflow", "stack overflow", 0);
	}
	return new LuaMemoryError();
}

function encodeError(encoder: ValueEncoder, value: LuaValue): void {
	const { writer } = encoder;
	if (value === undefined) {
		writer.raw('a:1:{s:2:"op";s:5:"error";}');
		return;
	}
	writer.raw('a:2:{s:5:"value";');
	encoder.value(value, 1);
	writer.raw('s:2:"op";s:5:"error";}');
}

/** ORDER native's `pairs` order of a row's fields. */
function encodeTrace({ writer }: ValueEncoder, trace: readonly TraceInfo[]): void {
	const mark = writer.beginArray(trace.length);
	for (const [index, row] of trace.entries()) {
		writer.integerKey(index + 1);
		writer.raw(row.name === undefined ? "a:5:{" : "a:6:{");
		writer.raw('s:9:"short_src";');
		writer.string(shownSource(row.short_src));
		writer.raw('s:4:"what";');
		writer.string(row.what);
		writer.raw('s:11:"currentline";');
		writer.number(row.currentline);
		writer.raw('s:8:"namewhat";');
		writer.string(row.namewhat);
		writer.raw('s:11:"linedefined";');
		writer.number(row.linedefined);
		if (row.name !== undefined) {
			writer.raw('s:4:"name";');
			writer.string(row.name);
		}
		writer.raw("}");
	}
	writer.endArray(mark, trace.length, trace.length);
}

/** Native hides where the server's files lie. */
function shownSource(source: string): string {
	if (source.endsWith("/MWServer.lua")) return "MWServer.lua";
	if (source.endsWith("/mw_main.lua")) return "mw_main.lua";
	return source;
}
