// What calls and errors cost under lua5.1 and under bin/lua: `node scripts/measure/calls.mjs [TURNS]`.
// docs/architecture.md has the figures. --program=operations.lua: what single operations cost. --unoptimized: in V8's baseline
// tier, in which most of what a page runs stays.

import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "..", "..");
const { values: options, positionals } = parseArgs({
	options: { program: { type: "string", default: "calls.lua" }, unoptimized: { type: "boolean" } },
	allowPositionals: true,
});
const COMMANDS = {
	"lua5.1": ["lua5.1"],
	ours: options.unoptimized
		? [process.execPath, "--no-opt", join(ROOT, "dist", "lua.cjs")]
		: [join(ROOT, "bin", "lua")],
};
const turns = Number(positionals[0] ?? 5);

function run([command, ...args]) {
	const ended = spawnSync(command, [...args, join(HERE, options.program)], { encoding: "utf8" });
	if (ended.status !== 0) throw new Error(ended.stderr);
	return ended.stdout
		.trimEnd()
		.split("\n")
		.map((line) => line.split("\t"));
}

function median(values) {
	return values.toSorted((a, b) => a - b)[values.length >> 1];
}

const found = new Map();
for (let turn = 0; turn < turns; turn++) {
	for (const [engine, command] of Object.entries(COMMANDS)) {
		for (const [name, time] of run(command)) {
			const times = found.get(name) ?? { "lua5.1": [], ours: [] };
			times[engine].push(Number(time));
			found.set(name, times);
		}
	}
}
console.log(`${"ns, medians".padEnd(36)} lua5.1     ours   ours/lua5.1`);
for (const [name, { "lua5.1": native, ours }] of found) {
	const ratio = median(ours.map((time, turn) => time / native[turn]));
	const figures = [native, ours].map((times) => median(times).toFixed(0).padStart(8)).join(" ");
	console.log(`${name.padEnd(34)}${figures}${ratio.toFixed(2).padStart(13)}`);
}
