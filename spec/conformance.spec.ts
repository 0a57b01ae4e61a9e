// What is known to differ from lua5.1 still does, in the way it is written down; and
// docs/conformance.md is what scripts/conformance.mjs makes of it and of the fixtures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type Engine, runSource } from "./support/oracle.ts";
import { fromRoot } from "./support/root.ts";
import { whyMissing } from "./support/tools.ts";

interface Difference {
	readonly id: string;
	readonly functions: readonly string[];
	readonly difference: string;
	readonly why: string;
	/** The lines of a Lua program that shows it. */
	readonly program: readonly string[];
	/** What each prints on stdout, as regular expressions. */
	readonly native: string;
	readonly ours: string;
}

interface ConformanceScript {
	conformanceText(): string;
}

function readJson(name: string): unknown {
	return JSON.parse(readFileSync(fromRoot("fixtures", "conformance", name), "utf8"));
}

const { differences } = readJson("known-differences.json") as { readonly differences: readonly Difference[] };
/** By fixture and case: the id of the difference that the case shows. */
const { cases } = readJson("differing-cases.json") as {
	readonly cases: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

const skip = whyMissing("lua5.1", "bin/lua");

describe("known differences", () => {
	const printed = (engine: Engine, { program }: Difference): string =>
		runSource(engine, program.join("\n")).stdout;

	for (const difference of differences) {
		test(difference.id, { skip }, () => {
			const native = printed("native", difference);
			const ours = printed("ours", difference);
			assert.notEqual(ours, native, "there is no difference any more: take it off the list");
			assert.match(native, new RegExp(difference.native));
			assert.match(ours, new RegExp(difference.ours));
		});
	}

	test("have names of their own, and reasons", () => {
		assert.equal(new Set(differences.map(({ id }) => id)).size, differences.length);
		for (const { id, difference, why } of differences) assert.ok(difference !== "" && why !== "", id);
	});

	test("account for each case that differs", () => {
		const known = new Set(differences.map(({ id }) => id));
		for (const [file, byName] of Object.entries(cases)) {
			for (const [name, id] of Object.entries(byName)) assert.ok(known.has(id), `${file}, ${name}: ${id}`);
		}
	});
});

test("docs/conformance.md is up to date", { skip: whyMissing("lua5.1") }, async () => {
	const { conformanceText } = (await import(fromRoot("scripts", "conformance.mjs"))) as ConformanceScript;
	const written = readFileSync(fromRoot("docs", "conformance.md"), "utf8");
	assert.equal(written, conformanceText(), "run `node scripts/conformance.mjs`");
});
