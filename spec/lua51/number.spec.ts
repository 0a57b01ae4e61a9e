// Numbers as text and back against lua5.1.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatG17, formatNumber, negate, parseNumber, parseWithBase } from "../../src/lua51/number.ts";
import { Choices } from "../stdlib/call-differential.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";

const CASES = Number(process.env["SF_CASES"] ?? 40000);
const SEED = Number(process.env["SF_SEED"] ?? 51);
const skip = whyMissing("lua5.1");

/** Lines that differ, with their inputs. */
function compare(program: string, inputs: readonly string[], ours: readonly string[]): void {
	const native = runLua(program).split("\n");
	const found: string[] = [];
	inputs.forEach((input, at) => {
		if (native[at] !== ours[at])
			found.push(`${JSON.stringify(input)}: native ${native[at]}, ours ${ours[at]}`);
	});
	assert.equal(
		found.length,
		0,
		`${found.length} of ${inputs.length} differ:\n${found.slice(0, 15).join("\n")}`,
	);
}

/** A Lua program that calls `show` with each source text; few enough constants in each function. */
function calls(show: string, sources: readonly string[]): string {
	let program = `local function show(...) ${show} end\n`;
	for (let at = 0; at < sources.length; at += 500) {
		program += `;(function() ${sources
			.slice(at, at + 500)
			.map((source) => `show(${source})`)
			.join("\n")} end)()\n`;
	}
	return program;
}

function quoted(text: string): string {
	return `"${text.replace(/[^a-zA-Z0-9 .+-]/g, (character) => `\\${String(character.charCodeAt(0)).padStart(3, "0")}`)}"`;
}

function shown(number: number | undefined): string {
	return number === undefined ? "nil" : `${formatG17(number)} ${formatNumber(number)}`;
}

const bits = new DataView(new ArrayBuffer(8));

function randomDouble(choices: Choices): number {
	switch (choices.below(6)) {
		case 0:
			bits.setUint32(0, choices.below(2 ** 32));
			bits.setUint32(4, choices.below(2 ** 32));
			return bits.getFloat64(0);
		case 1:
			return choices.below(2 ** 32) / 10 ** choices.below(12);
		case 2:
			return choices.below(2 ** 32) * 2 ** 21 + choices.below(2 ** 21);
		case 3:
			// Whole numbers and halves at the edge of 14 digits.
			return (
				(choices.below(2 ** 32) * 1000003 + choices.below(1000)) / choices.of([1, 2, 4, 8, 10, 100, 1024])
			);
		case 4:
			return Number(`${choices.below(1e9)}e${choices.below(660) - 345}`);
		default:
			return (choices.below(2000) - 1000) / choices.of([1, 2, 3, 4, 7, 8, 10, 100, 1000]);
	}
}

test("printing every kind of double", { skip }, () => {
	const choices = new Choices(SEED);
	const numbers = Array.from({ length: CASES }, () => randomDouble(choices)).filter(
		(number) => !Number.isNaN(number),
	);
	for (let power = -1074; power < 1024; power++) numbers.push(2 ** power, -(2 ** power) * 3);
	for (let power = -330; power < 310; power++)
		for (const digit of [1, 5, 9.5, 9.9999999999999]) numbers.push(Number(`${digit}e${power}`));
	const sources = numbers.map((number) =>
		Number.isFinite(number) ? formatG17(number) : number > 0 ? "1/0" : "-1/0",
	);
	compare(
		calls('print(("%.17g"):format(...), ...)', sources),
		sources,
		numbers.map((number) => `${formatG17(number)}\t${formatNumber(number)}`),
	);
});

