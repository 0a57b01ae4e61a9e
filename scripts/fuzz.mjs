// Random Lua programs under lua5.1 and under ours: `node scripts/fuzz.mjs [programs] [seed]`.
// Every difference is made smaller and printed; the same seed gives the same programs.

import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { inOwnGroup } from "./own-group.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BATCH = 250;
const MOST_SHOWN = 12;

const count = Number(process.argv[2] ?? 10_000);
const firstSeed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e9));
const { folder, isAbandoned } = await inOwnGroup();
process.env.SF_ROOT = ROOT;
const bundle = join(folder, "random-programs.mjs");
await build({
	entryPoints: [join(ROOT, "spec", "support", "random-programs.ts")],
	outfile: bundle,
	bundle: true,
	platform: "node",
	format: "esm",
	target: "node20",
	logLevel: "warning",
});
const { differenceKind, findDifferences, sampleChoices, shrink } = await import(pathToFileURL(bundle).href);

let ran = 0;
let different = 0;
const shown = new Set();
for (let seed = firstSeed; ran < count && !isAbandoned(); seed++) {
	const choices = sampleChoices(Math.min(BATCH, count - ran), seed);
	const differences = findDifferences(choices);
	ran += choices.length;
	different += differences.length;
	for (const difference of differences) {
		if (shown.size >= MOST_SHOWN) break;
		const key = differenceKind(difference);
		if (shown.has(key)) continue;
		shown.add(key);
		const small = shrink(difference);
		console.log(
			`\n--- seed ${seed}${small.plain ? ", global environment" : ""}, ${small.way}\n${small.source}`,
		);
		console.log(`native:\n${small.native}ours:\n${small.ours}`);
	}
	if ((seed - firstSeed) % 8 === 7 || ran >= count)
		console.log(`${ran} programs, ${different} differ (seed ${seed})`);
	if (shown.size >= MOST_SHOWN) break;
}

process.exitCode = different > 0 ? 1 : 0;
