import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hostCall, load, traceRows } from "../../src/engine/api.ts";
import { tracebackText } from "../../src/engine/trace.ts";
import { agrees, newSession } from "../support/both.ts";

/** "line name" of each row of the error that the program ends with. */
function rowsOf(source: string): string[] {
	const state = newSession();
	const outcome = hostCall(state, load(state, source, "=chunk"));
	assert.ok(!outcome.ok, "the program has to fail");
	return traceRows(outcome.error).map(({ what, currentline, name }) => `${what} ${currentline} ${name}`);
}

describe("rows of an error", () => {
	const cases: readonly [string, readonly string[]][] = [
		["local x = nil + 1", ["main 1 undefined"]],
		["error('x')", ["C -1 error", "main 1 undefined"]],
		["local function f()\nerror('x')\nend\nf()", ["C -1 error", "Lua 2 f", "main 4 undefined"]],
		["function g()\nlocal x = {} + 1\nend\ng()", ["Lua 2 g", "main 4 undefined"]],
		["local t = {}\nfunction t:m() error() end\nt:m()", ["C -1 error", "Lua 2 m", "main 3 undefined"]],
		["local function f() error() end\nreturn f()", ["C -1 error", "Lua 1 undefined", "tail -1 "]],
	];
	for (const [source, rows] of cases)
		test(JSON.stringify(source), () => assert.deepEqual(rowsOf(source), rows));
});

describe("traceback text", () => {
	test("of nothing", () => assert.equal(tracebackText([], 0), "stack traceback:"));
	test("of builtins and tail calls", () => {
		const rows = [{ kind: "builtin" }, { kind: "tail" }] as const;
		assert.equal(tracebackText(rows, 0), "stack traceback:\n\t[C]: ?\n\t(tail call): ?");
		assert.equal(tracebackText(rows, 1), "stack traceback:\n\t(tail call): ?");
	});
	for (const count of [20, 21, 22, 23, 24, 40]) {
		test(`of ${count} rows`, () => {
			const lines = tracebackText(Array(count).fill({ kind: "builtin" }), 1).split("\n").length;
			assert.equal(lines, count <= 22 ? count : 1 + 11 + 1 + 10);
		});
	}
	const DEEP =
		"local text local function f(n) if n == 0 then text = debug.traceback('m') else f(n - 1) end return n end";
	for (const depth of [1, 5, 15, 19, 30, 300])
		test(
			`${depth} calls deep`,
			agrees(`${DEEP} f(${depth}) print((text:gsub("%[C%]: in function 'pcall'.*$", "")))`),
		);
	test(
		"messages that are no strings",
		agrees(
			"for _, v in ipairs({ 5, true, {} }) do print(type(debug.traceback(v))) end print(#debug.traceback('a\\0b', 50))",
		),
	);
});
