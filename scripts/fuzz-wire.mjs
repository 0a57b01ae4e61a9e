// Random bytes for the front end and for the wire: `node scripts/fuzz-wire.mjs [inputs] [seed]`. Chunks are compared with
// lua5.1, text by text; whatever is no meant refusal ends the run with the seed and the input.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./build.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BATCH = 2000;

const count = Number(process.argv[2] ?? 100_000);
let seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e9));
mkdirSync(join(ROOT, "dist"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "dist", "fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, "inputs.cjs");
await build({
	...bundleOptions(),
	entryPoints: [join(ROOT, "spec", "support", "fuzz-inputs.ts")],
	outfile,
	logLevel: "warning",
});
const fuzz = createRequire(import.meta.url)(outfile);

let done = 0;
for (; done < count; seed++) {
	const texts = fuzz.sample(fuzz.chunkText, BATCH, seed);
	const expected = fuzz.compiledNatively(texts);
	texts.forEach((text, index) => {
		const message = tried(text, () => fuzz.compiled(text));
		if (message !== expected[index]) fail(text, `native: ${expected[index]}\nours: ${message}`);
	});
	for (const text of fuzz.sample(fuzz.expressionText, BATCH, seed))
		tried(text, () => fuzz.readExpression(text));
	for (const pieces of fuzz.sample(fuzz.stream, BATCH, seed)) tried(pieces, () => fuzz.takeFrames(pieces));
	done += 3 * BATCH;
}
console.log(`${done} inputs, seeds up to ${seed - 1}: all taken or refused as they should be`);

function tried(input, attempt) {
	try {
		return attempt();
	} catch (error) {
		return fail(input, error.stack);
	}
}

function fail(input, text) {
	console.error(`seed ${seed}, input ${JSON.stringify(input)}\n${text}`);
	process.exit(1);
}
