// What the tree tells beyond the grammar: resolved names, what closures share, limits. Texts and
// lines of syntax errors are compared with native's.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseChunk } from "../../src/lua51/parser.ts";
import type { FunctionNode } from "../../src/lua51/syntax.ts";
import { agrees } from "../support/both.ts";

function parse(text: string): FunctionNode {
	return parseChunk(text, "=c", 1);
}

/** The kinds of a chunk's statements. */
const kinds = (text: string): string =>
	parse(text)
		.body.statements.map(({ kind }) => kind)
		.join(" ");

describe("statements", () => {
	const cases: readonly [string, string][] = [
		["", ""],
		["local a local b = 1, 2; local function f() end", "localDeclaration localDeclaration localFunction"],
		["a = 1 a.b, c[d] = 1 function a.b:c() end", "assign assign assign"],
		["f() f'x' f{} a:b() f().x()", "callStatement callStatement callStatement callStatement callStatement"],
		["do end while x do end repeat until x", "do while repeat"],
		["for i = 1, 2 do end for k in x do end", "numericFor genericFor"],
		["if a then elseif b then else end return", "if return"],
	];
	for (const [text, expected] of cases) test(JSON.stringify(text), () => assert.equal(kinds(text), expected));
});

describe("functions", () => {
	const inner = (text: string): FunctionNode => parse(text).children[0] as FunctionNode;
	test("upvalues in the order of their use", () => {
		const node = inner("local a, b, c function f() return c, a, c end");
		assert.deepEqual(
			node.upvalues.map(({ name }) => name),
			["c", "a"],
		);
	});
	test("lines", () => {
		const node = inner("\nfunction f()\n\nend");
		assert.deepEqual([node.lineDefined, node.lastLine], [2, 4]);
	});
	test("varargs and `arg`", () => {
		assert.equal(inner("function f(...) return arg end").arg?.used, true);
		assert.equal(inner("function f(...) return ... end").usesVararg, true);
		assert.equal(inner("function f() end").isVararg, false);
	});
	test("calls", () => {
		assert.equal(inner("function f() return 1 end").hasCalls, false);
		assert.equal(inner("function f() g() end").hasCalls, true);
	});
	test("which variables are captured and reassigned", () => {
		const node = parse("local a, b, c = 1 b = 2 function f() return a, b end");
		const [declaration] = node.body.statements;
		assert.equal(declaration?.kind, "localDeclaration");
		if (declaration?.kind !== "localDeclaration") return;
		const facts = declaration.locals.map(({ captured, reassigned }) => [captured, reassigned]);
		assert.deepEqual(facts, [
			[true, false],
			[true, true],
			[false, false],
		]);
	});
});

describe("syntax errors", () => {
	const texts = [
		...[
			"x",
			"x =",
			"= 1",
			"local",
			"local 1",
			"local function",
			"function",
			"function f",
			"function f(",
			"function f(a,)",
		],
		...[
			"function f(..., a) end",
			"if",
			"if x",
			"if x then",
			"if x then else elseif y then end",
			"while x",
			"repeat",
			"for",
		],
		...[
			"for i",
			"for i =",
			"for i = 1",
			"for i = 1 do",
			"for i = 1, 2",
			"for i, j = 1, 2 do end",
			"for 1",
			"do",
			"end",
			"until",
		],
		...[
			"return return",
			"return 1 x = 2",
			"break",
			"while x do break x = 1 end",
			"function f() break end",
			"goto x",
			"f() = 1",
		],
		...[
			"(a) = 1",
			"(f())",
			"a.b",
			"a:b",
			"a:b = 1",
			"a.1",
			"a[",
			"a[1",
			"f(",
			"f(1,",
			"{",
			"x = {",
			"x = { 1 2 }",
			"x = { [1] 2 }",
		],
		...[
			"x = 1 +",
			"x = not",
			"x = ()",
			"x = a.b.",
			"x = 'a' 'b'",
			"x = ...",
			"function f() return ... end",
			"x = function end",
		],
		...[
			"f\n(1)",
			"a.b\n(c)",
			"x = f\n(1)\n+",
			"local a <const> = 1",
			"x = 1 ~= = 2",
			"x = #",
			"x, y",
			"x, 1 = 2",
			"local a.b = 1",
		],
	];
	for (const text of texts) {
		const literal = JSON.stringify(text);
		test(
			literal,
			agrees(
				`for _, s in ipairs({ ${literal}, ${literal} .. "\\n", "\\n" .. ${literal} .. " @" }) do local f, m = loadstring(s, "=c") print(type(f), m) end`,
			),
		);
	}
});

describe("native's limits", () => {
	const chunks: Readonly<Record<string, string>> = {
		locals: `for n = 199, 202 do local t = {} for i = 1, n do t[i] = "local a" .. i end try(table.concat(t, "\\n")) end`,
		upvalues: `for n = 59, 62 do local t = {} for i = 1, n do t[i] = "a" .. i end local s = table.concat(t, ",") try("local " .. s .. "\\nreturn function() return " .. s .. " end") end`,
		nesting: `for n = 190, 202 do try(("do "):rep(n) .. ("end "):rep(n)) try("x = " .. ("("):rep(n) .. "1" .. (")"):rep(n)) end`,
		parameters: `for n = 199, 202 do local t = {} for i = 1, n do t[i] = "a" .. i end try("function f(" .. table.concat(t, ",") .. ") end") end`,
		arguments: `for n = 245, 256 do try("f(" .. ("x,"):rep(n - 1) .. "x)") end`,
		"assigned variables": `for n = 190, 205 do try(("x,"):rep(n - 1) .. "x = 1") end`,
	};
	const TRY = `local function try(s) local f, m = loadstring(s, "=c") print(type(f), m) end\n`;
	for (const [name, program] of Object.entries(chunks)) test(name, agrees(TRY + program));
});
