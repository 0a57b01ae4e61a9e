// What the emitter takes for granted about values (static types, held operands, the sign of
// zero) must not show: operands of every kind, in every order, natively and here.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileTree } from "../../src/compiler/compile.ts";
import { parseChunk } from "../../src/lua51/parser.ts";
import { Proto } from "../../src/lua51/proto.ts";
import { agrees, agreesOn } from "../support/both.ts";

function agree(name: string, source: string): void {
	test(name, agrees(source));
}

const OPERANDS = [
	...["nil", "true", "1", "0", "-0", "2.5", "-3", "'10'", "'0x10'", "'abc'", "' 5 '", "''", "1/0", "-1/0"],
	...["{}", "print", "l", "u", "g", "t.x", "t.s", "f()", "(two())", "#'ab'", "-'2'", "2^53", "1e308"],
];
const OPERATORS = ["+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or"];
const SETUP = `
	g = 7 local l, u, t = 3, 4, { x = 2, s = "5" }
	local function f() return 6 end local function two() return 8, 9 end
	local function show(ok, v)
		if type(v) == "table" or type(v) == "function" then v = type(v) end
		if v ~= v then v = "nan" elseif v == 0 then v = 1 / v end
		return tostring(ok) .. " " .. tostring(v)
	end
	function bump() u = u + 1 return u end`;

describe("binary operators with operands of all kinds", () => {
	for (const operator of OPERATORS) {
		const lines = OPERANDS.flatMap((left) =>
			OPERANDS.map((right) => `print(show(pcall(function() return (${left}) ${operator} (${right}) end)))`),
		);
		// A function of its own for so many: native's has not enough room for their constants' names.
		agree(operator, `${SETUP}\n${lines.map((line) => `do ${line} end`).join("\n")}`);
	}
});

test(
	"unary operators",
	agreesOn(
		OPERANDS.flatMap((operand) => [
			`show(true, -(${operand}))`,
			`show(true, not (${operand}))`,
			`show(true, #(${operand}))`,
		]),
		SETUP,
	),
);

describe("operands keep the value they had, where native's do", () => {
	test(
		"a variable that the right operand changes",
		agreesOn(
			[
				...["u + bump()", "bump() + u", "u .. bump()", "bump() .. u .. bump()", "u * 2 + bump() * u"],
				...["u < bump()", "u == bump()", "(u) + bump()", "({ u, bump(), u })[1]", "u and bump()"],
				...["math.max(u, bump(), u)", "select('#', u, bump())", "(u + 0) + bump()", "-u + bump()"],
			],
			SETUP,
		),
	);
	agree(
		"a local that a closure changes",
		"local x = 1 local function f() x = x + 10 return x end print(x, f(), x, x + f(), f() + x, x .. f() .. x)",
	);
	agree(
		"arguments are evaluated in order",
		"local s = '' local function f(n) s = s .. n return n end print(f(1) + f(2) * f(3) .. f(4), #{ f(5), [f(6)] = f(7), f(8) }, (f(9)), f(0) == f(1)) print(s)",
	);
	agree(
		"multiple assignment",
		"local a, b, t = 1, 2, { 1, 2, 3 } a, b = b, a print(a, b) local i = 1 i, t[i] = i + 1, 20 print(i, t[1], t[2]) t[1], t[2], t[3] = t[3], t[1], t[2] print(unpack(t))",
	);
});

describe("zero's sign is the first one's in a function", () => {
	const zeros = [
		"0",
		"-0",
		"0.0",
		"- 0",
		"-(0)",
		"0 * -1",
		"0 / -1",
		"-0 + 0",
		"0 - 0",
		"-0 - 0",
		"1 / (-0)",
	];
	for (const first of zeros) {
		agree(
			first,
			zeros
				.map(
					(second) =>
						`do local function f() local a = ${first} local b = ${second} return 1 / a, 1 / b end print(f()) end`,
				)
				.join("\n"),
		);
	}
	agree(
		"in tables and arguments",
		"print(1 / ({ -0 })[1], 1 / ({ 0, -0 })[2]) local function f(x) return 1 / x end print(f(-0), f(0)) local t = { [0] = 'a', [-0] = 'b' } print(t[0], t[-0])",
	);
});

