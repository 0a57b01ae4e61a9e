// How a library makes itself known, as luaL_register does it: a table sized for its
// functions, a global of that name, and an entry in package.loaded (kept in the registry,
// so that it is there whether or not the package library is).

import { type Builtin, type LuaState, LuaTable } from "../engine/api.ts";

const LOADED = "_LOADED";

/** package.loaded. */
export function loadedTable(state: LuaState): LuaTable {
	const known = state.registry.getStr(LOADED);
	if (known instanceof LuaTable) return known;
	const loaded = LuaTable.sized(0, 1);
	state.registry.setStr(LOADED, loaded);
	return loaded;
}

/** The functions keep their order: it is native's order of registration, which `pairs` shows. */
export function registerLibrary(
	state: LuaState,
	name: string,
	functions: Readonly<Record<string, Builtin>>,
): LuaTable {
	const loaded = loadedTable(state);
	let table = loaded.getStr(name) ?? state.globals.getStr(name);
	if (!(table instanceof LuaTable)) {
		table = LuaTable.sized(0, Object.keys(functions).length);
		state.globals.setStr(name, table);
	}
	loaded.setStr(name, table);
	state.define(table, functions);
	return table;
}
