// V8 optimizes what is hot only, which short programs are not. Here it is told to be in a hurry,
// so that the optimized forms of emitted code and of our helpers run too.

import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { runFile } from "../support/oracle.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const FILES = ["calls.lua", "environments.lua", "error-names.lua", "fields.lua"];
/** Later ones count calls where 20 and 21 count bytes. */
const MAJOR = Number.parseInt(process.versions.node, 10);
const COUNTS_CALLS = MAJOR > 21;
const WAYS: Readonly<Record<string, string>> = {
	"optimized at once": `--no-lazy-feedback-allocation ${COUNTS_CALLS ? "--invocation-count-for-turbofan=5" : "--interrupt-budget=500"}`,
	"optimized in the middle of loops": `--always-osr ${COUNTS_CALLS ? "--invocation-count-for-turbofan=20" : "--interrupt-budget=2000"}`,
	"by the quick optimizer": "--maglev --stress-maglev",
	"never optimized": MAJOR > 22 ? "--jitless" : "--jitless --no-expose-wasm",
};

const folder = mkdtempSync(join(tmpdir(), "sf-optimized-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A Node for bin/lua that has these flags. */
function nodeWith(flags: string): string {
	const path = join(folder, "node");
	// Of bin/lua's own flags, most of which are against optimizing, it needs the size of the stack.
	const lines = [
		"#!/bin/sh",
		"while case $1 in --*) true ;; *) false ;; esac; do",
		"\tcase $1 in --stack-size=*) stack=$1 ;; esac",
		"\tshift",
		"done",
		`exec "${process.execPath}" "\${stack:?bin/lua gave no --stack-size}" ${flags} "$@"`,
	];
	writeFileSync(path, `${lines.join("\n")}\n`);
	chmodSync(path, 0o755);
	return path;
}

for (const [way, flags] of Object.entries(WAYS)) {
	describe(way, () => {
		for (const file of FILES) {
			test(file, { skip: whyMissing("bin/lua", "lua5.1") }, () => {
				const path = fromRoot("fixtures", "lua", file);
				const env = { SCRIBUNTO_LUA_NODE: nodeWith(flags), SCRIBUNTO_LUA_MODE: "direct" };
				assert.deepEqual(runFile("ours", path, { env }), runFile("native", path));
			});
		}
	});
}
