// The launcher, a POSIX shell script.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { whyNoMounts, withMounts } from "../support/mounts.ts";
import { fromRoot } from "../support/root.ts";

const LAUNCHER = fromRoot("bin", "lua");
const folder = mkdtempSync(join(tmpdir(), "sf-launcher-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}, limit = "") {
	const ended = spawnSync("/bin/sh", ["-c", `${limit}exec "$0" "$@"`, file, ...args], {
		encoding: "utf8",
		env: { ...process.env, ...env },
		input: "",
	});
	return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

test("-v alone is answered without Node, even under the smallest memory limit", () => {
	const answer = run(LAUNCHER, ["-v"], { SCRIBUNTO_LUA_NODE: "/nonexistent" }, "ulimit -v 19531; ");
	assert.deepEqual(answer, {
		status: 0,
		stdout: "Lua 5.1.5  Copyright (C) 1994-2012 Lua.org, PUC-Rio\n",
		stderr: "",
	});
});

test("it finds its own folder through links", () => {
	const absolute = join(folder, "absolute");
	symlinkSync(LAUNCHER, absolute);
	symlinkSync("absolute", join(folder, "relative"));
	for (const name of ["absolute", "relative"]) {
		assert.equal(run(join(folder, name), ["-e", "io.write(1 + 1)"]).stdout, "2");
	}
});

test("arguments, input and exit status go through", () => {
	const script = join(folder, 'it\'s a "script" $x.lua');
	copyFileSync("/dev/null", script);
	assert.equal(run(LAUNCHER, ["-e", "print(_VERSION)", script]).stdout, "Lua 5.1\n");
	assert.equal(run(LAUNCHER, ["-e", "os.exit(42)"]).status, 42);
	assert.equal(run(LAUNCHER, ["-e", "error('x')"]).status, 1);
});

test("it starts where there is no /proc, as on macOS", { skip: whyNoMounts() }, () => {
	const command = [LAUNCHER, "-e", "print(_VERSION)"];
	const { status, stdout, stderr } = withMounts("mount -t tmpfs tmpfs /proc", command);
	assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "Lua 5.1\n", stderr: "" });
});

test("the stack is large enough for native's recursion limit whatever the soft limit is", () => {
	const program = "local n = 0 local function f() n = n + 1 return 1 + f() end pcall(f) print(n > 16000)";
	for (const limit of ["", "ulimit -S -s 8192; ", "ulimit -S -s 1024; "]) {
		assert.equal(run(LAUNCHER, ["-e", program], {}, limit).stdout, "true\n", limit);
	}
	// With no leave to take more, it is an error of Lua still.
	const little = run(
		LAUNCHER,
		["-e", "local function f() return 1 + f() end print(pcall(f))"],
		{},
		"ulimit -s 1024; ",
	);
	assert.equal(little.stdout, "false\t(command line):1: stack overflow\n");
});

test("Node from 24 on is not started where it would not come up", () => {
	const node = join(folder, "node");
	for (const [version, limit, starts] of [
		["v20.20.2", "ulimit -v 1310720; ", true],
		["v22.1.0", "ulimit -v 1310720; ", true],
		["v24.0.0", "ulimit -v 1310720; ", false],
		["v24.0.0", "ulimit -v 1700000; ", true],
		["v26.1.0", "ulimit -v 1690000; ", false],
		["v26.1.0", "", true],
	] as const) {
		const text = `#!/bin/sh\n[ "$1" != --version ] || { echo ${version}; exit; }\necho started\n`;
		writeFileSync(node, text, { mode: 0o755 });
		const { status, stdout, stderr } = run(LAUNCHER, ["-"], { SCRIBUNTO_LUA_NODE: node }, limit);
		assert.deepEqual([status, stdout], starts ? [0, "started\n"] : [70, ""], `${version} ${limit}`);
		if (!starts) assert.match(stderr, /are too few for this Node:\nlua: raise .* to 1740800000 or more\n$/);
	}
});

test("what is missing is said, with status 70", () => {
	mkdirSync(join(folder, "elsewhere", "bin"), { recursive: true });
	const copy = join(folder, "elsewhere", "bin", "lua");
	copyFileSync(LAUNCHER, copy);
	const unbuilt = run(copy, ["-"]);
	assert.equal(unbuilt.status, 70);
	assert.match(unbuilt.stderr, /^lua: .*lua\.cjs is missing/);
	const noNode = run(LAUNCHER, ["-"], { SCRIBUNTO_LUA_NODE: "/nonexistent" });
	assert.equal(noNode.status, 70);
	assert.match(noNode.stderr, /^lua: cannot find Node \(\/nonexistent\)/);
});
