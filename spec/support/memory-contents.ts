// Kinds of content that fill a program's memory: the body of an endless loop, with what stands before it.
// `n` is a global variable that counts the elements, `t` a table to put them in.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../../src/host/host.ts";

type Content = string | readonly [string, string];

export const CONTENTS: Readonly<Record<string, Content>> = {
	// Numbers and what holds them.
	"array of integers": "t[n] = n",
	"array of fractions": "t[n] = n + 0.5",
	"array of booleans": "t[n] = true",
	"arrays of 10 integers": "t[n] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, n }",
	"arrays that grow to 20": "local a = {} for i = 1, 20 do a[i] = i end t[n] = a",
	"table.insert": "table.insert(t, n)",
	"number keys with gaps": "t[n * 7] = n",
	"fractions as keys": "t[n + 0.5] = n",
	// Strings.
	"short strings": "t[n] = 'item ' .. n",
	"strings of 100 bytes": ["local x = ('x'):rep(95)", "t[n] = x .. n"],
	"strings of 1 kB": ["local x = ('x'):rep(1000)", "t[n] = x .. n"],
	"strings of 10 kB": ["local x = ('x'):rep(1e4)", "t[n] = x .. n"],
	"strings of 100 kB": ["local x = ('x'):rep(1e5)", "t[n] = x .. n"],
	"string.rep, 1 MB": "t[n] = ('x' .. n):rep(1e6 / #('x' .. n))",
	"string.format": "t[n] = ('%08d: %s'):format(n, 'some text')",
	"gsub results of 1 kB": ["local x = ('x'):rep(1000)", "t[n] = x:gsub('x', '%0', 1) .. n"],
	"concatenation, kept": ["local s = ''", "s = s .. 'x' t[n] = s"],
	"concatenation, 1 kB a step": ["local s, x = '', ('x'):rep(1024)", "s = s .. x"],
	"doubling, not kept": ["local s = 'x'", "s = s .. s"],
	"table.concat": "local a = {} for i = 1, 100 do a[i] = 'part ' .. n end t[n] = table.concat(a)",
	// Tables with names.
	"string keys": "t['k' .. n] = n",
	"string keys, string values": "t['k' .. n] = 'value ' .. n",
	sets: "t['member ' .. n] = true",
	"records of 3": "t[n] = { id = n, name = 'x', done = false }",
	"records of 10": "t[n] = { a = n, b = n, c = n, d = n, e = n, f = n, g = n, h = n, i = n, j = n }",
	"records with strings": "t[n] = { name = 'name ' .. n, text = 'text ' .. n }",
	"records that grow": "local r = {} r.a = 1 r.b = 2 r.c = 3 r.d = 4 r.e = 5 t[n] = r",
	"dictionaries of 100": "local d = {} for i = 1, 100 do d['key' .. i] = i end t[n] = d",
	"objects with a class": ["local C = {} C.__index = C", "t[n] = setmetatable({ x = n, y = n }, C)"],
	// Tables in tables.
	"empty tables": "t[n] = {}",
	"empty tables as keys": "t[{}] = n",
	"lists of pairs": "t[n] = { n, { n } }",
	"a chain": "t = { t }",
	"a chain of records": "t = { next = t, value = n }",
	"a tree of depth 10": [
		"local function tree(d) if d > 0 then return { tree(d - 1), tree(d - 1) } end end",
		"t[n] = tree(10)",
	],
	"matrices of 30 x 30":
		"local m = {} for i = 1, 30 do m[i] = {} for j = 1, 30 do m[i][j] = i * j end end t[n] = m",
	// Functions.
	"closures without upvalues": "t[n] = function() return 1 end",
	"closures with a constant upvalue": "local k = n t[n] = function() return k end",
	"closures with a counter": "local k = n t[n] = function() k = k + 1 return k end",
	"a chain of closures": ["local f = print", "local g = f f = function() return g() end"],
	"objects of closures": "local k = n t[n] = { get = function() return k end, set = function(v) k = v end }",
	// With garbage on the way.
	"integers and garbage": "local g = {} for i = 1, 3 do g[i] = { i } end t[n] = n",
	"short strings and garbage": "for i = 1, 10 do local s = 'garbage ' .. i .. n end t[n] = 'item ' .. n",
	"a queue, two kept of three": "t[n] = { n } if n % 3 == 0 then t[n] = false end",
};

export interface Fill {
	/** How many elements there were when memory was used up. */
	readonly count: number;
	/** Of CPU time. */
	readonly seconds: number;
}

/** A chunk that returns the error, after which `n` tells how many elements there were. */
function programFor(content: Content): string {
	const [before, step] = typeof content === "string" ? ["", content] : content;
	return `n = 0 local _, message = pcall(function() local t = {} ${before} while true do n = n + 1 ${step} end end) return message`;
}

/** Fills lua5.1 under so many kB of address space. (Without Scribunto's server, which often dies then.) */
export function fillNative(content: Content, folder: string, memory: number): Fill {
	const file = join(folder, "content.lua");
	const text = `local function run() ${programFor(content)} end run() collectgarbage() print(n, os.clock())`;
	writeFileSync(file, text);
	const { stdout } = spawnSync("sh", ["-c", `ulimit -v ${memory}; exec lua5.1 "$0"`, file], {
		encoding: "utf8",
	});
	const [count, seconds] = stdout.split("\t").map(Number);
	return { count: count ?? Number.NaN, seconds: seconds ?? Number.NaN };
}

/** The same in a session, which goes on. */
export function fill(content: Content, host: Host): Fill {
	const [message] = host.call(host.loadString(programFor(content), "=m"));
	if (message !== "not enough memory") throw new Error(String(message));
	const [count, seconds] = host.call(host.loadString("return n, os.clock()", "=m"));
	return { count: Number(count), seconds: Number(seconds) };
}
