// Sessions that the pool's workers profile: by the pool's settings, and by the launcher's environment.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { TestPool, until } from "../support/pool.ts";

const folder = mkdtempSync(join(tmpdir(), "pool-profiles-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MODULE = "local function g() return lib.f(1) end return g()";

async function session(pool: TestPool, env: Readonly<Record<string, string>> = {}): Promise<void> {
	const host = pool.host({ env });
	host.registerLibrary("lib", { f: (value) => [value] });
	assert.deepEqual(host.call(host.loadString(MODULE, "=Module:X")), [1]);
	assert.equal((await host.quit()).code, 0);
}

const filesIn = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
const tablesIn = (path: string): string[] => filesIn(path).filter((name) => name.endsWith(".txt"));

/** Waits for so many profiles, and no more: they are written behind the session's end, the .html last. */
async function profilesAreIn(path: string, count: number): Promise<void> {
	await until(`${count} profiles in ${path}`, () => {
		return filesIn(path).filter((name) => name.endsWith(".html")).length >= count;
	});
	assert.equal(filesIn(path).length, 5 * count);
}

/** The files of the only profile in a folder, when they are complete. */
async function profileIn(path: string): Promise<Record<string, string>> {
	await profilesAreIn(path, 1);
	return Object.fromEntries(
		readdirSync(path).map((name) => [name.replace(/^.*?\./, ""), readFileSync(join(path, name), "utf8")]),
	);
}

describe("a pool without settings about it", () => {
	const pool = new TestPool({ pm: "static", max_children: 1 }).start();
	after(() => pool.stop());

	test("profiles what a launcher's environment asks for, once", async () => {
		const target = join(folder, "asked");
		await session(pool, { SCRIBUNTO_LUA_PROFILE: target });
		await session(pool);
		assert.equal(statSync(target).mode & 0o777, 0o700);
		const texts = Object.values(await profileIn(target)).join("\n");
		assert.match(texts, /^main chunk <Module:X>;g <Module:X:1>;\[host\] lib-f \d+$/m);
		assert.match(texts, /^SF:Module:X\nFN:1,g\nFNDA:1,g\n/m);
	});

	test("says in its log why there is no profile, and serves", async () => {
		await session(pool, { SCRIBUNTO_LUA_PROFILE: "/proc/none" });
		await until("it is in the log", () => {
			return /warning: worker \d+: this session is not profiled: ENOENT/.test(pool.log());
		});
	});
});

describe("a pool that is to profile", () => {
	const target = join(folder, "set");
	const pool = new TestPool({ pm: "static", max_children: 1, profile: target }).start();
	after(() => pool.stop());

	test("profiles each session, in one worker", async () => {
		const workers = () => pool.status().workers.map(({ pid }) => pid);
		const before = workers();
		await session(pool);
		await session(pool);
		await session(pool);
		await profilesAreIn(target, 3);
		assert.deepEqual(workers(), before);
	});

	test("puts elsewhere what a launcher wishes elsewhere", async () => {
		await session(pool, { SCRIBUNTO_LUA_PROFILE: join(folder, "own") });
		await profilesAreIn(join(folder, "own"), 1);
		assert.equal(tablesIn(target).length, 3);
	});
});

test("a folder that is full gets no more", async () => {
	const target = join(folder, "full");
	const pool = new TestPool({ pm: "static", max_children: 1, profile: target, profile_size: 1 }).start();
	after(() => pool.stop());
	await session(pool);
	await profileIn(target);
	writeFileSync(join(target, "old.html"), Buffer.alloc(1e6));
	await session(pool);
	await until("it is in the log", () => {
		return /this session is not profiled: the profiles in .*full take 1 MB, which is the limit/.test(
			pool.log(),
		);
	});
	assert.equal(tablesIn(target).length, 1);
});

test("one session of a great many is none", async () => {
	const target = join(folder, "rare");
	const pool = new TestPool({ pm: "static", max_children: 1, profile: target, profile_every: 1e6 }).start();
	after(() => pool.stop());
	await session(pool);
	assert.ok(!existsSync(target));
});
