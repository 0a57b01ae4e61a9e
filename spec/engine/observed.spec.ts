// Programs that an observer looks on print what they print otherwise: fixtures/lua under bin/lua and in
// this file's own bundle, started again as a command line with an observer of variables and lines that
// reads everything it can. OBSERVED=all takes all fixtures, which is a matter of minutes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { luaMain } from "../../src/cli/lua.ts";
import { localsOf, observe, upvaluesOf } from "../../src/engine/api.ts";
import { runFile } from "../support/oracle.ts";
import { fromRoot } from "../support/root.ts";

const RUN = "SF_OBSERVED_RUN";
const FOLDER = fromRoot("fixtures", "lua");
const SOME = ["calls.lua", "coroutines.lua", "error-names.lua", "evaluation-order.lua", "traceback.lua"];
/**
 * The first sets variables that cannot be set otherwise, the second wants another environment; in the
 * others the last function that the stack has room for may be entered (docs/debugging.md).
 */
const DIFFERING = ["closures.lua", "os-dates-zone.lua", "limits.lua", "metamethod-depth.lua"];
/** As bin/lua has it. */
const START = 'ulimit -S -s 65536; exec "$0" --stack-size=57176 "$@"';

if (process.env[RUN] === undefined) {
	const files = readdirSync(FOLDER).filter((name) => name.endsWith(".lua") && !DIFFERING.includes(name));
	const chosen = process.env["OBSERVED"] === "all" ? files : files.filter((name) => SOME.includes(name));
	for (const file of chosen) {
		test(file, () => {
			const expected = runFile("ours", `${FOLDER}/${file}`);
			const ended = spawnSync("sh", ["-c", START, process.execPath, __filename, file], {
				cwd: FOLDER,
				encoding: "latin1",
				input: "",
				env: { ...process.env, [RUN]: "1", TZ: "UTC", LC_ALL: "C" },
				timeout: 300_000,
				maxBuffer: 2 ** 28,
			});
			assert.equal(ended.stderr, expected.stderr);
			assert.equal(ended.stdout, expected.stdout);
			assert.equal(ended.status, expected.status);
		});
	}
} else {
	observe({
		wants: () => "variables",
		enter(activation) {
			for (const variable of localsOf(activation)) variable.get();
		},
		leave: () => {},
		line(activation) {
			for (const variable of localsOf(activation)) variable.set(variable.get());
			for (const variable of upvaluesOf(activation)) variable.get();
		},
	});
	luaMain(process.argv.slice(2), "lua5.1", (status) => process.exit(status));
}
