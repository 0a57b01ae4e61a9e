// The node part of a table that is more than a record: keys of every type, in native's
// order. As long as a table has none of these, its Shape alone tells the order:
// keys that are not strings, string keys beyond what shapes take, a key that was set
// after another one had died.
//
// Each key has an entry number that it keeps; from a dozen keys on an index finds it: a NumberIndex
// for numbers, a Map for all others.
// The values of string keys of a table with a shape stay in the table's fields. A key whose
// value is nil is dead: it keeps its place until a new key wants that place as its main
// place, or until a rehash.

import { countArrayKey, isArrayKey } from "./array-size.ts";
import { memory, NODE_BYTES } from "./memory.ts";
import type { NodeLayout } from "./node-layout.ts";
import { NumberIndex } from "./number-index.ts";
import { extendedValues, nils } from "./padding.ts";
import type { Shape } from "./shape.ts";
import type { LuaTable } from "./table.ts";
import type { LuaValue } from "./value.ts";

/** Up to this node part size the lists take no more room than needed. */
const EXACT_UP_TO = 64;

/** With fewer keys than this a linear search is faster and smaller. (A NumberIndex has room for as many from the start.) */
const INDEXED_FROM = 10;

const NO_ENTRIES: number[] = [];

export class HashPart {
	/** By entry number from 1 to `count`; undefined marks an entry in `unused`. Strings of a table with a shape are the shape's own (fields.ts). */
	keys: LuaValue[];
	values: LuaValue[];
	count: number;
	/** Native's node part size. */
	size: number;
	/** How many keys could go into an array part, at most. */
	arrayKeys: number;
	/**
	 * No place before this one holds a live key, so that a table which `next(t)` empties is not searched from its
	 * start each time. More than 0 only while all values are in `values`.
	 */
	liveFrom: number;
	/** Counts what can move keys. */
	version: number;
	private readonly origin: Shape;
	private order: NodeLayout | undefined;
	private isIndexed: boolean;
	private map: Map<LuaValue, number> | undefined;
	private numbers: NumberIndex | undefined;
	/** Entry numbers to be given again. */
	private unused: number[];
	/** All but the values may be another part's too: see `copy`. */
	private isShared: boolean;

	/** Starts with the keys of a shape, or with all of another part's. */
	constructor(shape: Shape, original?: HashPart) {
		const isNew = original === undefined;
		this.count = isNew ? shape.count : original.count;
		this.size = isNew ? shape.nodeSize : original.size;
		this.keys = isNew
			? shape.keyList((this.size <= EXACT_UP_TO ? this.size : this.count) + 1)
			: original.keys;
		this.values = isNew ? nils(this.keys.length) : original.values.slice();
		this.arrayKeys = isNew ? 0 : original.arrayKeys;
		this.liveFrom = 0;
		this.version = 0;
		this.origin = shape;
		this.order = isNew ? undefined : original.order;
		this.isIndexed = isNew ? false : original.isIndexed;
		this.map = isNew ? undefined : original.map;
		this.numbers = isNew ? undefined : original.numbers;
		this.unused = isNew ? NO_ENTRIES : original.unused;
		this.isShared = !isNew;
		if (isNew && this.count >= INDEXED_FROM) this.startIndex();
	}

	/**
	 * A part with the same keys and values. Both share what tells the keys until one of them gets another key:
	 * that makes copies of a large table cheap.
	 */
	copy(): HashPart {
		this.layout();
		this.isShared = true;
		return new HashPart(this.origin, this);
	}

	/** To be called before keys or their order change. */
	private unshare(): void {
		if (!this.isShared) return;
		this.isShared = false;
		this.keys = this.keys.slice();
		this.order = this.order?.copy();
		this.map = this.map && new Map(this.map);
		this.numbers = this.numbers?.copy();
		if (this.unused !== NO_ENTRIES) this.unused = this.unused.slice();
	}

	/** How many places hold a key, dead or alive. */
	get used(): number {
		return this.count - this.unused.length;
	}

	/** The entry of a key, 0 if there is none. */
	find(key: LuaValue): number {
		const keys = this.keys;
		if (this.isIndexed) {
			if (typeof key === "number") return this.numbers === undefined ? 0 : this.numbers.find(keys, key);
			return this.map === undefined ? 0 : (this.map.get(key) ?? 0);
		}
		for (let entry = this.count; entry > 0; entry--) {
			if (keys[entry] === key) return entry;
		}
		return 0;
	}

	get(key: LuaValue): LuaValue {
		return this.values[this.find(key)];
	}

	/** Native's order, with all keys placed. */
	layout(): NodeLayout {
		let order = this.order;
		if (order === undefined) {
			order = this.origin.layout().copy();
			this.order = order;
		}
		if (order.placed < this.count) order.settle(this.keys, this.count);
		return order;
	}

	/** Adds a key that is not there, dead as yet; 0 if there is no place, so that a rehash is due. */
	insert(table: LuaTable, key: LuaValue): number {
		memory.left -= NODE_BYTES; // `reserve` has looked
		if (this.isShared) this.unshare();
		this.liveFrom = 0;
		this.version++;
		if (table.dead === 0 && this.unused.length === 0) {
			if (this.count === this.size) return 0;
			table.dead++;
			return this.newEntry(key);
		}
		if (this.size === 0) return 0;
		const layout = this.layout();
		const unused = this.unused;
		const resident = layout.residentFor(key, unused[unused.length - 1] ?? this.count + 1);
		if (resident !== 0 && this.valueOf(table, resident) === undefined) {
			this.unindex(resident);
			this.register(key, resident);
			layout.rename(key, resident);
			return resident;
		}
		if (this.used === this.size) return 0;
		const entry = this.newEntry(key);
		layout.add(this.keys, entry);
		table.dead++;
		return entry;
	}

