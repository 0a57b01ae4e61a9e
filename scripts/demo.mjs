// `npm run demo`: builds what it needs, then runs src/host/demo.ts against bin/lua (or the Lua
// that OUR_LUA names).

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const DEMO = join(ROOT, "dist", "demo.cjs");

const built = spawnSync(process.execPath, [join(ROOT, "scripts", "build.mjs")], {
	cwd: ROOT,
	stdio: "inherit",
});
if (built.status !== 0) process.exit(built.status ?? 1);
await build({
	entryPoints: [join(ROOT, "src", "host", "demo.ts")],
	outfile: DEMO,
	bundle: true,
	platform: "node",
	format: "cjs",
	target: "node20",
	logLevel: "warning",
});
await createRequire(import.meta.url)(DEMO).runDemo(ROOT, process.env.OUR_LUA ?? join(ROOT, "bin", "lua"));
