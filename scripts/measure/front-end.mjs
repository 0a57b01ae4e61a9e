// How long source text takes to become something that can be called: stock fengari, ours, lua5.1.
// `node scripts/measure/front-end.mjs [FILE...]`, by default the largest library chunks of the
// installed Scribunto. docs/architecture.md has the figures.
//
// "first" is the first load in a fresh process, which is what a page view pays; "warm" is the median
// of many in one process; "first, run" is the first load and one call of the chunk, for chunks that do
// nothing but make a table (ours emits JavaScript only then). The three take turns, so that a noisy
// machine is noisy for all of them.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "../build.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const LIBRARIES = "/usr/share/mediawiki/extensions-core/Scribunto/includes/engines/LuaCommon/lualib";
/** Chunks that need nothing of their surroundings. */
const RUNNABLE = /normalization-data\.lua$/;
const DEFAULT_FILES = [
	"ustring/normalization-data.lua",
	"ustring/charsets.lua",
	"ustring/ustring.lua",
	"mw.lua",
];
const PROCESSES = 11;
const WARM_LOADS = 15;

const ENGINES = {
	async fengari(text, name) {
		const { lauxlib, lua, lualib, to_luastring } = createRequire(import.meta.url)("fengari");
		const L = lauxlib.luaL_newstate();
		lualib.luaL_openlibs(L);
		const bytes = to_luastring(text);
		return (isRun) => {
			const failed =
				lauxlib.luaL_loadbufferx(L, bytes, bytes.length, to_luastring(name), null) !== 0 ||
				(isRun && lua.lua_pcall(L, 0, 1, 0) !== 0);
			if (failed) throw new Error(`fengari does not take ${name}`);
		};
	},
	async ours(text, name) {
		const { hostCall, LuaState, load, openBase } = createRequire(import.meta.url)(process.env.MEASURE_BUNDLE);
		const state = new LuaState();
		openBase(state);
		return (isRun) => {
			const chunk = load(state, text, name);
			if (isRun && !hostCall(state, chunk).ok) throw new Error(`ours does not run ${name}`);
		};
	},
};

/** In lua5.1 the same: milliseconds of the first load and of the others. */
const nativeProgram = (file, isRun) => `
local text = assert(io.open("${file}", "rb")):read("*a")
for _ = 0, ${WARM_LOADS} do
	local start = os.clock()
	local chunk = assert(loadstring(text, "=chunk"))
	if ${isRun} then chunk() end
	print((os.clock() - start) * 1000)
end`;

async function timesOfEngine(engine, file, isRun) {
	const load = await ENGINES[engine](readFileSync(file, "latin1"), "=chunk");
	const times = [];
	for (let i = 0; i <= WARM_LOADS; i++) {
		const start = performance.now();
		load(isRun);
		times.push(performance.now() - start);
	}
	return times;
}

function timesOf(engine, file, isRun) {
	const command =
		engine === "lua5.1"
			? ["lua5.1", "-e", nativeProgram(file, isRun)]
			: [process.execPath, fileURLToPath(import.meta.url), "--one", engine, file, ...(isRun ? ["run"] : [])];
	const ended = spawnSync(command[0], command.slice(1), { encoding: "utf8" });
	if (ended.status !== 0) throw new Error(ended.stderr);
	return ended.stdout.trim().split("\n").map(Number);
}

function median(values) {
	return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** The times of all processes, by engine. */
function inTurns(file, isRun) {
	const found = { fengari: [], ours: [], "lua5.1": [] };
	for (let turn = 0; turn < PROCESSES; turn++) {
		for (const engine of Object.keys(found)) found[engine].push(timesOf(engine, file, isRun));
	}
	return found;
}

function report(file, kind, found, pick) {
	const runs = Object.values(found).map((all) => all.map(pick));
	const ratio = (other) => median(runs[1].map((time, turn) => time / runs[other][turn])).toFixed(2);
	const name = `${basename(file)} (${Math.round(readFileSync(file).length / 1000)} kB), ${kind}`;
	const figures = runs.map((times) => median(times).toFixed(1).padStart(8)).join("");
	console.log(`${name.padEnd(42)}${figures}${ratio(0).padStart(13)}${ratio(2).padStart(13)}`);
}

async function compare(files) {
	const folder = mkdtempSync(join(ROOT, "dist", "measure-"));
	process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
	process.env.MEASURE_BUNDLE = join(folder, "api.cjs");
	await build({
		...bundleOptions(),
		stdin: {
			contents: 'export * from "./engine/api.ts"; export { openBase } from "./stdlib/base.ts";',
			resolveDir: join(ROOT, "src"),
		},
		outfile: process.env.MEASURE_BUNDLE,
	});
	console.log(`${"ms, medians".padEnd(42)} fengari    ours  lua5.1 ours/fengari  ours/lua5.1`);
	for (const file of files) {
		const loads = inTurns(file, false);
		report(file, "first", loads, (times) => times[0]);
		report(file, "warm", loads, (times) => median(times.slice(1)));
		if (RUNNABLE.test(file)) report(file, "first, run", inTurns(file, true), (times) => times[0]);
	}
}

if (process.argv[2] === "--one") {
	const times = await timesOfEngine(process.argv[3], process.argv[4], process.argv[5] === "run");
	console.log(times.join("\n"));
} else {
	const given = process.argv.slice(2);
	await compare(given.length > 0 ? given : DEFAULT_FILES.map((name) => join(LIBRARIES, name)));
}
