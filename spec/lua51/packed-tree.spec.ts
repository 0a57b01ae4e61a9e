import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { emit } from "../../src/compiler/compile.ts";
import { packProto } from "../../src/compiler/packed-proto.ts";
import { parseChunk } from "../../src/lua51/parser.ts";
import { Proto } from "../../src/lua51/proto.ts";
import type { FunctionNode } from "../../src/lua51/syntax.ts";
import { fromRoot } from "../support/root.ts";

const FIXTURES = fromRoot("fixtures");

/** Programs, and a file of cases, each of which is a chunk of its own. */
function chunks(): string[] {
	const bench = readdirSync(join(FIXTURES, "bench"))
		.filter((file) => file.endsWith(".lua"))
		.map((file) => readFileSync(join(FIXTURES, "bench", file), "latin1"));
	const cases = ["iterator-names", "numbers", "closures", "error-names"].flatMap((name) =>
		readFileSync(join(FIXTURES, "lua", `${name}.lua`), "latin1").split("\n"),
	);
	return [...bench, ...cases, "return -0, 1e999, -1e999, {-0, x = 1e999}, {f(), -0}"];
}

function parsed(text: string): FunctionNode | undefined {
	try {
		return parseChunk(text, "=chunk", 0);
	} catch {
		return undefined; // a case of a syntax error
	}
}

/** What is emitted for a function and all in it, and what its sites are called. */
function emitted(proto: Proto): unknown[] {
	const { source, helpers } = emit(proto, "plain");
	const sites = proto.sites.map(({ second, ...site }) => ({
		...site,
		second: typeof second === "function" ? second() : second,
	}));
	return [source, helpers, sites, proto.node.children.map((_, index) => emitted(proto.child(index)))];
}

test("a packed tree gives the same code, names and lines", () => {
	let count = 0;
	for (const text of chunks()) {
		const [plain, packed] = [parsed(text), parsed(text)];
		if (plain === undefined || packed === undefined) continue;
		const expected = emitted(new Proto("=chunk", plain));
		const proto = new Proto("=chunk", packed);
		emitted(proto);
		packProto(proto);
		const names = (each: Proto): unknown[] => [
			each.sites.map(({ second }) => (typeof second === "function" ? second() : second)),
			each.children.map(names),
		];
		const namesBefore = names(proto);
		assert.deepEqual(emitted(new Proto("=chunk", packed)), expected, text);
		assert.deepEqual(names(proto), namesBefore);
		count++;
	}
	assert.ok(count > 500, `${count} chunks`);
});
