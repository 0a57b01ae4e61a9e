// Which module may use which: layers, the one door to the engine, who may touch files,
// processes and fengari. And what the built file consists of.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { describe, test } from "node:test";
import { fromRoot } from "./support/root.ts";

/** Lowest first; a folder imports from lower ones only, and only from those in its list. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
	wire: [],
	lua51: [],
	compiler: ["lua51"],
	engine: ["lua51", "compiler"],
	stdlib: ["lua51", "engine"],
	peer: ["wire", "engine", "stdlib"],
	host: ["wire", "engine", "stdlib"],
	commands: [],
	files: [],
	debugger: ["wire", "engine", "stdlib", "peer", "host"],
	replay: ["commands", "wire", "peer", "host", "debugger"],
	profile: ["files", "engine", "peer"],
	offline: ["commands", "wire", "engine", "stdlib", "peer", "host", "profile"],
	pool: ["commands", "files", "wire", "engine", "stdlib", "peer", "replay", "profile"],
	cli: [
		"commands",
		"files",
		"wire",
		"engine",
		"stdlib",
		"peer",
		"host",
		"replay",
		"debugger",
		"profile",
		"offline",
		"pool",
	],
};

/** Libraries, peer and hosts know these of lua51: values and numbers, not the machine. */
const VALUE_MODULES = ["error", "libm", "number", "padding", "table", "trigonometry", "value"];

