import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { collectWithWeakTables, LuaTable, noteWeakTable } from "../../src/engine/api.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function weakTable(mode: string): LuaTable {
	const metatable = new LuaTable();
	metatable.setStr("__mode", mode);
	const table = new LuaTable();
	table.metatable = metatable;
	noteWeakTable(table, metatable);
	return table;
}

function count(table: LuaTable): number {
	let entries = 0;
	for (let at = table.advance(0); at !== 0; at = table.advance(at)) entries++;
	return entries;
}

for (const [mode, left] of [
	["k", 3],
	["v", 3],
	["kv", 2],
	["", 4],
] as const) {
	test(`mode ${JSON.stringify(mode)}: what nobody else holds goes`, () => {
		const table = weakTable(mode);
		const held = new LuaTable();
		table.set(held, held);
		table.set(new LuaTable(), 1);
		table.set(1, new LuaTable());
		table.set("text", "text");
		collectWithWeakTables(collect);
		assert.equal(count(table), left);
		assert.equal(table.get(held), held);
		assert.equal(table.get("text"), "text");
	});
}

test("a second collection finds what has been let go meanwhile", () => {
	const table = weakTable("v");
	const holder = new LuaTable();
	// In functions of their own, so that none of this one's variables holds the value.
	const fill = (): void => {
		const value = new LuaTable();
		table.set("x", value);
		holder.set("x", value);
	};
	const isThere = (): boolean => table.get("x") !== undefined;
	fill();
	collectWithWeakTables(collect);
	assert.equal(isThere(), true);
	holder.set("x", undefined);
	collectWithWeakTables(collect);
	assert.equal(isThere(), false);
});
