// The sessions that are played ahead of others run to their ends: what stops half-way prepares half.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installedTree } from "../../src/host/tree.ts";
import { warmUp } from "../../src/peer/warm-up.ts";
import { REHEARSAL_MODULE, USUAL_MODULE } from "../../src/peer/warm-up-modules.ts";
import { ROOT } from "../support/root.ts";

const tree = installedTree();

/** What the functions of the module answered: the last answers before the log is asked for. */
function answersOf(module: string): { main: string; fails: string } {
	const [session, ...others] = warmUp(tree!.includes, module);
	assert.ok(session !== undefined && others.length === 0);
	const failing = session.exchanges.findIndex(([, answer]) => answer.includes("field 'missing'"));
	assert.ok(failing > 0, "the function that fails has not failed");
	// Between main's end and that stands the search for the function.
	return { main: session.exchanges[failing - 2]![1], fails: session.exchanges[failing]![1] };
}

for (const [name, module, ends] of [
	["usual", USUAL_MODULE, /"op";s:6:"return".*<table class=/s],
	// It returns what has failed and should not, and the other way round.
	["rehearsed", REHEARSAL_MODULE, /"op";s:6:"return".*i:1;s:0:"";}}$/s],
] as const) {
	test(`the ${name} module runs to its end`, {
		skip: tree === undefined && "no Scribunto is installed",
	}, () => {
		const { main, fails } = answersOf(module);
		assert.match(main, ends);
		assert.match(fails, /s:2:"op";s:5:"error"/);
	});
}

test("a tree without libraries is passed over", () => {
	assert.deepEqual(warmUp(ROOT), []);
});
