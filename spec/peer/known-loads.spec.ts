import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownLoads } from "../../src/peer/known-loads.ts";

const message = (text: string) => ({ op: "loadString", text, chunkName: "=x" }) as const;
const body = (length: number, filling = "x"): string => filling.repeat(length);

test("a body that was read before is known", () => {
	const loads = new KnownLoads();
	const kept = message("return 1");
	loads.keep(body(300), kept);
	assert.equal(loads.find(body(300)), kept);
	assert.equal(loads.find(body(301)), undefined);
	assert.equal(loads.find(body(300, "y")), undefined);
});

test("of two with the same length the newer one is known", () => {
	const loads = new KnownLoads();
	const [older, newer] = [message("return 1"), message("return 2")];
	loads.keep(body(300), older);
	loads.keep(body(300, "y"), newer);
	assert.equal(loads.find(body(300)), undefined);
	assert.equal(loads.find(body(300, "y")), newer);
});

test("one without a name is not kept: that may have been a function that was not there", () => {
	const loads = new KnownLoads();
	loads.keep(body(300), { op: "loadString", text: "return", chunkName: undefined });
	assert.equal(loads.find(body(300)), undefined);
});

test("short ones and long ones are not kept", () => {
	const loads = new KnownLoads();
	for (const length of [1, 255, 65_537, 1_000_000]) {
		loads.keep(body(length), message("x"));
		assert.equal(loads.find(body(length)), undefined);
	}
	for (const length of [256, 65_536]) {
		loads.keep(body(length), message("x"));
		assert.notEqual(loads.find(body(length)), undefined);
	}
});

test("those that were not used for longest are forgotten", () => {
	const loads = new KnownLoads();
	for (let i = 0; i < 64; i++) loads.keep(body(300 + i), message(String(i)));
	assert.notEqual(loads.find(body(300)), undefined);
	loads.keep(body(400), message("more"));
	assert.notEqual(loads.find(body(300)), undefined);
	assert.equal(loads.find(body(301)), undefined);
	assert.notEqual(loads.find(body(302)), undefined);
});
