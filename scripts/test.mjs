// Runs the specs: `npm test` all of them, `npm test -- wire table` those with "wire" or
// "table" in their path. Every spec/**/*.spec.ts is bundled with esbuild (Node cannot run
// TypeScript on 20, and fengari's files must be exchanged as in the real bundle), then
// node:test runs each in a process of its own. At the end it says which were skipped and
// why; on CI a skipped spec is a failure, so that a missing tool cannot look like a pass.
//
//   --no-build    use dist/ as it is         --name=TEXT   only tests whose name contains TEXT

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { failureText } from "./failure-text.mjs";
import { inOwnGroup } from "./own-group.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BUILD_SCRIPT = join(ROOT, "scripts", "build.mjs");
const CONCURRENCY = 2;
/** A spec that hangs must not hang the run. SPEC_TIMEOUT_MINUTES is for the long runs by hand. */
const SPEC_TIMEOUT_MS = Number(process.env.SPEC_TIMEOUT_MINUTES ?? 20) * 60 * 1000;

// Who ends the run ends the specs too, and what they have started.
const { folder } = await inOwnGroup({ forPrograms: false });

const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const words = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const nameText = options.find((option) => option.startsWith("--name="))?.slice("--name=".length);

const specs = findSpecs(join(ROOT, "spec")).filter(
	(path) => words.length === 0 || words.some((word) => relative(ROOT, path).includes(word)),
);
if (specs.length === 0) fail(`no spec matches ${words.join(" ")}`);
if (!options.includes("--no-build")) buildProduct();
process.exitCode = await runSpecs(await bundle());

// -- Steps --------------------------------------------------------------------

function findSpecs(path) {
	const found = [];
	for (const entry of readdirSync(path, { withFileTypes: true })) {
		const child = join(path, entry.name);
		if (entry.isDirectory()) found.push(...findSpecs(child));
		else if (entry.name.endsWith(".spec.ts")) found.push(child);
	}
	return found.sort();
}

function buildProduct() {
	if (!existsSync(BUILD_SCRIPT)) return;
	const built = spawnSync(process.execPath, [BUILD_SCRIPT], { cwd: ROOT, stdio: "inherit" });
	if (built.status !== 0) fail(`scripts/build.mjs ended with status ${built.status ?? built.signal}`);
}

async function bundle() {
	const shared = existsSync(BUILD_SCRIPT) ? (await import(BUILD_SCRIPT)).bundleOptions?.() : undefined;
	await build({
		...shared,
		entryPoints: specs,
		outbase: join(ROOT, "spec"),
		outdir: folder,
		outExtension: { ".js": ".cjs" },
		outfile: undefined,
		bundle: true,
		write: true,
		minify: false,
		platform: "node",
		format: "cjs",
		target: "node20",
		sourcemap: "inline",
		logLevel: "warning",
	}).catch((error) => fail(`specs do not bundle: ${error.message}`));
	return specs.map((path) => join(folder, relative(join(ROOT, "spec"), path).replace(/\.ts$/, ".cjs")));
}

async function runSpecs(files) {
	process.env.SF_ROOT = ROOT;
	// Sessions leave each other their compiled modules: those of this run only.
	process.env.SCRIBUNTO_LUA_CACHE = join(folder, "code");
	// The runner hands its own flags to the spec processes. Not through NODE_OPTIONS: the
	// programs that specs start would inherit that.
	process.execArgv.push("--enable-source-maps");
	const failures = [];
	const skips = [];
	const perFile = new Map(files.map((file) => [specName(file), { passed: 0, failed: 0, skipped: 0 }]));
	const stream = run({
		files,
		concurrency: CONCURRENCY,
		timeout: SPEC_TIMEOUT_MS,
		...(nameText === undefined ? {} : { testNamePatterns: [new RegExp(escapePattern(nameText))] }),
	});
	const note = (data, failed) => {
		// The runner reports each file as one more test around its tests.
		const isFile = data.nesting === 0 && files.includes(data.name);
		const file = specName(isFile ? data.name : data.file);
		const counts = perFile.get(file) ?? { passed: 0, failed: 0, skipped: 0 };
		// A suite fails because a test in it fails: that one is reported.
		const inside = data.details?.error?.failureType === "subtestsFailed";
		if (data.skip !== undefined) {
			if (isFilteredOut(data.skip)) return;
			counts.skipped++;
			skips.push({
				file,
				name: data.name,
				why: typeof data.skip === "string" ? data.skip : "no reason given",
			});
		} else if (failed && !inside) {
			counts.failed++;
			failures.push({ file, name: isFile ? "(the whole file)" : data.name, error: data.details.error });
		} else if (!failed && !isFile && data.details?.type !== "suite") counts.passed++;
	};
	stream.on("test:pass", (data) => note(data, false));
	stream.on("test:fail", (data) => note(data, true));
	stream.on("test:stdout", (data) => process.stdout.write(data.message));
	stream.on("test:stderr", (data) => process.stderr.write(data.message));
	stream.resume();
	await new Promise((done) => stream.on("close", done).on("end", done));

	for (const [file, counts] of perFile) {
		const { passed, failed, skipped } = counts;
		// The tests of a module that specs share are counted as that module's, and so they would be lost.
		if (passed + failed + skipped === 0 && nameText === undefined) {
			counts.failed++;
			failures.push({ file, name: "(the whole file)", error: new Error("there is no test in it") });
		}
	}
	for (const [file, counts] of perFile) {
		const { passed, failed, skipped } = counts;
		console.log(
			`${failed > 0 ? "FAIL" : "ok  "} ${file}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
		);
	}
	for (const { file, name, error } of failures) {
		console.log(`\n--- ${file}: ${name}`);
		console.log(indent(failureText(error)));
	}
	if (skips.length > 0) {
		console.log("\nSkipped:");
		for (const { file, name, why } of skips) console.log(`  ${file}: ${name}: ${why}`);
	}
	const skipFails = process.env.CI === "true" && skips.length > 0;
	if (skipFails) console.log("CI=true: a skipped spec is a failure");
	let passed = 0;
	for (const counts of perFile.values()) passed += counts.passed;
	console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`);
	return failures.length > 0 || skipFails ? 1 : 0;
}

// -- Helpers ------------------------------------------------------------------

function isFilteredOut(skip) {
	return nameText !== undefined && String(skip).includes("test name does not match pattern");
}

/** The spec's own path: the runner names the bundle, or the source that the source map tells. */
function specName(file) {
	if (file === undefined) return "?";
	if (file.startsWith(folder)) return join("spec", relative(folder, file)).replace(/\.cjs$/, ".ts");
	return relative(ROOT, file);
}

function escapePattern(text) {
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function indent(text) {
	return text.replace(/^/gm, "    ");
}

function fail(message) {
	console.error(`test: ${message}`);
	process.exit(1);
}