test("the usual signs of NaN", { skip }, () => {
	const zero = Number("0");
	const sources = [
		"0/0",
		"-(0/0)",
		"-(-(0/0))",
		"1+(0/0)",
		"1+(-(0/0))",
		"-(0/0)*2",
		"tonumber('nan')",
		"tonumber('-nan')",
		"-tonumber('nan')",
	];
	const nan = parseNumber("nan")!;
	const ours = [
		zero / zero,
		negate(zero / zero),
		negate(negate(zero / zero)),
		1 + zero / zero,
		1 + negate(zero / zero),
		negate(zero / zero) * 2,
		nan,
		parseNumber("-nan")!,
		negate(nan),
	];
	compare(calls("print(...)", sources), sources, ours.map(formatNumber));
});

const NUMERAL_ITEMS = [
	"0",
	"1",
	"9",
	"12",
	"007",
	".",
	"e",
	"E",
	"+",
	"-",
	"0x",
	"0X",
	"x",
	"p",
	"P",
	"f",
	"A",
	" ",
	"\t",
	"\n",
	"\v",
	"\f",
	"\r",
	"\0",
	"\xa0",
	"inf",
	"INF",
	"infinity",
	"nan",
	"NaN",
	"(",
	")",
	"_",
	"e5",
	"e-3",
	"p4",
	"1.5",
	"0x.8",
	"99999999999999999999",
	"123456789",
];

test("tonumber of any text", { skip }, () => {
	const choices = new Choices(SEED + 1);
	const texts = Array.from({ length: CASES }, () => choices.text(NUMERAL_ITEMS, 5));
	texts.push(
		"1e400",
		"-1e400",
		"1e-400",
		"0x1p-1074",
		"0x1p-1075",
		"0x1.8p-1075",
		"0x1.fffffffffffff8p0",
		"0x1.fffffffffffff7p0",
		"0x1.fffffffffffff8p1023",
		"0x1.fffffffffffff7p1023",
		"0x1p1024",
		"0x123456789abcdef123456789abcdef",
		"0x1p99999999999999999999",
		"0x0p99999999999999999999",
		"0x1p-99999999999999999999",
		"1e99999999999999999999",
		"nan(abc)",
		"nan(a b)",
		"nan(",
		"-nan()",
		"nan(12_x)",
		"0x.0000000000000000000000001p100",
		"4.9406564584124654e-324",
		"2.4703282292062327e-324",
		"2.4703282292062328e-324",
		"9007199254740993",
		"9007199254740993.0000000000000000000000000000001",
		"179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
		"1797693134862315807e290",
		"000000000000000000000000000000000000001",
		"1".repeat(400),
		`${"1".repeat(300)}e-300`,
		`0.${"0".repeat(400)}1e401`,
	);
	for (let count = 0; count < 5000; count++) {
		const digits = choices.text(["0", "7", "8", "f", "1", "fffffffffff", "00000000"], 6);
		texts.push(
			`${choices.of(["", "-"])}0x${digits}.${choices.text(["0", "8", "7f"], 3)}p${choices.below(2300) - 1150}`,
		);
	}
	const show = 'local n = tonumber(...) print(n and ("%.17g %.14g"):format(n, n) or "nil")';
	compare(
		calls(show, texts.map(quoted)),
		texts,
		texts.map((text) => shown(parseNumber(text))),
	);
});

test("tonumber with bases", { skip }, () => {
	const choices = new Choices(SEED + 2);
	const items = [
		"0",
		"1",
		"7",
		"8",
		"f",
		"F",
		"z",
		"Z",
		"g",
		"x",
		"0x",
		"-",
		"+",
		" ",
		"\n",
		"\0",
		".",
		"ffffffff",
		"7fffffffffffffff",
		"99999999",
	];
	const cases = Array.from({ length: CASES }, () => ({
		text: choices.text(items, 4),
		base: choices.of([2, 3, 8, 9, 11, 16, 16, 16, 35, 36]),
	}));
	const show = 'local n = tonumber(...) print(n and ("%.17g %.14g"):format(n, n) or "nil")';
	const sources = cases.map(({ text, base }) => `${quoted(text)}, ${base}`);
	compare(
		calls(show, sources),
		sources,
		cases.map(({ text, base }) => shown(parseWithBase(text, base))),
	);
});
