// What the substitutes need of the engine: engine/fengari.ts connects it. And which fengari
// state the running code belongs to.
//
// Substitutes take everything from here, classes and functions below them too, and import
// only types from outside this folder. For esbuild wraps each module that CommonJS code
// requires, and all that such a module imports, into a function that runs later: tables and
// calls would become slower by that.

import type { TValue } from "fengari/src/lobject.js";
import type { lua_State } from "fengari/src/lstate.js";
import type { LuaError, LuaMemoryError, TraceRow } from "../error.ts";
import type { LuaTable } from "../table.ts";
import type { Traversal } from "../traversal.ts";
import type { LuaFunction, LuaResult, LuaThread, LuaUserdata, LuaValue } from "../value.ts";

export type Outcome =
	| { readonly ok: true; readonly results: LuaResult }
	| { readonly ok: false; readonly error: LuaError };

/** debug.getinfo's facts about a row of the stack. */
export interface RowInfo {
	readonly short_src: string;
	readonly source: string;
	readonly what: string;
	readonly currentline: number;
	readonly linedefined: number;
	readonly lastlinedefined: number;
	readonly name: string | undefined;
	readonly namewhat: string;
}

export type ArithmeticOperator = "add" | "subtract" | "multiply" | "divide" | "modulo" | "power" | "negate";

/** Userdata that lua_newuserdata makes; the members are fengari's. */
export interface ApiUserdata extends LuaUserdata {
	/** For "%p". */
	readonly id: number;
	/** What lua_touserdata returns: an object for the C function's own use. */
	readonly data: object;
	readonly uservalue: TValue;
	readonly len: number;
}

export interface Engine {
	readonly LuaError: typeof LuaError;
	readonly LuaMemoryError: typeof LuaMemoryError;
	readonly LuaTable: typeof LuaTable;
	readonly Traversal: typeof Traversal;
	readonly LuaFunction: typeof LuaFunction;
	readonly LuaThread: typeof LuaThread;
	readonly LuaUserdata: typeof LuaUserdata;
	readonly ApiUserdata: new (id: number, size: number, uservalue: TValue) => ApiUserdata;
	readonly typeName: (value: LuaValue) => string;
	readonly formatNumber: (number: number) => string;
	readonly parseNumber: (text: string) => number | undefined;

	/** A chunk's main function; throws a LuaError that tells what is wrong with the text. */
	readonly load: (text: string, chunkName: string, globals: LuaTable) => LuaFunction;
	readonly protectedCall: (f: LuaValue, ...args: LuaValue[]) => Outcome;
	/** Calls an error handler so that the functions which the error has left show in a traceback. */
	readonly runHandler: (handler: LuaValue, error: LuaError) => Outcome;
	/** A thrown value as a Lua error with its final message, undefined when it is an error of ours. */
	readonly asLuaError: (thrown: unknown) => LuaError | undefined;

	// Operations with metamethods.
	readonly index: (object: LuaValue, key: LuaValue) => LuaValue;
	readonly setIndex: (object: LuaValue, key: LuaValue, value: LuaValue) => void;
	readonly equals: (a: LuaValue, b: LuaValue) => boolean;
	readonly less: (a: LuaValue, b: LuaValue) => boolean;
	readonly lessEqual: (a: LuaValue, b: LuaValue) => boolean;
	readonly concat: (a: LuaValue, b: LuaValue) => LuaValue;
	readonly length: (value: LuaValue) => LuaValue;
	readonly arithmetic: (operator: ArithmeticOperator, a: LuaValue, b: LuaValue) => LuaValue;

	/** The running stack, innermost first, without the builtin that asks. */
	readonly runningRows: () => readonly TraceRow[];
	readonly rowInfo: (rows: readonly TraceRow[], index: number) => RowInfo;
}

export let engine: Engine;

export function connectEngine(connected: Engine): void {
	engine = connected;
}

/**
 * The state (thread) that C functions called by emitted code run in. A session sets its own
 * when it becomes the running one; luaV_execute sets it for the time of a call.
 */
export const running: { L: lua_State | undefined } = { L: undefined };
