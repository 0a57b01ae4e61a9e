// Chunks: names, syntax errors as results, what is no source text, and how deep a chunk may nest.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CodeCache } from "../../src/engine/code-cache.ts";
import { parseProto } from "../../src/engine/load.ts";
import { LuaError } from "../../src/lua51/error.ts";
import { agrees } from "../support/both.ts";

const SHOW = `local function show(ok, a, b, c) print(ok, type(a) == "function" and "function" or a, b, c) end
`;

test(
	"loadstring and load",
	agrees(
		[
			...[
				"loadstring('return ...')(1, nil, 3)",
				"loadstring('x =')",
				"loadstring('')",
				"loadstring('return 1', '@file')()",
			],
			...[
				"loadstring('error(1)', '=n')",
				"loadstring('error(\"m\")', '=n')()",
				"loadstring('error(\"m\")', '@n')()",
			],
			...[
				"loadstring('error(\"m\")', 'some text')()",
				"loadstring('error(\"m\")\\n', 'two\\nlines')()",
				"loadstring(5)",
				"loadstring()",
			],
			...["load(function() return nil end)", "load(function() return {} end)", "load(5)"],
			...["load(function() error('reader') end)", "loadstring('\\27Lua')", "loadstring('#!x\\nreturn 1')"],
			...[
				"loadstring('return 1;;')",
				"loadstring('return 1; return 2')",
				"loadstring('break')",
				"loadstring('local x <const> = 1')",
			],
		]
			.map((text) => `show(pcall(function() return ${text} end))`)
			.join("\n")
			.replace(/^/, SHOW),
	),
);
test(
	"load in pieces",
	agrees(
		"local parts = { 'ret', 'urn ', '1', '0 + 1', '' , 'never' } local n = 0 print(load(function() n = n + 1 return parts[n] end)()) print(n)",
	),
);
test(
	"chunks share nothing but the environment",
	agrees(
		"local s = 'local n = 0 return function() n = n + 1 g = (g or 0) + 1 return n, g end' local f, h = loadstring(s)(), loadstring(s)() print(f()) print(f()) print(h()) local e = {} local c = loadstring(s) setfenv(c, e) local k = c() print(k()) print(e.g, g)",
	),
);
test(
	"nesting in nested calls",
	agrees(`local function nest(open, shut, n) return "return " .. open:rep(n) .. "1" .. shut:rep(n) end
	local function deepest(open, shut) local n = 1 while loadstring(nest(open, shut, n)) and n < 300 do n = n + 1 end return n, (select(2, loadstring(nest(open, shut, n)))) end
	print(deepest("(", ")")) print(deepest("{", "}"))
	print(pcall(deepest, "(", ")")) print(pcall(pcall, deepest, "(", ")"))
	string.gsub("a", ".", function() print(deepest("{", "}")) end)`),
);

describe("precompiled chunks", () => {
	const HEADER = "\x1bLuaQ\0\x01\x04\x08\x04\x08\0";
	const cases: readonly [string, string, string][] = [
		["\x1bLua", "=n", "n: unexpected end in precompiled chunk"],
		["\x1bLuaR\0\x01\x04\x08\x04\x08\0", "@n", "n: bad header in precompiled chunk"],
		["\x1b", "\x1b", "binary string: unexpected end in precompiled chunk"],
		[HEADER, "text", "text: unexpected end in precompiled chunk"],
		[`${HEADER}7 2 0 =c`, "=n", "n: bad code in precompiled chunk"],
	];
	for (const [text, name, message] of cases) {
		test(message, () =>
			assert.throws(
				() => parseProto(text, name),
				(error) => error instanceof LuaError && error.value === message,
			),
		);
	}
});

describe("the code cache", () => {
	const filled = (capacity: number): CodeCache => Object.assign(new CodeCache(), { capacity });
	const proto = (text: string) => parseProto(text, "=c");
	test("keeps nothing without capacity", () => {
		const cache = new CodeCache();
		cache.get("return 1", "=c", 1, () => proto("return 1"));
		assert.deepEqual([cache.hits, cache.misses, cache.bytes], [0, 0, 0]);
	});
	test("tells text, name and depth apart", () => {
		const cache = filled(100_000);
		const get = (text: string, name: string, depth: number) =>
			cache.get(text, name, depth, () => proto(text));
		const first = get("return 1", "=c", 5);
		assert.equal(get("return 1", "=c", 5), first);
		assert.equal(get("return 1", "=c", 2), first);
		assert.notEqual(get("return 2", "=c", 5), first);
		assert.notEqual(get("return 1", "=d", 5), first);
		assert.notEqual(get("return 1", "=c", 6), first);
		assert.deepEqual([cache.hits, cache.misses], [2, 4]);
	});
	test("forgets the least recently used", () => {
		const cache = filled(3 * 300);
		const get = (text: string) => cache.get(text, "=c", 1, () => proto(text));
		const [a] = ["return 1", "return 2", "return 3"].map(get);
		assert.equal(get("return 1"), a);
		get("return 4");
		assert.equal(get("return 1"), a);
		assert.ok(cache.bytes <= cache.capacity);
	});
	test("a chunk that fails is not kept", () => {
		const cache = filled(100_000);
		for (let turn = 0; turn < 2; turn++)
			assert.throws(() => cache.get("x =", "=c", 1, () => proto("x =")), LuaError);
		assert.equal(cache.bytes, 0);
	});
});
