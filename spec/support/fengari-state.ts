// States of fengari's with our library, and Lua code that is run through the C API.

import { lauxlib, lua, to_jsstring, to_luastring } from "fengari";
import type { CFunction } from "fengari/src/lstate.js";
import { LuaState } from "../../src/engine/api.ts";
import type { lua_State } from "../../src/engine/fengari.ts";
import { openBase } from "../../src/stdlib/base.ts";
import { openDebug } from "../../src/stdlib/debug.ts";
import { openString } from "../../src/stdlib/string.ts";
import { openTable } from "../../src/stdlib/table.ts";

const { LUA_MULTRET } = lua;

export const bytes = to_luastring;

export function newState(): LuaState {
	const state = new LuaState();
	openBase(state);
	openString(state);
	openTable(state);
	openDebug(state);
	return state;
}

/** What the value at `index` is, as bytes read one by one. */
export function latin1(value: Uint8Array | null): string | undefined {
	return value === null ? undefined : Buffer.from(value).toString("latin1");
}

/** Runs Lua code through the C API; what it returns, or its error, as JavaScript values. */
export function run(L: lua_State, source: string): { status: number; values: unknown[] } {
	const base = lua.lua_gettop(L);
	const text = Buffer.from(source, "latin1");
	const loaded = lauxlib.luaL_loadbuffer(L, text, text.length, bytes("=chunk"));
	const status = loaded !== 0 ? loaded : lua.lua_pcall(L, 0, LUA_MULTRET, 0);
	const values: unknown[] = [];
	for (let at = base + 1; at <= lua.lua_gettop(L); at++) values.push(plain(L, at));
	lua.lua_settop(L, base);
	return { status, values };
}

export function plain(L: lua_State, at: number): unknown {
	switch (to_jsstring(lua.lua_typename(L, lua.lua_type(L, at)))) {
		case "nil":
			return undefined;
		case "boolean":
			return lua.lua_toboolean(L, at);
		case "number":
			return lua.lua_tonumber(L, at);
		case "string":
			return latin1(lua.lua_tolstring(L, at));
		default:
			return `(${to_jsstring(lua.lua_typename(L, lua.lua_type(L, at)))})`;
	}
}

export function setGlobal(L: lua_State, name: string, f: CFunction): void {
	lua.lua_pushcfunction(L, f);
	lua.lua_setglobal(L, bytes(name));
}
