// What surrounds a session: the disk that the runtime directory is on, the ways to that directory, pids
// that have become other processes', and hosts that die, stop, or open more sessions than there are workers.

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fill, mountSmallDisk, unmount, whyNoMounts, withMounts } from "../support/mounts.ts";
import { isAlive, pause, TestPool, until } from "../support/pool.ts";
import { assertServes, frame, includes, mainFile, message, session } from "../support/pool-session.ts";
import { whyMissing } from "../support/tools.ts";

// -- The disk ---------------------------------------------------------------------------------

const disk = mountSmallDisk();
describe("a full disk", { skip: disk === undefined && "no right to mount a small disk" }, () => {
	const pool = new TestPool({ max_children: 2 }, { directory: join(disk ?? "", "run") });
	after(() => {
		pool.stop();
		unmount(disk!);
	});

	test("stops neither launchers, nor supervisor, nor the one that follows it", async () => {
		pool.start();
		const lua = pool.launcher({ cpu: 20 });
		await assertServes(pool, lua);
		fill(disk!);
		assert.throws(() => writeFileSync(join(disk!, "more"), "text"), /ENOSPC/);
		for (let turn = 0; turn < 5; turn++) {
			const { code, errors } = await session(lua, message("return 1", "testquit"), turn === 3).ending;
			// Relayed bytes need files of their own, which have no contents.
			assert.equal(code, 42, errors);
		}
		process.kill(pool.status().pid, "SIGKILL");
		await pause(300);
		await assertServes(pool, lua);
		assert.equal(pool.command("reload").status, 0);
		await assertServes(pool, lua);
	});
});

// -- The runtime directory ----------------------------------------------------------------------

describe("the way to the runtime directory", () => {
	test("may lead over a link, and be relative", async () => {
		const pool = new TestPool({ max_children: 1 });
		try {
			mkdirSync(join(pool.folder, "real"));
			symlinkSync("real", join(pool.folder, "link"));
			const env = { ...pool.env, SCRIBUNTO_LUA_RUNTIME_DIR: join(pool.folder, "link", "run") };
			pool.env["SCRIBUNTO_LUA_RUNTIME_DIR"] = join("link", "run");
			const started = pool.command("start");
			assert.equal(started.status, 0, started.stderr);
			const lua = pool.launcher({ env: { SCRIBUNTO_LUA_RUNTIME_DIR: env.SCRIBUNTO_LUA_RUNTIME_DIR } });
			const { code, errors } = await session(lua, message("return 1", "testquit")).ending;
			assert.equal(code, 42, errors);
		} finally {
			pool.stop();
		}
	});

	test("is refused when it is too long for a socket", () => {
		const pool = new TestPool();
		try {
			pool.env["SCRIBUNTO_LUA_RUNTIME_DIR"] = join(pool.folder, "x".repeat(100));
			const started = pool.command("start");
			assert.equal(started.status, 73);
			assert.match(started.stderr, /too long/);
		} finally {
			pool.stop();
		}
	});
});

test("a pool that has just ended, with the slots, is said to have", () => {
	const pool = new TestPool();
	try {
		mkdirSync(pool.directory, { mode: 0o700 });
		writeFileSync(join(pool.directory, "pool"), `${process.pid} 4\n`);
		const { status, stderr } = spawnSync(pool.launcher(), [mainFile, includes, "0", "8"], {
			encoding: "utf8",
		});
		assert.equal(status, 70);
		assert.equal(stderr, `lua: the pool in ${pool.directory} has just ended: start it again\n`);
	} finally {
		pool.stop();
	}
});

