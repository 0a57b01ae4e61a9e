// Scribunto's limits in the pool: what ends of a session PHP sees, and how soon.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { LuaCallError } from "../../src/host/host.ts";
import { installedTree, ownTree } from "../../src/host/tree.ts";
import { encodeHeader } from "../../src/wire/frame.ts";
import { CONTENTS, fill, fillNative } from "../support/memory-contents.ts";
import { isAlive, pause, TestPool, until } from "../support/pool.ts";
import { fromRoot, ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const pool = new TestPool({ max_children: 6 });
before(() => {
	pool.start();
});
after(() => pool.stop());

const SHELLS = ["/bin/dash", "/bin/bash", "/bin/busybox ash"];
const frame = (body: string): string => encodeHeader(body.length) + body;
const { mainFile, includes } = installedTree() ?? ownTree(ROOT);

function statusOf(lua: string, op: string) {
	return spawnSync(lua, [mainFile, includes, "0", "8"], {
		input: frame(`{["op"]="${op}"}`),
		timeout: 20_000,
	});
}

describe("the end of a session", () => {
	for (const shell of SHELLS) {
		const skip = spawnSync("/bin/sh", ["-c", `${shell} -c :`]).status !== 0 ? `no ${shell}` : false;
		test(`under ${shell} with 19531 kB: quit and testquit`, { skip }, async () => {
			const options = { shell, memory: 19_531, cpu: 7 };
			assert.deepEqual(await pool.host(options).quit(), { code: 0, signal: null });
			const ended = statusOf(pool.launcher(options), "testquit");
			assert.equal(ended.status, 42, ended.stderr.toString());
		});
	}
	test("with bytes relayed through pipes", () => {
		// Sockets cannot be opened by /proc, and these are.
		assert.equal(statusOf(pool.launcher(), "testquit").status, 42);
		assert.match(pool.log(), /bytes are relayed/);
	});
	test("without a pool: at once, with both cures", () => {
		const lua = pool.launcher({ env: { SCRIBUNTO_LUA_RUNTIME_DIR: "/nonexistent" } });
		const ended = statusOf(lua, "quit");
		assert.equal(ended.status, 70);
		assert.match(ended.stderr.toString(), /raise .*memoryLimit[\s\S]*bin\/lua-pool start/);
	});
	test("SCRIBUNTO_LUA_MODE", () => {
		const direct = statusOf(pool.launcher({ env: { SCRIBUNTO_LUA_MODE: "direct" } }), "quit");
		assert.equal(direct.status, 70);
		const other = statusOf(pool.launcher({ env: { SCRIBUNTO_LUA_MODE: "both" } }), "quit");
		assert.match(other.stderr.toString(), /direct, pool or auto/);
		const env = { ...pool.env, SCRIBUNTO_LUA_MODE: "pool" };
		const forced = spawnSync(fromRoot("bin", "lua"), [mainFile, includes, "0", "8"], {
			env,
			input: frame('{["op"]="testquit"}'),
		});
		assert.equal(forced.status, 42, forced.stderr.toString());
	});
});

describe("CPU time", () => {
	const programs: Readonly<Record<string, string>> = {
		loop: "while true do end",
		"protected calls": "while true do pcall(string.rep, 'x', 1e5) end",
		pattern: "local s = ('a'):rep(3e5) while true do s:find(('a*'):rep(30) .. 'b') end",
		sort: "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
		concat: "local t = {} for i = 1, 1e4 do t[i] = 'x' end while true do table.concat(t) end",
	};
	for (const [name, text] of Object.entries(programs)) {
		test(`SIGXCPU ends a ${name}`, async () => {
			const host = pool.host({ cpu: 1 });
			const f = host.loadString(text, "=busy");
			assert.throws(() => host.call(f));
			assert.deepEqual(await host.close(), { code: null, signal: "SIGXCPU" });
			const seconds = Number(/.* ([\d.]+) s of CPU time/s.exec(pool.log())?.[1]);
			// Not before its time, and before native's hard limit, a second later. (scripts/measure/pool-limits.mjs
			// tells how soon: that is the machine's affair, too.)
			assert.ok(seconds >= 1 && seconds < 2, `${seconds} s`);
		});
	}
	test("counts from the start of the session", async () => {
		for (let turn = 0; turn < 4; turn++) {
			const host = pool.host({ cpu: 1 });
			const busy = "local t = os.clock() assert(t < 0.5, t) while os.clock() < t + 0.4 do end";
			host.call(host.loadString(busy, "=busy"));
			const { time } = host.getStatus()!;
			assert.ok(time >= 38 && time < 100, `${time} ticks`);
			assert.deepEqual(await host.quit(), { code: 0, signal: null });
		}
	});
});

describe("memory", () => {
	const exhausting: Readonly<Record<string, string>> = {
		"Scribunto's test": "local t = {} for i = 1, 10 do t[i] = string.rep('x' .. i, 1000000) end",
		tables: "local t = {} while true do t[#t + 1] = {} end",
		numbers: "local t = {} local n = 0 while true do n = n + 1 t[n] = n end",
		strings: "local t = {} local n = 0 while true do n = n + 1 t[n] = 'text ' .. n end",
		"long strings": "local t, s, n = {}, ('x'):rep(1e5), 0 while true do n = n + 1 t[n] = s .. n end",
		doubling: "local s = 'x' while true do s = s .. s end",
		keys: "local t, n = {}, 0 while true do n = n + 1 t['k' .. n] = n end",
		closures:
			"local t, n = {}, 0 while true do n = n + 1 local m = n t[n] = function() m = m + 1 return m end end",
	};
	for (const [name, text] of Object.entries(exhausting)) {
		test(`${name}: an error, and the session goes on`, async () => {
			const host = pool.host({ memory: 19_531, cpu: 60 });
			const f = host.loadString(text, "=m");
			for (let turn = 0; turn < 2; turn++) {
				assert.throws(
					() => host.call(f),
					(error) =>
						error instanceof LuaCallError && error.value === "not enough memory" && error.trace === undefined,
				);
			}
			const caught = host.loadString(`return pcall(function() ${text} end)`, "=m");
			assert.deepEqual(host.call(caught), [false, "not enough memory"]);
			assert.deepEqual(host.call(host.loadString("return 1", "=m")), [1]);
			assert.deepEqual(await host.quit(), { code: 0, signal: null });
		});
	}
	// scripts/measure/pool-limits.mjs tells of many more.
	const contents = ["array of integers", "number keys with gaps", "strings of 100 kB", "concatenation, kept"];
	contents.push("records of 3", "objects with a class", "dictionaries of 100", "closures with a counter");
	for (const name of contents) {
		test(`${name}: as many as native has room for, within a quarter`, {
			skip: whyMissing("lua5.1"),
		}, async () => {
			const content = CONTENTS[name]!;
			const native = fillNative(content, pool.folder, 51_200).count;
			const host = pool.host({ memory: 51_200, cpu: 60 });
			const ours = fill(content, host).count;
			assert.ok(Math.abs(ours - native) < native / 4, `ours ${ours}, native ${native}`);
			assert.deepEqual(await host.quit(), { code: 0, signal: null });
		});
	}
	test("without a limit there is the worker's", async () => {
		const small = new TestPool({ max_children: 1, memory_cap: 800 }).start();
		try {
			const host = small.host({ memory: "unlimited", cpu: 60, env: { SCRIBUNTO_LUA_MODE: "pool" } });
			assert.ok(fill(CONTENTS["a chain"]!, host).count > 500_000);
			assert.deepEqual(await host.quit(), { code: 0, signal: null });
		} finally {
			small.stop();
		}
	});
});

describe("signals", () => {
	for (const signal of ["SIGTERM", "SIGKILL", "SIGPIPE", "SIGXCPU"] as const) {
		test(`${signal} ends launcher and work`, async () => {
			const child = spawn(pool.launcher(), [mainFile, includes, "0", "8"], {
				stdio: ["pipe", "pipe", "ignore"],
			});
			const body = '{["op"]="loadString",["text"]="while true do end",["chunkName"]="=x"}';
			child.stdin.on("error", () => undefined);
			child.stdin.write(frame(body) + frame('{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}'));
			const workerOf = () => pool.status().workers.find(({ launcher }) => launcher === child.pid);
			await until("a worker has the session", () => workerOf() !== undefined);
			const worker = workerOf()!;
			await pause(300);
			const ended = new Promise((resolve) => child.once("exit", (_, how) => resolve(how)));
			child.kill(signal);
			assert.equal(await ended, signal);
			// scripts/measure/pool-limits.mjs tells how soon.
			await until("the worker has ended", () => !isAlive(worker.pid));
		});
	}
	test("the host's end ends the session", async () => {
		const child = spawn(pool.launcher(), [mainFile, includes, "0", "8"], {
			stdio: ["pipe", "pipe", "ignore"],
		});
		const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
		child.stdin.end(frame('{["op"]="getStatus"}').slice(0, -3));
		assert.equal(await ended, 1);
	});
});

test("getStatus tells of the process that runs the session", async () => {
	const host = pool.host();
	const status = host.getStatus()!;
	const worker = pool.status().workers.find(({ pid }) => pid === status.pid);
	assert.equal(worker?.state, "busy");
	const ps = spawnSync("ps", ["-o", "vsz=", "-p", String(status.pid)], { encoding: "utf8" });
	const vsz = Number(ps.stdout) * 1024;
	assert.ok(Math.abs(status.vsize - vsz) < vsz / 10, `vsize ${status.vsize}, ps ${vsz}`);
	await host.quit();
});
