// The string library against lua5.1. SF_CASES=200000 makes more random cases of each kind.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
	call,
	LuaFunction,
	LuaState,
	LuaTable,
	type LuaValue,
	protectedCall,
	Traversal,
} from "../../src/engine/api.ts";
import { openString } from "../../src/stdlib/string.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";
import { type Argument, type BuiltinCall, Choices, differences, Special } from "./call-differential.ts";
import { BROKEN_ITEMS, randomPattern, SUBJECT_ITEMS } from "./random-pattern.ts";

const CASES = Number(process.env["SF_CASES"] ?? 20000);
const SEED = Number(process.env["SF_SEED"] ?? 51);
const skip = whyMissing("lua5.1");
const state = new LuaState();
const library = openString(state);

function check(calls: readonly BuiltinCall[]): void {
	const found = differences(library, "string", calls);
	assert.equal(
		found.length,
		0,
		`${found.length} of ${calls.length} differ:\n${found.slice(0, 12).join("\n")}`,
	);
}

function random(seed: number, make: (choices: Choices) => BuiltinCall): BuiltinCall[] {
	const choices = new Choices(SEED * 1000 + seed);
	return Array.from({ length: CASES }, () => make(choices));
}

function fn(lua: string, body: (...args: LuaValue[]) => LuaValue): Special {
	return new Special(lua, new LuaFunction(body, state.globals, undefined, ""));
}

function table(entries: Readonly<Record<string, LuaValue>>): LuaTable {
	const made = new LuaTable();
	for (const [key, value] of Object.entries(entries)) made.setStr(key, value);
	return made;
}

function withIndex(lua: string, handler: LuaValue): Special {
	const made = new LuaTable();
	made.metatable = table({ __index: handler });
	return new Special(lua, made);
}

const ALL_BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));

// -- Arguments of wrong types and numbers -------------------------------------------

const ODD_NUMBERS = [
	0,
	-0,
	1,
	-1,
	2,
	3,
	1.5,
	-1.5,
	2.999,
	1e10,
	-1e10,
	2 ** 31,
	-(2 ** 31),
	2 ** 32 + 2,
	2 ** 53,
	2 ** 63,
];
const HUGE_NUMBERS = [-(2 ** 63), 2 ** 64, 1e300, -1e300, Infinity, -Infinity, NaN];
const ODD_VALUES: readonly Argument[] = [
	undefined,
	true,
	false,
	"",
	"x",
	"10",
	" 0x2 ",
	"-3",
	"1e1",
	"abc\0def",
	"hello world",
	new Special("{}", new LuaTable()),
	fn("function() end", () => undefined),
	...ODD_NUMBERS,
	...HUGE_NUMBERS,
];
const NAMES = [
	"byte",
	"char",
	"dump",
	"find",
	"format",
	"gmatch",
	"gsub",
	"len",
	"lower",
	"match",
	"reverse",
	"sub",
	"upper",
];

test("string: order of the functions, metatable", { skip }, () => {
	const names: string[] = [];
	for (const entries = new Traversal(library); entries.advance(); ) names.push(String(entries.key));
	assert.equal(
		`${names.join(" ")}\n`,
		runLua('local t = {} for k in pairs(string) do t[#t+1] = k end print(table.concat(t, " "))'),
	);
	assert.equal(library.getStr("gfind"), library.getStr("gmatch"));
	assert.equal(state.stringMetatable?.getStr("__index"), library);
});

test("string: arguments of any kind", { skip }, () => {
	const isOurs = (call: BuiltinCall) => !(call.name === "dump" && call.args[0] instanceof Special);
	const calls = random(1, (choices) => ({
		name: choices.of(NAMES),
		args: Array.from({ length: choices.below(5) }, () => choices.of(ODD_VALUES)),
	}));
	check(calls.filter(isOurs));
});

test("string: sub, byte, find with any positions", { skip }, () => {
	const texts = ["", "a", "hello", "a\0b\xff", ALL_BYTES];
	check(
		random(2, (choices) => ({
			name: choices.of(["sub", "byte"]),
			args: [
				choices.of(texts),
				choices.of([choices.below(20) - 10, choices.of(ODD_NUMBERS), choices.of(HUGE_NUMBERS)]),
				...(choices.below(3) === 0
					? []
					: [choices.of([choices.below(300) - 20, choices.of(ODD_NUMBERS), choices.of(HUGE_NUMBERS)])]),
			],
		})),
	);
	check(
		random(3, (choices) => ({
			name: choices.of(["find", "match"]),
			args: [
				choices.of(texts),
				choices.of(["", "l", "l+", "(", "\0", "[%z-\xff]", "()"]),
				choices.of([choices.below(20) - 10, ...ODD_NUMBERS, ...HUGE_NUMBERS]),
				choices.of([undefined, true, false, 0]),
			],
		})),
	);
});

