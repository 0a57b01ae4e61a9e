// Builds dist/lua.cjs, the one file that bin/lua starts, and its like, then has bin/lua-prepare
// make a start-up snapshot. What it also exports is for scripts/test.mjs, which bundles the
// specs the same way: `bundleOptions` with the plugin that exchanges files of fengari as
// src/lua51/substitutes.ts says.
//
//   --no-snapshot   dist/ without the snapshot
//
// Identifiers are not minified: engine/call-stack.ts finds some functions by name.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const ENTRY = join(ROOT, "src", "cli.ts");
/** What the programs in bin start, and a thread of bin/lua-debug. */
const PROGRAMS = {
	lua: ENTRY,
	index: join(ROOT, "src", "index.ts"),
	pool: join(ROOT, "src", "pool.ts"),
	run: join(ROOT, "src", "run.ts"),
	debug: join(ROOT, "src", "debug.ts"),
	"debug-adapter": join(ROOT, "src", "debugger", "adapter-thread.ts"),
	profile: join(ROOT, "src", "profile.ts"),
	replay: join(ROOT, "src", "replay.ts"),
};
/** What bin/lua-prepare makes the start-up snapshot of. */
const SNAPSHOT = join(ROOT, "src", "snapshot.ts");
/** Parts of Node that few runs need and that take long to load. */
const LAZY_BUILTINS = ["child_process", "inspector", "os", "tty", "v8", "vm", "zlib"];

const require = createRequire(import.meta.url);
const FENGARI = join(dirname(require.resolve("fengari/package.json")), "src");
const LUA51 = join(ROOT, "src", "lua51");
const { SUBSTITUTES, FENGARI_VERSION, FENGARI_INTEROP_VERSION } = await importTypeScript(
	join(LUA51, "substitutes.ts"),
);

/** What every bundle of this project is built with. */
export function bundleOptions() {
	checkVersion("fengari", FENGARI_VERSION);
	checkVersion("fengari-interop", FENGARI_INTEROP_VERSION);
	return {
		bundle: true,
		platform: "node",
		format: "cjs",
		target: "node20",
		// One character beyond Latin-1 would make V8 keep the whole text with two bytes a character.
		charset: "ascii",
		// See the note on strict functions below. Fields that are only declared would be defined by a function of their own,
		// before the constructor sets them: a fifth of what a table costs in code that V8 has not optimized.
		tsconfigRaw: {
			compilerOptions: { alwaysStrict: false, useDefineForClassFields: false, verbatimModuleSyntax: true },
		},
		plugins: [substitution(), lazyBuiltins()],
	};
}

/** The files that the product is made of, by path from the repository's root. For a spec. */
export async function bundledFiles() {
	const { metafile } = await build({
		...bundleOptions(),
		entryPoints: [ENTRY],
		absWorkingDir: ROOT,
		metafile: true,
		write: false,
	});
	return Object.keys(metafile.inputs);
}

/** esbuild plugin: a request for a file in the table gets our module. */
function substitution() {
	return {
		name: "fengari-substitution",
		setup({ onResolve, onLoad }) {
			onResolve({ filter: /^\.\/l[a-z]+\.js$/ }, ({ path, importer }) =>
				dirname(importer) === FENGARI ? exchanged(basename(path, ".js")) : undefined,
			);
			onResolve({ filter: /^fengari\/src\/l[a-z]+\.js$/ }, ({ path }) => exchanged(basename(path, ".js")));
			onResolve({ filter: /^fengari-original:/ }, ({ path }) => ({
				path: join(FENGARI, path.slice("fengari-original:".length)),
			}));
			onLoad({ filter: /.*/, namespace: "fengari-overlay" }, ({ path: name }) => ({
				// CommonJS: modules of fengari that require each other hold on to `exports` before it is filled.
				contents: `Object.assign(exports, require("fengari-original:${name}.js"), require("${ours(name)}"));`,
				resolveDir: FENGARI,
			}));
			// V8 hides the receivers of all frames below a strict one, and engine/call-stack.ts reads them.
			onLoad({ filter: /\/fengari(-interop)?\/src\/\w+\.js$/ }, async ({ path }) => ({
				contents: (await readFile(path, "utf8")).replace(/^"use strict";$/m, ""),
			}));
		},
	};
}

