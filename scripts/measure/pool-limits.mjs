// How exactly the pool keeps Scribunto's limits: `node scripts/measure/pool-limits.mjs [TURNS [PART...]]`
// (10 times all parts by default; needs a build, PHP and ps). docs/deploy/README.md has the figures.
//
//   CPU      CPU time of a worker that never ends by itself when SIGXCPU ends its session, limit 1 s
//   signals  from the signal to the launcher, or the death of its host, to the death of the busy worker
//   status   what getStatus tells, over what ps tells of the same process
//   memory   elements of each kind of content (spec/support/memory-contents.ts) at which the error comes, under 51200 kB:
//            native's, ours, their ratio, and CPU seconds of both; one turn only (needs lua5.1)
//   direct   the same in a process of its own for each session, under 1300000 kB and under 2 GB: elements and CPU
//            seconds, each twice in one session; only when asked for

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "../build.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const TURNS = Number(process.argv[2] ?? 10);
process.env.SF_ROOT = ROOT;

/** None of these ends. */
const BUSY = {
	"empty loop": "while true do end",
	"protected calls": "while true do pcall(string.rep, 'x', 1e5) end",
	"a pattern that backtracks": "local s = ('a'):rep(3e5) while true do s:find(('a*'):rep(30) .. 'b') end",
	"string.rep": "while true do local s = ('x'):rep(1e6) end",
	"string.gsub": "local s = ('ab'):rep(1e5) while true do s:gsub('a(b)', '%1') end",
	"table.sort":
		"local t = {} for i = 1, 1e5 do t[i] = i end while true do table.sort(t, function(a, b) return a > b end) end",
	"table.concat": "local t = {} for i = 1, 1e5 do t[i] = 'x' end while true do table.concat(t) end",
	"table.insert":
		"local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end",
	garbage: "while true do local t = {} for i = 1, 1000 do t[i] = { i } end end",
};
/** Scribunto's default, in kB. */
const MEMORY = 51_200;
/** The least that bin/lua takes, and 2 GB. */
const DIRECT_MEMORY = [1_300_000, 2_097_152];
/** SIGPIPE is not among them: what PHP starts ignores it, as PHP does. */
const SIGNALS = ["SIGTERM", "SIGKILL", "SIGXCPU"];
const HOST = `
	$pipes = [];
	$process = proc_open([$argv[1], $argv[2], $argv[3], "0", "8"],
		[["pipe", "r"], ["pipe", "w"], ["file", "/dev/null", "a"]], $pipes);
	fwrite($pipes[0], $argv[4]);
	echo proc_get_status($process)["pid"], "\\n";
	sleep(60);`;

const folder = join(ROOT, "dist", `measure-${process.pid}`);
mkdirSync(folder, { recursive: true });
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const { TestPool, isAlive, pause, message, mainFile, includes, CONTENTS, fill, fillNative } =
	await bundledSupport();
const pool = new TestPool({ max_children: 4 }).start();
try {
	const parts = { CPU: measureCpu, signals: measureSignals, status: measureStatus, memory: measureMemory };
	const wanted = process.argv.slice(3);
	for (const [name, measure] of Object.entries(parts)) {
		if (wanted.length === 0 || wanted.includes(name)) await measure();
	}
	if (wanted.includes("direct")) for (const memory of DIRECT_MEMORY) await measureDirect(memory);
} finally {
	pool.stop();
}

async function bundledSupport() {
	const outfile = join(folder, "support.cjs");
	const lines = ["pool", "pool-session", "memory-contents"].map(
		(name) => `export * from "./spec/support/${name}.ts";`,
	);
	const stdin = { contents: lines.join("\n"), resolveDir: ROOT, loader: "ts" };
	await build({
		...bundleOptions(),
		entryPoints: undefined,
		stdin,
		outfile,
		bundle: true,
		write: true,
		format: "cjs",
		platform: "node",
	});
	return (await import(pathToFileURL(outfile).href)).default;
}

async function measureCpu() {
	for (const [name, text] of Object.entries(BUSY)) {
		const seconds = [];
		for (let turn = 0; turn < TURNS; turn++) {
			const host = pool.host({ cpu: 1 });
			try {
				host.call(host.loadString(text, "=busy"));
			} catch {
				// The peer has gone.
			}
			const { signal } = await host.close();
			if (signal !== "SIGXCPU") throw new Error(`${name} ended by ${signal}`);
			seconds.push(Number(/.* ([\d.]+) s of CPU time/s.exec(pool.log())[1]));
		}
		show(`CPU, ${name}`, seconds, "s");
	}
}

