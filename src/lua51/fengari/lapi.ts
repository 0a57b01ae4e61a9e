// Over fengari's lapi.js, where it writes what emitted code reads directly.

import lapi from "fengari/src/lapi.js";
import type { TValue } from "fengari/src/lobject.js";
import type { lua_State } from "fengari/src/lstate.js";
import type { LuaTable } from "../table.ts";
import type { LuaUserdata } from "../value.ts";
import { LUA_TTABLE, LUA_TUSERDATA } from "./tags.ts";
import { cutStack, toRaw } from "./values.ts";

/** Pops a table or nil and makes it the metatable of the value at `index`. Without one, ours have undefined. */
export function lua_setmetatable(L: lua_State, index: number): boolean {
	const metatable = toRaw(L.stack[L.top - 1] as TValue) as LuaTable | undefined; // the caller's promise
	lapi.lua_checkstack(L, 1);
	lapi.lua_pushvalue(L, index);
	const value = L.stack[L.top - 1] as TValue;
	const type = value.ttnov();
	if (type === LUA_TTABLE || type === LUA_TUSERDATA) {
		(value.value as LuaTable | LuaUserdata).metatable = metatable;
	} else {
		L.l_G.mt[type] = metatable ?? null;
	}
	cutStack(L, L.top - 2);
	return true;
}