	/** The first place from this one on that holds a live key, -1 if there is none. All values are in `values`; `entries` is what the layout has. */
	firstLive(entries: readonly number[], from: number): number {
		const { values, liveFrom } = this;
		let place = Math.max(from, liveFrom);
		while (place < entries.length && values[entries[place]!] === undefined) place++;
		if (from <= liveFrom) this.liveFrom = place;
		return place < entries.length ? place : -1;
	}

	/** The value, wherever it is kept. */
	valueOf(table: LuaTable, entry: number): LuaValue {
		const key = this.keys[entry];
		return typeof key === "string" && table.hasShape() ? table.fields[key] : this.values[entry];
	}

	/** The values of string keys are kept elsewhere from now on. */
	forgetFields(): void {
		const { keys, values, count } = this;
		for (let entry = 1; entry <= count; entry++) {
			if (typeof keys[entry] === "string") values[entry] = undefined;
		}
		this.liveFrom = 0;
	}

	/**
	 * Whether growing to an array part of `arraySize` and a node part for one key more can
	 * wait for the next `settle`, which then does it itself.
	 */
	canGrowLater(table: LuaTable, arraySize: number): boolean {
		return (
			table.dead === 0 && this.unused.length === 0 && (this.arrayKeys === 0 || arraySize <= table.arraySize)
		);
	}

	/** Adds the numbers of live keys that could go into an array part to `counts` (see array-size.ts), and tells their sum. */
	countArrayKeys(counts: number[]): number {
		if (this.arrayKeys === 0) return 0;
		const { keys, values, count } = this;
		let found = 0;
		let live = 0;
		for (let entry = 1; entry <= count; entry++) {
			const key = keys[entry];
			if (typeof key !== "number" || !isArrayKey(key)) continue;
			found++;
			if (values[entry] === undefined) continue;
			live++;
			countArrayKey(counts, key);
		}
		this.arrayKeys = found;
		return live;
	}

	/**
	 * A rehash: drops the dead, gives the new array part its keys, and places first the
	 * array values that no longer have a place there (`evicted`, ascending, up to `size`), then the rest.
	 */
	resize(table: LuaTable, size: number, evicted: LuaValue[], firstEvicted: number): void {
		this.unshare();
		this.liveFrom = 0;
		this.version++;
		const layout = this.layout();
		const old = layout.entries;
		layout.reset(size);
		this.size = size;
		for (let i = 0; i < evicted.length; i++) {
			if (evicted[i] === undefined) continue;
			const entry = this.newEntry(firstEvicted + i);
			this.values[entry] = evicted[i];
			layout.add(this.keys, entry);
		}
		const { keys, values } = this;
		const inFields = table.hasShape();
		const arrayKeys = this.arrayKeys;
		for (let place = old.length - 1; place >= 0; place--) {
			const entry = old[place]!;
			if (entry === 0) continue;
			const value = inFields ? this.valueOf(table, entry) : values[entry];
			if (value === undefined) {
				this.drop(entry);
				continue;
			}
			if (arrayKeys > 0) {
				const key = keys[entry];
				if (typeof key === "number" && key <= table.arraySize && isArrayKey(key)) {
					this.drop(entry);
					table.setInt(key, value);
					continue;
				}
			}
			layout.place(keys, entry);
		}
	}

	/** Calls `change`, which puts other objects in place of objects that are keys. */
	changeObjectKeys(change: (keys: LuaValue[]) => void): void {
		this.unshare();
		this.version++;
		change(this.keys);
		if (!this.isIndexed) return;
		this.map = undefined;
		for (let entry = 1; entry <= this.count; entry++) {
			const key = this.keys[entry];
			if (key !== undefined && typeof key !== "number") this.index(key, entry);
		}
	}

	private newEntry(key: LuaValue): number {
		let entry = this.unused.length > 0 ? this.unused.pop() : undefined;
		if (entry === undefined) {
			entry = ++this.count;
			if (entry >= this.keys.length) {
				if (entry <= this.size && this.size <= EXACT_UP_TO) {
					this.keys = extendedValues(this.keys, entry, this.size + 1);
					this.values = extendedValues(this.values, entry, this.size + 1);
				} else {
					this.keys.push(undefined);
					this.values.push(undefined);
				}
			}
		}
		this.register(key, entry);
		return entry;
	}

	private register(key: LuaValue, entry: number): void {
		this.keys[entry] = key;
		if (this.isIndexed) this.index(key, entry);
		else if (this.count >= INDEXED_FROM) this.startIndex();
		if (typeof key === "number" && isArrayKey(key)) this.arrayKeys++;
	}

	private startIndex(): void {
		this.isIndexed = true;
		for (let entry = 1; entry <= this.count; entry++) {
			if (this.keys[entry] !== undefined) this.index(this.keys[entry], entry);
		}
	}

	private index(key: LuaValue, entry: number): void {
		if (typeof key === "number") {
			this.numbers ??= new NumberIndex();
			this.numbers.add(this.keys, key, entry);
		} else {
			this.map ??= new Map();
			this.map.set(key, entry);
		}
	}

	/** The entry's key is about to go. */
	private unindex(entry: number): void {
		const key = this.keys[entry];
		if (typeof key === "number") this.numbers?.remove(this.keys, key);
		else this.map?.delete(key);
	}

	private drop(entry: number): void {
		this.unindex(entry);
		this.keys[entry] = undefined;
		this.values[entry] = undefined;
		if (this.unused === NO_ENTRIES) this.unused = [];
		this.unused.push(entry);
	}
}
