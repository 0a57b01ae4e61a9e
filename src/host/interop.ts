/**
 * fengari-interop: JavaScript's objects in Lua. For trusted code only, such as what somebody types at a prompt:
 * through it everything of Node can be reached. So the table is given to the caller and is no global.
 */
import { lauxlib, lua, to_luastring } from "fengari";
import { luaopen_js } from "fengari-interop";
import { type LuaState, LuaTable } from "../engine/api.ts";

/** The table `js`, with `js.global`, `js.new` and the like, in a state. */
export function openInterop(state: LuaState): LuaTable {
	const { L, globals } = state;
	lauxlib.luaL_requiref(L, to_luastring("js"), luaopen_js, 1);
	lua.lua_settop(L, 0);
	const js = globals.getStr("js");
	globals.setStr("js", undefined);
	if (!(js instanceof LuaTable)) throw new Error("fengari-interop made no table");
	return js;
}
