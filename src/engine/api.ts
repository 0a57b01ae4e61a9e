// The one door to the engine: libraries, peer and hosts see the VM through this file only.

import { asBuiltin, callFromBuiltin, first, list } from "../compiler/call.ts";
import { compileTree } from "../compiler/compile.ts";
import { type Observer, observation } from "../compiler/observer.ts";
import * as operations from "../compiler/runtime.ts";

import { BUILTIN_ROW, type LuaError, rowsOf, type TraceRow } from "../lua51/error.ts";
import { Box, type Proto } from "../lua51/proto.ts";
import type { LuaFunction, LuaResult, LuaThread, LuaValue } from "../lua51/value.ts";
import { firstRows, runningRows, threadRows } from "./call-stack.ts";
import { callProtected, loadChunk } from "./fengari.ts";
import type { Outcome } from "./protected-call.ts";
import type { LuaState } from "./state.ts";
import { type TraceInfo, traceInfo } from "./trace.ts";

export { metamethod, metatableOf } from "../compiler/metatables.ts";
export type { Activation, Observer } from "../compiler/observer.ts";
export { isTrue, iterators, next as nextEntry, shortcuts, toNumber, toText } from "../compiler/runtime.ts";
export { raise } from "../compiler/unwind.ts";
export { keepShape } from "../lua51/environment.ts";
export {
	argumentError,
	BUILTIN_ROW,
	builtinError,
	LuaError,
	LuaMemoryError,
	leveledError,
	rowsOf,
	valueError,
} from "../lua51/error.ts";
export { allocate, flat, JOINED_STRING, LONG_STRING } from "../lua51/memory.ts";
export { formatNumber as tostr } from "../lua51/number.ts";
export type { Observation, Point, Proto } from "../lua51/proto.ts";
export { LuaTable, sizeHint } from "../lua51/table.ts";
export { Traversal } from "../lua51/traversal.ts";
export {
	anyPair,
	cString,
	LuaFunction,
	type LuaResult,
	LuaThread,
	LuaUserdata,
	type LuaValue,
	NONE,
	typeName,
} from "../lua51/value.ts";
export {
	activationDepth,
	evaluate,
	localsOf,
	runningActivations,
	upvaluesOf,
	type Variable,
} from "./activations.ts";
export type { CodeFiles } from "./code-store.ts";
export {
	type CoroutineStatus,
	coroutineEnvironment,
	coroutineStatus,
	createCoroutine,
	resume,
	runningThread,
	setCoroutineEnvironment,
	setThreadEnvironment,
	setYieldFunction,
	yieldRefused,
} from "./coroutine.ts";
export { dumpFunction, keepTexts } from "./dump.ts";
export { collectGarbage } from "./garbage.ts";
export { limitHeap, type MemoryLimit } from "./memory.ts";
export { handleError, type Outcome, protectedCall, protectedCallWithHandler } from "./protected-call.ts";
export {
	beginSession,
	codeFigures,
	dropCode,
	keepCode,
	packCode,
	saveCode,
	shareCode,
	unshareCode,
} from "./session.ts";
export { type Builtin, LuaState } from "./state.ts";
export { delayOptimization, runFast } from "./tiering.ts";
export { functionInfo, type TraceInfo, tracebackText as tracebackOf, traceInfo } from "./trace.ts";
export { collectWithWeakTables, noteWeakTable } from "./weak-tables.ts";

// -- Observers ------------------------------------------------------------------------

/** Shows what runs to `observer` from now on: chunks that are loaded while there is one. */
export function observe(observer: Observer | undefined): void {
	observation.observer = observer;
}

/** Lines where an observer is told of something, in all functions of an observed chunk; compiles them all. */
export function linesOf(proto: Proto): ReadonlySet<number> {
	const lines = new Set<number>();
	const visit = (each: Proto): void => {
		for (const { line } of each.points) lines.add(line);
		for (const child of each.children) visit(child);
	};
	compileTree(proto);
	visit(proto);
	return lines;
}

// -- Calls ----------------------------------------------------------------------------

/** A call made by a builtin, with all results. */
export const call: (callee: LuaValue, ...args: LuaValue[]) => LuaResult = callFromBuiltin;

