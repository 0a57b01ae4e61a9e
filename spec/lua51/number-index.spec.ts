import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NumberIndex } from "../../src/lua51/number-index.ts";
import type { LuaValue } from "../../src/lua51/value.ts";

const KEYS = [
	-(2 ** 31),
	-1,
	-0.5,
	0,
	0.5,
	1,
	2,
	3,
	31,
	32,
	2 ** 26,
	2 ** 31,
	2 ** 53,
	1e300,
	Number.POSITIVE_INFINITY,
];
const key = fc.oneof(
	fc.constantFrom(...KEYS),
	fc.integer({ min: -200, max: 200 }),
	fc.double({ noNaN: true }),
);

test("finds what was added and not what was removed, whatever came between", () => {
	fc.assert(
		fc.property(fc.array(fc.tuple(fc.boolean(), key), { minLength: 1, maxLength: 400 }), (steps) => {
			const index = new NumberIndex();
			const keys: LuaValue[] = [undefined];
			const entries = new Map<number, number>();
			const unused: number[] = [];
			for (const [adds, number] of steps) {
				const known = entries.get(number);
				assert.equal(index.find(keys, number), known ?? 0);
				if (adds && known === undefined) {
					const entry = unused.pop() ?? keys.length;
					keys[entry] = number;
					entries.set(number, entry);
					index.add(keys, number, entry);
				} else if (!adds && known !== undefined) {
					index.remove(keys, number);
					keys[known] = undefined;
					entries.delete(number);
					unused.push(known);
				}
			}
			const copy = index.copy();
			for (const [number, entry] of entries) {
				assert.equal(index.find(keys, number), entry);
				assert.equal(copy.find(keys, number), entry);
			}
		}),
		{ numRuns: 300 },
	);
});