describe("zeros of an operand are met before the zero on its left, or behind it", () => {
	const setup = `local m = {} local function give() return m end
		local meta = { __index = give, __call = give, __concat = give, __unm = give, __lt = give, __len = give }
		for event in ("add sub mul div mod pow"):gmatch("%a+") do meta["__" .. event] = give end setmetatable(m, meta)
		local function try(f) print(pcall(f)) end`;
	const operands = [
		...["m[-0]", "m(-0)", "m:n(-0)", "(-0 and m)", "(m and m[-0])", "(nil or m[-0])", "(m + -0)", "(-0 + m)"],
		...[
			"(1 + m[-0])",
			"(m ^ -0)",
			"m[{ -0 }]",
			"m[{ [-0] = 1 }]",
			"m[{ x = -0, 0 }]",
			"m[{ x = 1, 0, -0 }]",
			"m(1, -0)",
		],
		...[
			"m(function() return -0 end)",
			"m[m[-0]]",
			"m(m, 1)[-0]",
			"m(m[-0])",
			"-m[-0]",
			"(m)(-0, 0)",
			"(m[0] + m[-0])",
		],
		...[
			"m[1][-0][0]",
			"(2 * m[-0])",
			"(-0 * m[0])",
			"(m .. -0)",
			"(m == -0 and m or m)",
			"(-0 == m and m or m)",
			"m(...)",
		],
		...[
			"m('x', nil, true, -0)",
			"m[-0](0)",
			"m[0][-0]",
			"m:n(0, -0)",
			"m(m(-0), 0)",
			"(-0 .. m)",
			"(0 - m[-0])",
			"m[{ {}, { -0 } }]",
		],
		...[
			"(m[0] and m[-0])",
			"(-0 < m and m or m)",
			"(5 - m[-0])",
			"(m[-0] - 5)",
			"m[5 - m[-0]]",
			"(0 < m[-0] and m)",
			"m[#m[-0]]",
		],
	];
	for (const operator of [...OPERATORS.filter((each) => !/and|or/.test(each))]) {
		const functions = operands.flatMap((operand) => [
			`try(function(...) local x = 0 ${operator} ${operand} local z = 0 return 1 / z end)`,
			`try(function(...) local x = ${operand} ${operator} 0 local z = 0 return 1 / z end)`,
		]);
		agree(operator, `${setup}\n${functions.join("\n")}`);
	}
});

describe("variables known to be numbers", () => {
	agree(
		"reassigned to a string",
		"local x = 1 for i = 1, 3 do if i == 2 then x = '10' end print(x + 1, x .. '', x == 10) end",
	);
	agree(
		"reassigned by a closure",
		"local x = 1 local function f() x = 'abc' end print(pcall(function() return x + 1 end)) f() print(pcall(function() return x + 1 end))",
	);
	agree(
		"not a number in the end",
		"local x = 0 / 0 print(x == x, x ~= x, x < x, not (x >= x), -x ~= -x) local y = x + 1 print(y == y)",
	);
	agree(
		"shadowed by another",
		"local x = 1 do local x = 'a' print(x .. 1) end print(x + 1) local x = {} print(type(x)) local x = x print(type(x))",
	);
	agree(
		"a loop variable that is a condition",
		"for i = 0, 2 do if i then print('true', i and 1, i or 2, not i) end end",
	);
	agree(
		"result of calls and fields",
		"local t = { n = '3' } local n = t.n * 2 print(n + 1, n .. 'x') local m = tonumber('q') print(pcall(function() return m + 1 end))",
	);
});

describe("long chains", () => {
	const chain = (operator: string, count: number, text: string): string =>
		Array<string>(count).fill(text).join(operator);
	agree("of + and *", `local a = 1 print(${chain(" + ", 3000, "a")}, ${chain(" * ", 500, "a")})`);
	agree("of .. up to native's limit", `local a = "x" print(#(${chain(" .. ", 150, "a")}))`);
	agree("of mixed operators", `local a, t = 2, { x = 3 } print(${chain(" - ", 300, "a * t.x + #'ab'")})`);
	agree(
		"of and, or, not",
		`local a, b = false, 1 print(${chain(" or ", 150, "a and b")}, ${chain(" and ", 150, "not a")})`,
	);
	agree("of calls", `local g = {} function g.f() return g.f end print(type(g.f${"()".repeat(150)}))`);
	agree("of fields", `local t = {} t.t = t print(t${".t".repeat(200)} == t)`);
	test("every operation of a function has a site with its line", () => {
		const proto = new Proto("=c", parseChunk("local a = x\nreturn a.b\n+ f(1,\n2)", "=c", 1));
		compileTree(proto);
		assert.deepEqual(
			proto.sites.map((site) => site.line),
			[1, 3, 3, 3, 4],
		);
	});
});

// -- Values of every type from expressions of every kind ---------------------------------------

