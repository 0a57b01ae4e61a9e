// Protos are shared by closures and by sessions: what one leaves in their caches must not show in
// another. One proto runs here in many states, whose tables, libraries and environments differ.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadedClosure } from "../../src/compiler/compile.ts";
import {
	firstResult,
	hostCall,
	type LuaState,
	LuaTable,
	type LuaValue,
	load,
	Traversal,
} from "../../src/engine/api.ts";
import { parseProto } from "../../src/engine/load.ts";
import { newSession } from "../support/both.ts";

const TURNS = 150;

/** Runs `source` many times in each session after its own preparation: one proto for all. */
function inEach(source: string, preparations: readonly string[]): LuaValue[] {
	const proto = parseProto(source, "=shared");
	return preparations.map((preparation) => {
		const state = newSession();
		value(state, load(state, preparation, "=preparation"));
		const main = loadedClosure(proto, state.globals);
		for (let turn = 1; turn < TURNS; turn++) value(state, main);
		return value(state, main);
	});
}

function value(state: LuaState, f: LuaValue): LuaValue {
	const outcome = hostCall(state, f);
	if (!outcome.ok) throw new Error(String(outcome.error.value));
	return firstResult(outcome.results);
}

describe("one proto, several sessions", () => {
	test("globals", () => {
		const given = inEach("return x", ["x = 1", "y = 1 x = 2", "", "x = false", "x = 3"]);
		assert.deepEqual(given, [1, 2, undefined, false, 3]);
	});
	test("string methods", () => {
		const given = inEach("return ('a'):upper()", [
			"",
			"string.upper = function() return 'mine' end",
			"getmetatable('').__index = function(s, k) return k end string.upper = nil\ngetmetatable('').__index = { upper = function() return 'other' end }",
			"",
		]);
		assert.deepEqual(given, ["A", "mine", "other", "A"]);
	});
	test("inherited fields", () => {
		const classOf = (x: string): string => `C = { x = ${x} } C.__index = C o = setmetatable({}, C)`;
		const given = inEach("return o.x", [
			classOf("1"),
			classOf("'two'"),
			"o = { x = 3 }",
			"o = {}",
			classOf("nil"),
		]);
		assert.deepEqual(given, [1, "two", 3, undefined, undefined]);
	});
	test("metamethods", () => {
		const add = (result: string): string =>
			`t = setmetatable({}, { __add = function() return ${result} end })`;
		assert.deepEqual(inEach("return t + 1", [add("'a'"), "t = 5", add("'b'"), "t = '7'"]), ["a", 6, "b", 8]);
	});
	test("new fields", () => {
		const given = inEach("o.n = (o.n or 0) + 1 return o.n", [
			"o = {}",
			"o = setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v * 1000) end })",
			"o = { n = 0.5 }",
		]);
		assert.deepEqual(given, [TURNS, 1000 + TURNS - 1, TURNS + 0.5]);
	});
	test("upvalues and constructors", () => {
		const source =
			"local t = { 1, 'a', x = { y = 2 } } local n = 0 return (function() n = n + 1 t.x.y = t.x.y + n + #t return t.x.y end)()";
		assert.deepEqual(inEach(source, ["", ""]), [5, 5]);
	});
	test("sessions in turn", () => {
		const proto = parseProto("x = (x or 0) + 1 return x", "=shared");
		const states = [newSession(), newSession(), newSession()];
		for (let turn = 1; turn <= TURNS; turn++) {
			for (const state of states) {
				state.activate();
				assert.equal(value(state, loadedClosure(proto, state.globals)), turn);
			}
		}
	});
});

describe("a state", () => {
	test("has globals of its own", () => {
		const [one, other] = [newSession(), newSession()];
		assert.notEqual(one.globals, other.globals);
		assert.notEqual(one.globals.getStr("print"), other.globals.getStr("print"));
	});
	test("defines functions in the order given", () => {
		const table = new LuaTable();
		newSession().define(table, { z: () => 1, a: () => 2, m: () => 3 });
		const names: LuaValue[] = [];
		for (const entries = new Traversal(table); entries.advance(); ) names.push(entries.key);
		assert.deepEqual(names.sort(), ["a", "m", "z"]);
	});
	test("has its own string metatable", () => {
		const [one, other] = [newSession(), newSession()];
		one.stringMetatable = undefined;
		assert.ok(other.stringMetatable instanceof LuaTable);
	});
});
