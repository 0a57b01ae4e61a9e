import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keepShape } from "../../src/lua51/environment.ts";
import { DICTIONARY_SHAPE, Shape } from "../../src/lua51/shape.ts";
import { LuaTable, sizeHint } from "../../src/lua51/table.ts";
import { Traversal } from "../../src/lua51/traversal.ts";
import type { LuaValue } from "../../src/lua51/value.ts";
import { whyMissing } from "../support/tools.ts";
import { findDifference } from "./table-differential.ts";

function keysOf(table: LuaTable): LuaValue[] {
	const keys: LuaValue[] = [];
	for (const entries = new Traversal(table); entries.advance(); ) keys.push(entries.key);
	return keys;
}

test("random histories look the same as in lua5.1", { skip: whyMissing("lua5.1") }, () => {
	const { TABLE_HISTORIES = "4000", TABLE_SEED = "1" } = process.env;
	const total = Number(TABLE_HISTORIES);
	const seed = Number(TABLE_SEED);
	const batch = 2000;
	for (let done = 0; done < total; done += batch) {
		const difference = findDifference(Math.min(batch, total - done), seed + done);
		assert.equal(difference, undefined, difference);
	}
});

describe("keys", () => {
	const odd = [
		"__proto__",
		"constructor",
		"toString",
		"1",
		"",
		"\0",
		1,
		-1,
		0.5,
		2 ** 53,
		Infinity,
		true,
		false,
	];
	test("no two are confused, in no part", () => {
		const table = new LuaTable();
		odd.forEach((key, value) => {
			table.set(key, value);
		});
		odd.forEach((key, value) => {
			assert.equal(table.get(key), value);
		});
		assert.equal(keysOf(table).length, odd.length);
	});
	test("an absent name finds nothing that objects inherit", () => {
		for (const name of ["__proto__", "constructor", "hasOwnProperty", "length"]) {
			assert.equal(new LuaTable().get(name), undefined);
			assert.equal(LuaTable.ofArray([1]).get(name), undefined);
		}
	});
	test("nil and NaN are never there", () => {
		const table = LuaTable.ofArray([1, undefined, 3]);
		assert.equal(table.get(undefined), undefined);
		assert.equal(table.get(Number.NaN), undefined);
		assert.equal(Traversal.positionOf(table, undefined), 0);
		assert.equal(Traversal.positionOf(table, Number.NaN), -1);
	});
	test("a fraction within the array part is a key of its own", () => {
		const table = LuaTable.ofArray([1, 2, 3]);
		table.set(1.5, "x");
		table.setInt(2.5, "y");
		assert.equal(table.getInt(1.5), "x");
		assert.equal(table.get(2.5), "y");
		assert.deepEqual(Object.keys(table.array), ["0", "1", "2", "3"]);
	});
	test("objects come in insertion order", () => {
		const table = new LuaTable();
		const objects = Array.from({ length: 100 }, () => new LuaTable());
		for (const object of objects) table.set(object, true);
		assert.deepEqual(keysOf(table), objects);
	});
});

describe("shapes", () => {
	test("tables filled alike share one", () => {
		const [a, b] = [new LuaTable(), new LuaTable()];
		for (const table of [a, b]) for (const key of ["x", "y", "z"]) table.set(key, 1);
		assert.equal(a.shape, b.shape);
		assert.notEqual(a.shape, DICTIONARY_SHAPE);
	});
	test("many keys make a dictionary, unless the table keeps its shape", () => {
		const [dictionary, environment, late] = [new LuaTable(), new LuaTable(), new LuaTable()];
		keepShape(environment);
		for (const table of [dictionary, environment, late]) {
			for (let i = 0; i < 1000; i++) table.set(`name${i}`, i);
		}
		assert.equal(late.hasShape(), false);
		keepShape(late);
		assert.deepEqual(
			[dictionary, environment, late].map((table) => table.hasShape()),
			[false, true, true],
		);
		for (const table of [environment, late]) {
			assert.equal(table.get("name999"), 999);
			assert.deepEqual(keysOf(table), keysOf(dictionary));
		}
		for (let i = 1000; i < 1100; i++) environment.set(`name${i}`, i);
		assert.equal(environment.hasShape(), false);
		assert.equal(environment.get("name1099"), 1099);
	});
	test("a table of which the first keys died is searched from its start again once they live", () => {
		for (const keepsShape of [false, true]) {
			const table = new LuaTable();
			for (let i = 0; i < 1000; i++) table.set(`name${i}`, i);
			const keys = keysOf(table);
			for (const key of keys.slice(0, 500)) table.set(key, undefined);
			assert.equal(keysOf(table)[0], keys[500]);
			if (keepsShape) keepShape(table);
			table.set(keys[250], true);
			assert.equal(keysOf(table)[0], keys[250]);
		}
	});
	test("a branch does not see its sibling's keys", () => {
		const base = Shape.root(0).add("base");
		const [left, right] = [base.add("left"), base.add("right")];
		assert.deepEqual([left.lookup("right"), right.lookup("left")], [0, 0]);
		assert.deepEqual([left.lookup("left"), right.lookup("right"), right.lookup("base")], [2, 2, 1]);
	});
	test("a table per key set does not grow the tree for ever", () => {
		for (let i = 0; i < 5000; i++) {
			const table = new LuaTable();
			for (let j = 0; j < 20; j++) table.set(`key ${i} ${j}`, j);
			assert.equal(table.get(`key ${i} 19`), 19);
		}
	});
});

test("constructor sizes are rounded as in the instruction's floating point byte", () => {
	assert.deepEqual(
		[0, 1, 15, 16, 17, 31, 32, 33, 50, 100, 511].map(sizeHint),
		[0, 1, 15, 16, 18, 32, 32, 36, 52, 104, 512],
	);
});
