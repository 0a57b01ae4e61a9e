// Starting from the start-up snapshot: when bin/lua does it, and that nothing else changes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Host } from "../../src/host/host.ts";
import { ownTree } from "../../src/host/tree.ts";
import { fromRoot, ROOT } from "../support/root.ts";

const STACK = 57176;
const files = [
	"bin/lua",
	"dist/lua.cjs",
	"dist/build-id",
	`dist/lua-${STACK}.snapshot`,
	`dist/lua-${STACK}.snapshot.fits`,
] as const;
const missing = files.find((file) => !existsSync(fromRoot(file)));

/** 64 MB of stack are what the snapshot is for. */
function allowsStack(): boolean {
	return spawnSync("sh", ["-c", "ulimit -S -s 65536"], { stdio: "ignore" }).status === 0;
}

const skip =
	missing !== undefined ? `${missing} is not there` : allowsStack() ? false : "ulimit -s allows no 64 MB";

describe("start-up snapshot", { skip }, () => {
	let folder = "";
	let lua = "";
	let snapshot = "";

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "snapshot-"));
		for (const name of ["bin", "dist"]) mkdirSync(join(folder, name));
		lua = join(folder, "bin", "lua");
		snapshot = join(folder, files[3]);
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	/** A package as it is after the build. */
	function copyPackage(): void {
		for (const file of files) copyFileSync(fromRoot(file), join(folder, file));
	}

	/** Changes one line of what is known of the snapshot. */
	function changeLine(number: number, text: (line: string) => string): void {
		const lines = readFileSync(`${snapshot}.fits`, "utf8").split("\n");
		lines[number] = text(lines[number]!);
		writeFileSync(`${snapshot}.fits`, lines.join("\n"));
	}

	function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
		const result = spawnSync("sh", ["-x", lua, ...args], {
			encoding: "utf8",
			env: { ...process.env, ...env },
			input: "",
		});
		const fromSnapshot = /^\+ exec .*--snapshot-blob/m.test(result.stderr);
		const errors = result.stderr.replace(/^\+.*\n/gm, "");
		return { output: result.stdout, errors, status: result.status, fromSnapshot };
	}

	const starts = (env: NodeJS.ProcessEnv = {}): boolean => {
		const { output, fromSnapshot } = run(["-e", "print(1 + 1)"], env);
		assert.equal(output, "2\n");
		return fromSnapshot;
	};

	test("is used when it fits", () => {
		copyPackage();
		assert.equal(starts(), true);
	});

	test("is left alone when somebody says so", () => {
		copyPackage();
		assert.equal(starts({ SCRIBUNTO_LUA_SNAPSHOT: "off" }), false);
		assert.equal(starts({ NODE_OPTIONS: "--max-old-space-size=500" }), false);
	});

	test("is left alone with another program, or other flags", () => {
		copyPackage();
		writeFileSync(join(folder, "dist", "build-id"), "another\n");
		assert.equal(starts(), false);
		rmSync(join(folder, "dist", "build-id"));
		assert.equal(starts(), false);
		copyPackage();
		changeLine(2, (flags) => `${flags} --no-opt`);
		assert.equal(starts(), false);
	});

	test("is left alone on another processor or with another Node", () => {
		copyPackage();
		changeLine(4, () => "the kernel was started again");
		assert.equal(starts(), true);
		changeLine(5, (processor) => `${processor} and-more`);
		assert.equal(starts(), false);
		changeLine(4, () => "");
		assert.equal(starts(), false);
		copyPackage();
		changeLine(0, () => "/bin/sh");
		assert.equal(starts(), false);
		writeFileSync(`${snapshot}.fits`, "");
		assert.equal(starts(), false);
		rmSync(`${snapshot}.fits`);
		assert.equal(starts(), false);
	});

	test("older than Node, it is used when the version is the same", () => {
		copyPackage();
		utimesSync(snapshot, 2, 2);
		assert.equal(starts(), true);
		changeLine(1, () => "v0.0.1");
		assert.equal(starts(), false);
	});

	test("nothing else changes", () => {
		copyPackage();
		const programs: [args: string[], env?: NodeJS.ProcessEnv][] = [
			[["-e", "print(...)", "x"]],
			[["-", "a", "b c", ""]],
			[["-e", "print(os.date('%H:%M %Z', 0))"], { TZ: "Asia/Tokyo" }],
			[["-e", "print(os.date('%H:%M %Z', 0))"], { TZ: "America/New_York" }],
			[["-e", "print(os.getenv('SPEC_VALUE'), math.random(1000), math.random(1000))"], { SPEC_VALUE: "é" }],
			[["-e", "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end print(f(15000))"]],
			[["-e", "local function f() return 1 + f() end print(pcall(f))"]],
			[["-e", "error({})"]],
			[["-e", "local x = nil; x.y = 1"]],
			[["-e", "os.exit(7)"]],
			[["-e", "print(collectgarbage('count') > 0, #arg, arg[0], arg[-1])"]],
			[["-v"]],
			[["/nowhere.lua"]],
			[["-e", "for _, name in ipairs({ 'io', 'os', 'package' }) do print(type(_G[name])) end"]],
		];
		for (const [args, env = {}] of programs) {
			const { fromSnapshot, ...withIt } = run(args, env);
			assert.equal(fromSnapshot, args[0] !== "-v", args.join(" "));
			const { fromSnapshot: still, ...without } = run(args, { ...env, SCRIBUNTO_LUA_SNAPSHOT: "off" });
			assert.equal(still, false);
			assert.deepEqual(withIt, without, args.join(" "));
		}
	});

	test("is not made where bin/lua would not know what it is made with", () => {
		const unbuilt = join(folder, "unbuilt");
		mkdirSync(join(unbuilt, "dist"), { recursive: true });
		mkdirSync(join(unbuilt, "bin"));
		const prepare = join(unbuilt, "bin", "lua-prepare");
		copyFileSync(fromRoot("bin", "lua-prepare"), prepare);
		for (const missing of ["snapshot.cjs", "build-id"]) {
			const { status, stdout, stderr } = spawnSync(prepare, { encoding: "utf8" });
			const reason = `lua-prepare: ${unbuilt}/bin/../dist/${missing} is missing: run npm run build\n`;
			assert.deepEqual({ status, stdout, stderr }, { status: 70, stdout: "", stderr: reason });
			copyFileSync(fromRoot("dist", missing), join(unbuilt, "dist", missing));
		}
	});

	test("sessions know their own process, and nothing of the warm-up's", async () => {
		copyPackage();
		const host = new Host({ lua, tree: ownTree(ROOT) });
		const status = host.getStatus();
		// Since Node 24 the main thread has a name.
		assert.match(readFileSync(`/proc/${status?.pid}/comm`, "utf8"), /^(node|MainThread|node-MainThread)\n$/);
		assert.match(readFileSync(`/proc/${status?.pid}/cmdline`, "utf8"), /--snapshot-blob/);
		const names = host.call(
			host.loadString(
				"local t = {} for k in pairs(_G) do t[#t + 1] = k end table.sort(t) return t",
				"=names",
			),
		);
		const plain = new Host({
			lua,
			tree: ownTree(ROOT),
			env: { ...process.env, SCRIBUNTO_LUA_SNAPSHOT: "off" },
		});
		const others = plain.call(
			plain.loadString(
				"local t = {} for k in pairs(_G) do t[#t + 1] = k end table.sort(t) return t",
				"=names",
			),
		);
		assert.deepEqual(names, others);
		assert.deepEqual(host.call(host.loadString("return 1", "=again")), [1]);
		await host.quit();
		await plain.quit();
	});
});
