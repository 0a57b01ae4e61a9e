// Raw values of the engine <-> fengari's boxed TValues, the one place for it. Tables, Lua
// functions and userdata are the same object on both sides. What exists on one side only
// has a partner on the other, found again by identity:
//   C functions and CClosures    builtins that call them on the running state
//   builtins of the engine       C functions that call them
//   lua_States                   LuaThread
//   light userdata               LuaUserdata with the value as payload

import defs from "fengari/src/defs.js";
import ldo from "fengari/src/ldo.js";
import lobject, { type TValue } from "fengari/src/lobject.js";
import lstate, { type CFunction, type lua_State } from "fengari/src/lstate.js";
import type { LuaTable } from "../table.ts";
import type { LuaFunction, LuaResult, LuaThread, LuaUserdata, LuaValue } from "../value.ts";
import { engine, running } from "./engine.ts";
import { TString } from "./lstring.ts";
import * as tags from "./tags.ts";

/** A function of fengari's own: type tag and value of its TValue. */
interface CTarget {
	readonly type: number;
	/** A C function, or a CClosure, which only fengari looks into. */
	readonly value: object;
}

/** The engine's builtins, by the C functions that call them. */
const builtins = new WeakMap<object, LuaFunction>();
/** Builtins that call C functions, by these. Each state has its own: their environment is its globals. */
const callersOfC = new WeakMap<object, WeakMap<object, LuaFunction>>();
const targets = new WeakMap<LuaFunction, CTarget>();
const threads = new WeakMap<lua_State, LuaThread>();
const states = new WeakMap<LuaThread, lua_State>();
const lightObjects = new WeakMap<object, LuaUserdata>();
const lightPrimitives = new Map<unknown, LuaUserdata>();

/** Calls across the border; calls.ts, which needs this file, puts them here. */
export const crossing: {
	callC: (target: TValue, args: readonly LuaValue[]) => LuaResult;
	callBuiltin: (L: lua_State, builtin: LuaFunction) => number;
} = { callC: notConnected, callBuiltin: notConnected };

function notConnected(): never {
	throw new Error("fengari/calls.ts has not been loaded");
}

/** Payload of the userdata that stands for a light userdata. */
class LightValue {
	readonly value: unknown;

	constructor(value: unknown) {
		this.value = value;
	}
}

// -- To raw ----------------------------------------------------------------------------

export function toRaw({ type, value }: TValue): LuaValue {
	switch (type) {
		case tags.LUA_TBOOLEAN:
		case tags.LUA_TNUMFLT:
		case tags.LUA_TNUMINT:
		case tags.LUA_TTABLE:
		case tags.LUA_TLCL:
		case tags.LUA_TUSERDATA:
			return value as LuaValue; // as the tag says
		case tags.LUA_TSHRSTR:
		case tags.LUA_TLNGSTR:
			return (value as TString).raw;
		case tags.LUA_TLCF:
		case tags.LUA_TCCL:
			return builtinFor(type, value as object);
		case tags.LUA_TTHREAD:
			return threadFor(value as lua_State);
		case tags.LUA_TLIGHTUSERDATA:
			return lightUserdataFor(value);
		default:
			return undefined;
	}
}

function builtinFor(type: number, value: object): LuaFunction {
	const L = running.L as lua_State;
	let callers = callersOfC.get(L.l_G);
	if (callers === undefined) {
		callers = new WeakMap();
		callersOfC.set(L.l_G, callers);
	}
	const known = builtins.get(value) ?? callers.get(value);
	if (known !== undefined) return known;
	const call = (...args: LuaValue[]): LuaResult => crossing.callC(new lobject.TValue(type, value), args);
	const made = new engine.LuaFunction(call, globalsOf(L), undefined, "");
	callers.set(value, made);
	targets.set(made, { type, value });
	return made;
}

function threadFor(L: lua_State): LuaThread {
	const known = threads.get(L);
	if (known !== undefined) return known;
	const made = new engine.LuaThread(L);
	threads.set(L, made);
	states.set(made, L);
	return made;
}

