/**
 * The host and the peer in one process and one thread. The peer is on top: it reads requests and writes
 * answers, synchronously, to any depth. So the host's side is a generator, which gives a request and is
 * resumed with its answer; a callback that calls Lua again is a generator too. The bytes between them are
 * those that cross the pipes to PHP, so that Lua sees exactly the stack and the values that it would see there.
 */

import type { ScribuntoTree } from "../host/tree.ts";
import { encodeRequest, type HostValue, LuaFunctionHandle } from "../host/value.ts";
import { PeerSession } from "../peer/peer.ts";
import { readTree } from "../peer/scribunto-tree.ts";
import type { Channel } from "../peer/transport.ts";
import { HEADER_LENGTH, ProtocolError } from "../wire/frame.ts";
import { isArray, type PhpArray, type PhpValue, phpText, readSerialized, toBytes } from "./php-array.ts";

/** Requests given, answers taken. */
export type Steps<Result> = Generator<string, Result, string>;

export type CallbackResult = readonly PhpValue[] | undefined;

/** A function of the host that Lua can call; its results are a list. */
export type Callback = (...args: PhpValue[]) => CallbackResult | Steps<CallbackResult>;

/** An error on its way through Lua; `trace` is there when it came from Lua. */
export class LuaScriptError extends Error {
	override readonly name = "LuaScriptError";
	/** Bytes, as Lua has them. */
	readonly value: PhpValue;
	readonly trace: readonly PhpArray[] | undefined;
	/** Raised by Lua, not by a library of the host. */
	readonly isFromLua: boolean;

	constructor(value: PhpValue, trace?: readonly PhpArray[], isFromLua = false) {
		super(phpText(value));
		this.value = value;
		this.trace = trace;
		this.isFromLua = isFromLua;
	}
}

/** The session ended before the host's program did. */
class SessionLostError extends Error {
	override readonly name = "SessionLostError";
}

/** `chunk:line: text`, as PHP takes it apart. */
export const LOCATED = /^(.*?):(\d+): (.*)\n?$/;

const INTERPRETER_ID = 0;
const INT_SIZE = 8;

export class Conversation {
	readonly session: PeerSession;
	readonly #callbacks = new Map<string, Callback>();
	readonly #channel = new MemoryChannel();
	#libraries = 0;

	constructor(tree: ScribuntoTree) {
		const settings = {
			tree: readTree(toBytes(tree.mainFile), toBytes(tree.includes)),
			interpreterId: INTERPRETER_ID,
			intSize: INT_SIZE,
		} as const;
		this.session = new PeerSession(settings, this.#channel);
	}

	/** Runs a program of the host to its end. What it throws is thrown. */
	run<Result>(program: () => Steps<Result>): Result {
		let outcome: { readonly result: Result } | { readonly thrown: unknown } | undefined;
		this.#channel.begin(
			(function* () {
				try {
					outcome = { result: yield* program() };
				} catch (thrown) {
					outcome = { thrown };
				}
			})(),
		);
		this.session.serve();
		if (outcome === undefined) throw new SessionLostError(this.#channel.lastDiagnostic);
		if ("thrown" in outcome) throw outcome.thrown;
		return outcome.result;
	}

	// -- Requests ----------------------------------------------------------------------------

	*loadString(text: string, chunkName: string): Steps<LuaFunctionHandle> {
		const [id] = yield* this.#request({ op: "loadString", text, chunkName });
		return new LuaFunctionHandle(INTERPRETER_ID, Number(id));
	}

	*call(f: LuaFunctionHandle, ...args: readonly PhpValue[]): Steps<readonly PhpValue[]> {
		return yield* this.#request({ op: "call", id: f.id, nargs: args.length, args: args as HostValue[] });
	}

	/** Each function is known to Lua by the id "library-name-number", as PHP does it. */
	*registerLibrary(name: string, functions: Readonly<Record<string, Callback>>): Steps<void> {
		const number = ++this.#libraries;
		const ids = new Map<string, string>();
		for (const [functionName, callback] of Object.entries(functions)) {
			const id = `${name}-${functionName}-${number}`;
			this.#callbacks.set(id, callback);
			ids.set(functionName, id);
		}
		yield* this.#request({ op: "registerLibrary", name, functions: ids });
	}

	// -- The dialogue --------------------------------------------------------------------------

	*#request(request: HostValue): Steps<readonly PhpValue[]> {
		let body = encodeRequest(request, "latin1");
		for (;;) {
			const message = readSerialized(yield body);
			if (!isArray(message)) throw new ProtocolError("the peer's message is no array");
			switch (message.get("op")) {
				case "return":
					return countedList(message.get("values"), message.get("nvalues"));
				case "error": {
					const trace = message.get("trace");
					const rows = isArray(trace) ? [...trace.values()].filter(isArray) : undefined;
					throw new LuaScriptError(message.get("value"), rows, true);
				}
				case "call":
					body = encodeRequest(yield* this.#answer(message), "latin1");
					break;
				default:
					throw new ProtocolError(`the peer sent op ${phpText(message.get("op"))}`);
			}
		}
	}

	*#answer(message: PhpArray): Steps<HostValue> {
		const id = phpText(message.get("id"));
		const callback = this.#callbacks.get(id);
		if (callback === undefined) throw new ProtocolError(`no host function has the id ${id}`);
		try {
			const given = callback(...countedList(message.get("args"), message.get("nargs")));
			const results = (isSteps(given) ? yield* given : given) ?? [];
			return { op: "return", nvalues: results.length, values: results as HostValue[] };
		} catch (error) {
			if (!(error instanceof LuaScriptError)) throw error;
			return { op: "error", value: passedOn(error) as HostValue };
		}
	}
}

/** PHP takes the place out of an error's text, and so it is gone when a callback passes the error on. */
function passedOn({ value, isFromLua }: LuaScriptError): PhpValue {
	const rest = isFromLua && typeof value === "string" ? LOCATED.exec(value)?.[3] : undefined;
	return rest ?? value;
}

function isSteps(given: CallbackResult | Steps<CallbackResult>): given is Steps<CallbackResult> {
	return given !== undefined && "next" in given;
}

/** A counted array as a list; nils are missing in the array. */
function countedList(values: PhpValue, count: PhpValue): PhpValue[] {
	const list: PhpValue[] = [];
	if (!isArray(values)) throw new ProtocolError("the peer's list is no array");
	for (let i = 1; i <= Number(count); i++) list.push(values.get(i));
	return list;
}

/** The peer's end of the conversation. */
class MemoryChannel implements Channel {
	#program: Steps<void> | undefined;
	#answer = "";
	lastDiagnostic = "";

	begin(program: Steps<void>): void {
		this.#program = program;
		this.#answer = "";
	}

	readBody(): Buffer | undefined {
		const step = this.#program?.next(this.#answer);
		return step === undefined || step.done ? undefined : Buffer.from(step.value, "latin1");
	}

	writeFrame(frame: Buffer): void {
		this.#answer = frame.toString("latin1", HEADER_LENGTH);
	}

	debug(line: string): void {
		this.lastDiagnostic = line;
	}
}
