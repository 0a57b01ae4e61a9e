import assert from "node:assert/strict";
import { test } from "node:test";
import { findDifference } from "./table-differential.ts";

test("random histories look the same as in lua5.1", () => {
	const total = Number(process.env["TABLE_HISTORIES"] ?? 4000);
	const seed = Number(process.env["TABLE_SEED"] ?? 1);
	const batch = 2000;
	for (let done = 0; done < total; done += batch) {
		const difference = findDifference(Math.min(batch, total - done), seed + done);
		assert.equal(difference, undefined, difference);
	}
});