async function measureSignals() {
	const lua = pool.launcher({ cpu: 60 });
	const busy = message("while true do end");
	for (const signal of [...SIGNALS, "host killed"]) {
		const milliseconds = [];
		for (let turn = 0; turn < TURNS; turn++) {
			const host = spawn("php", ["-r", HOST, "--", lua, mainFile, includes, busy]);
			const launcher = Number(await new Promise((resolve) => host.stdout.once("data", resolve)));
			let worker;
			for (; worker === undefined; await pause(50 + 50 * Math.random())) {
				worker = pool.status().workers.find((one) => one.launcher === launcher);
			}
			// A host that ends before its answer has been written ends the session that way.
			await pause(300);
			const start = performance.now();
			if (signal === "host killed") host.kill("SIGKILL");
			else process.kill(launcher, signal);
			while (isAlive(worker.pid) || isAlive(launcher)) await pause(2);
			milliseconds.push(performance.now() - start);
			host.kill("SIGKILL");
		}
		show(`signals, ${signal}`, milliseconds, "ms");
	}
}

async function measureStatus() {
	const ratios = { vsize: [], rss: [], time: [] };
	for (let turn = 0; turn < TURNS; turn++) {
		const host = pool.host({ cpu: 20 });
		const { pid } = host.getStatus();
		const before = pool.status().workers.find((one) => one.pid === pid).cpu;
		const text = "local t = os.clock() keep = {} while os.clock() < t + 0.5 do keep[#keep + 1] = #keep end";
		host.call(host.loadString(text, "=x"));
		const { vsize, rss, time } = host.getStatus();
		const after = pool.status().workers.find((one) => one.pid === pid).cpu;
		const ps = spawnSync("ps", ["-o", "vsz=,rss=", "-p", String(pid)], { encoding: "utf8" });
		const [vsz, resident] = ps.stdout.trim().split(/\s+/).map(Number);
		ratios.vsize.push(vsize / vsz / 1024);
		ratios.rss.push(rss / resident / 1024);
		ratios.time.push(time / 100 / (after - before));
		await host.quit();
	}
	for (const [name, list] of Object.entries(ratios)) show(`status, ${name}`, list, "");
}

async function measureMemory() {
	const ratios = [];
	for (const [name, content] of Object.entries(CONTENTS)) {
		const native = fillNative(content, folder, MEMORY);
		const host = pool.host({ cpu: 60, memory: MEMORY });
		const ours = fill(content, host);
		await host.close();
		const ratio = ours.count / native.count;
		ratios.push(ratio);
		const figures = [native.count, ours.count, ratio.toFixed(2)].join(" | ");
		console.log(`| ${name} | ${figures} | ${native.seconds.toFixed(1)} | ${ours.seconds.toFixed(1)} |`);
	}
	const near = ratios.filter((ratio) => ratio > 0.75 && ratio < 1.25).length;
	console.log(`${near} of ${ratios.length} within a quarter`);
}

async function measureDirect(memory) {
	let failures = 0;
	for (const [name, content] of Object.entries(CONTENTS)) {
		const host = pool.host({ memory, env: { SCRIBUNTO_LUA_MODE: "direct" } });
		const figures = [];
		try {
			for (let turn = 0; turn < 2; turn++) {
				const { count, seconds } = fill(content, host);
				figures.push(count, seconds.toFixed(1));
			}
		} catch (error) {
			failures++;
			figures.push(error.message);
		}
		const { code, signal } = await host.close();
		console.log(`| ${name} | ${figures.join(" | ")} | ${signal ?? code} |`);
	}
	console.log(`${failures} of ${Object.keys(CONTENTS).length} failed with ${memory} kB`);
}

function show(name, list, unit) {
	const sorted = [...list].sort((one, other) => one - other);
	const [least, middle, most] = [0, sorted.length >> 1, sorted.length - 1].map((i) =>
		sorted[i].toPrecision(3),
	);
	console.log(`${name}: ${least} to ${most} ${unit}, median ${middle}, ${list.length} times`);
}
