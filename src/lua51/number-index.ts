// Finds the entries of number keys in a hash part: open addressing with linear probing over entry
// numbers. A Map would do, at twice the time and three times the memory: it must hash what we know
// to be a number, and keeps keys and values of its own. (Strings need a Map: only V8 has their hash.)

import type { LuaValue } from "./value.ts";

/** Marks of places without an entry: never used, and used by an entry that was removed. */
const FREE = 0;
const REMOVED = -1;

const FEWEST_PLACES = 32;

/** Odd and near 2^32 divided by the golden ratio: spreads runs of integers. */
const MULTIPLIER = 0x9e3779b1;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Zero of both signs is one key. */
function hashOf(key: number): number {
	if ((key | 0) === key) return Math.imul(key, MULTIPLIER);
	double[0] = key;
	return Math.imul(words[0]! ^ Math.imul(words[1]!, MULTIPLIER), MULTIPLIER);
}

export class NumberIndex {
	/** Entry numbers by place; the length is a power of two. */
	private places = new Int32Array(FEWEST_PLACES);
	/** How far a hash is shifted to be a place. */
	private shift = Math.clz32(FEWEST_PLACES - 1);
	/** Places that are not FREE. */
	private taken = 0;
	private count = 0;

	copy(): NumberIndex {
		const copy = new NumberIndex();
		copy.places = this.places.slice();
		copy.shift = this.shift;
		copy.taken = this.taken;
		copy.count = this.count;
		return copy;
	}

	/** The entry of a key, 0 if there is none. `keys` are the hash part's, by entry. */
	find(keys: readonly LuaValue[], key: number): number {
		const { places } = this;
		const last = places.length - 1;
		for (let place = hashOf(key) >>> this.shift; ; place = (place + 1) & last) {
			const entry = places[place]!;
			if (entry === FREE) return 0;
			if (entry !== REMOVED && keys[entry] === key) return entry;
		}
	}

	/** Adds a key that is not there; `keys[entry]` is that key already, all other numbers in `keys` were added before. */
	add(keys: readonly LuaValue[], key: number, entry: number): void {
		this.count++;
		if (2 * this.taken >= this.places.length) this.rebuild(keys);
		else this.place(key, entry);
	}

	/** To be called while `keys` still has the key; nothing happens where it is not there. */
	remove(keys: readonly LuaValue[], key: number): void {
		const { places } = this;
		const last = places.length - 1;
		for (let place = hashOf(key) >>> this.shift; places[place] !== FREE; place = (place + 1) & last) {
			const entry = places[place]!;
			if (entry === REMOVED || keys[entry] !== key) continue;
			places[place] = REMOVED;
			this.count--;
			return;
		}
	}

	private place(key: number, entry: number): void {
		const { places } = this;
		const last = places.length - 1;
		let place = hashOf(key) >>> this.shift;
		while (places[place]! > FREE) place = (place + 1) & last;
		if (places[place] === FREE) this.taken++;
		places[place] = entry;
	}

	/** Places all anew, without the marks of what was removed. */
	private rebuild(keys: readonly LuaValue[]): void {
		let size = FEWEST_PLACES;
		while (size < 4 * this.count) size *= 2;
		if (size === this.places.length) this.places.fill(FREE);
		else this.places = new Int32Array(size);
		this.shift = Math.clz32(size - 1);
		this.taken = 0;
		for (let entry = 1; entry < keys.length; entry++) {
			const key = keys[entry];
			if (typeof key === "number") this.place(key, entry);
		}
	}
}
