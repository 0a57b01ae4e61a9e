/** The Lua implementations that are compared, and how each is started. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface Engine {
	readonly name: string;
	readonly command: string;
	/** Arguments that make the command a driver; a program's path may follow. */
	readonly driver: readonly string[];
	/** Is it so slow that it gets fewer rounds? */
	readonly isSlow?: boolean;
	/** Is it measured only when it is named? */
	readonly isExtra?: boolean;
}

/** All others are shown as a ratio to this one. */
export const REFERENCE = "lua5.1";
export const OURS = "ours";

export function enginesOf(root: string): Engine[] {
	const bench = join(root, "scripts", "bench");
	const driver = join(bench, "driver.lua");
	const foreign = join(bench, "foreign.mjs");
	const node = process.execPath;
	const engines: (Engine & { readonly isThere: boolean })[] = [
		{ name: REFERENCE, command: "lua5.1", driver: [driver], isThere: starts("lua5.1") },
		{ name: "luajit -joff", command: "luajit", driver: ["-joff", driver], isThere: starts("luajit") },
		{ name: "luajit", command: "luajit", driver: [driver], isThere: starts("luajit") },
		{
			name: "fengari",
			command: node,
			driver: [foreign, "fengari"],
			isSlow: true,
			isThere: existsSync(join(root, "node_modules", "fengari")),
		},
		{
			name: "wasmoon",
			command: node,
			driver: [foreign, "wasmoon"],
			isThere: existsSync(join(root, "node_modules", "wasmoon")),
		},
		// No Lua: some of the programs written in JavaScript, which shows what V8 could give at best.
		{
			name: "javascript",
			command: node,
			driver: [foreign, "javascript"],
			isExtra: true,
			isThere: true,
		},
		{
			name: OURS,
			command: process.env["OUR_LUA"] ?? join(root, "bin", "lua"),
			driver: [driver],
			isThere: true,
		},
	];
	const missing = engines.filter(({ isThere }) => !isThere).map(({ name }) => name);
	if (missing.length > 0) process.stderr.write(`bench: not on this machine: ${missing.join(", ")}\n`);
	return engines.filter(({ isThere }) => isThere);
}

function starts(command: string): boolean {
	return spawnSync(command, ["-v"], { stdio: "ignore" }).status === 0;
}
