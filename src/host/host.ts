/**
 * PHP's side of the protocol without PHP: starts a peer, sends it requests and answers its calls.
 * Everything is synchronous, as it is in PHP: while a request is pending the peer may call
 * registered functions, which may make requests in turn, to any depth.
 */
import { closeSync, readSync, writeSync } from "node:fs";
import { encodeFrame, ProtocolError } from "../wire/frame.ts";
import { FrameBuffer } from "../wire/frame-buffer.ts";
import { type ErrorTarget, type PipedProcess, startPiped } from "./pipes.ts";
import { decodeReply, type PeerMessage } from "./reply-reader.ts";
import type { ScribuntoTree } from "./tree.ts";
import { encodeRequest, type HostEncoding, type HostValue, LuaFunctionHandle } from "./value.ts";

export interface HostOptions {
	/** The peer: our `bin/lua`, or a native lua5.1 where the tree is Scribunto's. */
	readonly lua: string;
	readonly tree: ScribuntoTree;
	/** What PHP numbers its interpreters with; function handles carry it. */
	readonly interpreterId?: number;
	/** PHP_INT_SIZE. */
	readonly intSize?: 4 | 8;
	readonly encoding?: HostEncoding;
	readonly stderr?: ErrorTarget;
	readonly env?: NodeJS.ProcessEnv;
}

/** A function that Lua may call. What it returns is the list of results. */
export type HostCallback = (...args: HostValue[]) => readonly HostValue[] | undefined;

export interface TraceRow {
	readonly short_src: string;
	readonly what: string;
	readonly currentline: number;
	readonly name?: string;
	readonly namewhat: string;
	readonly linedefined: number;
}

export interface HostStatus {
	readonly pid: number;
	/** User and system time in clock ticks. */
	readonly time: number;
	readonly vsize: number;
	readonly rss?: number;
}

/** A Lua error that reached the host. Thrown by a callback, it goes back to Lua with its value. */
export class LuaCallError extends Error {
	override readonly name = "LuaCallError";
	readonly value: unknown;
	readonly trace: readonly TraceRow[] | undefined;
	readonly log: unknown;

	constructor(value: unknown, trace?: readonly TraceRow[], log?: unknown) {
		super(typeof value === "string" ? value : `Lua error value: ${typeof value}`);
		this.value = value;
		this.trace = trace;
		this.log = log;
	}
}

/** The peer is gone. */
export class PeerGoneError extends Error {
	override readonly name = "PeerGoneError";
}

export interface ExitStatus {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
}

export class Host {
	readonly interpreterId: number;
	readonly #process: PipedProcess;
	readonly #encoding: HostEncoding;
	readonly #frames = new FrameBuffer();
	readonly #callbacks = new Map<string, HostCallback>();
	readonly #handles = new Set<LuaFunctionHandle>();
	readonly #exited: Promise<ExitStatus>;
	#libraries = 0;
	#isOpen = true;

