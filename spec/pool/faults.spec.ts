// What goes wrong outside: processes that are killed, files that are removed, too many at once. Every
// session ends as a native one would, or with a clear message, and the next one works. POOL_FAULTS,
// POOL_LOAD and POOL_SOAK set how often: few by default, 500, 200 and 20000 by hand.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
	chmodSync,
	closeSync,
	constants,
	lstatSync,
	mkdirSync,
	openSync,
	rmSync,
	symlinkSync,
	writeSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { PoolStatus } from "../../src/pool/pool-status.ts";
import { isAlive, pause, TestPool, until } from "../support/pool.ts";
import { assertServes, includes, mainFile, message, session } from "../support/pool-session.ts";
import { fromRoot } from "../support/root.ts";

const FAULTS = Number(process.env["POOL_FAULTS"] ?? 12);
const LOAD = Number(process.env["POOL_LOAD"] ?? 40);
const SOAK = Number(process.env["POOL_SOAK"] ?? 150);

describe("faults", () => {
	const pool = new TestPool({ max_children: 4 });
	let lua = "";
	before(() => {
		pool.start();
		lua = pool.launcher({ cpu: 10 });
	});
	after(() => pool.stop());
	afterEach(() => assertServes(pool, lua));

	for (const victim of ["supervisor", "worker", "launcher", "client"] as const) {
		test(`${victim} killed at random moments`, async () => {
			for (let turn = 0; turn < Math.ceil(FAULTS / 4); turn++) {
				const busy = "local t = os.clock() while os.clock() < t + 0.15 do end return 1";
				const { child, ending, hangUp } = session(lua, message(busy, "testquit"), turn % 2 === 1);
				await pause(Math.random() * 250);
				const status = pool.status();
				const worker = status.workers.find(({ launcher }) => launcher === child.pid);
				if (victim === "supervisor") process.kill(status.pid, "SIGKILL");
				else if (victim === "worker" && worker !== undefined) process.kill(worker.pid, "SIGKILL");
				else if (victim === "launcher") child.kill("SIGKILL");
				else if (victim === "client") hangUp();
				const { code, signal, errors } = await ending;
				const isClear = /the pool|the worker|no pool|too few for Node/.test(errors);
				const isNative = code === 42 || code === 0 || (victim === "launcher" && signal === "SIGKILL");
				assert.ok(isNative || isClear || (victim === "client" && code === 1), `${code} ${signal} ${errors}`);
				await assertServes(pool, lua);
				if (worker !== undefined && code !== 42) {
					const isFree = () => !isAlive(worker.pid) || !isBusyWith(pool, worker.pid, child.pid);
					await until(`worker ${worker.pid} has no session`, isFree);
				}
			}
		});
	}

	for (const name of ["bell", "pool", "control.sock", "slots", "workers", "lock", "pool.log"]) {
		test(`${name} removed`, async () => {
			const path = join(pool.directory, name);
			rmSync(path, { recursive: true, force: true });
			// (What is in `workers` is written when there are others.)
			const isThere = () => name === "workers" || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
			await until(`${name} is there again, and the pool answers`, () => {
				return isThere() && pool.command("status").status === 0;
			});
		});
	}

	test("the runtime directory removed", async () => {
		const { pid } = pool.status();
		rmSync(pool.directory, { recursive: true });
		await until("the pool answers again", () => pool.command("status").status === 0);
		assert.equal(pool.status().pid, pid);
		assert.equal(lstatSync(pool.directory).mode & 0o777, 0o700);
		await until("it says so in its log", () =>
			pool.log().includes(`${pool.directory} was removed: made again`),
		);
		process.kill(pid, "SIGKILL");
		await until("the one that follows logs there", () => {
			return /notice: pool (\d+) in/.exec(pool.log())?.[1] !== undefined;
		});
	});

	test("two supervisors at once", async () => {
		const second = pool.command("run");
		assert.equal(second.status, 75);
		assert.match(second.stderr, /runs in .* already/);
		const { pid } = pool.status();
		process.kill(pid, "SIGKILL");
		// The guard starts one, and these try to be it.
		const log = openSync(join(pool.directory, "pool.log"), "a");
		const rivals = Array.from({ length: 3 }, () =>
			spawn(fromRoot("bin", "lua-pool"), ["run"], { env: pool.env, stdio: ["ignore", log, log] }),
		);
		closeSync(log);
		const survivors = () => rivals.filter(({ exitCode }) => exitCode === null).length;
		await until("at most one of the three runs", () => survivors() <= 1);
		await assertServes(pool, lua);
		assert.equal(pool.command("status").status, 0);
	});

	test("a pid that is another process's by now", async () => {
		const { pid } = process;
		const limits = ["unlimited", "unlimited"];
		const wishes = ["", "", "", "", ""];
		const args = [mainFile, includes, "0", "8"];
		const fields = ["(", "7", String(pid), ...limits, "/", "", ...wishes, "4", ...args, ")"];
		const request = fields.map((field) => `${field}\0`).join("");
		const gone = `process ${pid} is no launcher here`;
		// It is looked at when a worker is free, and which supervisor is the one may just have been settled.
		for (const end = Date.now() + 60_000; Date.now() < end && !pool.log().includes(gone); await pause(1000)) {
			ring(pool, `${request}not\0a\0request\0(\0x\0`);
		}
		assert.ok(pool.log().includes(gone), pool.log());
	});
});

