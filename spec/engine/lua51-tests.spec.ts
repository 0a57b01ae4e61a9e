// PUC's own test suite for 5.1, when LUA51_TESTS names a folder with it (it is not part of this
// repository): every file that native gets through must end the same way under ours.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { runCommand } from "../support/oracle.ts";
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

const skip = whyMissing("lua5.1", "bin/lua");

if (folder === undefined) {
	// On CI, where a skipped spec is a failure, they are not missed.
	if (process.env["CI"] !== "true")
		test("Lua's own tests", { skip: "LUA51_TESTS names no folder with them" }, () => {});
} else {
	describe(`Lua 5.1 tests in ${folder}`, () => {
		for (const file of readdirSync(folder)) {
			if (!file.endsWith(".lua") || NOT_ALONE.has(file)) continue;
			test(file, { skip }, (context) => {
				const native = runCommand("native", folder, [file]);
				if (native.status !== 0) {
					context.skip(`native fails too: ${native.stderr.split("\n")[0]}`);
					return;
				}
				const ours = runCommand("ours", folder, [file]);
				assert.equal(ours.status, 0, ours.stderr);
			});
		}
	});
}
