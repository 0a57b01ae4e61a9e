// bin/lua-debug in a terminal: commands in, what a user sees out. And a recorded session under it.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { installedTree } from "../../src/host/tree.ts";
import { encodeTranscript } from "../../src/replay/transcript.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const folder = mkdtempSync(join(tmpdir(), "sf-debug-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function debug(args: readonly string[], commands: readonly string[]): SpawnSyncReturns<string> {
	return spawnSync(fromRoot("bin", "lua-debug"), args, {
		cwd: folder,
		encoding: "utf8",
		input: commands.map((line) => `${line}\n`).join(""),
		timeout: 30_000,
	});
}

const PROGRAM = `local function add(a, b)
	local sum = a + b
	return sum
end
local total = 0
for i = 1, 3 do
	total = add(total, i)
end
print("total", total, ...)
local ok = pcall(error, "caught")
local t = { list = { 1, 2 }, name = "Zürich" }
return t.nothing.x
`;
writeFileSync(join(folder, "a.lua"), PROGRAM);

/** What the commands show, after the stop at the first line. */
function shown(...commands: readonly string[]): string[] {
	const { stdout } = debug(["a.lua", "one"], commands);
	const lines = stdout.trimEnd().split("\n");
	assert.deepEqual(lines.splice(0, 2), ["a.lua:1: entry", "1     local function add(a, b)"]);
	return lines;
}

describe("commands", { skip }, () => {
	test("break, continue, bt, locals, print, up", () => {
		const commands = ["b 2 if b == 2", "c", "bt", "locals", "p a + b", "up", "locals", "p total"];
		assert.deepEqual(shown(...commands), [
			"breakpoint 1 at a.lua:2 if b == 2",
			"a.lua:2: breakpoint 1",
			"2     \tlocal sum = a + b",
			"*#0  add         a.lua:2",
			" #1  main chunk  a.lua:7",
			"a = 1",
			"b = 2",
			"3",
			"#1  main chunk  a.lua:7",
			"7     \ttotal = add(total, i)",
			"add = function <a.lua:1>",
			"total = 1",
			"i = 2",
			'...[1] = "one"',
			"1",
		]);
	});

	test("step, next, finish, and an empty line for the last command again", () => {
		const stops = shown("n", "", "", "s", "", "fin").filter((line) => /^a\.lua/.test(line));
		assert.deepEqual(
			stops,
			[5, 6, 7, 2, 3, 6].map((line) => `a.lua:${line}: step`),
		);
	});

	test("list", () => {
		const lines = PROGRAM.split("\n").map((line, index) => ` ${String(index + 1).padEnd(6)}${line}`);
		const around = [...lines.slice(5, 10), lines[10]?.replace(" ", ">"), ...lines.slice(11, 12)];
		const expected = [...around, ...around, ...lines.slice(0, 10)];
		assert.deepEqual(shown("tbreak a.lua:11", "c", "list", "l", "list 1").slice(4), expected);
	});

	test("log points, hits, delete, errors, and how it ends", () => {
		const commands = [
			"log 7 {i}: {total}",
			"b 3",
			"hits 2 2",
			"info",
			"c",
			"d 2",
			"c",
			"p t",
			"p t.list[2]",
			"c",
		];
		assert.deepEqual(shown(...commands), [
			"breakpoint 1 at a.lua:7 log {i}: {total}",
			"breakpoint 2 at a.lua:3",
			"breakpoint 1 at a.lua:7 log {i}: {total}",
			"breakpoint 2 at a.lua:3 hits 2",
			"1: 0",
			"2: 1",
			"a.lua:3: breakpoint 2",
			"3     \treturn sum",
			"3: 3",
			"total\t6\tone",
			"a.lua:12: exception: a.lua:12: attempt to index field 'nothing' (a nil value)",
			"12    return t.nothing.x",
			'{ name = "Zürich", list = {...} }',
			"2",
			"ended with status 1",
		]);
	});

	test("what cannot be done is said", () => {
		assert.deepEqual(shown("wat", "b", "frame 7", "p +", "d 9", "b 99", "b other.lua:3", "hits 1 x"), [
			"no command: wat (help lists them)",
			"where? [CHUNK:]LINE",
			"no such frame",
			"(debugger):1: unexpected symbol near '+'",
			"no breakpoint 9",
			"breakpoint 1 at a.lua:no code there",
			"breakpoint 2 at other.lua:3, not loaded yet",
			"hits N COUNT",
		]);
	});
});