	constructor(options: HostOptions) {
		const { lua, tree, interpreterId = 0, intSize = 8, encoding = "utf8", stderr = "ignore" } = options;
		this.interpreterId = interpreterId;
		this.#encoding = encoding;
		const args = [tree.mainFile, tree.includes, String(interpreterId), String(intSize)];
		this.#process = startPiped(lua, args, stderr, options.env);
		const { child } = this.#process;
		this.#exited = new Promise((resolve, reject) => {
			child.once("exit", (code, signal) => resolve({ code, signal }));
			child.once("error", reject);
		});
		// Who closes the host is told; a host that was never closed must neither end the program nor keep it from ending.
		this.#exited.catch(() => undefined);
		child.unref();
	}

	// -- Requests -----------------------------------------------------------------

	loadString(text: string | Uint8Array, chunkName: string): LuaFunctionHandle {
		const [id] = this.#request({ op: "loadString", text, chunkName });
		if (typeof id !== "number") throw new ProtocolError(`loadString gave ${typeof id} for an id`);
		return this.#adopt(new LuaFunctionHandle(this.interpreterId, id));
	}

	call(f: LuaFunctionHandle, ...args: HostValue[]): HostValue[] {
		return this.#request({ op: "call", id: f.id, nargs: args.length, args });
	}

	/** Each function is known to Lua by the id "library-name-number", as PHP does it. */
	registerLibrary(name: string, functions: Readonly<Record<string, HostCallback>>): void {
		const number = ++this.#libraries;
		const ids = new Map<string, string>();
		for (const [functionName, callback] of Object.entries(functions)) {
			const id = `${name}-${functionName}-${number}`;
			this.#callbacks.set(id, callback);
			ids.set(functionName, id);
		}
		this.#request({ op: "registerLibrary", name, functions: ids });
	}

	wrapFunction(callback: HostCallback): LuaFunctionHandle {
		const id = `anonymous*${++this.#libraries}`;
		this.#callbacks.set(id, callback);
		const [wrapped] = this.#request({ op: "wrapPhpFunction", id });
		if (!(wrapped instanceof LuaFunctionHandle)) throw new ProtocolError("wrapPhpFunction gave no function");
		return wrapped;
	}

	getStatus(): HostStatus | undefined {
		const [status] = this.#request({ op: "getStatus" });
		return status as HostStatus | undefined; // the protocol says so
	}

	/** Tells the peer which functions are still held here. */
	cleanupChunks(): void {
		const ids = new Map<number, number>();
		for (const handle of this.#handles) {
			if (handle.isReleased) this.#handles.delete(handle);
			else ids.set(handle.id, 1);
		}
		this.#request({ op: "cleanupChunks", ids });
	}

	// -- The end --------------------------------------------------------------------

	/** Asks the peer to end, and waits for it. */
	quit(): Promise<ExitStatus> {
		this.#send(encodeRequest({ op: "quit" }, this.#encoding));
		return this.#close();
	}

	testquit(): Promise<ExitStatus> {
		this.#send(encodeRequest({ op: "testquit" }, this.#encoding));
		return this.#close();
	}

	/** Ends the peer as PHP usually does: by SIGTERM. */
	terminate(): Promise<ExitStatus> {
		this.#process.child.kill("SIGTERM");
		return this.#close();
	}

	/** Closes the pipes and waits: the peer sees the end of its input. */
	close(): Promise<ExitStatus> {
		return this.#close();
	}

	#close(): Promise<ExitStatus> {
		if (this.#isOpen) {
			this.#isOpen = false;
			this.#process.child.ref();
			closeSync(this.#process.writeFd);
			closeSync(this.#process.readFd);
		}
		return this.#exited;
	}

	// -- Raw messages, for specs and tools ---------------------------------------------

	/** Sends a body as it is and gives the body of the next message as it is, one character per byte. */
	exchange(body: string): string {
		this.#send(body);
		return this.#receive();
	}

	// -- The dialogue ---------------------------------------------------------------------

	#request(request: HostValue): HostValue[] {
		let body = encodeRequest(request, this.#encoding);
		for (;;) {
			this.#send(body);
			const message = this.#receiveMessage();
			switch (message.op) {
				case "return":
					return this.#list(message.values, message.nvalues);
				case "error":
					throw new LuaCallError(message.value, traceRows(message.trace), message.log);
				case "call":
					body = encodeRequest(this.#answer(message), this.#encoding);
					break;
				default:
					throw new ProtocolError(`the peer sent op ${JSON.stringify(message.op)}`);
			}
		}
	}

	#answer(message: PeerMessage): HostValue {
		const id = String(message.id);
		const callback = this.#callbacks.get(id);
		if (callback === undefined) return { op: "error", value: `no host function has the id ${id}` };
		try {
			const results = callback(...this.#list(message.args, message.nargs)) ?? [];
			return { op: "return", nvalues: results.length, values: results };
		} catch (error) {
			if (error instanceof LuaCallError) return { op: "error", value: error.value as HostValue };
			// The peer waits for an answer that will not come: nothing can be asked of it any more.
			void this.terminate();
			throw error;
		}
	}

	/** A counted array as a list; nils are missing in the array. */
	#list(values: unknown, count: unknown): HostValue[] {
		const list: HostValue[] = [];
		const elements = values as Readonly<Record<number, HostValue>>; // arrays come 1-based
		for (let i = 1; i <= Number(count); i++) {
			list.push(elements[i] ?? undefined);
		}
		return list;
	}

	#receiveMessage(): PeerMessage {
		const body = this.#receive();
		const message = decodeReply(body, this.#encoding);
		if (body.includes("O:")) this.#adoptAll(message);
		return message;
	}

	/** Every handle counts as held from the moment it came, wherever in a message it was. */
	#adoptAll(value: unknown): void {
		if (value instanceof LuaFunctionHandle) this.#adopt(value);
		else if (typeof value === "object" && value !== null) {
			for (const element of Object.values(value)) this.#adoptAll(element);
		}
	}

	#adopt(handle: LuaFunctionHandle): LuaFunctionHandle {
		this.#handles.add(handle);
		return handle;
	}

	#send(body: string): void {
		if (!this.#isOpen) throw new PeerGoneError("the peer was closed");
		const frame = Buffer.from(encodeFrame(body), "latin1");
		try {
			for (let at = 0; at < frame.length; ) at += writeSync(this.#process.writeFd, frame, at);
		} catch (error) {
			throw new PeerGoneError("the peer does not read any more", { cause: error });
		}
	}

	#receive(): string {
		for (;;) {
			const body = this.#frames.take();
			if (body !== undefined) return body.toString("latin1");
			const room = this.#frames.room();
			const count = readSync(this.#process.readFd, room);
			if (count === 0) throw new PeerGoneError("the peer ended without an answer");
			this.#frames.filled(count);
		}
	}
}

function traceRows(trace: unknown): readonly TraceRow[] | undefined {
	if (typeof trace !== "object" || trace === null) return undefined;
	return Object.values(trace) as TraceRow[]; // 1-based array of rows
}
