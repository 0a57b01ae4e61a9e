/** The program lua-run: its outputs and its exit statuses. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { commandNamed } from "../../src/commands/table.ts";
import { fromRoot } from "../support/root.ts";

const LUA_RUN = fromRoot("bin", "lua-run");
const MODULES = fromRoot("fixtures", "offline", "modules");
const GREETING = join(MODULES, "Greeting.lua");
const folder = mkdtempSync(join(tmpdir(), "lua-run-"));

function luaRun(args: readonly string[], input = "") {
	const { status, stdout, stderr } = spawnSync(LUA_RUN, args, { input, encoding: "utf8", cwd: folder });
	return { status, stdout, stderr };
}

describe("lua-run", () => {
	after(() => rmSync(folder, { recursive: true, force: true }));

	test("the result on stdout, the log on stderr", () => {
		assert.deepEqual(luaRun([GREETING, "main", "--arg", "Wörld", "--arg=lang=de"]), {
			status: 0,
			stdout: "Hallo, Wörld!\n",
			stderr: "greeting\tWörld\tde\n",
		});
	});

	test("a module by its name in a folder", () => {
		const { status, stdout } = luaRun(["--modules", MODULES, "Module:Greeting", "main"]);
		assert.deepEqual([status, stdout], [0, "Hello, nobody!\n"]);
	});

	test("a script error with its backtrace", () => {
		const { status, stdout, stderr } = luaRun([GREETING, "broken"]);
		assert.deepEqual([status, stdout], [1, ""]);
		assert.match(
			stderr,
			/^Lua error in Module:Greeting at line 19: attempt to index field 'missing' \(a nil value\)\.\nBacktrace:\n/,
		);
		assert.match(stderr, /Module:Greeting:19: /);
	});

	test("wrong usage and missing files", () => {
		for (const args of [
			[],
			["x.lua"],
			["--nosuch"],
			["--data"],
			["--test"],
			[GREETING, "f", "--junit", "x"],
			[GREETING, "f", "--time", "x"],
		]) {
			const { status, stderr } = luaRun(args);
			assert.equal(status, 2, args.join(" "));
			assert.match(stderr, /^lua-run: .* \(lua-run --help tells more\)\n$/);
		}
		for (const args of [
			["none.lua", "f"],
			[GREETING, "main", "--data", "none.json"],
			[GREETING, "main", "--scribunto", folder],
		]) {
			const { status, stderr } = luaRun(args);
			assert.equal(status, 66, args.join(" "));
			assert.match(stderr, /^lua-run: no /);
		}
	});

	test("what cannot be read, understood or made is told as what it is", () => {
		const wrong = join(folder, "wrong.json");
		writeFileSync(wrong, "{");
		const testcases = ["--modules", MODULES, "--test", join(MODULES, "Greeting", "testcases.lua")];
		const cases: readonly [args: string[], status: number, message: RegExp][] = [
			[[GREETING, "main", "--data", wrong], 65, /wrong\.json: .*JSON/],
			[[GREETING, "main", "--data", join(wrong, "x")], 66, /ENOTDIR/],
			[[...testcases, "--junit", "/nowhere/x"], 73, /--junit: ENOENT: .*'\/nowhere\/x'/],
			[[GREETING, "main", "--profile", "/nowhere/x"], 73, /--profile: ENOENT: .*'\/nowhere\/x'/],
			[[GREETING, "main", "--profile", wrong], 73, /--profile: .*wrong\.json is no directory/],
		];
		const listed = commandNamed("lua-run").statuses.map(([number]) => number);
		for (const [args, expected, message] of cases) {
			const { status, stderr } = luaRun(args);
			assert.equal(status, expected, args.join(" "));
			assert.match(stderr, message);
			assert.match(stderr, /^lua-run: .*\n$/);
			assert.ok(listed.includes(String(status)), "the help lists it");
		}
	});

	test("tests as TAP and as JUnit's XML", () => {
		const junit = join(folder, "junit.xml");
		const file = join(MODULES, "Greeting", "testcases.lua");
		const { status, stdout } = luaRun(["--modules", MODULES, "--test", file, "--junit", junit]);
		assert.equal(status, 1);
		assert.match(
			stdout,
			/^TAP version 13\n1\.\.7\nok 1 - Module:Greeting\/testcases testEnglish\nnot ok 2 - /,
		);
		assert.match(stdout, /^ok 4 - Module:Greeting\/testcases testSkipped # SKIP not today$/m);
		assert.match(stdout, / {2}expected: "\\"Hallo, you!\\""/);
		assert.match(stdout, /^# 4 passed, 2 failed, 1 skipped$/m);
		const xml = readFileSync(junit, "utf8");
		assert.match(
			xml,
			/<testsuite name="Module:Greeting\/testcases" tests="7" failures="1" errors="1" skipped="1"/,
		);
		assert.match(xml, /<failure message="the language is &lt;missing&gt; &amp; &quot;wrong&quot;">/);
		const none = luaRun(["--test", GREETING]);
		assert.equal(none.status, 1);
		assert.match(none.stdout, /has no function whose name begins with test/);
	});

	test("a module that cannot be compiled, with its place", () => {
		const broken = join(folder, "Broken.lua");
		writeFileSync(broken, "local x = {\n");
		const message = "Lua error in Module:Broken at line 2: unexpected symbol near '<eof>'.";
		const called = luaRun([broken, "main"]);
		assert.deepEqual([called.status, called.stderr], [1, `${message}\n`]);
		const tested = luaRun(["--test", broken]);
		assert.equal(tested.status, 1);
		assert.ok(tested.stdout.includes(`\n  message: ${JSON.stringify(message)}\n`), tested.stdout);
		const prompted = luaRun(["-i", broken], "=1\n");
		assert.deepEqual([prompted.stdout, prompted.stderr], ["1\n", `${message}\n`]);
	});

	test("--watch runs again when a module changes", async () => {
		const modules = join(folder, "watched");
		cpSync(MODULES, modules, { recursive: true });
		const child = spawn(LUA_RUN, ["--watch", join(modules, "Greeting.lua"), "main"]);
		try {
			await seen(child, "Hello, nobody!");
			writeFileSync(join(modules, "Greeting", "data.lua"), "return { en = 'Changed, $1!' }");
			await seen(child, "Changed, nobody!");
		} finally {
			child.kill();
		}
	});

	test("the prompt through a pipe", () => {
		const input = [
			"1 + 1, 'x'",
			"= { 1, a = { true } }",
			"function f(n)",
			"return n * 2",
			"end",
			"f(21)",
			"p.greet('you', 'de')",
			"print(nil, 1)",
			"error('boom')",
			"x x",
			"js.typeof(js.global)",
			"_G.js, require('Module:Greeting') == p",
			"mw.log('logged')",
		].join("\n");
		const { status, stdout, stderr } = luaRun(["-i", GREETING], `${input}\n`);
		assert.equal(status, 0);
		assert.deepEqual(stdout.split("\n"), [
			'2\t"x"',
			"{ 1, a = { true } }",
			"42",
			'"Hallo, you!"',
			"nil\t1",
			'"object"',
			"nil\ttrue",
			"",
		]);
		assert.match(stderr, /^stdin:1: boom\n[\s\S]*stdin:1: '=' expected near 'x'\nlogged\n$/);
	});
});

/** Waits for a text on a program's stdout. */
function seen(child: ChildProcess, text: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const listen = (chunk: Buffer): void => {
			if (!chunk.toString().includes(text)) return;
			child.stdout!.off("data", listen);
			resolve();
		};
		child.stdout!.on("data", listen);
		child.once("exit", () => reject(new Error(`the program ended before ${text}`)));
	});
}
