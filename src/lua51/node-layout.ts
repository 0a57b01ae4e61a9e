// In which order native Lua 5.1 keeps keys in the node part of a table. `next` shows
// that order, so it must be native's exactly; where the values are is not decided here.
//
// A node part has 2^n places. A key has one main place, given by its hash. A key whose
// main place is taken goes to the highest place never used so far; but if the key that
// sits there is itself away from its own main place, that one moves and the new key gets
// its main place. No place is ever given back: when none is left the whole table is
// rehashed, and keys go into the new part from the last old place to the first.
//
// Keys are named by entry numbers (1, 2, ...): a slot of a Shape or an entry of a HashPart.
// Placing may be put off: entries that wait were all added while no key in the table was
// dead, and then it depends on nothing but their order.

import { extendedNumbers, zeros } from "./padding.ts";
import type { LuaValue } from "./value.ts";

/** The smallest power of two that is not below `count`; 0 for 0. */
export function nodeSizeFor(count: number): number {
	return count <= 1 ? count : 1 << (32 - Math.clz32(count - 1));
}

/** 5.1's string hash, as a signed 32-bit number: at most about 32 bytes take part, the last first. */
export function hashString(text: string): number {
	const length = text.length;
	const step = (length >> 5) + 1;
	let hash = length | 0;
	for (let i = length; i >= step; i -= step) {
		hash ^= ((hash << 5) + (hash >>> 2) + text.charCodeAt(i - 1)) | 0;
	}
	return hash;
}

const doubleView = new Float64Array(1);
const halvesView = new Int32Array(doubleView.buffer);

/** 5.1's number hash: the sum of the two halves of the double, signed 32 bits. */
function hashNumber(value: number): number {
	if (value === 0) return 0; // -0 too
	doubleView[0] = value;
	return (halvesView[0]! + halvesView[1]!) | 0;
}

/** More bits than a node part has places; a number that V8 keeps unboxed in arrays. */
const SMALL_INTEGER = 0x3fffffff;

function hashKey(key: LuaValue, entry: number): number {
	switch (typeof key) {
		case "string":
			return hashString(key) & SMALL_INTEGER;
		case "number":
			return 0; // worked out when needed: all 32 bits count, which would not fit V8's small integers
		case "boolean":
			return key ? 1 : 0;
		default:
			// Native hashes the address. Ours gives insertion order.
			return entry - 1;
	}
}

export class NodeLayout {
	size: number;
	/** Which entry sits at a place, 0 for a place never used. */
	entries: number[];
	/** Where an entry sits. */
	places: number[];
	private hashes: number[];
	/** Whether the type of a key matters for its main place. */
	private hasNumbers: boolean;
	/** Entries 1 to this one have been placed. */
	placed: number;
	/** Every place from here up has been used. */
	private lowestTried: number;

	constructor(size: number) {
		this.size = size;
		this.entries = zeros(size);
		this.places = zeros(size + 1);
		this.hashes = zeros(size + 1);
		this.hasNumbers = false;
		this.placed = 0;
		this.lowestTried = size;
	}

	copy(): NodeLayout {
		const layout = new NodeLayout(0);
		layout.size = this.size;
		layout.entries = this.entries.slice();
		layout.places = this.places.slice();
		layout.hashes = this.hashes.slice();
		layout.hasNumbers = this.hasNumbers;
		layout.placed = this.placed;
		layout.lowestTried = this.lowestTried;
		return layout;
	}

	/** Forgets where the keys are, not what their hashes are. */
	reset(size: number): void {
		this.size = size;
		this.entries = zeros(size);
		this.lowestTried = size;
		if (size < this.places.length) return;
		this.places = extendedNumbers(this.places, size + 1);
		this.hashes = extendedNumbers(this.hashes, size + 1);
	}

	/** Places the entries up to `last` that still wait, growing as native did when they came. */
	settle(keys: readonly LuaValue[], last: number): void {
		while (this.placed < last) {
			if (this.placed === this.size) this.repeat(keys, nodeSizeFor(this.placed + 1));
			this.add(keys, this.placed + 1);
		}
	}

	/** What a rehash that drops nothing does to the order. */
	repeat(keys: readonly LuaValue[], size: number): void {
		const old = this.entries;
		this.reset(size);
		for (let place = old.length - 1; place >= 0; place--) {
			const entry = old[place]!;
			if (entry !== 0) this.place(keys, entry);
		}
	}

	/** Places a key whose hash is not known yet. */
	add(keys: readonly LuaValue[], entry: number): void {
		this.rename(keys[entry], entry);
		if (entry > this.placed) this.placed = entry;
		this.place(keys, entry);
	}

	/** Places a key; there must be a place. */
	place(keys: readonly LuaValue[], entry: number): void {
		const main = this.mainPlace(keys[entry], this.hashes[entry]!);
		const resident = this.entries[main]!;
		if (resident === 0) {
			this.put(entry, main);
		} else if (this.mainPlace(keys[resident], this.hashes[resident]!) === main) {
			this.put(entry, this.unusedPlace());
		} else {
			this.put(resident, this.unusedPlace());
			this.put(entry, main);
		}
	}

	/** Gives an entry another key, in the same place. */
	rename(key: LuaValue, entry: number): void {
		this.hashes[entry] = hashKey(key, entry);
		if (typeof key === "number") this.hasNumbers = true;
	}

	/** The entry that sits in the main place of a key. */
	residentFor(key: LuaValue, entry: number): number {
		if (typeof key === "number") this.hasNumbers = true;
		return this.entries[this.mainPlace(key, hashKey(key, entry))]!;
	}

	private mainPlace(key: LuaValue, hash: number): number {
		if (this.hasNumbers && typeof key === "number") {
			// (V8 divides integers where it sees that neither can be negative.)
			return (hashNumber(key) >>> 0) % (((this.size - 1) | 1) >>> 0);
		}
		return hash & (this.size - 1);
	}

	private put(entry: number, place: number): void {
		this.entries[place] = entry;
		this.places[entry] = place;
	}

	private unusedPlace(): number {
		do this.lowestTried--;
		while (this.entries[this.lowestTried]! > 0);
		return this.lowestTried;
	}
}
