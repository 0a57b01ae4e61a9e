// A short run of scripts/fuzz-wire.mjs: always the same inputs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installedTree } from "../../src/host/tree.ts";
import {
	chunkText,
	compiled,
	compiledNatively,
	framesOf,
	sample,
	stream,
	takeFrames,
} from "../support/fuzz-inputs.ts";
import {
	conversation,
	expressionReader,
	expressionsRead,
	expressionText,
	sessionWith,
	spokenNatively,
} from "../support/fuzz-peer.ts";
import { whyMissing } from "../support/tools.ts";

test("any bytes are a chunk or native's syntax error", { skip: whyMissing("lua5.1") }, () => {
	const texts = sample(chunkText, 3000, 1);
	const expected = compiledNatively(texts);
	for (const [index, text] of texts.entries()) {
		assert.equal(compiled(text, index % 8 === 0), expected[index], JSON.stringify(text));
	}
	const count = expected.filter((message) => message === "ok").length;
	assert.ok(count > 1000, `${count} of the chunks have no syntax error`);
});

test("any bytes are read as native reads them", { skip: whyMissing("lua5.1") }, () => {
	const texts = sample(expressionText, 3000, 1);
	const expected = expressionsRead(texts);
	const read = expressionReader();
	for (const [index, text] of texts.entries()) {
		assert.equal(read(text), expected[index], JSON.stringify(text));
	}
	const refused = expected.filter((answer) => answer.startsWith("invalid chunk: ")).length;
	assert.ok(refused > 1000 && refused < 2000, `${refused} of the expressions are none`);
});

test("any bytes are frames, or break the protocol", () => {
	const streams = sample(stream, 2000, 1);
	for (const pieces of streams) assert.deepEqual(takeFrames(pieces), framesOf(pieces.join("")));
	const ends = new Set(streams.map((pieces) => framesOf(pieces.join("")).end));
	assert.deepEqual(ends, new Set(["whole", "truncated", "broken"]));
});

test("any requests are answered as native answers them", { skip: whyMissing("lua5.1", "mediawiki") }, () => {
	const tree = installedTree();
	assert.ok(tree !== undefined);
	const ours = sessionWith(tree);
	const statuses = new Set<number>();
	for (const bodies of sample(conversation, 200, 1)) {
		const expected = spokenNatively(tree, bodies);
		statuses.add(expected.status);
		assert.deepEqual(ours(bodies), expected, bodies.join("\n"));
	}
	assert.deepEqual(statuses, new Set([0, 1, 42]));
});
