// pcall, xpcall and what hosts call with: values and messages of errors, what is left behind.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { limits } from "../../src/compiler/limits.ts";
import { hostCall, load, protectedCall } from "../../src/engine/api.ts";
import { agrees, newSession } from "../support/both.ts";

function agree(name: string, source: string): void {
	test(name, agrees(source));
}

describe("pcall", () => {
	agree(
		"results",
		"print(pcall(function() end)) print(pcall(function() return nil end)) print(pcall(function(...) return ... end, 1, nil, 3)) print(select('#', pcall(function() return nil, nil end)))",
	);
	agree(
		"errors of every type",
		"for _, v in ipairs({ 'text', 5, true, false }) do print(pcall(error, v)) print(pcall(error, v, 0)) end print(pcall(error)) print(pcall(error, nil)) local t = {} print(select(2, pcall(error, t)) == t)",
	);
	agree(
		"levels",
		"local function f(n) error('m', n) end local function g(n) f(n) end for n = 0, 4 do print(pcall(g, n)) end print(pcall(error, 'x', 1)) print(pcall(error, 'x', 2)) print(pcall(pcall, error, 'x', 2))",
	);
	agree(
		"nested, and after",
		"print(pcall(pcall)) print(pcall(pcall, error)) print(pcall(pcall, pcall, error, 'e')) print(pcall(5)) print(pcall(setmetatable({}, { __call = function(_, x) return 'called', x end }), 7))",
	);
	agree(
		"deep recursion and recovery",
		"local function f() return 1 + f() end for i = 1, 3 do local ok, m = pcall(f) print(ok, m) end local function d(n) return n == 0 and 'end' or (d(n - 1)) end print(d(150))",
	);
	agree(
		"many in a row",
		"local n = 0 for i = 1, 2000 do local ok = pcall(error, i) if not ok then n = n + 1 end end print(n)",
	);
	agree(
		"nested too deeply",
		"local function f(n) local ok, m = pcall(f, n + 1) if not ok then return n, m end return ok and m end print(pcall(f, 1))",
	);
});

describe("xpcall", () => {
	agree(
		"the handler's result",
		"print(xpcall(function() error('m', 0) end, function(m) return m .. '!', 'second' end)) print(xpcall(error, function(m) return m end)) print(xpcall(function() return 1, 2 end, error))",
	);
	agree(
		"a handler that fails",
		"print(xpcall(function() error('m') end, function() error('again') end)) print(xpcall(function() error('m') end, nil)) print(xpcall(function() error('m') end, 5))",
	);
	agree(
		"a handler sees the functions that failed",
		"local function inner() error('m') end local function outer() inner() end xpcall(outer, function() for level = 1, 5 do local i = debug.getinfo(level, 'Sl') print(level, i and i.short_src, i and i.currentline) end end)",
	);
	agree(
		"nested",
		"print(xpcall(function() print(xpcall(function() error('a', 0) end, string.upper)) error('b', 0) end, string.upper))",
	);
	agree(
		"overflow",
		"local function f() return 1 + f() end print(xpcall(f, function(m) return (tostring(m):gsub('^(.-overflow).*$', '%1')) end))",
	);
});

describe("limits after a failure are those before", () => {
	const state = newSession();
	const failing = [
		"error('x')",
		"local function f() return 1 + f() end f()",
		"string.gsub('a', '.', function() error('in gsub') end)",
		"table.sort({ 3, 2, 1 }, function() error('in sort') end)",
		"local t = setmetatable({}, { __index = function(t, k) return t[k] end }) return t.x",
		"local function f(n) if n == 0 then error('deep') end return f(n - 1) end f(1000)",
		"for x in function() error('iterator') end do end",
		"coroutine.wrap(function() error('in a coroutine') end)()",
	];
	for (const source of failing) {
		test(source, () => {
			const { depth, cCalls } = limits;
			const outcome = hostCall(state, load(state, source, "=chunk"));
			assert.equal(outcome.ok, false);
			assert.deepEqual([limits.depth, limits.cCalls], [depth, cCalls]);
		});
	}
	test("errors of ours are no results", () => {
		const bug = new TypeError("ours");
		const broken = state.builtin("broken", () => {
			throw bug;
		});
		assert.throws(() => protectedCall(broken), bug);
	});
});
