// Workers that cannot start: how often they are tried, and what sessions are told.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { StartFailures } from "../../src/pool/start-failures.ts";
import { TestPool, until } from "../support/pool.ts";
import { assertServes, message, session } from "../support/pool-session.ts";
import { fromRoot } from "../support/root.ts";

/** The usual number that may start at a time. */
const USUAL = 4;

describe("failed starts", () => {
	test("are tried again ever more rarely, one at a time", () => {
		const failures = new StartFailures();
		let now = 0;
		const attempts: number[] = [];
		for (; now < 200_000; now += 500) {
			const count = failures.mayStart(now, USUAL);
			for (let started = 0; started < count; started++) failures.note(now);
			if (count > 0) attempts.push(now / 1000);
			if (now > 500) assert.ok(count <= 1);
		}
		assert.deepEqual(attempts, [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5, 121.5, 151.5, 181.5]);
	});

	test("are forgotten when a worker was ready", () => {
		const failures = new StartFailures();
		for (let count = 0; count < 8; count++) failures.note(0);
		assert.ok(failures.isLasting);
		assert.equal(failures.mayStart(999, USUAL), 0);
		failures.forget();
		assert.ok(!failures.isLasting);
		assert.equal(failures.mayStart(999, USUAL), USUAL);
	});

	test("that say the same are told once", () => {
		const failures = new StartFailures();
		const news = ["a", "a", "b", "b", "a"].map((text) => failures.isNews(text));
		assert.deepEqual(news, [true, false, true, false, false]);
	});
});

test("sessions are told soon that no worker can be started, and served when one can be again", async () => {
	const root = mkdtempSync(join(tmpdir(), "lua-pool-copy-"));
	for (const part of ["bin", join("dist", "pool.cjs")]) {
		cpSync(fromRoot(part), join(root, part), { recursive: true });
	}
	const pool = new TestPool({ max_children: 2 }, { root });
	try {
		const lua = pool.start().launcher({ cpu: 20 });
		const { workers } = pool.status();
		renameSync(join(root, "dist"), join(root, "away"));
		for (const { pid } of workers) process.kill(pid, "SIGKILL");
		const isNoticed = (pid: number) => pool.log().includes(`worker ${pid} ended by itself`);
		await until("that is noticed", () => workers.every(({ pid }) => isNoticed(pid)));
		for (let turn = 0; turn < 2; turn++) {
			const begun = performance.now();
			const { code, errors } = await session(lua, message("return 1", "quit")).ending;
			assert.equal(code, 70, errors);
			assert.equal(errors, `no worker can be started: see the log (${join(pool.directory, "pool.log")})\n`);
			const seconds = (performance.now() - begun) / 1000;
			assert.ok(seconds < 15, `${seconds} s`);
		}
		// Node's own words, for as many as may start at a time before the first has failed, at most.
		const traces = pool.log().match(/Cannot find module/g)?.length ?? 0;
		assert.ok(traces >= 1 && traces <= 4, pool.log());
		renameSync(join(root, "away"), join(root, "dist"));
		assert.equal(pool.command("reload").status, 0);
		await assertServes(pool, lua);
	} finally {
		if (existsSync(join(root, "away"))) renameSync(join(root, "away"), join(root, "dist"));
		pool.stop();
		rmSync(root, { recursive: true });
	}
});