describe("the runtime directory", () => {
	test("is refused when others may look into it, or when it is a link", () => {
		const pool = new TestPool();
		try {
			mkdirSync(pool.directory, { mode: 0o755 });
			chmodSync(pool.directory, 0o755);
			const open = pool.command("start");
			assert.equal(open.status, 73);
			assert.match(open.stderr, /mode 755/);
			rmSync(pool.directory, { recursive: true });
			symlinkSync("/tmp", pool.directory);
			assert.match(pool.command("start").stderr, /is no directory/);
		} finally {
			pool.stop();
		}
	});
});

describe("load", () => {
	test(`${LOAD} sessions at once`, async () => {
		const pool = new TestPool({ max_children: 4, queue_timeout: 120 }).start();
		try {
			const lua = pool.launcher({ cpu: 20 });
			const endings = await Promise.all(
				Array.from(
					{ length: LOAD },
					(_, i) => session(lua, message(`return ${i}`, "testquit"), i % 4 === 3).ending,
				),
			);
			for (const [i, { code, output, errors }] of endings.entries()) {
				assert.equal(code, 42, `${i}: ${errors}`);
				assert.match(output, new RegExp(`s:6:"values";a:1:\\{i:1;i:${i};`));
			}
			assert.equal(pool.status().accepted, LOAD);
		} finally {
			pool.stop();
		}
	});

	test("reloads while sessions begin: few workers start at a time, and no session is lost", async () => {
		const pool = new TestPool({ max_children: 16, queue_timeout: 120 }).start();
		try {
			const lua = pool.launcher({ cpu: 20 });
			const begun = Array.from({ length: LOAD }, (_, i) => session(lua, message(`return ${i}`, "testquit")));
			for (let turn = 0; turn < 3; turn++) {
				assert.equal(pool.command("reload").status, 0);
				const { workers } = pool.status();
				const starting = workers.filter(({ state }) => state === "starting").length;
				assert.ok(starting <= Math.max(2, availableParallelism()), `${starting} start`);
			}
			for (const { ending } of begun) {
				const { code, errors } = await ending;
				assert.equal(code, 42, errors);
			}
		} finally {
			pool.stop();
		}
	});

	test("when all workers stay busy, the launcher says so in time", async () => {
		const pool = new TestPool({ max_children: 1, queue_timeout: 1 }).start();
		try {
			const lua = pool.launcher();
			// It is at work until then, since nobody waits for a host that does nothing with all workers it has.
			const busy = "local t = os.clock() while os.clock() < t + 2.5 do end return 1";
			const holder = session(lua, message(busy));
			await until("the only worker is busy", () => pool.status().workers[0]?.state === "busy");
			const refused = await session(lua, message("return 2", "quit")).ending;
			assert.equal(refused.code, 70);
			assert.match(refused.errors, /all 1 workers of the pool were busy for 1 s: raise max_children/);
			holder.endInput();
			assert.equal((await holder.ending).code, 0);
		} finally {
			pool.stop();
		}
	});

	test(`${SOAK} sessions leave nothing behind`, async () => {
		// Workers that are never replaced: nothing may gather in them.
		const pool = new TestPool({ pm: "static", max_children: 2, max_requests: 0 }).start();
		try {
			const lua = pool.launcher({ cpu: 20 });
			const rows = ["sessions  supervisor MB, heap MB  workers MB, heap MB"];
			for (let turn = 0; turn < SOAK; turn++) {
				const { ending } = session(lua, message(WORK.replace("TURN", String(turn)), "quit"), turn % 10 === 9);
				assert.equal((await ending).code, 0);
				if (turn % Math.ceil(SOAK / 20) === 0 || turn === 999) rows.push(memoryRow(turn, pool.status()));
			}
			rows.push(memoryRow(SOAK, pool.status()));
			if (SOAK >= 1000) console.log(rows.join("\n"));
			const { workers, rss } = pool.status();
			assert.ok(rss / 2 ** 20 < 150 && workers.every((worker) => worker.rss / 2 ** 20 < 300));
		} finally {
			pool.stop();
		}
	});
});

/** Nothing is heard when there is no supervisor. */
function ring(pool: TestPool, text: string): void {
	try {
		const fd = openSync(join(pool.directory, "bell"), constants.O_WRONLY | constants.O_NONBLOCK);
		writeSync(fd, text);
		closeSync(fd);
	} catch {
		// Once more, later.
	}
}

function isBusyWith(pool: TestPool, worker: number, launcher: number | undefined): boolean {
	return pool.status().workers.some((one) => one.pid === worker && one.launcher === launcher);
}

/** Text that is new each time, and tables, strings, errors and patterns. */
const WORK =
	"local t = {} for i = 1, 300 do t[i] = 'key ' .. i t[t[i]] = { i } end local n = TURN " +
	"for w in (('word %d '):rep(20)):gmatch('%a+') do n = n + #w end " +
	"pcall(error, { n }) return n, table.concat(t, ','):upper()";

function memoryRow(sessions: number, { rss, heapUsed, workers }: PoolStatus): string {
	const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
	const ofWorkers = workers.map((worker) => `${megabytes(worker.rss)}, ${megabytes(worker.heapUsed)}`);
	return [String(sessions), `${megabytes(rss)}, ${megabytes(heapUsed)}`, ...ofWorkers].join("  ");
}
