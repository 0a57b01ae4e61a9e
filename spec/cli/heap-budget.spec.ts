// Without a pool, native's error comes before V8 ends the process: for sessions and on the command line.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, describe, test } from "node:test";
import { CONTENTS, fill } from "../support/memory-contents.ts";
import { TestPool } from "../support/pool.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

// For its launchers: it is never started.
const launchers = new TestPool();
after(() => launchers.stop());

/** Kilobytes: the least that bin/lua takes, and 2 GB. */
const LEAST = 1_300_000;
const MORE = 2_097_152;

describe("a session without a pool", { skip: whyMissing("bin/lua") }, () => {
	const cases: readonly (readonly [string, number])[] = [
		["array of fractions", LEAST],
		["records of 3", LEAST],
		["strings of 100 kB", LEAST],
		["string keys", LEAST],
		["closures with a counter", LEAST],
		["array of integers", MORE],
		["a chain", MORE],
		["strings of 1 kB", MORE],
	];
	for (const [name, memory] of cases) {
		test(`${name}, ${memory} kB: an error, twice, and the session goes on`, async () => {
			const env = { SCRIBUNTO_LUA_MODE: "direct" };
			const host = launchers.host({ memory, env });
			const first = fill(CONTENTS[name]!, host).count;
			const second = fill(CONTENTS[name]!, host).count;
			assert.ok(Math.min(first, second) > 0.5 * Math.max(first, second), `${first}, then ${second}`);
			assert.deepEqual(host.call(host.loadString("return 6 * 7", "=m")), [42]);
			assert.deepEqual(await host.quit(), { code: 0, signal: null });
		});
	}
});

test("on the command line", { skip: whyMissing("bin/lua", "lua5.1") }, () => {
	const text = "print(pcall(function() local t = {} while true do t = { t, {} } end end)) print(6 * 7)";
	const run = (lua: string, memory: number) =>
		spawnSync("sh", ["-c", `ulimit -v ${memory}; exec "$0" -e "$1"`, lua, text], { encoding: "utf8" });
	const native = run("lua5.1", 51_200);
	const ours = run(fromRoot("bin", "lua"), LEAST);
	assert.equal(native.stdout, "false\tnot enough memory\n42\n");
	assert.equal(ours.stdout, native.stdout, ours.stderr);
	assert.equal(ours.status, 0);
});
