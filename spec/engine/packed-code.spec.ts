// Code without its syntax tree, as a start-up snapshot holds it, does what it did before: functions that
// had been called and those that had not, error positions, names in messages.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mainClosure, packTree } from "../../src/compiler/compile.ts";
import { firstResult, hostCall, type LuaValue } from "../../src/engine/api.ts";
import { parseProto } from "../../src/engine/load.ts";
import type { Proto } from "../../src/lua51/proto.ts";
import { newSession } from "../support/both.ts";

const PROGRAM = `
local shared = 0
local function called(x)
	shared = shared + x
	return function(y) return shared + y end
end
local function later(t)
	local list = { 1, 2, x = 3, { "nested", y = t } }
	for i, v in ipairs(list) do shared = shared + (tonumber(v) or 0) end
	return (function(...) return select("#", ...) + shared end)(1, nil, 3)
end
local function fails(t)
	return t.a
		.b.c
end
called(1)
return function(which)
	if which == "called" then return called(10)(100) end
	if which == "later" then return later({}) end
	local ok, message = pcall(fails, which)
	return message
end`;

function results(proto: Proto, isPacked: boolean): LuaValue[] {
	const state = newSession();
	const value = (f: LuaValue, ...args: LuaValue[]): LuaValue => {
		const outcome = hostCall(state, f, ...args);
		if (!outcome.ok) throw new Error(String(outcome.error.value));
		return firstResult(outcome.results);
	};
	const run = value(mainClosure(proto, state.globals));
	if (isPacked) for (let time = 0; time < 2; time++) packTree(proto);
	return ["called", "later", "fails"].map((which) => value(run, which));
}

test("packed between the first calls and the others", () => {
	const expected = results(parseProto(PROGRAM, "=packed"), false);
	assert.deepEqual(expected, [111, 17, "packed:14: attempt to index field 'a' (a nil value)"]);
	const proto = parseProto(PROGRAM, "=packed");
	assert.deepEqual(results(proto, true), expected);
	assert.deepEqual(results(proto, true), expected, "in another session, packed twice");
});
