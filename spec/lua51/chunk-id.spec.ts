import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chunkId, ID_SIZE } from "../../src/lua51/chunk-id.ts";
import { agrees } from "../support/both.ts";

describe("chunkId", () => {
	const cases: readonly [string, string][] = [
		["=stdin", "stdin"],
		["=", ""],
		["@file.lua", "file.lua"],
		["@", ""],
		["return 1", '[string "return 1"]'],
		["one\ntwo", '[string "one..."]'],
		["one\rtwo", '[string "one..."]'],
		["\nfirst", '[string "..."]'],
		["", '[string ""]'],
		["=a\0b", "a"],
		["@a\0b", "a"],
		["a\0b", '[string "a"]'],
	];
	for (const [name, id] of cases) test(JSON.stringify(name), () => assert.equal(chunkId(name, ID_SIZE), id));
});

describe("lengths around the limit", () => {
	const names = ["=", "@", "", "x\n"].map(
		(start) => `for n = 30, 90 do
			local name = ${JSON.stringify(start)} .. ("0123456789"):rep(10):sub(1, n)
			print(debug.getinfo(loadstring("", name), "S").short_src, (select(2, loadstring("x =", name))))
		end`,
	);
	for (const program of names) test(program.slice(22, 50), agrees(program));
});