/** `V` is the value; `a`, `m` (with metamethods) and `G` give it in all ways in which an expression can. */
const SOURCES = [
	...[
		"l",
		"b",
		"u",
		"ub",
		"G",
		"t.x",
		"t[k]",
		"t[1]",
		"t[1 + 0]",
		"f()",
		"t:f()",
		"(f())",
		"...",
		"(...)",
		"(two())",
	],
	...[
		"l and u",
		"l or u",
		"nil or l",
		"true and l",
		"({ l })[1]",
		"({ x = l }).x",
		"select(1, ...)",
		"select(k1, ...)",
	],
	...[
		"-m",
		"#m",
		"m + 1",
		"1 - m",
		"m * m",
		"m / 2",
		"m % 2",
		"m ^ 2",
		"m .. 's'",
		"1 .. m",
		"'a' .. m .. 'b'",
		"m.x",
		"m[2]",
	],
	...["m()", "m:n()", "(l)", "((f()))"],
];
const VALUES = ["O", "'5'", "5", "false", "nil", "{}", "'x'", "-0", "0/0", "print"];
const USES = [
	...[
		"E == O2",
		"O2 == E",
		"E ~= O2",
		"E == nil",
		"E == '5'",
		"E == 5",
		"5 ~= E",
		"E == E",
		"E == false",
		"E == O",
	],
	...[
		"E + 1",
		"1 - E",
		"E * E",
		"E / 2",
		"E % 2",
		"2 ^ E",
		"-E",
		"-(-E)",
		"#E",
		"not E",
		"not not E",
		"E .. 's'",
		"1 .. E",
	],
	...[
		"E < O2",
		"O2 <= E",
		"E > 1",
		"1 >= E",
		"'5' < E",
		"E and 1",
		"E or 1",
		"not E and 2 or 3",
		"(E).x",
		"(E)[1]",
		"(E)(1)",
	],
	...["E + 1 + 2", "E .. 's' .. E", "t[E]", "select('#', E)", "type((E))", "({ E, 1 })[1]", "({ x = E }).x"],
	...[
		"(function() if E then return 1 end return 2 end)()",
		"(function(...) local y = E y = y or 7 return y end)(...)",
	],
	...[
		"(function(...) t.z = E return t.z end)(...)",
		"(function(...) t[9] = E return t[9] end)(...)",
		"(function(...) H = E return H end)(...)",
	],
	...[
		"(function(...) while E do return 1 end return 2 end)(...)",
		"(function(...) for i = E, 1 do return i end end)(...)",
	],
];
const KINDS_SETUP = `
	local names = {}
	local function shown(v)
		if v ~= v then return "nan" elseif v == 0 then return "0 " .. 1 / v end
		return names[v] or (type(v) == "number" or type(v) == "string") and v or type(v) == "function" and "function" or tostring(v):gsub("0x%x+", "")
	end
	local equal = function() return true end
	local O = setmetatable({}, { __eq = equal, __lt = equal, __le = equal, __call = function(_, x) return x end,
		__add = function(x, y) return rawequal(x, y) and "add" or "sum" end, __unm = function() return "minus" end,
		__concat = function() return "joined" end, __index = function(_, k) return k end })
	local O2 = setmetatable({}, getmetatable(O)) names[O], names[O2] = "O", "O2"
	local function values(V)
		local give = function() return V end
		local meta = { __call = give, __index = function(_, k) return k == "n" and give or V end, __concat = give, __unm = give }
		for event in ("add sub mul div mod pow"):gmatch("%a+") do meta["__" .. event] = give end
		G = V
		return V, { x = V, V, f = give }, setmetatable({}, meta), give, function() return V, 2 end
	end
	local function use(text, V)
		local make, refusal = loadstring([[local V, t, m, f, two, O, O2 = ... local k, k1, u, ub = "x", 1, V, 1 ub = V
			return function(l, ...) local b = 1 b = l local function g() return b, ub, u end G = V return ]] .. text .. " end", "=c")
		if not make then return print(refusal) end
		local V, t, m, f, two = values(V)
		local results = { pcall(make(V, t, m, f, two, O, O2), V, V, V) }
		print(shown(results[1]), (tostring(shown(results[2])):gsub("0x%x+", "")))
	end
	local values_of = { VALUES }
	for i, text in ipairs(USES) do for n = 1, COUNT do use(text, values_of[n]) end end`;

describe("no type is taken for granted", () => {
	for (const source of SOURCES) {
		const uses = USES.map((text) => `[==[${text.replaceAll(/\bE\b/g, source)}]==]`);
		const program = KINDS_SETUP.replace("VALUES", VALUES.join(", "))
			.replace("COUNT", String(VALUES.length))
			.replace("USES", `{ ${uses.join(", ")} }`);
		agree(source, program);
	}
});
