// Random inputs for the front end, the wire and sessions: `node scripts/fuzz-wire.mjs [inputs] [seed]`. Each is compared
// with lua5.1 or a model; whatever is no meant refusal ends the run with the seed and the input.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { build } from "esbuild";
import { bundleOptions } from "./build.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BATCH = 2000;
/** Sessions take a thousand times as long as frames. */
const CONVERSATIONS = 100;
/** Emitting in all ways takes V8 three times as long. */
const IN_ALL_WAYS = 8;

const count = Number(process.argv[2] ?? 100_000);
let seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e9));
mkdirSync(join(ROOT, "dist"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "dist", "fuzz-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, "inputs.cjs");
await build({
	...bundleOptions(),
	entryPoints: [join(ROOT, "spec", "support", "fuzz.ts")],
	outfile,
	logLevel: "warning",
});
const fuzz = createRequire(import.meta.url)(outfile);
const sessions = fuzz.sessionsToCompare();
if (sessions === undefined) console.error("no Scribunto is installed: sessions are not compared with native");

const done = { chunks: 0, expressions: 0, streams: 0, sessions: 0 };
for (let total = 0; total < count; seed++) {
	const chunks = fuzz.sample(fuzz.chunkText, BATCH, seed);
	compare(chunks, fuzz.compiledNatively(chunks), (text, index) =>
		fuzz.compiled(text, index % IN_ALL_WAYS === 0),
	);
	const expressions = fuzz.sample(fuzz.expressionText, BATCH, seed);
	compare(expressions, fuzz.expressionsRead(expressions), fuzz.expressionReader());
	const streams = fuzz.sample(fuzz.stream, BATCH, seed);
	const taken = streams.map((pieces) => fuzz.framesOf(pieces.join("")));
	compare(streams, taken, fuzz.takeFrames);
	done.chunks += BATCH;
	done.expressions += BATCH;
	done.streams += BATCH;
	if (sessions !== undefined) {
		const conversations = fuzz.sample(fuzz.conversation, CONVERSATIONS, seed);
		compare(conversations, conversations.map(sessions.natively), sessions.ours);
		done.sessions += CONVERSATIONS;
	}
	total = Object.values(done).reduce((sum, more) => sum + more);
}
const { chunks, expressions, streams } = done;
console.log(
	`${chunks} chunks, ${expressions} expressions, ${streams} streams of frames, ${done.sessions} sessions, ` +
		`seeds up to ${seed - 1}: no difference`,
);

function compare(inputs, expected, attempt) {
	inputs.forEach((input, index) => {
		let actual;
		try {
			actual = attempt(input, index);
		} catch (error) {
			fail(input, error.stack);
		}
		if (isDeepStrictEqual(actual, expected[index])) return;
		fail(input, `expected: ${JSON.stringify(expected[index])}\nours: ${JSON.stringify(actual)}`);
	});
}

function fail(input, text) {
	console.error(`seed ${seed}, input ${JSON.stringify(input)}\n${text}`);
	process.exit(1);
}