test("string: every byte in upper, lower, len, reverse, char, rep", { skip }, () => {
	const calls: BuiltinCall[] = [];
	for (const text of ["", "a", "Hello", ALL_BYTES, "ASCII only Text", "x".repeat(100)]) {
		for (const name of ["upper", "lower", "len", "reverse"]) calls.push({ name, args: [text] });
		for (const count of [-1, 0, 1, 2, 2.9, "3", 2 ** 32 + 2, -Infinity, NaN, 1e300])
			calls.push({ name: "rep", args: [text, count] });
	}
	for (let code = -2; code < 260; code++) calls.push({ name: "char", args: [65, code] });
	for (const code of [...ODD_NUMBERS, ...HUGE_NUMBERS]) calls.push({ name: "char", args: [code] });
	const long = "x".repeat(9000);
	for (const count of [7990, 7996, 7997, 7998, 8000])
		calls.push(
			{ name: "byte", args: [long, 1, count] },
			{ name: "byte", args: [long, 1, count, undefined, 1] },
		);
	check(calls);
});

test("string.rep beyond any string is a memory error", () => {
	const outcome = protectedCall(library.getStr("rep"), "ab", 2 ** 30);
	assert.ok(!outcome.ok);
	assert.equal(outcome.error.value, "not enough memory");
});

// -- Patterns ---------------------------------------------------------------------------

test("patterns: find, match, gmatch", { skip }, () => {
	check(
		random(4, (choices) => ({
			name: choices.of(["find", "match", "all"]),
			args: [choices.text(SUBJECT_ITEMS, 10), randomPattern(choices)],
		})),
	);
	check(
		random(5, (choices) => ({
			name: choices.of(["find", "match"]),
			args: [choices.text(SUBJECT_ITEMS, 10), randomPattern(choices), choices.below(12) - 4],
		})),
	);
});

test("patterns: nothing but noise", { skip }, () => {
	check(
		random(6, (choices) => ({
			name: choices.of(["find", "match", "all"]),
			args: [choices.text(SUBJECT_ITEMS, 8), choices.text([...BROKEN_ITEMS, "a", "%a", ".", "[a]"], 6)],
		})),
	);
});

test("patterns: every class on every byte", { skip }, () => {
	const calls: BuiltinCall[] = [];
	for (let code = 1; code < 256; code++) {
		const character = String.fromCharCode(code);
		calls.push({ name: "gsub", args: [ALL_BYTES, `%${character}`, "<%0>"] });
		calls.push({ name: "gsub", args: [ALL_BYTES, `[%${character}]`, "<%0>"] });
		calls.push({ name: "gsub", args: [ALL_BYTES, character, "<%0>"] });
		calls.push({ name: "gsub", args: [ALL_BYTES, `[a-${character}]`, "<%0>"] });
		calls.push({ name: "gsub", args: [ALL_BYTES, `[^${character}]`, "<%0>"] });
	}
	check(calls);
});

test("patterns: numbers of captures", { skip }, () => {
	const calls: BuiltinCall[] = [];
	for (const count of [1, 2, 9, 10, 31, 32, 33, 40]) {
		for (const item of ["()", "(a)", "(.-)", "(", "(a"]) {
			for (const name of ["find", "match", "all"])
				calls.push({ name, args: ["a".repeat(40), item.repeat(count)] });
			for (const text of ["x", "%1", "%9", "%0"])
				calls.push({ name: "gsub", args: ["a".repeat(40), item.repeat(count), text] });
		}
	}
	check(calls);
});

// -- Replacing -----------------------------------------------------------------------------

const KEYS = { a: "<A>", b: false, ab: 12.5, x: true, " ": "", c: new LuaTable() };
const REPLACEMENTS: readonly Argument[] = [
	"",
	"z",
	"<%0>",
	"%1",
	"%2",
	"[%1%%]",
	"%",
	"%a",
	"a\0b",
	"%1%1%1",
	12,
	1.5,
	undefined,
	true,
	new Special('{a="<A>", b=false, ab=12.5, x=true, [" "]="", c={}}', table(KEYS)),
	new Special("{[1]='one',[2]=2}", LuaTable.ofArray(["one", 2])),
	withIndex(
		"setmetatable({},{__index=function(t,k) return '<'..k..'>' end})",
		new LuaFunction((_, key) => `<${typeof key === "string" ? key : key}>`, state.globals, undefined, ""),
	),
	withIndex("setmetatable({},{__index={a='1'}})", table({ a: "1" })),
	fn("function() end", () => undefined),
	fn("function(a, b) return b end", (_, b) => b),
	fn("function(a) return a end", (a) => a),
	fn("function(...) return select('#', ...) end", (...args) => args.length),
	fn("function() return false end", () => false),
	fn("function() return true end", () => true),
	// Matching inside must not disturb the match outside.
	fn("function(a) return (string.gsub(tostring(a), '(.)(.?)', '%2%1')) end", (a) => {
		const text = typeof a === "number" ? String(a) : a;
		const result = call(library.getStr("gsub"), text, "(.)(.?)", "%2%1");
		return (result as LuaValue[])[0];
	}),
];

