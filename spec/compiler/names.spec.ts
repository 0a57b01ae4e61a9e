// The names in "attempt to ..." messages, for every form of operand and every operation.

import { describe, test } from "node:test";
import { agrees } from "../support/both.ts";

const OPERANDS = [
	...[
		"l",
		"u",
		"g",
		"t.f",
		"t[1]",
		"t[k]",
		"t.a.b",
		"(l)",
		"(t.f)",
		"l and u",
		"l or u",
		"t or l",
		"g and t.f or l",
	],
	...[
		"not l",
		"f()",
		"(f())",
		"t:m()",
		"nil",
		"true",
		"{}",
		"'s' .. l",
		"-g",
		"#l",
		"t['odd name']",
		"t['a\\0b']",
	],
];
const OPERATIONS = [
	"X()",
	"X.y",
	"X.y.z",
	"X[1]",
	"X + 1",
	"1 - X",
	"-X",
	"#X",
	"X .. 'a'",
	"'a' .. X",
	"'a' .. X .. 'b'",
	"X < 1",
	"X:m()",
	"X()()",
];
const SETUP = "local u, t, k = nil, { m = function() end }, 'key' local function f() end\n";
/** Prints what is raised, for a function of its own so that its constants have names. */
const TRY = `local function try(s) local c, m = loadstring("local u, t, k, f = ... return function() " .. s .. " end", "=c") if not c then print(m) return end print(select(2, pcall(c(u, t, k, f))) and "" or "none", tostring((select(2, pcall(c(u, t, k, f))))):gsub("0x%x+", "")) end\n`;

describe("operations", () => {
	for (const operation of OPERATIONS) {
		const lines = OPERANDS.map((operand) => {
			const text = operation.replace("X", `(${operand})`);
			const bare = operation.replace("X", operand);
			return `try([==[local l = up return ${text}]==]) try([==[local l = up return ${bare}]==]) try([==[local l = up local x = ${text}]==])`;
		});
		test(operation, agrees(`${SETUP}${TRY}${lines.join("\n")}`));
	}
});

// Native's search for a name takes every jump that it meets, and constants leave none.
const CONDITIONS = [
	...[
		"nil",
		"true",
		"false",
		"5",
		"'s'",
		"l",
		"t.f",
		"not l",
		"not nil",
		"not true",
		"not 5",
		"l == u",
		"f()",
	],
	...[
		"not (l == u)",
		"not (l and u)",
		"not (l or true)",
		"not (nil and l)",
		"not not l",
		"(l or nil)",
		"(true and l)",
	],
];

describe("names behind conditions", () => {
	for (const condition of CONDITIONS) {
		const expressions = ["and", "or"].flatMap((operator) => [
			`(${condition} ${operator} g)()`,
			`(${condition} ${operator} t.f).x`,
			`(${condition} ${operator} u) + 1`,
			`({} ${operator} ${condition} ${operator} g)()`,
			...CONDITIONS.flatMap((second) => [
				`(${condition} ${operator} ${second} or g)()`,
				`(${condition} ${operator} ${second} and g)()`,
				`((${condition} or ${second}) ${operator} g)()`,
			]),
		]);
		const programs = expressions.map((text) => `try([==[local l = up return ${text}]==])`);
		test(condition, agrees(`${SETUP}${TRY}${programs.join("\n")}`));
	}
});
