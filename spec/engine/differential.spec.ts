// Language and library against the native binary. Every fixtures/lua/*.lua is a plain Lua program
// that prints blocks ("== name" and what the case gave): one test per block. The files below
// fixtures/lua/errors end with an uncaught error or an exit status: one test per file.
// A program may run under both engines only: what native prints is the expectation.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type LuaRun, runBoth } from "../support/oracle.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const FOLDER = fromRoot("fixtures", "lua");
const BLOCK_MARK = "== ";
/** By file and case: why ours is known to print something else. */
const differing = (
	JSON.parse(readFileSync(fromRoot("fixtures", "conformance", "differing-cases.json"), "utf8")) as {
		readonly cases: Readonly<Record<string, Readonly<Record<string, string>>>>;
	}
).cases;
const skip = whyMissing("lua5.1", "bin/lua");

for (const file of luaFiles(FOLDER)) {
	describe(`fixtures/lua/${file}`, () => {
		if (skip !== false) {
			test("under lua5.1 and under ours", { skip }, () => {});
			return;
		}
		const { native, ours } = runBoth(`${FOLDER}/${file}`);
		const found = blocksOf(ours.stdout);
		for (const [name, expected] of blocksOf(native.stdout)) {
			const given = found.get(name) ?? `(no output; it ended with ${ending(ours)})`;
			if (differing[file]?.[name] === undefined) test(name, () => assert.equal(given, expected));
			else test(`${name} (known difference)`, () => assert.notEqual(given, expected, "take it off the list"));
		}
		test("ends the same way", () => {
			assert.equal(native.status, 0, native.stderr);
			assert.deepEqual(ending(ours), ending(native));
		});
	});
}

describe("uncaught errors and exit statuses", () => {
	for (const file of luaFiles(`${FOLDER}/errors`)) {
		test(`fixtures/lua/errors/${file}`, { skip }, () => {
			const { native, ours } = runBoth(`${FOLDER}/errors/${file}`);
			assert.deepEqual(ours, native);
		});
	}
});

function luaFiles(folder: string): string[] {
	return readdirSync(folder)
		.filter((name) => name.endsWith(".lua"))
		.sort();
}

/** The printed blocks by name; a name that comes again gets a number. */
function blocksOf(stdout: string): Map<string, string> {
	const blocks = new Map<string, string>();
	for (const block of stdout.split(`\n${BLOCK_MARK}`)) {
		const end = block.indexOf("\n");
		const name = (end < 0 ? block : block.slice(0, end)).replace(/^== /, "");
		let unique = name;
		for (let copy = 2; blocks.has(unique); copy++) unique = `${name} (${copy})`;
		blocks.set(unique, end < 0 ? "" : block.slice(end + 1).replace(/\n$/, ""));
	}
	return blocks;
}

function ending(run: LuaRun): string {
	return `status ${run.status ?? run.signal}, stderr ${JSON.stringify(run.stderr)}`;
}
