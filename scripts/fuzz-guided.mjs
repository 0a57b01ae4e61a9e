// Coverage-guided fuzzing with Jazzer.js, which is no dependency: its binary wants glibc 2.38, and CI has 2.36.
//
//   node scripts/fuzz-guided.mjs prepare FOLDER   the target, its words and inputs to begin with, into FOLDER
//   node scripts/fuzz-guided.mjs compare CORPUS   what was found interesting, compared with lua5.1
//
// In between, where Jazzer.js runs: SF_ROOT=. npx jazzer target.cjs corpus --sync -i target -- -dict=words -max_len=512
//   -rss_limit_mb=4096

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./build.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
/** Inputs of each kind to begin with. */
const BEGINNINGS = 150;
const LARGEST = 512;

const [task, folder] = process.argv.slice(2);
if (task === "prepare" && folder !== undefined) await prepare();
else if (task === "compare" && folder !== undefined) await compare();
else {
	console.error("usage: fuzz-guided.mjs prepare FOLDER | compare CORPUS");
	process.exit(2);
}

async function bundled(name, outfile) {
	const entryPoints = [join(ROOT, "spec", "support", name)];
	await build({ ...bundleOptions(), entryPoints, outfile, logLevel: "warning" });
	process.env.SF_ROOT ??= ROOT;
	return createRequire(import.meta.url)(resolve(outfile));
}

async function prepare() {
	mkdirSync(join(folder, "corpus"), { recursive: true });
	cpSync(join(ROOT, "src", "host", "tree"), join(folder, "src", "host", "tree"), { recursive: true });
	const { KINDS } = await bundled("fuzz-target.ts", join(folder, "target.cjs"));
	const fuzz = await bundled("fuzz.ts", join(folder, "inputs.cjs"));
	const inputs = [
		fuzz.sample(fuzz.chunkText, BEGINNINGS, 1),
		fuzz.sample(fuzz.expressionText, BEGINNINGS, 1),
		fuzz.sample(fuzz.stream, BEGINNINGS, 1).map((pieces) => pieces.join("")),
		fuzz.sample(fuzz.conversation, BEGINNINGS, 1).map((bodies) => bodies.join("\n")),
	];
	inputs.forEach((texts, kind) => {
		texts
			.filter((text) => text.length < LARGEST)
			.forEach((text, index) => {
				const bytes = Buffer.from(String.fromCharCode(kind) + text, "latin1");
				writeFileSync(join(folder, "corpus", `${KINDS[kind]}-${index}`), bytes);
			});
	});
	const words = new Set([...fuzz.LUA_WORDS, ...fuzz.WIRE_WORDS]);
	const quoted = [...words].map((word) => `"${word.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\x0a")}"`);
	writeFileSync(join(folder, "words"), `${quoted.join("\n")}\n`);
}

async function compare() {
	const bundles = mkdtempSync(join(tmpdir(), "fuzz-"));
	process.on("exit", () => rmSync(bundles, { recursive: true, force: true }));
	const { inputOf } = await bundled("fuzz-target.ts", join(bundles, "target.cjs"));
	const fuzz = await bundled("fuzz.ts", join(bundles, "inputs.cjs"));
	const inputs = readdirSync(folder).map((name) => ({
		name,
		...inputOf(readFileSync(join(folder, name))),
	}));
	const textsOf = (kind) => inputs.filter((input) => input.kind === kind).map(({ text }) => text);
	report("chunk", textsOf("chunk"), fuzz.compiledNatively, (text) => fuzz.compiled(text, true));
	report("expression", textsOf("expression"), fuzz.expressionsRead, fuzz.expressionReader());
}

function report(kind, texts, natively, ours) {
	const expected = natively(texts);
	let differences = 0;
	texts.forEach((text, index) => {
		const actual = ours(text);
		if (actual === expected[index]) return;
		differences++;
		console.log(`${kind} ${JSON.stringify(text)}\nnative: ${expected[index]}\nours: ${actual}`);
	});
	console.log(`${texts.length} inputs of kind ${kind}, ${differences} differences`);
	if (differences > 0) process.exitCode = 1;
}
