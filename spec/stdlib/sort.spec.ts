// table.sort against lua5.1: the same comparisons in the same order, the same result, and
// "invalid order function" in the same cases, also for comparators that make no sense.

import assert from "node:assert/strict";
import { it } from "node:test";
import { sortPlain, sortRange } from "../../src/stdlib/sort.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("lua5.1");
const CASES = Number(process.env["SF_CASES"] ?? 4000);

type Value = number | undefined;

/** Comparators as Lua and as TypeScript; `n` counts the calls. Missing elements are given too. */
const COMPARATORS: readonly [string, (a: Value, b: Value, n: number) => boolean][] = [
	["(a or -1) < (b or -1)", (a, b) => (a ?? -1) < (b ?? -1)],
	["(a or -1) > (b or -1)", (a, b) => (a ?? -1) > (b ?? -1)],
	["(a or -1) <= (b or -1)", (a, b) => (a ?? -1) <= (b ?? -1)],
	["true", () => true],
	["false", () => false],
	["n % 2 == 0", (_a, _b, n) => n % 2 === 0],
	["n % 3 ~= 0", (_a, _b, n) => n % 3 !== 0],
	["((a or 1) * 7 + (b or 1) * 13 + n) % 5 < 2", (a, b, n) => ((a ?? 1) * 7 + (b ?? 1) * 13 + n) % 5 < 2],
	["(a or 0) % 10 < (b or 0) % 10", (a, b) => (a ?? 0) % 10 < (b ?? 0) % 10],
];

interface Case {
	readonly comparator: number;
	readonly values: readonly number[];
}

function makeCases(): Case[] {
	let state = 99;
	const random = (below: number) => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
	return Array.from({ length: CASES }, (_, i) => {
		const length = i < 200 ? i % 8 : i % 100 === 0 ? 400 : random(60);
		const range = [3, 10, 100, 1000][random(4)]!;
		const shape = random(4);
		const values = Array.from({ length }, (_unused, k) =>
			shape === 0 ? k : shape === 1 ? length - k : random(range),
		);
		return { comparator: i % COMPARATORS.length, values };
	});
}

const PROGRAM = `
local comparators = {${COMPARATORS.map(([text]) => `function(a, b, n) return ${text} end`).join(", ")}}
for line in DATA:gmatch("[^\\n]+") do
	local t, which = {}, nil
	for word in line:gmatch("%S+") do
		if which then t[#t + 1] = tonumber(word) else which = tonumber(word) end
	end
	local n, trace, length = 0, {}, #t
	local ok, message = pcall(table.sort, t, function(a, b)
		n = n + 1
		trace[n] = tostring(a) .. "<" .. tostring(b)
		return comparators[which](a, b, n)
	end)
	local values = {}
	for i = 1, length do values[i] = tostring(t[i]) end
	print(ok and "sorted" or message, table.concat(values, " "), table.concat(trace, " "))
end`;

function show(value: Value): string {
	return value === undefined ? "nil" : String(value);
}

it("compares, moves and fails as native does", { skip }, () => {
	const cases = makeCases();
	const data = cases.map(({ comparator, values }) => [comparator + 1, ...values].join(" ")).join("\n");
	const native = runLua(`local DATA = [[\n${data}\n]]${PROGRAM}`).split("\n");
	cases.forEach(({ comparator, values }, i) => {
		const items = new Map<number, Value>(values.map((value, at) => [at + 1, value]));
		const sortable = {
			getInt: (at: number): Value => items.get(at),
			setInt: (at: number, value: Value) => void items.set(at, value),
		};
		const trace: string[] = [];
		const less = (a: Value, b: Value) => {
			trace.push(`${show(a)}<${show(b)}`);
			return COMPARATORS[comparator]![1](a, b, trace.length);
		};
		let outcome = "sorted";
		const failure = new Error("invalid order function for sorting");
		try {
			sortRange(sortable, 1, values.length, less, () => failure);
		} catch (thrown) {
			if (thrown !== failure) throw thrown;
			outcome = failure.message;
		}
		const result = values.map((_, at) => show(items.get(at + 1))).join(" ");
		assert.equal(`${outcome}\t${result}\t${trace.join(" ")}`, native[i], `case ${i}`);
	});
});

it("sorts plain values without the detour, and leaves others alone", () => {
	const numbers: unknown[] = Array.from({ length: 50 }, (_, i) => (i * 37) % 53);
	assert.ok(sortPlain(numbers));
	assert.deepEqual(
		numbers,
		[...numbers].sort((a, b) => Number(a) - Number(b)),
	);
	const texts: unknown[] = ["b", "a\0", "a", "", "\xff", "B"];
	assert.ok(sortPlain(texts));
	assert.deepEqual(texts, ["", "B", "a", "a\0", "b", "\xff"]);
	for (const values of [[1, "a"], [1, Number.NaN], [0, -0], [{}], [true, false]]) {
		assert.ok(!sortPlain(values));
	}
});
