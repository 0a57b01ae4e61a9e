// Makes dist/types: what TypeScript needs to know of src/index.ts, for users of the package.

import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const TYPES = join(ROOT, "dist", "types");
/** fengari has no types of its own; the compiler does not copy what was written by hand. */
const FENGARI = join("lua51", "fengari", "modules.d.ts");

rmSync(TYPES, { recursive: true, force: true });
const compiler = join(ROOT, "node_modules", ".bin", "tsc");
const { status } = spawnSync(compiler, ["-p", join(ROOT, "tsconfig.types.json")], { stdio: "inherit" });
if (status !== 0) process.exit(1);
cpSync(join(ROOT, "src", FENGARI), join(TYPES, FENGARI));
const index = join(TYPES, "index.d.ts");
writeFileSync(index, `/// <reference path="./${FENGARI}" />\n${readFileSync(index, "utf8")}`);
