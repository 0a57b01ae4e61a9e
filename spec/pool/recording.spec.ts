// Sessions that the pool's workers record: by the pool's settings, and by the launcher's environment.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { decodeTranscript } from "../../src/replay/transcript.ts";
import { TestPool, until } from "../support/pool.ts";
import { luaReplay } from "../support/recordings.ts";

const folder = mkdtempSync(join(tmpdir(), "pool-recordings-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function session(pool: TestPool, env: Readonly<Record<string, string>> = {}): Promise<void> {
	const host = pool.host({ env });
	host.registerLibrary("lib", { f: (value) => [value] });
	assert.deepEqual(host.call(host.loadString("return lib.f('open sesame one')", "=m")), ["open sesame one"]);
	assert.equal((await host.quit()).code, 0);
}

function recordingsIn(path: string): string[] {
	return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
}

const textOf = (file: string): string =>
	decodeTranscript(readFileSync(file))
		.entries.map(({ body }) => String(body))
		.join("\n");

describe("a pool without settings about it", () => {
	const pool = new TestPool({ pm: "static", max_children: 1 }).start();
	after(() => pool.stop());

	test("records nothing", async () => {
		await session(pool);
		assert.deepEqual(readdirSync(folder), []);
	});

	test("records what a launcher's environment asks for, once", async () => {
		await session(pool, {
			SCRIBUNTO_LUA_RECORD: join(folder, "asked"),
			SCRIBUNTO_LUA_RECORD_MASK: "ses\\w+",
		});
		await session(pool);
		const [file = "", ...others] = recordingsIn(join(folder, "asked"));
		assert.deepEqual(others, []);
		assert.match(textOf(file), /open \*{6} one/);
		const { status, stdout } = luaReplay([file]);
		assert.equal(status, 0, stdout);
	});

	test("records nothing where the wish is too long to be told", async () => {
		const target = join(folder, "long");
		await session(pool, { SCRIBUNTO_LUA_RECORD: target, SCRIBUNTO_LUA_RECORD_MASK: "x".repeat(600) });
		assert.ok(!existsSync(target));
		await session(pool);
	});

	test("says in its log why there is no recording, and serves", async () => {
		await session(pool, { SCRIBUNTO_LUA_RECORD: "/proc/none" });
		await session(pool, { SCRIBUNTO_LUA_RECORD: "/proc/none" });
		const complaints = () => pool.log().match(/warning: worker \d+: this session is not recorded: ENOENT/g);
		// What a worker says comes by another way than its sessions' ends.
		await until("it is in the log", () => complaints() !== null);
		assert.equal(complaints()?.length, 1);
	});
});

describe("a pool that is to record", () => {
	const target = join(folder, "set");
	const pool = new TestPool({
		pm: "static",
		max_children: 1,
		record: target,
		record_mask: "sesame",
	}).start();
	after(() => pool.stop());

	test("records each session, masked", async () => {
		await session(pool);
		await session(pool);
		const files = recordingsIn(target);
		assert.equal(files.length, 2);
		for (const file of files) assert.match(textOf(file), /open \*{6} one/);
	});

	test("hides the same where a launcher wishes a recording of its own", async () => {
		const own = join(folder, "own");
		await session(pool, { SCRIBUNTO_LUA_RECORD: own, SCRIBUNTO_LUA_RECORD_MASK: "one" });
		assert.match(textOf(recordingsIn(own)[0] ?? ""), /open \*{6} \*{3}/);
		assert.equal(recordingsIn(target).length, 2);
	});
});

test("a relative folder is refused in the settings", () => {
	const pool = new TestPool({ record: "here" });
	const { status, stderr } = pool.command("start");
	assert.equal(status, 78);
	assert.match(stderr, /record = here: a path from \/ on is wanted/);
	pool.stop();
});
