// How native Lua 5.1 chooses the size of a table's array part when it rehashes: the
// largest power of two n such that more than half of the keys 1..n are in use. The keys
// are counted by ranges: counts[i] is for the keys from 2^(i-1)+1 to 2^i.

import type { LuaValue } from "./value.ts";

/** The greatest key that a rehash puts in an array part. */
export const MAX_ARRAY_KEY = 2 ** 26;
const RANGES = 27;

export function isArrayKey(key: LuaValue): key is number {
	return typeof key === "number" && key > 0 && key <= MAX_ARRAY_KEY && (key | 0) === key;
}

const scratch: number[] = new Array(RANGES).fill(0);

/** All ranges empty. There is one such array only: its use must end before the next one's begins. */
export function newCounts(): number[] {
	return scratch.fill(0);
}

export function countArrayKey(counts: number[], key: number): void {
	counts[32 - Math.clz32(key - 1)]!++;
}

/** Counts the values of an array part; `holes` of them are nil. */
export function countArray(counts: number[], array: readonly LuaValue[], holes: number): void {
	const last = array.length - 1;
	let first = 1;
	for (let range = 0, end = 1; range < RANGES && first <= last; range++, end *= 2) {
		const until = Math.min(end, last);
		if (holes === 0) {
			counts[range]! += until - first + 1;
			first = until + 1;
		} else {
			for (; first <= until; first++) {
				if (array[first] !== undefined) counts[range]!++;
			}
		}
	}
}

/** The array part's new size. `total` is how many keys have been counted. */
export function chooseArraySize(counts: readonly number[], total: number): number {
	let below = 0;
	let size = 0;
	for (let range = 0, end = 1; end < 2 * total; range++, end *= 2) {
		below += counts[range]!;
		if (2 * below > end) size = end;
	}
	return size;
}

/** How many of the counted keys are in an array part of this size. */
export function countInside(counts: readonly number[], size: number): number {
	let inside = 0;
	for (let range = 0, end = 1; end <= size; range++, end *= 2) inside += counts[range]!;
	return inside;
}
