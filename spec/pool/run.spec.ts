// The pool in the foreground, as systemd, OpenRC and containers have it: signals are for the supervisor.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isAlive, TestPool, until } from "../support/pool.ts";

interface Foreground {
	readonly child: ChildProcess;
	log(): string;
}

/** `lua-pool run` once it answers, by this command in front of it, if any. */
async function runPool(pool: TestPool, ...front: readonly string[]): Promise<Foreground> {
	const [command = "", ...args] = [...front, pool.program, "run"];
	const child = spawn(command, args, { env: pool.env, stdio: ["ignore", "ignore", "pipe"] });
	let log = "";
	child.stderr.on("data", (bytes) => {
		log += String(bytes);
	});
	await until("the pool has a worker", () => {
		const { status, stdout } = pool.command("status", "--json");
		return status === 0 && JSON.parse(stdout).workers.length > 0;
	});
	return { child, log: () => log };
}

async function endingOf(child: ChildProcess): Promise<string> {
	await until("it ends", () => child.exitCode !== null || child.signalCode !== null);
	return child.signalCode ?? `status ${child.exitCode}`;
}

describe("lua-pool run", () => {
	for (const signal of ["SIGTERM", "SIGINT"] as const) {
		for (const shell of ["sh", "bash"]) {
			test(`${signal} ends the pool (${shell})`, async () => {
				const pool = new TestPool({ max_children: 1 });
				const { child, log } = await runPool(pool, shell);
				try {
					const { pid, workers } = pool.status();
					child.kill(signal);
					assert.equal(await endingOf(child), "status 0", log());
					assert.ok(!isAlive(pid));
					await until("its workers have ended", () => workers.every((worker) => !isAlive(worker.pid)));
					assert.equal(pool.command("status").status, 1);
				} finally {
					pool.stop();
				}
			});
		}
	}

	test("SIGHUP lets it read its settings again", async () => {
		const pool = new TestPool({ max_children: 1 });
		const { child, log } = await runPool(pool);
		try {
			child.kill("SIGHUP");
			await until("it has done so", () => log().includes("notice: reloaded"));
			assert.equal(pool.command("stop").status, 0);
			assert.equal(await endingOf(child), "status 0");
		} finally {
			pool.stop();
		}
	});

	test("ends when its directory is gone and cannot be made again, and says so once", async () => {
		const outer = new TestPool();
		mkdirSync(join(outer.folder, "deep"));
		const pool = new TestPool({ max_children: 1 }, { directory: join(outer.folder, "deep", "run") });
		const { child, log } = await runPool(pool);
		try {
			const { workers } = pool.status();
			renameSync(join(outer.folder, "deep"), join(outer.folder, "away"));
			assert.equal(await endingOf(child), "status 74", log());
			assert.equal(log().match(/ error: the runtime directory was removed: cannot make /g)?.length, 1, log());
			await until("its workers have ended", () => workers.every((worker) => !isAlive(worker.pid)));
		} finally {
			child.kill();
			pool.stop();
			outer.stop();
		}
	});

	test("ends when another directory is in its place that others may look into", async () => {
		const pool = new TestPool({ max_children: 1 });
		const { child, log } = await runPool(pool);
		try {
			renameSync(pool.directory, `${pool.directory}.old`);
			mkdirSync(pool.directory, { mode: 0o755 });
			assert.equal(await endingOf(child), "status 74", log());
			assert.match(log(), /error: the runtime directory was removed: .* has mode 755/);
		} finally {
			child.kill();
			pool.stop();
		}
	});
});