test("a function of a module, without a wiki", { skip: whyMissing("bin/lua", "mediawiki") }, () => {
	const text =
		"local p = {}\nfunction p.main(frame)\n local who = frame.args[1]\n return 'Hello ' .. who\nend\nreturn p\n";
	writeFileSync(join(folder, "Greeting.lua"), text);
	const { includes } = installedTree()!;
	const args = ["--run", "--scribunto", dirname(includes), "Greeting.lua", "main", "--arg", "you"];
	const { stdout, status } = debug(args, ["b Greeting:4", "c", "p who", "bt", "p who = 'me'", "c"]);
	assert.deepEqual(stdout.trimEnd().split("\n").slice(2), [
		"breakpoint 1 at Module:Greeting:4",
		"Module:Greeting:4: breakpoint 1",
		"4      return 'Hello ' .. who",
		'"you"',
		"*#0  p.main  Module:Greeting:4",
		"Hello me",
		"ended with status 0",
	]);
	assert.equal(status, 0);
});

test("a recorded session", { skip: whyMissing("bin/lua", "mediawiki") }, () => {
	const { mainFile, includes } = installedTree()!;
	const module = "local p = {}\\nfunction p.main()\\n local x = 1\\n return x.y.z\\nend\\nreturn p";
	const host = (text: string) => ({ source: "host" as const, time: 0, body: Buffer.from(text) });
	const peer = (text: string) => ({ source: "peer" as const, time: 0, body: Buffer.from(text) });
	const reply = peer('a:3:{s:2:"op";s:6:"return";s:7:"nvalues";i:0;s:6:"values";a:0:{}}');
	const path = join(folder, "session.transcript");
	const entries = [
		host(`{["op"]="loadString",["text"]="${module}",["chunkName"]="=Module:Fails"}`),
		reply,
		host('{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}'),
		reply,
		host('{["op"]="call",["id"]=2,["nargs"]=0,["args"]={}}'),
		peer('a:2:{s:2:"op";s:5:"error";s:5:"value";s:1:"x";}'),
		host('{["op"]="quit"}'),
	];
	writeFileSync(path, encodeTranscript({ mainFile, includes, interpreterId: 0, intSize: 8 }, entries));
	const { stdout, status } = debug(["--replay", path], ["c", "bt", "locals", "c"]);
	assert.deepEqual(stdout.trimEnd().split("\n"), [
		"Module:Fails:1: entry",
		"1     local p = {}",
		"Module:Fails:4: exception: Module:Fails:4: attempt to index local 'x' (a number value)",
		"4      return x.y.z",
		"*#0  p.main  Module:Fails:4",
		"x = 1",
		"ended with status 0",
	]);
	assert.equal(status, 0);
});

describe("what keeps a recording or a client from being served is told", { skip }, () => {
	test("a folder, and a broken recording, by name", () => {
		const broken = join(folder, "broken.transcript");
		writeFileSync(broken, "scribunto-transcript 1\nxx\n");
		for (const [path, complaint] of [
			[folder, `cannot read ${folder}: EISDIR`],
			[broken, `${broken}: the transcript's header is no JSON`],
		] as const) {
			const { status, stdout, stderr } = debug(["--replay", path], []);
			assert.deepEqual([status, stdout], [1, ""]);
			assert.ok(stderr.startsWith(`lua-debug: ${complaint}`), stderr);
		}
	});

	for (const [name, input] of [
		["nothing", []],
		["something else than the protocol", ["garbage", ""]],
	] as const) {
		test(`a client that says ${name}`, () => {
			const { status, stdout, stderr } = debug(["--dap"], input);
			assert.deepEqual([status, stdout], [1, ""]);
			assert.equal(stderr, "lua-debug: the client is gone, and has not said what to run\n");
		});
	}
});
