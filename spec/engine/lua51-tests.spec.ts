// PUC's own test suite for 5.1, when LUA51_TESTS names a folder with it (it is not part of this
// repository): every file that native gets through must end the same way under ours.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runCommand } from "../support/oracle.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const { LUA51_TESTS: folder } = process.env;
/** Runs the others, or needs the C side of the suite. */
const NOT_ALONE: ReadonlySet<string> = new Set([
	"all.lua",
	"main.lua",
	"api.lua",
	"code.lua",
	"checktable.lua",
]);

/** Ends with an error, because of these known differences (docs/conformance.md). */
const DIFFERENT: Readonly<Record<string, readonly string[]>> = {
	"db.lua": ["activelines", "sethook", "getlocal"],
	"gc.lua": ["memory-figures", "gc-metamethod"],
};

test("what Lua's own tests show is among the known differences", () => {
	const listed = readFileSync(fromRoot("fixtures", "conformance", "known-differences.json"), "utf8");
	for (const id of Object.values(DIFFERENT).flat()) assert.ok(listed.includes(`"id": "${id}"`), id);
});

/** Some load tens of thousands of chunks, each of which V8 has to compile. */
const TIMEOUT_MS = 600_000;

const skip = whyMissing("lua5.1", "bin/lua");

if (folder === undefined) {
	// On CI, where a skipped spec is a failure, they are not missed.
	if (process.env["CI"] !== "true")
		test("Lua's own tests", { skip: "LUA51_TESTS names no folder with them" }, () => {});
} else {
	describe(`Lua 5.1 tests in ${folder}`, () => {
		const files = readdirSync(folder).filter((file) => file.endsWith(".lua") && !NOT_ALONE.has(file));
		test("there are some", () => assert.notEqual(files.length, 0));
		for (const file of files) {
			test(file, { skip }, (context) => {
				const native = runCommand("native", folder, [file], { timeoutMs: TIMEOUT_MS });
				if (native.status !== 0) {
					context.skip(`native fails too: ${native.stderr.split("\n")[0]}`);
					return;
				}
				const ours = runCommand("ours", folder, [file], { timeoutMs: TIMEOUT_MS });
				const known = DIFFERENT[file];
				if (known === undefined) assert.equal(ours.status, 0, ours.stderr);
				else assert.notEqual(ours.status, 0, `ends as native does, in spite of ${known}`);
			});
		}
	});
}
