// math.random's sequence against lua5.1, for many seeds.

import assert from "node:assert/strict";
import { it } from "node:test";
import { RANDOM_MAX, RandomSequence } from "../../src/stdlib/random.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("lua5.1");
const DRAWS = 100;

it("gives native's numbers for every seed", { skip }, () => {
	const seeds = [0, 1, 2, -1, 42, 2147483647, -2147483648, 127773, 16807];
	for (let i = 0; i < 500; i++) seeds.push(Math.imul(i, 0x9e3779b1) | 0);
	const lines = runLua(`for s in ("${seeds.join(" ")}"):gmatch("%S+") do
		math.randomseed(tonumber(s))
		for i = 1, ${DRAWS} do io.write(("%.17g "):format(math.random())) end
		print()
	end`).split("\n");
	seeds.forEach((seed, i) => {
		const sequence = new RandomSequence();
		sequence.seed(seed);
		const draws = Array.from({ length: DRAWS }, () => (sequence.next() % RANDOM_MAX) / RANDOM_MAX);
		assert.deepEqual(draws, lines[i]?.trim().split(" ").map(Number), `seed ${seed}`);
	});
});

it("starts as native does without a seed", { skip }, () => {
	const expected = Number(runLua(`io.write(("%.17g"):format(math.random()))`));
	assert.equal((new RandomSequence().next() % RANDOM_MAX) / RANDOM_MAX, expected);
});
