// A short run of scripts/fuzz-wire.mjs: always the same inputs.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
	chunkText,
	compiled,
	compiledNatively,
	expressionText,
	readExpression,
	sample,
	stream,
	takeFrames,
} from "../support/fuzz-inputs.ts";
import { whyMissing } from "../support/tools.ts";

test("any bytes are a chunk or native's syntax error", { skip: whyMissing("lua5.1") }, () => {
	const texts = sample(chunkText, 3000, 1);
	const expected = compiledNatively(texts);
	for (const [index, text] of texts.entries()) {
		assert.equal(compiled(text), expected[index], JSON.stringify(text));
	}
	assert.ok(expected.filter((message) => message === "ok").length > 20);
});

test("any bytes are an expression of PHP's, or none", () => {
	const outcomes = new Set(sample(expressionText, 3000, 1).map(readExpression));
	assert.deepEqual(outcomes, new Set(["left", "read"]));
});

test("any bytes are frames, or break the protocol", () => {
	const counts = sample(stream, 2000, 1).map(takeFrames);
	assert.ok(counts.includes(undefined) && counts.some((count) => count !== undefined && count > 1));
});
