/**
 * The README's table of what other engines say is what they say: each expression in it is evaluated by each of them,
 * by lua5.1 and LuaJIT behind Scribunto's own server program.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Host } from "../src/host/host.ts";
import { installedTree } from "../src/host/tree.ts";
import { OUR_LUA } from "./support/dialogue.ts";
import { fromRoot, ROOT } from "./support/root.ts";
import { type Tool, whyMissing } from "./support/tools.ts";

/** Rows that begin with Lua code. */
const rows = readFileSync(fromRoot("README.md"), "utf8")
	.split("\n")
	.filter((line) => /^\| `/.test(line) && line.split(" | ").length === 6)
	.map((line) => line.slice(2, -2).split(" | "));
const expressions = rows.map(([code = ""]) => code.slice(1, -1));

interface Engine {
	readonly name: string;
	readonly needs: readonly Tool[];
	/** What the chunks return, as texts. */
	evaluate(chunks: readonly string[]): Promise<readonly string[]>;
}

/** A session for each chunk, behind Scribunto's server program. */
async function inSessions(lua: string, chunks: readonly string[]): Promise<string[]> {
	const tree = installedTree();
	assert.ok(tree !== undefined);
	const values: string[] = [];
	for (const chunk of chunks) {
		const host = new Host({ lua, tree });
		values.push(String(host.call(host.loadString(chunk, "=c"))[0]));
		await host.quit();
	}
	return values;
}

const SANDBOX = `<?php
foreach ( json_decode( stream_get_contents( STDIN ) ) as $chunk ) {
	$sandbox = new LuaSandbox;
	$values[] = $sandbox->loadString( $chunk, '=c' )->call()[0];
}
echo json_encode( $values );`;

const WASMOON = `const { LuaFactory } = require("wasmoon");
(async () => {
	const values = [];
	for (const chunk of JSON.parse(require("fs").readFileSync(0, "utf8"))) {
		values.push(await (await new LuaFactory().createEngine()).doString(chunk));
	}
	console.log(JSON.stringify(values));
	process.exit();
})();`;

async function inProgram(
	command: string,
	args: readonly string[],
	chunks: readonly string[],
): Promise<string[]> {
	const input = JSON.stringify(chunks);
	const { stdout, stderr } = spawnSync(command, args, { input, encoding: "utf8", cwd: ROOT });
	assert.notEqual(stdout, "", stderr);
	return JSON.parse(stdout) as string[];
}

/** In the order of the table's columns. */
const ENGINES: readonly Engine[] = [
	{ name: "lua5.1", needs: ["lua5.1", "mediawiki"], evaluate: (chunks) => inSessions("lua5.1", chunks) },
	{
		name: "LuaSandbox",
		needs: ["luasandbox"],
		evaluate: (chunks) => inProgram("php", ["-r", SANDBOX.slice(6)], chunks),
	},
	{ name: "LuaJIT", needs: ["luajit", "mediawiki"], evaluate: (chunks) => inSessions("luajit", chunks) },
	{ name: "wasmoon", needs: [], evaluate: (chunks) => inProgram(process.execPath, ["-e", WASMOON], chunks) },
	{ name: "ours", needs: ["bin/lua", "mediawiki"], evaluate: (chunks) => inSessions(OUR_LUA, chunks) },
];

describe("the README's table", () => {
	test("has expressions", () => assert.ok(rows.length >= 8));

	for (const [position, { name, needs, evaluate }] of ENGINES.entries()) {
		test(`says what ${name} says`, { skip: whyMissing(...needs) }, async () => {
			const values = await evaluate(expressions.map((code) => `return tostring((${code}))`));
			const shown = values.map((value, index) => [expressions[index], `\`${value}\``]);
			const cells = rows.map((row) => [row[0]?.slice(1, -1), row[position + 1]]);
			// What differs from run to run stands there in words.
			const isFixed = (_: unknown, index: number) => cells[index]?.[1]?.startsWith("`") === true;
			assert.deepEqual(shown.filter(isFixed), cells.filter(isFixed));
		});
	}
});