/** esbuild plugin: modules of Node that are loaded when something of theirs is used first. */
function lazyBuiltins() {
	return {
		name: "lazy-builtins",
		setup({ onResolve, onLoad }) {
			onResolve({ filter: new RegExp(`^node:(${LAZY_BUILTINS.join("|")})$`) }, ({ path, namespace }) =>
				namespace === "lazy" ? { path, external: true } : { path, namespace: "lazy" },
			);
			onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => {
				const getters = Object.keys(require(path)).map(
					(name) => `get ${name}() { return (loaded ??= require("${path}")).${name}; }`,
				);
				return { contents: `let loaded;\nmodule.exports = { ${getters.join(", ")} };` };
			});
		},
	};
}

function exchanged(name) {
	if (!Object.hasOwn(SUBSTITUTES, name)) return undefined;
	if (SUBSTITUTES[name].kind === "over") return { path: name, namespace: "fengari-overlay" };
	return { path: ours(name) };
}

function ours(name) {
	return join(LUA51, "fengari", `${name}.ts`);
}

function checkVersion(name, wanted) {
	const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8"));
	if (version !== wanted) {
		throw new Error(`${name} is version ${version}, but src/lua51/substitutes.ts is made for ${wanted}`);
	}
}

/** The licences of what is in the bundles: most want their notice in every copy. */
function licences({ inputs }) {
	const packages = new Set(
		Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
	);
	return [...packages].sort().map((name) => `${name}\n\n${licenceOf(name)}`);
}

function licenceOf(name) {
	const folder = join(ROOT, "node_modules", name);
	const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
	if (file === undefined) throw new Error(`${name} has no licence in ${folder}`);
	return readFileSync(join(folder, file), "utf8");
}

async function importTypeScript(path) {
	const { outputFiles } = await build({ entryPoints: [path], bundle: true, format: "esm", write: false });
	return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const dist = join(ROOT, "dist");
	const options = {
		...bundleOptions(),
		absWorkingDir: ROOT,
		metafile: true,
		outdir: dist,
		outExtension: { ".js": ".cjs" },
		// fengari's licence wants its notice in every copy.
		banner: { js: `/* Contains parts of fengari:\n\n${licenceOf("fengari").replaceAll("\u2013", "-")}*/` },
		logLevel: "warning",
	};
	const { metafile } = await build({ ...options, entryPoints: PROGRAMS }).catch(() => process.exit(1));
	// The snapshot holds the text of this one, and each start reads it.
	const compact = { minifyWhitespace: true, lineLimit: 200 };
	await build({ ...options, ...compact, entryPoints: { snapshot: SNAPSHOT } }).catch(() => process.exit(1));
	// By this bin/lua knows whether a snapshot was made with the same program.
	const id = createHash("sha256");
	for (const name of ["lua", "snapshot"]) id.update(readFileSync(join(dist, `${name}.cjs`)));
	writeFileSync(join(dist, "build-id"), `${id.digest("hex").slice(0, 32)}\n`);
	writeFileSync(join(dist, "licences.txt"), licences(metafile).join("\n\n----\n\n"));
	rmSync(join(dist, "host-tree"), { recursive: true, force: true });
	cpSync(join(ROOT, "src", "host", "tree"), join(dist, "host-tree"), { recursive: true });
	const { manualFiles } = await importTypeScript(join(ROOT, "src", "commands", "manual.ts"));
	const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
	for (const [path, text] of manualFiles(version)) {
		mkdirSync(dirname(join(dist, path)), { recursive: true });
		writeFileSync(join(dist, path), text);
	}
	// Without a snapshot all works too, after a longer start.
	if (!process.argv.includes("--no-snapshot")) {
		spawnSync(join(ROOT, "bin", "lua-prepare"), { stdio: ["ignore", "inherit", "inherit"] });
	}
}