test("no pool: the launcher names the places where it looked, each once", () => {
	const pool = new TestPool();
	try {
		const launch = (env: Readonly<Record<string, string>>) => {
			const limited = 'ulimit -v 51200; exec "$0" "$@"';
			const args = ["-c", limited, join(pool.root, "bin", "lua"), mainFile, includes, "0", "8"];
			return spawnSync("/bin/sh", args, {
				encoding: "utf8",
				input: "",
				env: { PATH: "/usr/bin:/bin", ...env },
			});
		};
		const own = `scribunto-lua-${process.getuid?.()}`;
		const { folder } = pool;
		const inFolder = launch({ XDG_RUNTIME_DIR: folder, TMPDIR: folder, SCRIBUNTO_LUA_MODE: "pool" });
		assert.equal(inFolder.status, 70);
		assert.equal(
			inFolder.stderr,
			"lua: no pool of this user is running: start it with bin/lua-pool start (looked for one in " +
				`/run/scribunto-lua, ${folder}/scribunto-lua, ${folder}/${own}, /tmp/${own})\n`,
		);
		assert.match(
			launch({ XDG_RUNTIME_DIR: folder }).stderr,
			new RegExp(
				`bin/lua-pool start \\(looked for one in /run/scribunto-lua, ${folder}/scribunto-lua, /tmp/${own}\\)\n$`,
			),
		);
		assert.match(
			launch({ SCRIBUNTO_LUA_RUNTIME_DIR: folder }).stderr,
			new RegExp(`bin/lua-pool start \\(looked for one in ${folder}\\)\n$`),
		);
	} finally {
		pool.stop();
	}
});

test("closed standard streams: no session without input or output, and why is said; one without errors works", () => {
	const pool = new TestPool({ max_children: 1 }).start();
	try {
		for (const shell of ["/bin/sh", "/bin/bash", "/bin/busybox ash"].filter((one) =>
			existsSync(one.split(" ")[0]!),
		)) {
			const lua = pool.launcher({ shell });
			const launch = (closing: string) =>
				spawnSync("/bin/sh", ["-c", `exec "$0" "$@" ${closing}`, lua, mainFile, includes, "0", "8"], {
					encoding: "utf8",
					input: message("return 1", "testquit"),
				});
			for (const closing of ["<&-", ">&-", "<&- >&-"]) {
				const { status, stderr } = launch(closing);
				const said = "lua: standard input or standard output is closed: there is no host to speak with\n";
				assert.deepEqual({ status, stderr }, { status: 1, stderr: said }, `${shell} ${closing}`);
			}
			assert.equal(launch("2>&-").status, 42, shell);
			assert.equal(launch("<&- 2>&-").status, 1, shell);
		}
	} finally {
		pool.stop();
	}
});

test("where there is no /proc no pool starts, and why is said", { skip: whyNoMounts() }, () => {
	const pool = new TestPool();
	try {
		const { env } = pool;
		const { status, stderr } = withMounts("mount -t tmpfs tmpfs /proc", [pool.program, "start"], { env });
		assert.equal(status, 73);
		assert.match(stderr, /^lua-pool: there is no \/proc, which a pool on Linux needs: mount it .*\n$/);
		assert.ok(!existsSync(pool.directory));
	} finally {
		pool.stop();
	}
});

describe("two supervisors", () => {
	test("the one whose lock was taken away gives way", async () => {
		const pool = new TestPool({ max_children: 1 }).start();
		try {
			const { pid } = pool.status();
			// In the moment between a removal and its repair another one starts.
			renameSync(join(pool.directory, "lock"), join(pool.directory, "lock.old"));
			const { env, folder } = pool;
			const other = spawn(pool.program, ["run"], { env, cwd: folder, stdio: "ignore" });
			await until("one of them ends", () => !isAlive(pid) || other.exitCode !== null);
			await assertServes(pool, pool.launcher({ cpu: 10 }));
			const survivors = [isAlive(pid), other.exitCode === null].filter(Boolean);
			assert.equal(survivors.length, 1);
		} finally {
			pool.stop();
		}
	});
});

// -- Pids -------------------------------------------------------------------------------------

describe("a lock", () => {
	const pool = new TestPool({ max_children: 1 });
	const lock = (slot: number) => join(pool.directory, "slots", `${slot}.lock`);
	before(() => {
		pool.start();
	});
	after(() => pool.stop());

	test("of a launcher that has ended, of another process, or of nobody is removed", async () => {
		const ended = spawnSync("true").pid;
		writeFileSync(lock(3), `${ended}\n`);
		writeFileSync(lock(4), `${process.pid}\n`);
		writeFileSync(lock(5), "");
		await until("the dead launcher's is gone", () => !existsSync(lock(3)));
		assert.ok(existsSync(lock(4)) && existsSync(lock(5)));
		await until("the others are gone", () => !existsSync(lock(4)) && !existsSync(lock(5)));
		await assertServes(pool, pool.launcher({ cpu: 10 }));
	});
});

