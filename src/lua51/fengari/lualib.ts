// In place of fengari's lualib.js. The 5.1 library is src/stdlib, which opens it in a new
// state; whoever opens a library through the C API gets the one that is there.

import lapi from "fengari/src/lapi.js";
import type { CFunction } from "fengari/src/lstate.js";
import { literal } from "./values.ts";

export const LUA_VERSUFFIX = "_5_1";
export const LUA_COLIBNAME = "coroutine";
export const LUA_TABLIBNAME = "table";
export const LUA_IOLIBNAME = "io";
export const LUA_OSLIBNAME = "os";
export const LUA_STRLIBNAME = "string";
export const LUA_UTF8LIBNAME = "utf8";
export const LUA_BITLIBNAME = "bit32";
export const LUA_MATHLIBNAME = "math";
export const LUA_DBLIBNAME = "debug";
export const LUA_LOADLIBNAME = "package";
export const LUA_FENGARILIBNAME = "fengari";

export function lua_assert(): void {}

export const luaopen_base: CFunction = (L) => {
	lapi.lua_pushglobaltable(L);
	return 1;
};

export const luaopen_coroutine: CFunction = pushGlobal(LUA_COLIBNAME);
export const luaopen_table: CFunction = pushGlobal(LUA_TABLIBNAME);
export const luaopen_io: CFunction = pushGlobal(LUA_IOLIBNAME);
export const luaopen_os: CFunction = pushGlobal(LUA_OSLIBNAME);
export const luaopen_string: CFunction = pushGlobal(LUA_STRLIBNAME);
export const luaopen_utf8: CFunction = pushGlobal(LUA_UTF8LIBNAME);
export const luaopen_math: CFunction = pushGlobal(LUA_MATHLIBNAME);
export const luaopen_debug: CFunction = pushGlobal(LUA_DBLIBNAME);
export const luaopen_package: CFunction = pushGlobal(LUA_LOADLIBNAME);
export const luaopen_fengari: CFunction = pushGlobal(LUA_FENGARILIBNAME);

/** The engine has opened them. */
export function luaL_openlibs(): void {}

function pushGlobal(name: string): CFunction {
	return (L) => {
		lapi.lua_getglobal(L, literal(name));
		return 1;
	};
}
