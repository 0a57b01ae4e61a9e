// Types for what our substitutes and engine/fengari.ts use of fengari's files, which have
// none. Modules of fengari require each other in cycles: import the whole (`import ldo from
// ...`) and look a function up when it is called, never while a module is loaded.

declare module "fengari/src/lobject.js" {
	import type { lua_State } from "fengari/src/lstate.js";

	interface TValue {
		type: number;
		value: unknown;
		ttype(): number;
		ttnov(): number;
		ttisnil(): boolean;
		ttisstring(): boolean;
		setfrom(other: TValue): void;
		setnilvalue(): void;
		setfltvalue(x: number): void;
		setsvalue(x: unknown): void;
	}
	const lobject: {
		readonly TValue: new (type?: number, value?: unknown) => TValue;
		readonly luaO_nilobject: TValue;
		luaO_chunkid(source: Uint8Array, size: number): Uint8Array;
		luaO_pushvfstring(L: lua_State, format: Uint8Array, args: readonly unknown[]): Uint8Array;
	};

	export type { TValue };
	export default lobject;
}

declare module "fengari/src/lstate.js" {
	import type { TValue } from "fengari/src/lobject.js";

	interface CallInfo {
		func: TValue;
		funcOff: number;
		top: number;
		previous: CallInfo;
		l_base: number;
		nresults: number;
		callstatus: number;
	}
	interface global_State {
		id_counter: number;
		mainthread: lua_State;
		l_registry: TValue;
		mt: unknown[];
		atnativeerror: unknown;
		panic: unknown;
	}
	interface lua_State {
		readonly id: number;
		readonly l_G: global_State;
		readonly stack: TValue[];
		readonly base_ci: CallInfo;
		ci: CallInfo;
		top: number;
		nCcalls: number;
		nny: number;
		errfunc: number;
		errorJmp: unknown;
		hook: unknown;
		hookmask: number;
		basehookcount: number;
	}
	/** A function of the C API style: arguments on the stack, returns the number of results. */
	type CFunction = (L: lua_State) => number;
	const lstate: {
		readonly CIST_LUA: number;
		readonly lua_State: abstract new () => lua_State;
		lua_newstate(): lua_State | null;
		lua_newthread(L: lua_State): lua_State;
	};

	export type { CallInfo, CFunction, lua_State };
	export default lstate;
}

declare module "fengari/src/ldo.js" {
	import type { CallInfo, lua_State } from "fengari/src/lstate.js";

	const ldo: {
		luaD_callnoyield(L: lua_State, functionAt: number, resultCount: number): void;
		luaD_checkstack(L: lua_State, count: number): void;
		luaD_pcall<T>(
			L: lua_State,
			f: (L: lua_State, ud: T) => void,
			ud: T,
			oldTop: number,
			handlerAt: number,
		): number;
		luaD_poscall(L: lua_State, ci: CallInfo, firstResult: number, count: number): boolean;
		luaD_throw(L: lua_State, status: number): never;
	};
	export default ldo;
}

declare module "fengari/src/lapi.js" {
	import type { lua_State } from "fengari/src/lstate.js";

	const lapi: {
		lua_load(
			L: lua_State,
			reader: (L: lua_State, data: unknown) => Uint8Array | null,
			data: unknown,
			chunkName: Uint8Array,
			mode: null,
		): number;
		lua_pcall(L: lua_State, argumentCount: number, resultCount: number, handlerAt: number): number;
		lua_checkstack(L: lua_State, count: number): boolean;
		lua_settop(L: lua_State, index: number): void;
		lua_atnativeerror(L: lua_State, f: ((L: lua_State) => number) | null): unknown;
		lua_pushglobaltable(L: lua_State): void;
		lua_getglobal(L: lua_State, name: Uint8Array): number;
		lua_pushvalue(L: lua_State, index: number): void;
	};
	export default lapi;
}

declare module "fengari/src/defs.js" {
	const defs: {
		to_luastring(text: string, cache?: boolean): Uint8Array;
		from_userstring(text: Uint8Array | string): Uint8Array;
	};
	export default defs;
}

declare module "fengari/src/lzio.js" {
	import type { lua_State } from "fengari/src/lstate.js";

	/** A stream of chunks of bytes that a reader function gives. */
	interface ZIO {
		readonly L: lua_State;
		readonly reader: (L: lua_State, data: unknown) => Uint8Array | null;
		readonly data: unknown;
		/** Bytes still unread, from `off` in `buffer`. */
		readonly n: number;
		readonly buffer: Uint8Array | null;
		readonly off: number;
	}

	export type { ZIO };
}

// -- The C API for hosts in trusted states: debugger, REPL, specs ------------------------------

declare module "fengari" {
	import type { CFunction, lua_State } from "fengari/src/lstate.js";

