// The command line against lua5.1: arguments, standard input, LUA_INIT, exit status and both
// outputs. One difference is meant: the version line is on stdout.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, describe, it } from "node:test";
import { type Engine, runCommand } from "../support/oracle.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("lua5.1", "bin/lua");
const VERSION = "Lua 5.1.5  Copyright (C) 1994-2012 Lua.org, PUC-Rio\n";

const folder = mkdtempSync(join(tmpdir(), "lua-cli-"));
after(() => rmSync(folder, { recursive: true }));
const FILES: Readonly<Record<string, string>> = {
	"script.lua": `for i = -3, 3 do io.write(i, "=", tostring(arg[i]), " ") end print(#arg, ...) error("q")`,
	"trace.lua": `local function a(n) if n == 0 then error("deep") end a(n - 1) return 1 end\na(30)`,
	"shebang.lua": `#!/usr/bin/lua\nprint("ran")\nerror("line 3")`,
	"good.lua": `module(..., package.seeall) function f() return type(print) end`,
	"bad.lua": "x x",
	"mw_main.lua": "print(arg[0], ...)",
};
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);

interface Case {
	readonly args: readonly string[];
	readonly input?: string;
	readonly env?: Readonly<Record<string, string>>;
}

const e = (text: string): Case => ({ args: ["-e", text] });

const CASES: readonly Case[] = [
	...[["-v"], ["-x"], ["-e"], ["-l"], ["-vx"], ["-iv"], ["-vi"], ["-v", "-"], ["--x"]].map((args) => ({
		args,
	})),
	...[["nofile.lua"], ["--", "nofile"], ["."], ["-l", "nomod"], ["-lnomod"], ["-l", "bad"]].map((args) => ({
		args,
	})),
	{ args: ["-v", "-e", "print(1)"] },
	{ args: ["-i", "-e", "1"] },
	{ args: ["-ex=1", "-e", "print(x)"] },
	{ args: ["-e", "print(arg, ...)", "-l", "table", "-lgood", "-e", "print(good.f())"] },
	{ args: ["-e", "y=1", "script.lua", "a", "b c"] },
	{ args: ["--", "script.lua", "-x"] },
	{ args: ["-", "a", "b"], input: "print(#arg, arg[0], arg[1], arg[-1], ...)" },
	{ args: ["--", "-"] },
	{ args: [], input: "#!x\nprint(1) error('x')" },
	{ args: [], input: "x x" },
	{ args: ["trace.lua"] },
	{ args: ["shebang.lua"] },
	...["x x", "error{}", "error()", "error('x', 0)", "error(12)", "return 5", "", "local a = 1; a()"].map(e),
	...["os.exit(3)", "os.exit(true)", "os.exit(256 + 7)", "io.stderr:write('e') io.write('o') os.exit(0)"].map(
		e,
	),
	...["require 'nomod'", "debug = nil error('x')", "debug.traceback = nil error('x')"].map(e),
	e("debug.traceback = function(m, l) return m .. tostring(l) end error('x')"),
	// Other globals for the thread, which is where native looks for what it calls itself.
	e("setfenv(0, {}) error('x')"),
	e("setfenv(0, {debug = {traceback = function(m) return m .. '!' end}}) error('x')"),
	e("setfenv(0, setmetatable({}, {__index = function(_, k) error('no ' .. k, 0) end})) error('x')"),
	...[
		"require = function(...) print('own', ...) end",
		"__index = function(_, k) error('no ' .. k, 0) end",
	].map((globals) => ({
		args: ["-e", `local t = {${globals}} setfenv(0, setmetatable(t, t))`, "-l", "good"],
	})),
	...["__index = _G, mark = 1", "__index = _G, __newindex = function(_, k) error('no ' .. k, 0) end"].map(
		(globals) => ({
			args: ["-e", `local t = {${globals}} setfenv(0, setmetatable(t, t))`, "script.lua", "a"],
		}),
	),
	{ args: ["-i"], input: "setfenv(0, setmetatable({_PROMPT = 'p> '}, {__index = _G}))\nprint = 1\n=2\n" },
	e("error(setmetatable({}, {__tostring = function() return 't' end}))"),
	e("coroutine.wrap(function() error('co') end)()"),
	e("local function g() return 1 + g() end g()"),
	{ args: ["-e", "print(io.read('*a'))"], input: "hello" },
	{ args: ["-i"], input: "return 1,2\n=3\nx=\n5\nprint(x)\nerror('e')\nx x\nprint(1" },
	{ args: ["-i"], input: "for i=1,2 do\nprint(i)\nend\n=nil\n= {}==1\nprint=nil\n=1\n" },
	{ args: ["-i"], input: "_PROMPT='p> '\n_PROMPT2='c> '\nif x then\nend\nos.exit(2)\n" },
	{ args: ["-i", "shebang.lua"] },
	...["print(1", "@nofile", "error('x')", "print('init')", "@shebang.lua"].flatMap((init) => [
		{ args: ["-e", "print(2)"], env: { LUA_INIT: init } },
		{ args: ["-x"], env: { LUA_INIT: init } },
	]),
	{ args: ["-e", "print(package.path, package.cpath)"], env: { LUA_PATH: "a;;b", LUA_CPATH: "?.so" } },
	{
		args: ["-e", "print(package.path, os.getenv('LUA_PATH'), require('good').f(), pcall(require, 'x'))"],
		env: { LUA_PATH: "./größe/?.lua;./?.lua", LUA_CPATH: "ü?.so" },
	},
	// Scribunto's script has MWServer.lua beside it. This is another.
	{ args: ["mw_main.lua", "a", "0", "8"] },
	{ args: ["./mw_main.lua"] },
	{ args: ["nowhere/mw_main.lua", "a", "0", "8"] },
];

