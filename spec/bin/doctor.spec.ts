// bin/lua-doctor without a pool, which is right where memoryLimit is high, and with a tree that is none.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fromRoot } from "../support/root.ts";

const missing = ["dist/lua.cjs", "dist/pool.cjs"].find((file) => !existsSync(fromRoot(file)));
const skip = missing !== undefined && `${missing} is not there`;

describe("lua-doctor without a pool", { skip }, () => {
	const folder = mkdtempSync(join(tmpdir(), "doctor-"));
	after(() => rmSync(folder, { recursive: true, force: true }));

	function check(...args: string[]): { status: number | null; lines: readonly string[] } {
		const env = { ...process.env, SCRIBUNTO_LUA_RUNTIME_DIR: join(folder, "none") };
		const { status, stdout } = spawnSync(fromRoot("bin", "lua-doctor"), args, { env, encoding: "utf8" });
		return { status, lines: stdout.split("\n") };
	}
	const host = fromRoot("src", "host", "tree");

	test("finds a fault under Scribunto's own limit", () => {
		const { status, lines } = check(host);
		assert.equal(status, 1);
		assert.ok(lines.some((line) => /^WRONG lua-pool: no pool in /.test(line)));
		assert.ok(lines.includes("WRONG a session under Scribunto's limits failed:"));
	});

	test("finds none under a limit that Node fits into", () => {
		const { status, lines } = check("--memory-limit=2147483648", host);
		assert.equal(status, 0, lines.join("\n"));
		assert.ok(lines.includes("ok    no pool, and with a memoryLimit of 2147483648 none is needed"));
		assert.ok(lines.includes(`ok    a session under Scribunto's limits, with ${host}`));
	});

	test("does not take another tree for one that is missing", () => {
		const { status, lines } = check("--memory-limit", "2147483648", join(folder, "nope"));
		assert.equal(status, 1);
		assert.ok(lines.some((line) => /^WRONG no session could be tried: .*nope$/.test(line)));
		assert.ok(lines.includes("1 wrong."));
	});
});
