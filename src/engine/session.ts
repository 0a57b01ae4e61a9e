// One process may serve one session after another. What the engine keeps between the calls of a
// session is in its LuaState; what it keeps for the length of a call is the process's, and is left
// as it was when a session ends in the middle of a call. Here all of that begins anew.

import { limits } from "../compiler/limits.ts";
import { current, newTypeMetatables } from "../compiler/metatables.ts";
import { resetActivations } from "../compiler/observer.ts";
import { packProto } from "../compiler/packed-proto.ts";
import { codeCache } from "./code-cache.ts";
import { type CodeFiles, CodeStore, codeStore } from "./code-store.ts";
import { setThreadEnvironment } from "./coroutine.ts";
import { forgetRunning } from "./fengari.ts";
import { handlerTraces } from "./handler-traces.ts";
import { limitMemory, type MemoryLimit } from "./memory.ts";
import { forgetWeakTables } from "./weak-tables.ts";

/** V8's own number of frames in an error's stack. */
const STACK_TRACE_LIMIT = 10;

/** To be called before the LuaState of a session is made. Without a `memoryLimit` it may have any amount of data. */
export function beginSession(memoryLimit: MemoryLimit | undefined): void {
	limits.depth = 0;
	limits.cCalls = 0;
	handlerTraces.length = 0;
	resetActivations();
	// The last session's would keep all of its tables.
	current.types = newTypeMetatables();
	forgetRunning();
	setThreadEnvironment(undefined);
	// call-stack.ts exchanges these while it looks, which an overflow of the stack can interrupt.
	Error.stackTraceLimit = STACK_TRACE_LIMIT;
	Reflect.deleteProperty(Error, "prepareStackTrace");
	forgetWeakTables();
	limitMemory(memoryLimit);
}

/**
 * Keeps the compiled form of so many bytes of source text from session to session. It takes 50 to 200 times
 * that: see `dropCode`.
 */
export function keepCode(capacity: number): void {
	codeCache.capacity = capacity;
}

/** Makes what `keepCode` keeps smaller, for a snapshot. */
export function packCode(): void {
	for (const proto of codeCache.protos()) packProto(proto);
}

/** Forgets a share (0 to 1) of what `keepCode` keeps, that which was not used for longest. */
export function dropCode(share: number): void {
	codeCache.drop(share);
}

/** Takes compiled chunks from `files` and gives them there; `stamp` tells what compiles: program, Node, processor. */
export function shareCode(files: CodeFiles, stamp: string): void {
	codeStore.current = new CodeStore(files, stamp);
}

/** Neither takes nor gives any more. What knows the files of `shareCode` must be forgotten, too. */
export function unshareCode(): void {
	codeStore.current = undefined;
}

/** Gives what was compiled since the last time to the files of `shareCode`. It is for when nobody waits. */
export function saveCode(): void {
	codeStore.current?.save();
}

export interface CodeFigures {
	readonly hits: number;
	readonly misses: number;
	/** Bytes of source text whose compiled form is kept. */
	readonly bytes: number;
}

export function codeFigures(): CodeFigures {
	return codeCache;
}
