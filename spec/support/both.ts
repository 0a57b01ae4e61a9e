// The same Lua program in this process and under native lua5.1: what both print, and how it fails.
// For programs that need no files; a whole command line is oracle.ts's.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import { hostCall, LuaState, load } from "../../src/engine/api.ts";
import { openBase } from "../../src/stdlib/base.ts";
import { openCoroutine } from "../../src/stdlib/coroutine.ts";
import { openDebug } from "../../src/stdlib/debug.ts";
import { openMath } from "../../src/stdlib/math.ts";
import { openString } from "../../src/stdlib/string.ts";
import { openTable } from "../../src/stdlib/table.ts";
import { whyMissing } from "./tools.ts";

const skip = whyMissing("lua5.1");
const CHUNK_NAME = "=chunk";
/** Runs the program that is its first argument. */
const HARNESS = `
local text = source()
local f, message = loadstring(text, "${CHUNK_NAME}")
if not f then print("syntax: " .. message) return end
local ok, problem = pcall(f)
if not ok then print("error: " .. tostring(problem)) end`;

/** A state with all libraries that need no files. What `print` writes goes to `lines`. */
export function newSession(lines: string[] = []): LuaState {
	const state = new LuaState();
	openBase(state);
	for (const open of [openCoroutine, openTable, openString, openMath, openDebug]) open(state);
	const tostring = state.globals.getStr("tostring");
	state.define(state.globals, {
		print: (...values) => {
			const texts = values.map((value) => {
				const outcome = hostCall(state, tostring, value);
				if (!outcome.ok) throw outcome.error;
				return String(outcome.results);
			});
			lines.push(texts.join("\t"));
			return [];
		},
	});
	return state;
}

/** What the program prints in a session of its own. */
export function printed(source: string, state?: LuaState): string {
	const lines: string[] = [];
	runIn(state ?? newSession(lines), source);
	return lines.join("\n");
}

/** Runs the program as `printed` does, in a session that there is. */
export function runIn(state: LuaState, source: string): void {
	state.define(state.globals, { source: () => source });
	const outcome = hostCall(state, load(state, HARNESS, "=harness"));
	if (!outcome.ok) throw new Error(String(outcome.error.value));
}

/** What it prints natively. */
export function printedNatively(source: string): string {
	const code = `source = function() return io.read("*a") end ${HARNESS}`;
	const run = spawnSync("lua5.1", ["-e", code], { input: Buffer.from(source, "latin1"), timeout: 300_000 });
	if (run.status !== 0) throw new Error(`lua5.1 failed: ${run.stderr.toString("latin1")}`);
	return run.stdout.toString("latin1").replace(/\n$/, "");
}

/** A test's body: the program, which does not fail as a whole, prints the same under both. */
export function agrees(source: string): (context: TestContext) => void {
	return (context) => {
		if (skip !== false) context.skip(skip);
		else {
			const expected = printedNatively(source);
			assert.doesNotMatch(expected, /^(?:syntax|error): /m);
			assert.equal(printed(source), expected);
		}
	};
}

/** The same of expressions: each has the same values, or fails the same way. */
export function agreesOn(expressions: readonly string[], setup = ""): (context: TestContext) => void {
	const lines = expressions.map((text) => `print(pcall(function() return ${text} end))`);
	return agrees(`${setup}\n${lines.join("\n")}`);
}
