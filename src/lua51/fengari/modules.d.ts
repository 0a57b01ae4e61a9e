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
