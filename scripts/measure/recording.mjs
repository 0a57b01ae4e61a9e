// What recording costs a session: `node scripts/measure/recording.mjs RECORDING...` plays each recording
// against bin/lua, in turns without a recording, with one, and with a mask that is looked for everywhere.
// docs/recording.md has the figures: medians of the ratios of each round.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const ROUNDS = 11;
const PATTERN = "password=\\w+|token=\\w+";

const folder = mkdtempSync(join(tmpdir(), "recording-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const SETTINGS = {
	off: {},
	on: { SCRIBUNTO_LUA_RECORD: join(folder, "on") },
	masked: { SCRIBUNTO_LUA_RECORD: join(folder, "masked"), SCRIBUNTO_LUA_RECORD_MASK: PATTERN },
};

const bundle = join(folder, "replay.cjs");
const modules = [
	"src/replay/peer-process.ts",
	"src/replay/player.ts",
	"src/replay/transcript.ts",
	"scripts/bench/resident.ts",
	"scripts/bench/statistics.ts",
];
await build({
	stdin: {
		contents: modules.map((path) => `export * from "./${path}";`).join("\n"),
		resolveDir: ROOT,
		loader: "ts",
	},
	outfile: bundle,
	bundle: true,
	platform: "node",
	format: "cjs",
	logLevel: "warning",
});
const { PeerProcess, play, decodeTranscript, cpuSeconds, median } = createRequire(import.meta.url)(bundle);

console.log(
	"recording                                messages  bytes     off cpu/wall ms  on/off     masked/off",
);
for (const file of process.argv.slice(2)) {
	const { header, entries } = decodeTranscript(readFileSync(file));
	const costs = { off: [], on: [], masked: [] };
	for (let round = 0; round < ROUNDS; round++) {
		for (const [name, variables] of Object.entries(SETTINGS))
			costs[name].push(await cost(header, entries, variables));
		for (const name of ["on", "masked"]) rmSync(join(folder, name), { recursive: true });
	}
	const milliseconds = (field) => (median(costs.off.map((off) => off[field])) * 1000).toFixed(0);
	const ratio = (name, field) =>
		median(costs[name].map((with_, round) => with_[field] / costs.off[round][field])).toFixed(3);
	const bytes = entries.reduce((sum, { body }) => sum + body.length, 0);
	const columns = [
		basename(file).padEnd(40),
		String(entries.length).padEnd(9),
		String(bytes).padEnd(9),
		`${milliseconds("cpu")} / ${milliseconds("wall")}`.padEnd(16),
		...["on", "masked"].map((name) => `${ratio(name, "cpu")}/${ratio(name, "wall")}`),
	];
	console.log(columns.join(" "));
}

async function cost({ mainFile, includes, interpreterId, intSize }, entries, variables) {
	const env = { ...process.env, ...variables };
	const peer = new PeerProcess({
		lua: join(ROOT, "bin", "lua"),
		mainFile,
		includes,
		interpreterId,
		intSize,
		env,
	});
	const { waits } = play(
		entries.filter(({ body }) => !body.includes('["op"]="quit"')),
		peer,
	);
	const spent = { cpu: cpuSeconds(peer.pid), wall: waits.reduce((sum, wait) => sum + wait, 0) / 1e6 };
	await peer.terminate();
	return spent;
}
