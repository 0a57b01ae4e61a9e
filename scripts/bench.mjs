// `npm run bench`: builds the product and the benchmark (scripts/bench/), then runs it. The options
// are those of scripts/bench/main.ts; with --no-build dist/ is measured as it is.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./build.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
process.env.SF_ROOT = ROOT;
// Node would read these certificates at each start, before anything else; bin/lua unsets it too.
delete process.env.NODE_EXTRA_CA_CERTS;
const args = process.argv.slice(2);

if (!args.includes("--no-build")) {
	const built = spawnSync(process.execPath, [join(ROOT, "scripts", "build.mjs")], {
		cwd: ROOT,
		stdio: "inherit",
	});
	if (built.status !== 0) process.exit(built.status ?? 1);
}
mkdirSync(join(ROOT, "dist"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "dist", "bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

await build({
	...bundleOptions(),
	entryPoints: ["main", "warm-peer"].map((name) => join(ROOT, "scripts", "bench", `${name}.ts`)),
	outdir: folder,
	outExtension: { ".js": ".cjs" },
	logLevel: "warning",
});
// Flags and stack as in bin/lua.
const warmPeer = join(folder, "warm-peer");
writeFileSync(
	warmPeer,
	`#!/bin/sh
ulimit -S -s 65536 2>/dev/null && stack=--stack-size=57000
MALLOC_ARENA_MAX=1 exec "${process.execPath}" $stack --max-semi-space-size=8 --max-inlined-bytecode-size-cumulative=300 "${folder}/warm-peer.cjs" "$@"
`,
);
chmodSync(warmPeer, 0o755);
process.exit(await createRequire(import.meta.url)(join(folder, "main.cjs")).runBench(ROOT, warmPeer, args));
