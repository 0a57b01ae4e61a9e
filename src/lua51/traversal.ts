// How `pairs` and `next` go through a table: in native's order (node-layout.ts), array part first.

import { valueError } from "./error.ts";
import type { HashPart } from "./hash-part.ts";
import { Shape } from "./shape.ts";
import { LuaTable } from "./table.ts";
import type { LuaValue } from "./value.ts";

/** So that a traversal keeps nothing alive when it has ended. */
const NO_TABLE = new LuaTable();
const NO_PLACES: readonly number[] = [];
const NO_KEYS: readonly LuaValue[] = [];

export class Traversal {
	/** Of the entry that was reached last; undefined before the first. */
	key: LuaValue = undefined;
	value: LuaValue = undefined;
	private table: LuaTable;
	/** Where the key was then (see `positionOf`). */
	private position = 0;
	/** What the table was then: while it is that, all keys are where they were. */
	private shape = Shape.EMPTY;
	private hash: HashPart | undefined = undefined;
	private version = 0;
	/** No table's at first, so that all of this is looked up. */
	private arraySize = -1;
	/** What is at each place of the node part: slots of the shape, or entries of the hash part. */
	private places = NO_PLACES;
	/** What these name. */
	private keys: readonly LuaValue[] = NO_KEYS;

	constructor(table: LuaTable = NO_TABLE) {
		this.table = table;
	}

	/**
	 * Where a key is: an array index, or the table's `arraySize` + 1 + place for the node part. 0 for nil, -1 if it is
	 * not in the table (and not dead in it either).
	 */
	static positionOf(table: LuaTable, key: LuaValue): number {
		const { arraySize, hash, shape } = table;
		if (key === undefined) return 0;
		if (typeof key === "number" && (key | 0) === key && key > 0 && key <= arraySize) return key;
		if (hash === undefined) {
			const slot = typeof key === "string" ? shape.lookup(key) : 0;
			return slot === 0 ? -1 : arraySize + 1 + shape.layout().places[slot]!;
		}
		const entry = hash.find(key);
		return entry === 0 ? -1 : arraySize + 1 + hash.layout().places[entry]!;
	}

	/** To the entry behind `key`, as Lua's `next`; most often that is where the call before has ended. */
	advanceFrom(table: LuaTable, key: LuaValue): boolean {
		this.table = table;
		this.key = key;
		if (key === undefined) this.position = 0;
		this.find();
		return this.advance();
	}

	/** Forgets the table and the entry, not the position. */
	release(): void {
		this.table = NO_TABLE;
		this.key = undefined;
		this.value = undefined;
		this.hash = undefined;
		this.keys = NO_KEYS;
	}

	/**
	 * To the next entry with a value, if there is one. The table may change meanwhile.
	 *
	 * @throws LuaError if the table has not got the key any more
	 */
	advance(): boolean {
		const { table } = this;
		const { array, arraySize, hash } = table;
		if (
			arraySize !== this.arraySize ||
			table.shape !== this.shape ||
			hash !== this.hash ||
			(hash !== undefined && hash.version !== this.version)
		) {
			this.find();
		}
		let position = this.position + 1;
		if (position <= arraySize) {
			for (; position < array.length; position++) {
				const value = array[position];
				if (value === undefined) continue;
				this.position = position;
				this.key = position;
				this.value = value;
				return true;
			}
			position = arraySize + 1;
		}

		const { places, keys } = this;
		const { fields } = table;
		let place = position - arraySize - 1;
		if (hash !== undefined && table.shape.count === 0) {
			place = hash.firstLive(places, place);
			if (place < 0) return false;
			const entry = places[place]!;
			this.key = keys[entry];
			this.value = hash.values[entry];
			this.position = arraySize + 1 + place;
			return true;
		}
		for (const end = places.length; place < end; place++) {
			const entry = places[place]!;
			const key = keys[entry];
			if (key === undefined) continue; // where there is no key, there is entry 0
			const value = typeof key === "string" ? fields[key] : hash?.values[entry];
			if (value === undefined) continue;
			this.key = key;
			this.value = value;
			this.position = arraySize + 1 + place;
			return true;
		}
		return false;
	}

	/** Finds the key again in a table that may have changed. */
	private find(): void {
		const { table, key } = this;
		if (key !== undefined && keyAt(table, this.position) !== key) {
			const position = Traversal.positionOf(table, key);
			// Raised inside C in native, so without a position in the program.
			if (position < 0) throw valueError("invalid key to 'next'");
			this.position = position;
		}
		const { shape, hash } = table;
		this.arraySize = table.arraySize;
		this.shape = shape;
		this.hash = hash;
		if (hash === undefined) {
			this.places = shape.count === 0 ? NO_PLACES : shape.layout().entries;
			this.keys = shape.keys;
		} else {
			this.places = hash.layout().entries;
			this.keys = hash.keys;
			this.version = hash.version;
		}
	}
}

/** The key at such a position; undefined where none ever was. */
function keyAt(table: LuaTable, position: number): LuaValue {
	const { arraySize, hash, shape } = table;
	const place = position - arraySize - 1;
	if (place < 0) return position > 0 ? position : undefined;
	if (hash !== undefined) return hash.keys[hash.layout().entries[place] ?? 0];
	const slot = shape.layout().entries[place] ?? 0;
	return slot === 0 ? undefined : shape.keyOf(slot);
}
