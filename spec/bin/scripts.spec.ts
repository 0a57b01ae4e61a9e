// The shell scripts and the batch files, as text: what shells and shellcheck say of them, and that the
// launchers for both systems agree.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const FOLDERS = ["bin", join("docs", "ci"), join("docs", "deploy"), ".ci"];
const textOf = (path: string) => readFileSync(fromRoot(path), "utf8");
const paths = FOLDERS.flatMap((folder) => readdirSync(fromRoot(folder)).map((name) => join(folder, name)));
const scripts = paths.filter((path) => /^#!.*\b(sh|bash|openrc-run)\b/.test(textOf(path)));
const batches = paths.filter((path) => path.endsWith(".cmd"));

describe("shell scripts", () => {
	test("are all found", () => {
		for (const name of [
			"bin/lua",
			"bin/lua-pool",
			"bin/lua-doctor",
			"bin/lua-prepare",
			"bin/lua-replay",
			".ci/run",
		]) {
			assert.ok(scripts.includes(name), name);
		}
		assert.ok(scripts.length >= 7, scripts.join());
	});

	for (const path of scripts) {
		const isForBash = textOf(path).startsWith("#!/bin/bash");
		for (const shell of isForBash ? ["bash"] : ["dash", "busybox sh", "bash"]) {
			test(`${shell} -n ${path}`, { skip: whyMissing(shell.split(" ")[0] as "dash") }, () => {
				const { status, stderr } = spawnSync("/bin/sh", ["-c", `${shell} -n "$0"`, fromRoot(path)]);
				assert.equal(status, 0, stderr.toString());
			});
		}
		// openrc-run's words (command, supervisor) look like variables that nobody reads.
		const dialect = path.endsWith(".openrc") ? ["--shell=sh", "--exclude=SC2034"] : [];
		test(`shellcheck ${path}`, { skip: whyMissing("shellcheck") }, () => {
			const { status, stdout } = spawnSync("shellcheck", [...dialect, fromRoot(path)], { encoding: "utf8" });
			assert.equal(status, 0, stdout);
		});
	}
});

describe("batch files", () => {
	test("have labels for all that they go to, and end with a status", () => {
		assert.ok(batches.length >= 2);
		for (const path of batches) {
			const text = textOf(path);
			for (const [, label] of text.matchAll(/\bgoto (\w+)/g)) {
				assert.match(text, new RegExp(`^:${label}\\r?$`, "m"), path);
			}
			assert.match(text, /exit \/b \d+\s*$/, path);
		}
	});

	test("bin/lua.cmd starts the program that bin/lua starts, with its flags but for the stack's", () => {
		const [, unix = ""] = /^\texec "\$node" (.*) "\$@"$/m.exec(textOf("bin/lua")) ?? [];
		const [, windows] = /^"%node%" (.*) "%program%" %\*\r?$/m.exec(textOf("bin/lua.cmd")) ?? [];
		const [, flags = ""] = /^V8_FLAGS='(.*)'$/m.exec(textOf("bin/lua")) ?? [];
		assert.equal(windows, unix.replace(/--stack-size=\S+ /, "").replace("$flags", flags));
		const version = /echo '?(Lua 5\.1\.5[^'\r\n]*)/;
		assert.equal(version.exec(textOf("bin/lua.cmd"))?.[1], version.exec(textOf("bin/lua"))?.[1]);
	});
});

describe("V8's flags", () => {
	test("of the snapshot are the same where it is made and where it is used", () => {
		const [, plain] = /^V8_FLAGS='(.*)'$/m.exec(textOf("bin/lua")) ?? [];
		const [, used = ""] = /^SNAPSHOT_FLAGS="(.*)"$/m.exec(textOf("bin/lua")) ?? [];
		const [, made] = /^flags='(.*)'$/m.exec(textOf("bin/lua-prepare")) ?? [];
		assert.equal(used.replace("$V8_FLAGS", plain!), made);
	});

	test("are the same wherever sessions are started", () => {
		const flagsOf = (path: string) => [...new Set(textOf(path).match(/--max-[a-z-]+=\d+/g))].sort();
		const flags = flagsOf("bin/lua");
		assert.equal(flags.length, 2);
		for (const path of ["bin/lua-prepare", "bin/lua-pool", "bin/lua.cmd", "scripts/bench.mjs"]) {
			assert.deepEqual(flagsOf(path), flags, path);
		}
	});
});
