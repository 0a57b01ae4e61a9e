// The runner of the specs gets over whatever a failing test throws.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromRoot } from "../support/root.ts";

interface FailureText {
	failureText(error: unknown): string;
}

const silent = {
	getPrototypeOf: () => assert.fail(),
	get: () => assert.fail(),
	ownKeys: () => assert.fail(),
};
const broken = Object.defineProperty(new Error("broken"), "stack", { get: () => assert.fail() });
const CASES: readonly (readonly [thrown: unknown, text: RegExp])[] = [
	[new Error("outer", { cause: new RangeError("inner") }), /^RangeError: inner\n {4}at /],
	[new Error("alone"), /^Error: alone\n {4}at /],
	[{ message: "no error" }, /^no error$/],
	["a text", /^a text$/],
	[undefined, /^undefined$/],
	[Symbol("s"), /^Symbol\(s\)$/],
	[Object.create(null), /^\[Object: null prototype\] \{\}$/],
	[new Error("outer", { cause: Object.create(null) }), /null prototype/],
	[{ message: { toString: null } }, /toString: null/],
	[broken, /./],
	[new Proxy({}, silent), /./],
];

test("what a failing test threw has a text", async () => {
	const { failureText } = (await import(fromRoot("scripts", "failure-text.mjs"))) as FailureText;
	for (const [thrown, text] of CASES) assert.match(failureText(thrown), text);
});
