// What tables ask of V8 for their fields (src/lua51/fields.ts): hidden classes for all that have a shape, one for all
// that got the same keys in the same order, whatever the values.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { RecordTemplate, record } from "../../src/compiler/constructors.ts";
import { setField } from "../../src/compiler/runtime.ts";
import { keepShape } from "../../src/lua51/environment.ts";
import { type Fields, fieldsClass, isFieldName, NO_FIELDS } from "../../src/lua51/fields.ts";
import { LuaTable } from "../../src/lua51/table.ts";
import type { LuaValue } from "../../src/lua51/value.ts";

setFlagsFromString("--allow-natives-syntax");
const isFast = new Function("object", "return %HasFastProperties(object)") as (object: Fields) => boolean;
const haveSameMap = new Function("a", "b", "return %HaveSameMap(a, b)") as (a: Fields, b: Fields) => boolean;

const INHERITED = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];
const NAMES = Array.from({ length: 300 }, (_, number) => `name${number}`);

/** The ways in which a table gets a key. */
const WAYS: Readonly<Record<string, (table: LuaTable, key: string, value: LuaValue) => void>> = {
	"by name": (table, key, value) => {
		if (setField(table, key, value)) table.fields[key] = value;
	},
	"by a library": (table, key, value) => table.setStr(key, value),
	"by a computed key": (table, key, value) => table.setStr(key, value, true),
};

function filled(
	keys: readonly string[],
	value: (position: number) => LuaValue,
	add: (typeof WAYS)[string],
): LuaTable {
	const table = new LuaTable();
	keys.forEach((key, position) => {
		add(table, key, value(position));
	});
	return table;
}

describe("names", () => {
	for (const key of [
		...INHERITED,
		"",
		"x",
		"-1",
		"01",
		"1e3",
		"1.5",
		"4294967295",
		"9007199254740993",
		" 1",
	]) {
		test(`${JSON.stringify(key)} is a property as any other`, () => {
			const fields = new (fieldsClass(["z", key]))();
			assert.equal(fields[key], undefined);
			fields["z"] = 1;
			fields[key] = "value";
			assert.equal(fields[key], "value");
			// An array index would come first.
			if (isFieldName(key)) assert.deepEqual(Object.keys(fields), ["z", key]);
			assert.equal(NO_FIELDS[key], undefined);
		});
	}
	test("an array index is none", () => {
		for (const key of ["0", "1", "17", "4294967294"]) assert.equal(isFieldName(key), false);
		const table = new LuaTable();
		table.setStr("name", 1);
		table.setStr("1", 2);
		assert.equal(table.hasShape(), false);
		assert.deepEqual([table.getStr("name"), table.getStr("1"), table.getInt(1)], [1, 2, undefined]);
	});
});

describe("hidden classes", () => {
	for (const [way, add] of Object.entries(WAYS)) {
		test(`of a table that is filled ${way}`, () => {
			const table = new LuaTable();
			for (const name of NAMES) {
				add(table, name, 1);
				if (!table.hasShape()) break;
				assert.equal(isFast(table.fields), true, `with ${name}`);
			}
			assert.equal(table.hasShape(), false);
		});
		test(`do not depend on the values, ${way}`, () => {
			const values: LuaValue[] = [7, 1.5, "text", true, new LuaTable()];
			for (const count of [1, 3, 8, 20]) {
				const names = NAMES.slice(0, count).map((name) => `${way} ${count} ${name}`);
				// (With the first nobody knows that there will be others.)
				filled(names, () => 1, add);
				const [first, ...others] = values.map((_, shift) =>
					filled(names, (position) => values[(position + shift) % values.length], add),
				);
				for (const other of others) assert.ok(haveSameMap(first!.fields, other.fields), `${count} keys`);
			}
		});
	}
	test("of constructors do not depend on the values either", () => {
		const template = new RecordTemplate(["left", "right"]);
		const [, , first, ...others] = [1, 1, 7, 1.5, "text"].map((value) => {
			const fields = new template.Fields();
			fields["left"] = value;
			fields["right"] = 1;
			return record(template, fields);
		});
		for (const other of others) assert.ok(haveSameMap(first!.fields, other.fields));
	});
	test("of an environment with 200 names", () => {
		const table = filled(NAMES.slice(0, 5), () => 1, WAYS["by a library"]!);
		keepShape(table);
		for (const name of NAMES.slice(5, 200)) table.setStr(name, 1);
		assert.ok(table.hasShape() && isFast(table.fields));
		assert.equal(table.getStr("name199"), 1);
	});
});
