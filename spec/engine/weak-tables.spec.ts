import assert from "node:assert/strict";
import { test } from "node:test";
import {
	allocate,
	beginSession,
	collectWithWeakTables,
	LuaTable,
	noteWeakTable,
	Traversal,
} from "../../src/engine/api.ts";

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
	for (const walk = new Traversal(table); walk.advance(); ) entries++;
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
		collectWithWeakTables();
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
	collectWithWeakTables();
	assert.equal(isThere(), true);
	holder.set("x", undefined);
	collectWithWeakTables();
	assert.equal(isThere(), false);
});

test("entries go by themselves when much has been allocated, and not before", () => {
	const table = weakTable("k");
	const fill = (): void => table.set(new LuaTable(), 1);
	fill();
	for (let i = 0; i < 31; i++) allocate(2 ** 20);
	assert.equal(count(table), 1);
	for (let i = 0; i < 2; i++) allocate(2 ** 20);
	assert.equal(count(table), 0);
});

test("a metatable that is empty may become weak later, and a new session forgets weak tables", () => {
	const metatable = new LuaTable();
	const table = new LuaTable();
	table.metatable = metatable;
	noteWeakTable(table, metatable);
	metatable.setStr("__mode", "v");
	const fill = (): void => table.set("x", new LuaTable());
	fill();
	collectWithWeakTables();
	assert.equal(count(table), 0);
	fill();
	beginSession(undefined);
	collectWithWeakTables();
	assert.equal(count(table), 1);
});

test("many dead and living entries keep their values and their keys can be found", () => {
	const table = weakTable("kv");
	const held: LuaTable[] = [];
	const fill = (): void => {
		for (let i = 1; i <= 1000; i++) {
			const key = new LuaTable();
			if (i % 3 === 0) held.push(key);
			table.set(key, i % 2 === 0 ? i : key);
			table.set(i, key);
			table.set(`s${i}`, key);
		}
	};
	fill();
	collectWithWeakTables();
	const living = held.length;
	assert.equal(count(table), 3 * living);
	held.forEach((key, position) => {
		const i = 3 * (position + 1);
		assert.equal(table.get(key), i % 2 === 0 ? i : key);
		assert.equal(table.get(i), key);
		assert.equal(table.get(`s${i}`), key);
	});
	for (const key of held) table.set(key, undefined);
	assert.equal(count(table), 2 * living);
	table.set(held[0], "again");
	assert.equal(table.get(held[0]), "again");
});
