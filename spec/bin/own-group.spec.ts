// A long run of random programs that is ended ends, with the program that it waits for and with its files.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { isAlive, until } from "../support/pool.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const folder = mkdtempSync(join(tmpdir(), "sf-fuzz-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Process {
	readonly pid: number;
	readonly parent: number;
	readonly command: string;
}

function processes(): Process[] {
	const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" });
	return stdout.split("\n").map((line) => {
		const [pid, parent, command = ""] = line.trim().split(/\s+/);
		return { pid: Number(pid), parent: Number(parent), command };
	});
}

/** The programs that a process has started, and those that they have started. */
function startedBy(parent: number, all = processes()): Process[] {
	const children = all.filter((one) => one.parent === parent);
	return [...children, ...children.flatMap(({ pid }) => startedBy(pid, all))];
}

describe("a run of random programs", { skip: whyMissing("lua5.1", "bin/lua") }, () => {
	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
		test(`is ended by ${signal} with all that it has started`, async () => {
			const env = { ...process.env, TMPDIR: folder };
			const args = [fromRoot("scripts", "fuzz.mjs"), "1000000", "1"];
			const run = spawn(process.execPath, args, { env, stdio: "ignore" });
			const ended = once(run, "exit");
			let started: Process[] = [];
			await until("a program runs", () => {
				started = startedBy(run.pid!);
				return started.some(({ command }) => /^lua/.test(command));
			});
			run.kill(signal);
			assert.deepEqual(await ended, [null, signal]);
			await until("all have ended", () => !started.some(({ pid }) => isAlive(pid)));
			assert.deepEqual(readdirSync(folder), []);
		});
	}
});