/** The same, with the first result only. */
export function callOne(callee: LuaValue, ...args: LuaValue[]): LuaValue {
	return firstResult(callFromBuiltin(callee, ...args));
}

export function firstResult(result: LuaResult): LuaValue {
	return typeof result === "object" && Array.isArray(result) ? first(result) : (result as LuaValue);
}

export const resultList: (result: LuaResult) => readonly LuaValue[] = list;

/** A string as lua_tolstring gives it: strings and numbers; undefined for anything else. */
export const toStringValue: (value: LuaValue) => string | undefined = operations.toText;

// -- Operations with metamethods, as builtins do them ----------------------------------------

export function index(object: LuaValue, key: LuaValue): LuaValue {
	return asBuiltin(() => operations.index(object, key));
}

export function setIndex(object: LuaValue, key: LuaValue, value: LuaValue): void {
	asBuiltin(() => operations.setIndex(object, key, value));
}

export function concat(a: LuaValue, b: LuaValue): LuaValue {
	return asBuiltin(() => operations.concat(a, b));
}

export function equals(a: LuaValue, b: LuaValue): boolean {
	return a === b || asBuiltin(() => operations.equals(a, b));
}

export function lessThan(a: LuaValue, b: LuaValue): boolean {
	if (typeof a === "number" && typeof b === "number") return a < b;
	if (typeof a === "string" && typeof b === "string") return a < b;
	return asBuiltin(() => operations.less(a, b));
}

// -- Chunks -----------------------------------------------------------------------------------

/** The main function of a chunk; throws a LuaError with the syntax error's text. */
export function load(state: LuaState, text: string, chunkName: string): LuaFunction {
	return loadChunk(state.L, text, chunkName);
}

/** A protected call by a host (peer, command line): lua_pcall. */
export function hostCall(state: LuaState, f: LuaValue, ...args: LuaValue[]): Outcome {
	return callProtected(state.L, f, args);
}

// -- The call stack ------------------------------------------------------------------------------

/** The function at a level of the stack: 1 is the caller of the running builtin. */
export function functionAtLevel(level: number): LuaFunction | "builtin" | "tail" | undefined {
	const row = firstRows(level)[level - 1];
	if (row === undefined) return undefined;
	return row.kind === "lua" ? row.closure : row.kind;
}

/** The running stack as the running builtin sees it, or a coroutine's: level 0 first. */
export function stackRows(thread: LuaThread | undefined): TraceRow[] {
	return thread === undefined ? [BUILTIN_ROW, ...runningRows()] : threadRows(thread);
}

/** Enough of it for what `traceInfo` tells of a level; all of it if there is no such level. */
export function rowsToLevel(thread: LuaThread | undefined, level: number): TraceRow[] {
	return thread === undefined ? [BUILTIN_ROW, ...firstRows(level)] : threadRows(thread);
}

/** debug.getinfo's facts about a level (0 is the running builtin); undefined above the stack. */
export function levelInfo(level: number): TraceInfo | undefined {
	const rows = rowsToLevel(undefined, level);
	return level < rows.length ? traceInfo(rows, level) : undefined;
}

/** All levels of the running stack, innermost first: element 0 is the caller of the running builtin. */
export function stackTrace(): TraceInfo[] {
	const rows = runningRows();
	return rows.map((_, position) => traceInfo(rows, position));
}

/** An upvalue by number from 1; `set` tells whether it can be changed. */
export interface Upvalue {
	readonly name: string;
	get(): LuaValue;
	set(value: LuaValue): boolean;
}

export function upvalue(f: LuaFunction, position: number): Upvalue | undefined {
	const local = f.p?.node.upvalues[position - 1];
	if (local === undefined) return undefined;
	const shared = f.upvalues[position - 1];
	const isSelf = local.functionNode === f.p?.node;
	return {
		name: local.name,
		get: () => (shared instanceof Box ? shared.v : isSelf ? f : shared) as LuaValue,
		set: (value) => {
			if (!(shared instanceof Box)) return false;
			shared.v = value;
			return true;
		},
	};
}

/** The rows that an error collected on its way, innermost first. */
export function traceRows(error: LuaError): TraceInfo[] {
	const rows = rowsOf(error.trace);
	return rows.map((_, position) => traceInfo(rows, position));
}
