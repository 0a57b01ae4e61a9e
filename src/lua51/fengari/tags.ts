// Type tags of fengari's TValue and status codes, as in its defs.js (a spec compares them).
// Numbers of our own, since modules of fengari are not complete while ours are loaded.

export const LUA_TNIL = 0;
export const LUA_TBOOLEAN = 1;
export const LUA_TLIGHTUSERDATA = 2;
export const LUA_TNUMFLT = 3;
export const LUA_TNUMINT = 3 | (1 << 4);
export const LUA_TSTRING = 4;
export const LUA_TSHRSTR = 4;
export const LUA_TLNGSTR = 4 | (1 << 4);
export const LUA_TTABLE = 5;
export const LUA_TFUNCTION = 6;
/** A Lua function. */
export const LUA_TLCL = 6;
/** A C function without upvalues: the JavaScript function itself. */
export const LUA_TLCF = 6 | (1 << 4);
/** A C function with upvalues: a CClosure. */
export const LUA_TCCL = 6 | (2 << 4);
export const LUA_TUSERDATA = 7;
export const LUA_TTHREAD = 8;

export const LUA_OK = 0;
export const LUA_ERRRUN = 2;
export const LUA_ERRSYNTAX = 3;
export const LUA_ERRMEM = 4;
export const LUA_ERRERR = 6;

export const LUA_MULTRET = -1;
export const LUA_RIDX_GLOBALS = 2;