function lightUserdataFor(value: unknown): LuaUserdata {
	const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
	const known = isObject ? lightObjects.get(value) : lightPrimitives.get(value);
	if (known !== undefined) return known;
	const made = new engine.LuaUserdata(new LightValue(value), undefined);
	if (isObject) lightObjects.set(value, made);
	else lightPrimitives.set(value, made);
	return made;
}

/** Globals of the state that a thread belongs to. */
export function globalsOf(L: lua_State): LuaTable {
	const registry = L.l_G.l_registry.value as LuaTable;
	return registry.getInt(tags.LUA_RIDX_GLOBALS) as LuaTable; // put there by lstate.js, and kept
}

// -- From raw ------------------------------------------------------------------------------

export function fromRaw(raw: LuaValue): TValue {
	switch (typeof raw) {
		case "undefined":
			return new lobject.TValue(tags.LUA_TNIL, null);
		case "boolean":
			return new lobject.TValue(tags.LUA_TBOOLEAN, raw);
		case "number":
			return new lobject.TValue(tags.LUA_TNUMFLT, raw);
		case "string":
			return new lobject.TValue(tags.LUA_TLNGSTR, new TString(undefined, raw));
		default:
			break;
	}
	if (raw instanceof engine.LuaTable) return new lobject.TValue(tags.LUA_TTABLE, raw);
	if (raw instanceof engine.LuaFunction) {
		if (raw.p !== undefined) return new lobject.TValue(tags.LUA_TLCL, raw);
		const { type, value } = targets.get(raw) ?? cFunctionFor(raw);
		return new lobject.TValue(type, value);
	}
	if (raw instanceof engine.LuaThread) return new lobject.TValue(tags.LUA_TTHREAD, stateFor(raw));
	if (raw.payload instanceof LightValue) {
		return new lobject.TValue(tags.LUA_TLIGHTUSERDATA, raw.payload.value);
	}
	return new lobject.TValue(tags.LUA_TUSERDATA, raw);
}

function cFunctionFor(builtin: LuaFunction): CTarget {
	const value: CFunction = (L) => crossing.callBuiltin(L, builtin);
	const target = { type: tags.LUA_TLCF, value };
	builtins.set(value, builtin);
	targets.set(builtin, target);
	return target;
}

/** A coroutine of the engine gets a state that can be told from others, not one that runs it. */
function stateFor(thread: LuaThread): lua_State {
	const known = states.get(thread);
	if (known !== undefined) return known;
	const L = running.L as lua_State;
	const made = lstate.lua_newthread(L);
	L.top--;
	delete L.stack[L.top];
	threads.set(made, thread);
	states.set(thread, made);
	return made;
}

// -- The stack -------------------------------------------------------------------------------

/** Pushes values; the caller has not to ask for room. */
export function pushAll(L: lua_State, values: readonly LuaValue[]): void {
	ldo.luaD_checkstack(L, values.length);
	const { stack } = L;
	for (const value of values) stack[L.top++] = fromRaw(value);
}

/** Pushes what a call returned, and tells how many values that is. */
export function pushResult(L: lua_State, result: LuaResult): number {
	if (Array.isArray(result)) {
		pushAll(L, result);
		return result.length;
	}
	ldo.luaD_checkstack(L, 1);
	L.stack[L.top++] = fromRaw(result as LuaValue);
	return 1;
}

/** Copies the values from `start` up to `end`, exclusive. */
export function rawSlice(L: lua_State, start: number, end: number): LuaValue[] {
	const values: LuaValue[] = [];
	for (let i = start; i < end; i++) values.push(toRaw(L.stack[i] as TValue));
	return values;
}

/** The same values as the result of a call. */
export function rawResult(L: lua_State, start: number, end: number): LuaResult {
	return end - start === 1 ? toRaw(L.stack[start] as TValue) : rawSlice(L, start, end);
}

/** Removes everything from `top` on. */
export function cutStack(L: lua_State, top: number): void {
	while (L.top > top) delete L.stack[--L.top];
}

/** The UTF-8 bytes of a JavaScript string, kept for the next time. */
export function literal(text: string): Uint8Array {
	return defs.to_luastring(text, true);
}