/** What a program said and how it ended, wherever it put the version line. */
function outcome(engine: Engine, { args, input, env }: Case): unknown {
	const { stdout, stderr, status } = runCommand(engine, folder, args, {
		...(input === undefined ? {} : { input }),
		...(env === undefined ? {} : { env }),
	});
	const withoutVersion = [stdout, stderr].map((text) => text.replace(VERSION, ""));
	const said = (stdout + stderr).includes(VERSION);
	const names = withoutVersion.map((text) => text.replace(/^usage: \S+/m, "usage: lua"));
	return { output: names[0], errors: names[1], said, status };
}

describe("lua on the command line", { skip }, () => {
	for (const one of CASES) {
		it(`lua ${one.args.join(" ")} ${JSON.stringify(one.input ?? one.env ?? "")}`, () => {
			assert.deepEqual(outcome("ours", one), outcome("native", one));
		});
	}

	it("prints its version on stdout", () => {
		for (const args of [["-v"], ["-v", "-e", "x=1"]])
			assert.equal(runCommand("ours", folder, args).stdout, VERSION);
	});
});

const noTerminal = whyMissing("lua5.1", "bin/lua", "script");
describe("lua in a terminal", { skip: noTerminal }, () => {
	for (const lua of ["lua5.1", fromRoot("bin", "lua")]) {
		it(`${basename(lua)} shows each line when it is written`, async () => {
			const seen = join(folder, `seen-by-${basename(lua)}`);
			// Ends when the first line has been seen, which only happens when it is not kept back.
			const program = `print("first") repeat until io.open("${seen}") print("second")`;
			const terminal = spawn("script", ["-qec", `${lua} -e '${program}'`, "/dev/null"]);
			let output = "";
			terminal.stdout.setEncoding("latin1").on("data", (text: string) => {
				output += text;
				if (output.includes("first")) writeFileSync(seen, "");
			});
			await once(terminal, "close");
			assert.equal(output, "first\r\nsecond\r\n");
		});
	}
});
