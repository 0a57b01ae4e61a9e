import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { installedTree } from "../../src/host/tree.ts";
import { readTree, TreeError } from "../../src/peer/scribunto-tree.ts";
import { mainChunk, serverChunk } from "../../src/peer/server-frames.ts";
import { whyMissing } from "../support/tools.ts";

/** A tree with this MWServer.lua; gives what `check` gives. */
function withTree<T>(
	folder: string,
	serverText: string,
	check: (mainFile: string, includes: string) => T,
): T {
	const includes = mkdtempSync(join(tmpdir(), "tree-"));
	try {
		const mainFile = join(includes, folder, "LuaStandalone", "mw_main.lua");
		mkdirSync(dirname(mainFile), { recursive: true });
		mkdirSync(join(includes, folder, "LuaCommon", "lualib"), { recursive: true });
		writeFileSync(mainFile, "server:execute()\n");
		writeFileSync(join(includes, folder, "LuaStandalone", "MWServer.lua"), serverText);
		writeFileSync(join(includes, folder, "LuaCommon", "lualib", "mwInit.lua"), "mw = {}\n");
		return check(mainFile, includes);
	} finally {
		rmSync(includes, { recursive: true, force: true });
	}
}

const classOf = (serverText: string): string =>
	withTree("engines", serverText, (...names) => readTree(...names).functionClass);

test("the class of function objects is read from the tree", () => {
	assert.equal(classOf(`x = 'O:3:"Abc":2:{'`), "Abc");
	const name = "MediaWiki\\Extension\\Scribunto\\Engines\\LuaStandalone\\LuaStandaloneInterpreterFunction";
	assert.equal(name.length, 84);
	const once = name.replaceAll("\\", "\\\\");
	assert.equal(classOf(`x = 'O:84:"${once}":2:{'`), name);
	assert.equal(classOf(`x = 'O:84:"${once.replaceAll("\\", "\\\\")}":2:{'`), name);
	assert.throws(() => classOf("nothing"), TreeError);
	assert.throws(() => classOf(`x = 'O:4:"Abc":2:{'`), TreeError);
});

test("both layouts are found, and named as native names them", () => {
	for (const folder of ["engines", "Engines"]) {
		withTree(folder, `'O:3:"Abc"'`, (mainFile, includes) => {
			const tree = readTree(mainFile, includes);
			assert.equal(tree.serverFile, `${includes}/${folder}/LuaStandalone/MWServer.lua`);
			assert.equal(tree.initFile, `${includes}/${folder}/LuaCommon/lualib/mwInit.lua`);
			assert.equal(tree.initText, "mw = {}\n");
		});
	}
	assert.throws(() => readTree("/nowhere/mw_main.lua", "/nowhere"), TreeError);
});

test("the allowed globals and the log are read from the tree", () => {
	const text = `'O:3:"Abc"' local allowedGlobals = {\n-- "no",\n"assert",\n\t'type',\n}`;
	withTree("engines", text, (...names) => {
		assert.deepEqual(readTree(...names).allowedGlobals, ["assert", "type"]);
		assert.equal(readTree(...names).sendsLog, false);
	});
	withTree("engines", `'O:3:"Abc"' mw.getLogBuffer()`, (...names) => {
		assert.ok(readTree(...names).allowedGlobals.includes("rawequal"));
		assert.equal(readTree(...names).sendsLog, true);
	});
});

test("every piece is found in the installed tree, on the line where it stands", {
	skip: whyMissing("mediawiki"),
}, () => {
	const { mainFile, includes } = installedTree()!;
	const tree = readTree(mainFile, includes);
	const native = tree.serverText.split("\n");
	const ours = serverChunk(tree.serverText).split("\n");
	const alike: [string, RegExp][] = [
		["self:dispatch(false)", /self:dispatch\( nil \)/],
		["error(value, 3)", /error\( result\.value, 3 \)/],
		["xpcall(", /xpcall\(/],
		["return called[1](unpack(", /self\.chunks\[message\.id\]\( unpack\(/],
		["self:handleCall(a, b, c)", /self:handleCall\( msgFromPhp \)/],
		["failure == 'circular'", /circular reference/],
		["failure == 'collision'", /Collision for array key/],
		["if mt and mt.__tostring", /if mt and mt\.__tostring/],
	];
	for (const [text, pattern] of alike) {
		const line = ours.findIndex((candidate) => candidate.includes(text));
		assert.match(native[line] ?? "", pattern, text);
	}
	const shifted = serverChunk(`-- one line more\n${tree.serverText}`).split("\n");
	assert.equal(
		shifted.findIndex((line) => line.includes("xpcall(")),
		ours.findIndex((line) => line.includes("xpcall(")) + 1,
	);
	assert.equal(mainChunk(readFileSync(mainFile, "latin1")).split("\n").length, 7);
});

test("a server that looks different still gives a program", () => {
	const lines = serverChunk("").split("\n");
	assert.ok(lines.length > 690);
	assert.match(lines.at(-1)!, /return MWServer, libraryFunction/);
});
