import assert from "node:assert/strict";
import { test } from "node:test";
import { findDifference } from "./table-differential.ts";

test("random histories look the same as in lua5.1", () => {
	const { TABLE_HISTORIES = "4000", TABLE_SEED = "1" } = process.env;
	const total = Number(TABLE_HISTORIES);
	const seed = Number(TABLE_SEED);
	const batch = 2000;
	for (let done = 0; done < total; done += batch) {
		const difference = findDifference(Math.min(batch, total - done), seed + done);
		assert.equal(difference, undefined, difference);
	}
});
