import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Host } from "../../src/host/host.ts";
import { installedTree, type ScribuntoTree, treeAt } from "../../src/host/tree.ts";
import { assertSameDialogue, NATIVE_LUA, OUR_LUA, run } from "../support/dialogue.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("lua5.1", "mediawiki", "bin/lua");

/** The whole environment in the order of `pairs`, as the sandboxed program sees it. */
const DUMP = readFileSync(fromRoot("fixtures", "lua", "dump-environment.lua"), "latin1");

function dump(lua: string, tree: ScribuntoTree): string[] {
	const host = new Host({ lua, tree, encoding: "latin1" });
	const [text] = host.call(host.loadString(DUMP, "=dump"));
	void host.quit();
	assert.ok(typeof text === "string");
	return text.split("\n");
}

test("the environment is native's: names, types, metatables, order", { skip }, () => {
	const tree = installedTree()!;
	const native = dump(NATIVE_LUA, tree);
	assert.ok(native.length > 90, `only ${native.length} entries`);
	assert.deepEqual(dump(OUR_LUA, tree), native);
});

test("the same with the folder of newer versions", { skip }, () => {
	const folder = mkdtempSync(join(tmpdir(), "tree-"));
	try {
		const installed = installedTree()!;
		cpSync(join(installed.includes, "engines"), join(folder, "includes", "engines"), {
			recursive: true,
			dereference: true,
		});
		renameSync(join(folder, "includes", "engines"), join(folder, "includes", "Engines"));
		const tree = treeAt(join(folder, "includes"))!;
		assert.match(tree.mainFile, /\/Engines\//);
		assert.deepEqual(dump(OUR_LUA, tree), dump(NATIVE_LUA, installed));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test("a tree from before mwInit.lua replaced globals", { skip }, () => {
	const folder = mkdtempSync(join(tmpdir(), "tree-"));
	try {
		const includes = join(folder, "includes");
		mkdirSync(includes);
		cpSync(join(installedTree()!.includes, "engines"), join(includes, "engines"), {
			recursive: true,
			dereference: true,
		});
		const file = join(includes, "engines", "LuaCommon", "lualib", "mwInit.lua");
		const text = readFileSync(file, "latin1");
		const [start, end] = [text.indexOf("-- Extend pairs"), text.indexOf('--- Do a "deep copy"')];
		assert.ok(start > 0 && end > start);
		writeFileSync(file, text.slice(0, start) + text.slice(end), "latin1");
		const tree = treeAt(includes)!;
		assert.deepEqual(dump(OUR_LUA, tree), dump(NATIVE_LUA, tree));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});

test("the log goes with an error where the tree's server sends it", { skip }, async () => {
	const includes = mkdtempSync(join(tmpdir(), "tree-"));
	try {
		cpSync(join(installedTree()!.includes, "engines"), join(includes, "engines"), {
			recursive: true,
			dereference: true,
		});
		const file = join(includes, "engines", "LuaStandalone", "MWServer.lua");
		// As newer versions do it, on one line so that no other line moves.
		const log =
			"(function() local ok, log = pcall(function() " +
			"return getfenv(self.chunks[message.id]).mw.getLogBuffer() end) return ok and log or nil end)()";
		const text = readFileSync(file, "latin1").replace("trace = result[2].trace,", `$& log = ${log},`);
		assert.ok(text.includes("getLogBuffer"));
		writeFileSync(file, text, "latin1");
		const steps = [
			...run("error('no mw here')"),
			...run("mw = {getLogBuffer = function() return 'the log\\n' end} error('logged')"),
			...run(
				"setfenv(1, setmetatable({mw = {getLogBuffer = function() return {1} end}}, {__index = _G})) error('table')",
			),
			...run("mw = {getLogBuffer = function() error('x') end} error('failing log')"),
			...run("mw = {getLogBuffer = function() end} error('no log')"),
			...run(
				"mw = setmetatable({}, {__index = function() return function() return 5 end end}) error('by metatable')",
			),
			...run("error(nil)"),
		];
		await assertSameDialogue(steps, { tree: treeAt(includes)! });
	} finally {
		rmSync(includes, { recursive: true, force: true });
	}
});
