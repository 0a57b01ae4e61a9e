// fengari as the engine uses it. A session is a lua_State: chunks are loaded with lua_load
// and hosts call with lua_pcall, so that C functions and Lua functions live in one world and
// fengari's rules for protected calls hold. What fengari does then, on its own values, is in
// src/lua51/fengari; this file connects that with the engine and gives it types.

import lapi from "fengari/src/lapi.js";
import type { TValue } from "fengari/src/lobject.js";
import lstate, { type lua_State } from "fengari/src/lstate.js";
import { loadedClosure } from "../compiler/compile.ts";
import type { TypeMetatables } from "../compiler/metatables.ts";
import * as operations from "../compiler/runtime.ts";
import { asLuaError, resolveUnnamed } from "../compiler/unwind.ts";
import { LuaError, LuaMemoryError } from "../lua51/error.ts";
import { noteNativeError, popOutcome } from "../lua51/fengari/calls.ts";
import { connectEngine, running } from "../lua51/fengari/engine.ts";
import { SourceText } from "../lua51/fengari/lparser.ts";
import { LUA_MULTRET } from "../lua51/fengari/tags.ts";
import { fromRaw, globalsOf, literal, pushAll } from "../lua51/fengari/values.ts";
import { formatNumber, parseNumber } from "../lua51/number.ts";
import { LuaTable } from "../lua51/table.ts";
import { Traversal } from "../lua51/traversal.ts";
import { LuaFunction, LuaThread, LuaUserdata, type LuaValue, typeName } from "../lua51/value.ts";
import { runningRows } from "./call-stack.ts";
import { setThreadEnvironment, threadEnvironment } from "./coroutine.ts";
import { parseProto } from "./load.ts";
import { type Outcome, protectedCall, runHandler } from "./protected-call.ts";
import { traceInfo } from "./trace.ts";

export type { lua_State };

const { add, subtract, multiply, divide, modulo, power, negate } = operations;
const arithmetic = { add, subtract, multiply, divide, modulo, power, negate };

/** Userdata made by C functions. */
class ApiUserdata extends LuaUserdata {
	readonly id: number;
	readonly data = Object.create(null) as object;
	readonly uservalue: TValue;
	readonly len: number;

	constructor(id: number, size: number, uservalue: TValue) {
		super(undefined, undefined);
		this.id = id;
		this.uservalue = uservalue;
		this.len = size;
	}
}

connectEngine({
	LuaError,
	LuaMemoryError,
	LuaTable,
	Traversal,
	LuaFunction,
	LuaThread,
	LuaUserdata,
	ApiUserdata,
	typeName,
	formatNumber,
	parseNumber,
	load: (text, chunkName, globals) =>
		loadedClosure(parseProto(text, chunkName), threadEnvironment() ?? globals),
	protectedCall,
	runHandler,
	asLuaError(thrown) {
		const error = asLuaError(thrown);
		if (error !== undefined) resolveUnnamed(error);
		return error;
	},
	index: operations.index,
	setIndex: operations.setIndex,
	equals: operations.equals,
	less: operations.less,
	lessEqual: operations.lessEqual,
	concat: operations.concat,
	length: operations.length,
	arithmetic: (operator, a, b) => arithmetic[operator](a, b),
	runningRows,
	rowInfo: traceInfo,
});

// -- States ----------------------------------------------------------------------------

/** Which of TypeMetatables belongs to a type tag. ORDER as LUA_TNIL and so on in tags.ts. */
const TYPE_NAMES: readonly (keyof TypeMetatables | undefined)[] = [
	"nil",
	"boolean",
	undefined, // light userdata: none in 5.1's library
	"number",
	"string",
	undefined, // tables have their own
	"function",
	undefined, // userdata too
	"thread",
];

export interface FengariState {
	readonly L: lua_State;
	readonly globals: LuaTable;
	readonly registry: LuaTable;
}

/** A new state, in which lua_setmetatable on basic types and `types` are the same thing. */
export function newState(types: TypeMetatables): FengariState {
	const L = lstate.lua_newstate();
	if (L === null) throw new Error("lua_newstate failed");
	lapi.lua_atnativeerror(L, noteNativeError);
	TYPE_NAMES.forEach((name, tag) => {
		if (name === undefined) return;
		Object.defineProperty(L.l_G.mt, tag, {
			get: () => types[name],
			set: (table: LuaTable | null) => {
				types[name] = table ?? undefined;
			},
		});
	});
	return { L, globals: globalsOf(L), registry: L.l_G.l_registry.value as LuaTable };
}

/** C functions that emitted code calls from now on run in this state. */
export function makeRunning(L: lua_State): void {
	running.L = L;
	setThreadEnvironment(undefined);
}

/** No state runs: the last one may go. */
export function forgetRunning(): void {
	running.L = undefined;
}

// -- Chunks and calls ------------------------------------------------------------------------

const noBytes = new Uint8Array(1);
const CHUNK_NAME = literal("chunk");

/** The text comes with the reader's data; the reader only shows that it is not compiled code. */
function readText(): Uint8Array {
	return noBytes;
}

/** lua_load. Throws a LuaError with the syntax error's text. */
export function loadChunk(L: lua_State, text: string, chunkName: string): LuaFunction {
	const base = L.top;
	const status = lapi.lua_load(L, readText, new SourceText(text, chunkName), CHUNK_NAME, null);
	const outcome = popOutcome(L, status, base);
	if (!outcome.ok) throw outcome.error;
	return outcome.results as LuaFunction; // lua_load has pushed it
}

/** The same in the running state. */
export function callInRunning(f: LuaValue, args: readonly LuaValue[]): Outcome {
	return callProtected(running.L as lua_State, f, args); // somebody runs
}

/** lua_pcall of `f` with all results. The error is the one thrown, with its trace. */
export function callProtected(L: lua_State, f: LuaValue, args: readonly LuaValue[]): Outcome {
	const base = L.top;
	lapi.lua_checkstack(L, args.length + 1);
	L.stack[L.top++] = fromRaw(f);
	pushAll(L, args);
	return popOutcome(L, lapi.lua_pcall(L, args.length, LUA_MULTRET, 0), base);
}
