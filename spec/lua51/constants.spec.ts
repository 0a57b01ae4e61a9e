// A function's constants have native's numbers: from 256 on errors do not name them.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseChunk } from "../../src/lua51/parser.ts";
import type { FunctionNode, StringNode } from "../../src/lua51/syntax.ts";
import { agrees } from "../support/both.ts";
import { nativeFunctions } from "../support/native-compiler.ts";
import { sampleChoices } from "../support/random-programs.ts";
import { randomFunction } from "../support/random-syntax.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const withCompiler = { skip: whyMissing("luac5.1") };

/** More than any function has: strings of constant tables, which are never named, have no number. */
const NO_CONSTANT = 2 ** 32;
/** Strings that luac5.1 lists as they are. */
const PLAIN = /^\w*$/;

function functionsOf(node: FunctionNode): FunctionNode[] {
	return [node, ...node.children.flatMap(functionsOf)];
}

/** The string nodes in a part of a syntax tree, without inner functions. */
function stringsIn(part: unknown): StringNode[] {
	if (typeof part !== "object" || part === null) return [];
	if (Array.isArray(part)) return part.flatMap(stringsIn);
	const { kind } = part as { kind?: string };
	if (kind === "string") return [part as StringNode];
	if (kind === "closure" || kind === "local" || kind === "upvalue") return [];
	return Object.entries(part).flatMap(([name, child]) =>
		/^(?:locals?|variables?)$/.test(name) ? [] : stringsIn(child),
	);
}

function sameConstants(source: string): void {
	const native = nativeFunctions(source);
	const ours = functionsOf(parseChunk(source, "=c", 1));
	assert.equal(ours.length, native.length);
	ours.forEach((node, index) => {
		const constants = native[index]?.constants;
		for (const { value, constant } of stringsIn(node.body.statements)) {
			if (constant >= NO_CONSTANT || !PLAIN.test(value)) continue;
			assert.equal(constants?.[constant], `"${value}"`, `function ${index}, constant ${constant}`);
		}
	});
}

describe("constants have native's numbers", () => {
	const folder = fromRoot("fixtures", "lua");
	for (const file of readdirSync(folder).filter((name) => name.endsWith(".lua"))) {
		test(`in fixtures/lua/${file}`, withCompiler, () => {
			sameConstants(readFileSync(`${folder}/${file}`, "latin1"));
		});
	}
	const FUNCTIONS = 40;
	const { CONSTANT_SEEDS = "10" } = process.env;
	for (let seed = 1; seed <= Number(CONSTANT_SEEDS); seed++) {
		test(`in ${FUNCTIONS} random functions, seed ${seed}`, withCompiler, () => {
			const functions = sampleChoices(FUNCTIONS, seed).map(randomFunction);
			sameConstants(functions.map((text) => `k = ${text}`).join("\n"));
		});
	}
});

describe("the last constants that are named", () => {
	const PROGRAM = `
for count = 246, 257 do
	local names = {}
	for i = 1, count do names[i] = "k" .. i .. " = k0" end
	for _, tail in ipairs{"return T.field.x", "T:method()", "T.call()", "return T.left + 1", "T.a.b = 1"} do
		local source = start .. " " .. table.concat(names, " ") .. " T = {} " .. tail
		print(count, tail, pcall(assert(loadstring(source, "=c"))))
	end
end`;
	const starts = [
		"",
		"local a = nil == k0",
		"local a, b, c = k0 == nil, k0 == true, k0 == false",
		"local a = 1 + 2 * 3",
		"local a, b = -5, 2 ^ 0.5",
		"local a = {[1] = true, [2] = false, a = nil, 3}",
		"for i = 1, 2 do end",
		"local a, b = 1 or 2, 3 and 4 if 5 then end",
		"local a = (nil or 6) + 1",
		"local a = (not nil and 7) + (not 8 or k0 and 9)",
		"U = {} U.a, U.b, U.c = true, nil, 7",
		"U = {} U.a = not 1 U[k0 or 5] = nil",
		"local a = ('x').y, #'z', #'w' == 3",
		"local a = 1 / 0",
	];
	for (const start of starts) {
		test(JSON.stringify(start), agrees(`local start = ${JSON.stringify(start)}${PROGRAM}`));
	}
});

describe("native's limits on a function", () => {
	const SHOW = `local function show(source) local f, message = loadstring(source, "=c") print(f and "fine" or message) end\n`;
	const programs: Readonly<Record<string, string>> = {
		constants: `for n = 262142, 262144 do local t = {} for i = 1, n do t[i] = "'" .. i .. "'" end show("return {" .. table.concat(t, ",") .. "}") end`,
		"constants that are folded": `for n = 262142, 262144 do local t = {} for i = 1, n do t[i] = "1+" .. i end show("return {" .. table.concat(t, ",") .. "}") end`,
		"constants and nil": `for n = 262142, 262143 do local t = {} for i = 1, n do t[i] = "'" .. i .. "'" end show("x = nil == y return {" .. table.concat(t, ",") .. "}") end`,
		"inner functions": `for n = 262143, 262144 do show(("x(function()end)"):rep(n)) end`,
		"local variables": `for n = 32766, 32769 do show(("do local a end "):rep(n)) end`,
		"local variables and one too many at once": `for n = 32766, 32768 do show(("do local a end "):rep(n) .. "local " .. ("a,"):rep(201) .. "a") end`,
		"loops' variables": `for n = 8190, 8192 do show(("for i = 1, 2 do end "):rep(n)) show(("for i in x do end "):rep(n)) end`,
		parameters: `for n = 32761, 32765 do show("function f:g(a, b, ...) " .. ("do local a end "):rep(n) .. " end") end`,
	};
	for (const [name, program] of Object.entries(programs)) test(name, agrees(SHOW + program));
});
