// A small run of what scripts/fuzz.mjs does at length: random programs behave the same under both.

import assert from "node:assert/strict";
import { test } from "node:test";
import { findDifferences, sampleChoices } from "../support/random-programs.ts";
import { whyMissing } from "../support/tools.ts";

const PROGRAMS = 200;
const SEEDS = [1, 2, 3, 4, 5];

for (const seed of SEEDS) {
	test(`${PROGRAMS} random programs of seed ${seed}`, { skip: whyMissing("lua5.1", "bin/lua") }, () => {
		const [first] = findDifferences(sampleChoices(PROGRAMS, seed));
		if (first !== undefined) assert.equal(first.ours, first.native, first.source);
	});
}