test("gsub: patterns, replacements, limits", { skip }, () => {
	check(
		random(7, (choices) => ({
			name: "gsub",
			args: [
				choices.text(SUBJECT_ITEMS, 10),
				randomPattern(choices),
				choices.of(REPLACEMENTS),
				...(choices.below(3) === 0
					? [choices.of<Argument>([0, 1, 2, -1, 1.9, "2", undefined, 1e10, Infinity, NaN, "x"])]
					: []),
			],
		})),
	);
});

test("gsub: callbacks' errors pass", () => {
	const failing = new LuaFunction(() => call("text"), state.globals, undefined, "");
	const outcome = protectedCall(library.getStr("gsub"), "abc", "b", failing);
	assert.ok(!outcome.ok);
	assert.equal(outcome.error.value, "attempt to call a string value");
});

// -- string.format ------------------------------------------------------------------------

const FORMAT_NUMBERS = [
	0,
	-0,
	1,
	-1,
	9,
	10,
	0.5,
	1.5,
	2.5,
	-2.5,
	0.125,
	0.375,
	99.5,
	999.995,
	0.1,
	1 / 3,
	2 / 3,
	Math.PI,
	1e-4,
	1e-5,
	0.00012345,
	123456,
	1234567,
	999999.5,
	9.5,
	9.96,
	999.6,
	9999999,
	99999.95,
	9.9999996e-5,
	9.9999999e20,
	1e14,
	1e15,
	1e21,
	1e22,
	123456789012345,
	2 ** 31,
	2 ** 32,
	2 ** 53,
	2 ** 53 + 2,
	2 ** 63,
	-(2 ** 63),
	2 ** 64,
	-1e19,
	1e100,
	1e300,
	1.7976931348623157e308,
	5e-324,
	2.2250738585072014e-308,
	Infinity,
	-Infinity,
	NaN,
	255,
	65,
	256 + 65,
	2 ** 32 + 65,
	-65,
	3e9,
	1e-7,
	5e-7,
	2.5e-7,
];
const FORMAT_TEXTS = [
	"",
	"abc",
	"a\0b",
	"\0",
	'q"\\\n\r\t\x7f\xff',
	"x".repeat(99),
	"x".repeat(100),
	`${"x".repeat(50)}\0${"y".repeat(60)}`,
	"12",
	" 0x10 ",
	"1e3",
];

function randomFormat(choices: Choices): string {
	let text = choices.of(["", "", "<", "%%", "a\0b"]);
	text += `%${choices.text(["-", "+", " ", "#", "0"], 3)}`;
	if (choices.below(2) === 0) text += choices.of(["1", "5", "10", "25", "99", "05", "120"]);
	if (choices.below(2) === 0)
		text += choices.of([".", ".0", ".1", ".3", ".10", ".14", ".17", ".20", ".40", ".99", ".100", "..1"]);
	text += choices.of([..."cdiouxXeEfgGqsdsfgx", ..."dsfgxdsfgxdsfgxaAFnplyh*%\0"]);
	return text + choices.of(["", "", ">", "%s", "%"]);
}

test("format: flags, widths, precisions, types", { skip }, () => {
	check(
		random(8, (choices) => ({
			name: "format",
			args: [
				randomFormat(choices),
				...(choices.below(30) === 0
					? []
					: [choices.below(4) === 0 ? choices.of(FORMAT_TEXTS) : choices.of(FORMAT_NUMBERS)]),
				...(choices.below(2) === 0 ? [choices.of<Argument>(["tail", 1, undefined, true])] : []),
			],
		})),
	);
});

test("format: random doubles", { skip }, () => {
	const bits = new DataView(new ArrayBuffer(8));
	check(
		random(9, (choices) => {
			bits.setUint32(0, choices.below(2 ** 32));
			bits.setUint32(4, choices.below(2 ** 32));
			const any = bits.getFloat64(0);
			const kind = choices.below(4);
			const whole = choices.below(2 ** 32) * (kind === 1 ? 1 : 2 ** 20);
			// Many of these lie exactly between two results.
			const number =
				kind === 0 ? any : kind === 3 ? whole / 2 ** choices.below(60) : whole / 10 ** choices.below(12);
			return {
				name: "format",
				args: [
					`%${choices.of(["", "+", "#"])}.${choices.below(choices.of([5, 20, 100]))}${choices.of([..."eEfgG"])}`,
					number,
				],
			};
		}),
	);
});