const FILE_USERS = [
	/^(debugger|files|host|pool|replay|cli)\//,
	/^(cli|index)\.ts$/,
	/^offline\/(cli|data-files|engine|module-folder|repl|unit-test|watch)\.ts$/,
	/^commands\/(command-line|output)\.ts$/,
	/^profile\/profile-files\.ts$/,
	/^peer\/(transport|scribunto-tree|status|warm-up)\.ts$/,
	/^stdlib\/(io|package|stream|system|time-zone)\.ts$/,
];
const PROCESS_USERS = [/^(debugger|host|pool|replay)\//, /^stdlib\/(io|system)\.ts$/];
/** Libraries that no sandbox gets. */
const COMMAND_LINE_LIBRARIES = ["coroutine", "io", "package", "stream", "system"].map(
	(name) => `stdlib/${name}.ts`,
);

interface Import {
	readonly target: string;
	readonly isType: boolean;
}

const textOf = (path: string) => readFileSync(fromRoot(path), "utf8");
const SRC = fromRoot("src");
const sources = new Map(
	readdirSync(SRC, { recursive: true, encoding: "utf8" })
		.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
		.map((path) => [path, readFileSync(join(SRC, path), "utf8")] as const),
);
const imports = new Map([...sources].map(([path, text]) => [path, importsOf(path, text)] as const));

function importsOf(path: string, text: string): Import[] {
	const found: Import[] = [];
	for (const [, keyword = "", clause = "", specifier = ""] of text.matchAll(
		/^(import|export)\b([^"';]*?)\s*(?:\bfrom\s*)?"([^"]+)";/gm,
	)) {
		if (keyword === "export" && !clause.includes("{") && !clause.includes("*")) continue;
		const target = specifier.startsWith(".") ? normalize(join(path, "..", specifier)) : specifier;
		found.push({ target, isType: /^\s*type\b/.test(clause) });
	}
	return found;
}

function importers(wanted: (target: string) => boolean): string[] {
	return [...imports].filter(([, list]) => list.some(({ target }) => wanted(target))).map(([path]) => path);
}

function layerOf(path: string): string {
	return path.includes("/") ? (path.split("/")[0] ?? "") : "cli"; // cli.ts and index.ts compose
}

function outside(paths: readonly string[], allowed: readonly RegExp[]): string[] {
	return paths.filter((path) => !allowed.some((pattern) => pattern.test(path)));
}

describe("imports", () => {
	test("every import is understood", () => {
		for (const [path, list] of imports) {
			const statements = sources.get(path)?.match(/^import\b/gm)?.length ?? 0;
			assert.ok(list.length >= statements, `${path}: ${statements} imports, ${list.length} understood`);
			for (const { target } of list) {
				if (target.endsWith(".ts"))
					assert.ok(sources.has(target) || target.endsWith(".d.ts"), `${path}: ${target}`);
			}
		}
	});

	test("lead to lower layers", () => {
		const wrong: string[] = [];
		for (const [path, list] of imports) {
			const from = layerOf(path);
			for (const { target } of list) {
				if (!sources.has(target)) continue;
				const to = layerOf(target);
				if (from !== to && !LAYERS[from]?.includes(to)) wrong.push(`${path} -> ${target}`);
			}
		}
		assert.deepEqual(wrong, []);
	});

	test("libraries, peer and hosts see the engine through engine/api.ts only", () => {
		const wrong: string[] = [];
		for (const [path, list] of imports) {
			if (["lua51", "compiler", "engine"].includes(layerOf(path))) continue;
			for (const { target } of list) {
				if (!sources.has(target) || target === "engine/api.ts") continue;
				const isValue = VALUE_MODULES.some((name) => target === `lua51/${name}.ts`);
				if (["lua51", "compiler", "engine"].includes(layerOf(target)) && !isValue) {
					wrong.push(`${path} -> ${target}`);
				}
			}
		}
		assert.deepEqual(wrong, []);
	});

	test("are documented for every folder, and for what lies in none", () => {
		const [, table = ""] =
			/^## Layers\n(.*?)^What must stay true/ms.exec(textOf("docs/architecture.md")) ?? [];
		const rows = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(
			([, names = ""]) => names.match(/[^`;, ]+/g) ?? [],
		);
		const own = [...sources.keys()].filter((path) => !path.includes("/"));
		assert.deepEqual(rows.sort(), [...Object.keys(LAYERS), "lua51/fengari", ...own].sort());
	});

	test("have no cycles", () => {
		const state = new Map<string, "open" | "done">();
		const visit = (path: string, way: readonly string[]): void => {
			if (state.get(path) === "done") return;
			assert.notEqual(
				state.get(path),
				"open",
				`cycle: ${[...way.slice(way.indexOf(path)), path].join(" -> ")}`,
			);
			state.set(path, "open");
			for (const { target, isType } of imports.get(path) ?? []) {
				if (!isType && sources.has(target)) visit(target, [...way, path]);
			}
			state.set(path, "done");
		};
		for (const path of sources.keys()) visit(path, []);
	});

	test("fengari is for engine/fengari.ts and what is exchanged in it", () => {
		const users = importers((target) => /^fengari(\/|$)/.test(target));
		assert.deepEqual(
			outside(users, [/^engine\/fengari\.ts$/, /^lua51\/fengari\//, /^(host|debugger)\//, /^cli\//]),
			[],
		);
		const interop = importers((target) => target === "fengari-interop");
		assert.deepEqual(outside(interop, [/^(host|debugger)\//, /^cli\/interactive\.ts$/]), []);
	});

	test("exchanged files take types only from elsewhere", () => {
		const wrong: string[] = [];
		for (const [path, list] of imports) {
			if (!path.startsWith("lua51/fengari/")) continue;
			for (const { target, isType } of list) {
				if (sources.has(target) && !target.startsWith("lua51/fengari/") && !isType)
					wrong.push(`${path} -> ${target}`);
			}
		}
		assert.deepEqual(wrong, []);
	});

	test("files and sockets are for few", () => {
		const users = importers((target) => /^(node:)?(fs|net)(\/|$)/.test(target));
		assert.deepEqual(outside(users, FILE_USERS), []);
		const starters = importers((target) => /^(node:)?(child_process|worker_threads|cluster)$/.test(target));
		assert.deepEqual(outside(starters, PROCESS_USERS), []);
	});

	test("the peer cannot reach what a sandbox must not have", () => {
		const reached = new Set<string>();
		const visit = (path: string): void => {
			if (reached.has(path)) return;
			reached.add(path);
			for (const { target, isType } of imports.get(path) ?? []) {
				if (!isType && sources.has(target)) visit(target);
			}
		};
		for (const path of sources.keys()) if (path.startsWith("peer/")) visit(path);
		assert.deepEqual(
			COMMAND_LINE_LIBRARIES.filter((path) => reached.has(path)),
			[],
		);
	});
});

describe("sources", () => {
	test("end the process in cli and peer only", () => {
		const users = [...sources].filter(([, text]) => /\bprocess\.exit\(/.test(text)).map(([path]) => path);
		assert.deepEqual(outside(users, [/^(cli|peer|pool)\//, /^cli\.ts$/, /^commands\/output\.ts$/]), []);
	});

	test("do not use the console", () => {
		const users = [...sources].filter(([, text]) => /\bconsole\.\w+\(/.test(text)).map(([path]) => path);
		assert.deepEqual(users, []);
	});
});

// -- What is built ---------------------------------------------------------------------------

interface BuildScript {
	bundledFiles(): Promise<string[]>;
}

test("the built file has no part of fengari that it does not need", async () => {
	const script = (await import(fromRoot("scripts", "build.mjs"))) as BuildScript;
	const files = await script.bundledFiles();
	const foreign = files.filter((path) => path.includes("node_modules"));
	assert.deepEqual(
		foreign.map((path) => path.replace(/^.*node_modules\//, "")).sort(),
		[
			"defs",
			"lapi",
			"ldo",
			"lfunc",
			"ljstype",
			"llimits",
			"lobject",
			"lopcodes",
			"lstate",
			"ltm",
			"lzio",
		].map((name) => `fengari/src/${name}.js`),
		"libraries, readline-sync, tmp, sprintf-js and interop must stay out",
	);
});
