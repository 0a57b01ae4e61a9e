import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Host } from "../../src/host/host.ts";
import { installedTree, type ScribuntoTree, treeAt } from "../../src/host/tree.ts";
import { NATIVE_LUA, OUR_LUA } from "../support/dialogue.ts";
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
