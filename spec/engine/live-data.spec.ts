// What lives of Lua's data, in native's sizes; the limit that is kept by it is tried in spec/pool/limits.spec.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { constantTable } from "../../src/compiler/constructors.ts";
import { measureLiveData } from "../../src/engine/live-data.ts";
import { ConstantTable } from "../../src/lua51/constant-table.ts";
import type { LuaTable } from "../../src/lua51/table.ts";
import { Traversal } from "../../src/lua51/traversal.ts";
import type { LuaValue } from "../../src/lua51/value.ts";

function firstKey(table: LuaTable): LuaValue {
	const entries = new Traversal(table);
	assert.ok(entries.advance());
	return entries.key;
}

function live(): number {
	return measureLiveData(Number.MAX_SAFE_INTEGER, () => 0) ?? assert.fail("V8 does not tell");
}

test("templates of constant tables are no data of a session", () => {
	const constant = new ConstantTable();
	for (let i = 0; i < 2000; i++) {
		const inner = new ConstantTable();
		inner.push(undefined, i);
		constant.push(`key ${i}`, inner);
	}
	const built = constantTable(constant);
	const withOne = live();
	assert.ok(withOne > 2000 * (64 + 16 + 40), `${withOne} bytes`);
	assert.equal(firstKey(constantTable(constant)), firstKey(built)); // makes the template, and a copy that goes
	assert.notEqual(constant.template, undefined);
	assert.ok(live() < withOne * 1.1, `${live()} bytes, before ${withOne}`);
});