	type Bytes = Uint8Array;
	interface Lua {
		readonly LUA_MULTRET: number;
		readonly LUA_REGISTRYINDEX: number;
		readonly LUA_OPADD: number;
		readonly LUA_OPEQ: number;
		readonly LUA_OPLT: number;
		readonly LUA_OPLE: number;
		lua_atnativeerror(L: lua_State, f: CFunction | null): unknown;
		lua_arith(L: lua_State, operation: number): void;
		lua_call(L: lua_State, argumentCount: number, resultCount: number): void;
		lua_compare(L: lua_State, a: number, b: number, operation: number): number;
		lua_concat(L: lua_State, count: number): void;
		lua_createtable(L: lua_State, arraySize: number, hashSize: number): void;
		lua_error(L: lua_State): number;
		lua_getfield(L: lua_State, index: number, key: Bytes): number;
		lua_getglobal(L: lua_State, name: Bytes): number;
		lua_getmetatable(L: lua_State, index: number): boolean;
		lua_gettable(L: lua_State, index: number): number;
		lua_gettop(L: lua_State): number;
		lua_getupvalue(L: lua_State, index: number, n: number): Bytes | null;
		lua_isnil(L: lua_State, index: number): boolean;
		lua_isnumber(L: lua_State, index: number): boolean;
		lua_len(L: lua_State, index: number): void;
		lua_newtable(L: lua_State): void;
		lua_newthread(L: lua_State): lua_State;
		lua_newuserdata(L: lua_State, size: number): object;
		lua_next(L: lua_State, index: number): number;
		lua_pcall(L: lua_State, argumentCount: number, resultCount: number, handlerAt: number): number;
		lua_pop(L: lua_State, count: number): void;
		lua_pushboolean(L: lua_State, value: boolean): void;
		lua_pushcclosure(L: lua_State, f: CFunction, upvalueCount: number): void;
		lua_pushcfunction(L: lua_State, f: CFunction): void;
		lua_pushinteger(L: lua_State, value: number): void;
		lua_pushlightuserdata(L: lua_State, value: unknown): void;
		lua_pushliteral(L: lua_State, text: string): Bytes;
		lua_pushnil(L: lua_State): void;
		lua_pushnumber(L: lua_State, value: number): void;
		lua_pushstring(L: lua_State, value: Bytes): Bytes;
		lua_pushthread(L: lua_State): boolean;
		lua_pushvalue(L: lua_State, index: number): void;
		lua_rawequal(L: lua_State, a: number, b: number): number;
		lua_rawget(L: lua_State, index: number): number;
		lua_rawgeti(L: lua_State, index: number, key: number): number;
		lua_rawlen(L: lua_State, index: number): number;
		lua_rawset(L: lua_State, index: number): void;
		lua_rawseti(L: lua_State, index: number, key: number): void;
		lua_resume(L: lua_State, from: lua_State | null, argumentCount: number): number;
		lua_setfield(L: lua_State, index: number, key: Bytes): void;
		lua_setglobal(L: lua_State, name: Bytes): void;
		lua_setmetatable(L: lua_State, index: number): boolean;
		lua_settable(L: lua_State, index: number): void;
		lua_settop(L: lua_State, index: number): void;
		lua_stringtonumber(L: lua_State, text: Bytes): number;
		lua_toboolean(L: lua_State, index: number): boolean;
		lua_tocfunction(L: lua_State, index: number): CFunction | null;
		lua_tointeger(L: lua_State, index: number): number;
		lua_tojsstring(L: lua_State, index: number): string | null;
		lua_tolstring(L: lua_State, index: number): Bytes | null;
		lua_tonumber(L: lua_State, index: number): number;
		lua_tothread(L: lua_State, index: number): lua_State | null;
		lua_touserdata(L: lua_State, index: number): unknown;
		lua_type(L: lua_State, index: number): number;
		lua_typename(L: lua_State, type: number): Bytes;
		lua_upvalueindex(n: number): number;
		lua_yield(L: lua_State, resultCount: number): number;
	}
	interface AuxiliaryLibrary {
		luaL_argerror(L: lua_State, position: number, text: Bytes): never;
		luaL_checkinteger(L: lua_State, position: number): number;
		luaL_checknumber(L: lua_State, position: number): number;
		luaL_checkstring(L: lua_State, position: number): Bytes;
		luaL_dostring(L: lua_State, text: Bytes): number | boolean;
		luaL_error(L: lua_State, format: Bytes, ...args: unknown[]): never;
		luaL_loadbuffer(L: lua_State, text: Bytes, size: number, name: Bytes): number;
		luaL_loadstring(L: lua_State, text: Bytes): number;
		luaL_newlib(L: lua_State, functions: Readonly<Record<string, CFunction>>): void;
		luaL_newmetatable(L: lua_State, name: Bytes): number;
		luaL_ref(L: lua_State, index: number): number;
		luaL_requiref(L: lua_State, name: Bytes, open: CFunction, global: number): void;
		luaL_setmetatable(L: lua_State, name: Bytes): void;
		luaL_tolstring(L: lua_State, index: number): Bytes;
		luaL_traceback(L: lua_State, of: lua_State, message: Bytes | null, level: number): void;
		luaL_checkudata(L: lua_State, position: number, name: Bytes): object;
		luaL_where(L: lua_State, level: number): void;
	}
	interface Libraries {
		readonly luaopen_base: CFunction;
	}
	export const lua: Lua;
	export const lauxlib: AuxiliaryLibrary;
	export const lualib: Libraries;
	export function to_luastring(text: string): Bytes;
	export function to_jsstring(bytes: Bytes): string;
}

declare module "fengari-interop" {
	import type { CFunction, lua_State } from "fengari/src/lstate.js";

	export const luaopen_js: CFunction;
	export function push(L: lua_State, value: unknown): void;
	export function tojs(L: lua_State, index: number): unknown;
}
