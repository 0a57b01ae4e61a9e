// `lua-pool start` that finds no room, no log, or another that was faster: what it says, and what it leaves.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fill, mountSmallDisk, unmount } from "../support/mounts.ts";
import { TestPool, until } from "../support/pool.ts";

const full = mountSmallDisk();
const fewFiles = mountSmallDisk("size=4m,nr_inodes=100");

describe("without room", { skip: full === undefined && "no right to mount a small disk" }, () => {
	after(() => {
		for (const disk of [full, fewFiles]) if (disk !== undefined) unmount(disk);
	});

	test("for what is in files no pool starts, and nothing is left", () => {
		fill(full!);
		const pool = new TestPool({}, { directory: join(full!, "run") });
		try {
			const { status, stdout, stderr } = pool.command("start");
			assert.equal(status, 73, stderr);
			assert.equal(stdout, "");
			assert.match(stderr, /^lua-pool: cannot write in .*run: ENOSPC: no space left on device/);
			assert.ok(!existsSync(pool.directory));
			const inForeground = pool.command("run");
			assert.equal(inForeground.status, 73, inForeground.stderr);
			assert.match(inForeground.stderr, /^lua-pool: cannot write .*pool: ENOSPC/m);
			for (const name of ["pool", "bell", "slots", "lock"])
				assert.ok(!existsSync(join(pool.directory, name)));
		} finally {
			pool.stop();
		}
	});

	test("for FIFOs neither", () => {
		const pool = new TestPool({ backlog: 500 }, { directory: join(fewFiles!, "run") });
		try {
			const { status, stderr } = pool.command("start");
			assert.equal(status, 73, stderr);
			assert.match(stderr, /mkfifo failed: .*No space left on device/);
			assert.ok(!existsSync(pool.directory));
		} finally {
			pool.stop();
		}
	});
});

test("several at once make one pool, and all say that it runs", async () => {
	const pool = new TestPool({ max_children: 1, min_spare: 1 });
	try {
		const starts = Array.from({ length: 4 }, () => {
			const child = spawn(pool.program, ["start"], { env: pool.env });
			const started = { child, text: "" };
			for (const stream of [child.stdout, child.stderr]) {
				stream.on("data", (bytes) => {
					started.text += String(bytes);
				});
			}
			return started;
		});
		await until("all have ended", () => starts.every(({ child }) => child.exitCode !== null));
		const { pid } = pool.status();
		for (const { child, text } of starts) {
			assert.equal(child.exitCode, 0, text);
			const expected = [`pool ${pid} in ${pool.directory}\n`, `a pool runs in ${pool.directory} already\n`];
			assert.ok(expected.includes(text), text);
		}
	} finally {
		pool.stop();
	}
});

test("a failure shows what this start has logged, and nothing older", () => {
	const pool = new TestPool({ max_children: 1 });
	try {
		mkdirSync(pool.directory, { mode: 0o700 });
		writeFileSync(join(pool.directory, "pool.log"), "an old line\n");
		// A folder without mkfifo.
		mkdirSync(join(pool.folder, "bin"));
		pool.env["SCRIBUNTO_LUA_NODE"] = process.execPath;
		pool.env["PATH"] = join(pool.folder, "bin");
		const { status, stderr } = pool.command("start");
		assert.equal(status, 73, stderr);
		assert.match(
			stderr,
			/^lua-pool: the pool did not start: ended with status 73\nlua-pool: mkfifo failed: .*\n$/,
		);
	} finally {
		pool.stop();
	}
});

test("a log that cannot be opened is named, with where it is set", () => {
	const pool = new TestPool();
	const file = join(pool.folder, "pool.conf");
	try {
		pool.env["SCRIBUNTO_POOL_CONFIG"] = file;
		writeFileSync(file, "max_children = 1\nlog = /nope/x.log\n");
		const { status, stderr } = pool.command("start");
		assert.equal(status, 78);
		assert.match(stderr, /^lua-pool: .*pool\.conf:2: log = \/nope\/x\.log: cannot be opened: ENOENT/);
		assert.ok(!existsSync(pool.directory));
		pool.env["SCRIBUNTO_POOL_LOG"] = "/nope/y.log";
		assert.match(pool.command("start").stderr, /^lua-pool: SCRIBUNTO_POOL_LOG: log = \/nope\/y\.log: /);
	} finally {
		pool.stop();
	}
});
