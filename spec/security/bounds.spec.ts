// Bombs: each ends in a Lua error or in the session's limit, never in an error of JavaScript or in a process that
// nobody can end; and after a Lua error the session serves on.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Host, LuaCallError, PeerGoneError } from "../../src/host/host.ts";
import { ownTree } from "../../src/host/tree.ts";
import { OUR_LUA } from "../support/dialogue.ts";
import { TestPool } from "../support/pool.ts";
import { ROOT } from "../support/root.ts";

const NO_MEMORY = /^not enough memory$/;
const OVERFLOW = /stack overflow/;

/** What the chunk's error says, or what it returns. */
const BOMBS: Readonly<Record<string, readonly [chunk: string, expected: RegExp]>> = {
	"a string that doubles": ["local s = 'x' while true do s = s .. s end", NO_MEMORY],
	"repeated repetition": ["return ('x'):rep(1e9):rep(1e9)", NO_MEMORY],
	"a large replacement": ["return #(('x'):rep(3e5):gsub('x', ('y'):rep(1e5)))", NO_MEMORY],
	"a large concatenation": [
		"local t, s = {}, ('x'):rep(1e7) for i = 1, 200 do t[i] = s end return table.concat(t)",
		NO_MEMORY,
	],
	"a large format": ["local s = ('x'):rep(2e8) return string.format('%s%s%s%s', s, s, s, s)", NO_MEMORY],
	"endless recursion": ["local function f() return 1 + f() end return f()", OVERFLOW],
	"endless recursion through pcall": ["local function f() return pcall(f) end return f()", /^\[/],
	"endless recursion through a metamethod": [
		"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. 'x'] end return t.x",
		OVERFLOW,
	],
	"endless recursion through gsub": ["local function f() return ('x'):gsub('x', f) end return f()", OVERFLOW],
	"endless recursion through sort": [
		"local function f() table.sort({ 1, 2 }, f) return true end return f()",
		OVERFLOW,
	],
	"a chain of metatables": [
		"local t = {} for i = 1, 1e4 do t = setmetatable({}, { __index = t }) end return t.x",
		/loop in gettable/,
	],
	"too many results": ["return unpack({}, 1, 1e7)", /too many results to unpack/],
	"a table that is nested deeply": [
		"local t = {} for i = 1, 1e5 do t = { t } end return t",
		/stack overflow/,
	],
	"a nested call of a loaded text": ["return ('f('):rep(1e4)", /^\["f\(/],
	"a pattern of many optional parts": ["return #('a'):rep(1e4):match(('a?'):rep(1e4))", /^\[10000\]$/],
	"brackets that are never closed": ["return ('('):rep(2e3):find('%b()')", /^\[null\]$/],
	"a sort with a comparison that lies": [
		"local t = {} for i = 1, 1e3 do t[i] = i % 7 end return pcall(table.sort, t, function() return true end)",
		/^\[(?:true|false,"invalid order function for sorting")/,
	],
	"keys that collide natively": [
		// lua5.1 looks at some 32 characters of a long string only: these are all alike to it.
		"local t, n = {}, 0 for i = 1, 3000 do t[('x'):rep(40) .. ('%08d'):format(i):gsub('.', '%0' .. ('y'):rep(9)) .. ('x'):rep(40)] = i end for _ in pairs(t) do n = n + 1 end return n",
		/^\[3000\]$/,
	],
	"numbers that collide natively": [
		"local t, n = {}, 0 for i = 1, 3000 do t[i * 2 ^ 32] = i t[i * 2 ^ -40] = i end for _ in pairs(t) do n = n + 1 end return n",
		/^\[6000\]$/,
	],
};

/** Source texts, which the parser must refuse or take. */
const SOURCES: Readonly<Record<string, readonly [text: string, expected: RegExp]>> = {
	"nested brackets": [`return ${"(".repeat(1e5)}1${")".repeat(1e5)}`, /chunk has too many syntax levels/],
	"nested tables": [`return ${"{".repeat(1e5)}${"}".repeat(1e5)}`, /chunk has too many syntax levels/],
	"nested functions": [`${"return function() ".repeat(1e4)}${"end ".repeat(1e4)}`, /too many syntax levels/],
	"nested blocks": [`${"do ".repeat(1e4)}${"end ".repeat(1e4)}`, /too many syntax levels/],
	"a chain of concatenations": [`return ${"'a'..".repeat(1e4)}'a'`, /too many syntax levels|^ok$/],
	"a chain of negations": [`return ${"- ".repeat(1e5)}1`, /too many syntax levels/],
	"a chain of powers": [`return ${"2 ^ ".repeat(1e5)}1`, /too many syntax levels/],
	"a long sum": [`return ${"1 + ".repeat(1e4)}1`, /^ok$/],
	"a long chain of fields": [`return x${".y".repeat(1e4)}`, /^ok$/],
	"a long chain of calls": [`return x${"()".repeat(1e4)}`, /^ok$/],
	"many locals": [
		Array.from({ length: 300 }, (_, i) => `local a${i}`).join(" "),
		/more than 200 local variables/,
	],
	"a long elseif": [`if x then ${"elseif x then ".repeat(5e3)}end`, /levels|^ok$/],
	"a long string": [`return "${"x".repeat(5e6)}"`, /^ok$/],
	"a long name": [`local ${"x".repeat(1e6)} = 1`, /^ok$/],
	"a long comment": [`--${"x".repeat(5e6)}`, /^ok$/],
	"a string that does not end": [`return "${"x".repeat(1e6)}`, /unfinished string/],
	"a long bracket of a high level": [`return [${"=".repeat(1e5)}[x]${"=".repeat(1e5)}]`, /^ok$/],
};

describe("bombs in one session", () => {
	let host: Host;
	before(() => {
		host = new Host({ lua: OUR_LUA, tree: ownTree(ROOT), encoding: "latin1" });
	});
	after(() => host.terminate());

	function outcome(attempt: () => unknown): string {
		try {
			return JSON.stringify(attempt()) ?? "ok";
		} catch (error) {
			if (!(error instanceof LuaCallError)) throw error;
			return String(error.value);
		}
	}
	const served = (): unknown => host.call(host.loadString("return 6 * 7", "=after"))[0];

	for (const [name, [chunk, expected]] of Object.entries(BOMBS)) {
		test(name, () => {
			assert.match(
				outcome(() => host.call(host.loadString(chunk, "=bomb"))),
				expected,
			);
			assert.equal(served(), 42);
		});
	}
	for (const [name, [text, expected]] of Object.entries(SOURCES)) {
		test(`source: ${name}`, () => {
			assert.match(
				outcome(() => void host.loadString(text, "=bomb")),
				expected,
			);
			assert.equal(served(), 42);
		});
	}
});

describe("bombs that only the CPU limit ends", () => {
	const pool = new TestPool({ pm: "static", max_children: 1, max_requests: 0 });
	before(() => {
		pool.start();
	});
	after(() => pool.stop());

	for (const [name, chunk] of Object.entries({
		"a loop": "while true do end",
		"a loop that catches errors": "while true do pcall(error) end",
		// Scribunto's tostring is Lua, and this a tail call of itself: native does not end either.
		"a __tostring that is tostring":
			"local t = setmetatable({}, {}) getmetatable(t).__tostring = tostring return tostring(t)",
		"a pattern that backtracks": "return ('x'):rep(3e4):find(('.-'):rep(8) .. 'b')",
		"a search for what is not there":
			"local s = ('a'):rep(1e6) while true do s:find(('a'):rep(5e5) .. 'b', 1, true) end",
		"a sort that never ends":
			"local t = {} for i = 1, 2e6 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
	})) {
		test(name, async () => {
			const host = pool.host({ cpu: 1 });
			assert.throws(() => host.call(host.loadString(chunk, "=bomb")), PeerGoneError);
			await host.close().catch(() => undefined);
			const next = pool.host({ cpu: 30 });
			assert.deepEqual(next.call(next.loadString("return 6 * 7", "=after")), [42]);
			await next.quit();
		});
	}
});
