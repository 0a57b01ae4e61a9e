// In place of fengari's ltable.js: the engine's table is fengari's table. Values are boxed
// on the way out and unboxed on the way in, so a box that was read is not a place in the table.

import type { TValue } from "fengari/src/lobject.js";
import type { lua_State } from "fengari/src/lstate.js";
import type { LuaTable } from "../table.ts";
import { raise } from "./calls.ts";
import { engine } from "./engine.ts";
import type { TString } from "./lstring.ts";
import { fromRaw, toRaw } from "./values.ts";

/** fengari asks for it to show the `id` of its own tables, which ours have not. */
export class Table {
	private constructor() {}
}

export function luaH_new(_L: lua_State): LuaTable {
	return new engine.LuaTable();
}

export function luaH_get(_L: lua_State, table: LuaTable, key: TValue): TValue {
	return fromRaw(table.get(toRaw(key)));
}

export function luaH_getint(table: LuaTable, key: number): TValue {
	return fromRaw(table.getInt(key));
}

export function luaH_getstr(table: LuaTable, key: TString): TValue {
	return fromRaw(table.getStr(key.raw));
}

export function luaH_setfrom(L: lua_State, table: LuaTable, key: TValue, value: TValue): void {
	const rawKey = toRaw(key);
	if (rawKey === undefined) raise(L, new engine.LuaError("table index is nil", 0));
	if (Number.isNaN(rawKey)) raise(L, new engine.LuaError("table index is NaN", 0));
	table.set(rawKey, toRaw(value));
}

export function luaH_setint(table: LuaTable, key: number, value: TValue): void {
	table.setInt(key, toRaw(value));
}

export function luaH_getn(table: LuaTable): number {
	return table.border();
}

/** Replaces the key at `keyAt` by the next one and the value above it by its value. */
export function luaH_next(L: lua_State, table: LuaTable, keyAt: number): boolean {
	const key = toRaw(L.stack[keyAt] as TValue);
	if (engine.Traversal.positionOf(table, key) < 0) raise(L, new engine.LuaError("invalid key to 'next'", 0));
	const entry = new engine.Traversal(table);
	if (!entry.advanceFrom(table, key)) return false;
	(L.stack[keyAt] as TValue).setfrom(fromRaw(entry.key));
	(L.stack[keyAt + 1] as TValue).setfrom(fromRaw(entry.value));
	return true;
}

/** fengari keeps flags of absent metamethods; we do not. */
export function invalidateTMcache(_table: LuaTable): void {}
