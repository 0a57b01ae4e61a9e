// The oracle of the differential specs: what the native lua5.1 prints for a program.

import { spawnSync } from "node:child_process";

/** The program's output, one character per byte; a program that fails makes the spec fail. */
export function runLua(program: string): string {
	const run = spawnSync("lua5.1", ["-"], { input: Buffer.from(program, "latin1"), maxBuffer: 2 ** 30 });
	if (run.status !== 0) throw new Error(`lua5.1 failed: ${run.stderr.toString("latin1")}`);
	return run.stdout.toString("latin1");
}