// -- Hosts ------------------------------------------------------------------------------------

/** Starts the launcher as Scribunto does, sends bytes, tells the launcher's pid, and sits there. */
const HOST = `
	$pipes = [];
	$process = proc_open([$argv[1], $argv[2], $argv[3], "0", "8"],
		[["pipe", "r"], ["pipe", "w"], ["file", "/dev/null", "a"]], $pipes);
	fwrite($pipes[0], $argv[4]);
	echo proc_get_status($process)["pid"], "\\n";
	sleep(60);`;

describe("PHP", { skip: whyMissing("php") }, () => {
	const pool = new TestPool({ max_children: 2 });
	let lua = "";
	before(() => {
		pool.start();
		lua = pool.launcher({ cpu: 60 });
	});
	after(() => pool.stop());

	const half = message("return 1").slice(0, -20);
	const busy = message("while true do end");
	const workerOf = (launcher: number) => pool.status().workers.find((worker) => worker.launcher === launcher);

	async function startHost(bytes: string): Promise<{ php: ChildProcess; launcher: number }> {
		const php = spawn("php", ["-r", HOST, "--", lua, mainFile, includes, bytes]);
		const text = await new Promise((resolve) => php.stdout.once("data", resolve));
		const launcher = Number(text);
		await until("it has a worker", () => workerOf(launcher) !== undefined);
		return { php, launcher };
	}

	for (const [where, bytes] of Object.entries({
		"in the middle of a message": half,
		"while Lua runs": busy,
	})) {
		test(`that dies ${where} leaves neither launcher nor work`, async () => {
			const { php, launcher } = await startHost(bytes);
			php.kill("SIGKILL");
			await until("the launcher has ended", () => !isAlive(launcher));
			await until("nobody works for it", () => workerOf(launcher) === undefined);
			await assertServes(pool, lua);
		});
	}

	test("that stops in the middle of a message keeps its session, and nobody else's", async () => {
		const { php, launcher } = await startHost(half);
		php.kill("SIGSTOP");
		await assertServes(pool, lua);
		await assertServes(pool, lua);
		assert.ok(workerOf(launcher) !== undefined && isAlive(launcher));
		php.kill("SIGKILL");
		await until("the launcher has ended", () => !isAlive(launcher));
		await until("nobody works for it", () => workerOf(launcher) === undefined);
	});
});

describe("a host with more sessions than there are workers", () => {
	test("is told so, before all patience is at its end", async () => {
		const pool = new TestPool({ max_children: 2, queue_timeout: 60 }).start();
		try {
			const lua = pool.launcher({ cpu: 20 });
			const open = [session(lua, frame('{["op"]="getStatus"}')), session(lua, message("return 1"))];
			await until("both run", () => pool.status().workers.filter((one) => one.state === "busy").length === 2);
			const { code, errors } = await session(lua, message("return 1", "quit")).ending;
			assert.equal(code, 70);
			assert.match(errors, /process \d+ holds all 2 workers of the pool.*raise max_children/);
			for (const { endInput } of open) endInput();
			for (const { ending } of open) assert.equal((await ending).code, 0);
			await assertServes(pool, lua);
		} finally {
			pool.stop();
		}
	});
});

test("a tree in a folder with umlauts and spaces", async () => {
	const pool = new TestPool({ max_children: 1 }).start();
	try {
		const folder = join(pool.folder, "Größe 'x' \"y\"");
		execFileSync("cp", ["-r", includes, folder]);
		const main = mainFile.replace(includes, folder);
		const failing = `${frame('{["op"]="loadString",["text"]="return 1",["chunkName"]="=x"}')}zzzz`;
		const answers: string[] = [];
		for (const lua of [pool.launcher({ cpu: 20 }), pool.launcher({ memory: 4_000_000 })]) {
			const started = spawnSync(lua, [main, folder, "0", "8"], { input: failing });
			assert.match(started.stdout.toString("latin1"), /s:6:"return"/, started.stderr.toString());
			answers.push(started.stdout.toString("latin1"));
		}
		assert.equal(answers[0], answers[1]);
	} finally {
		pool.stop();
	}
});
