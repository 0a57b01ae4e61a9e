// The Lua table. What can be seen of native's layout (the order of `next`, the border that
// `#` finds) is kept exactly; what cannot be seen is made for speed:
//   record part  string keys: `shape` tells their order, `fields` holds the values
//   array part   `array[k]` for k from 1; `arraySize` is native's size of it, of which
//                `array` has as much as was ever filled
//   hash part    all other keys; it also knows the order once the shape does not
//
// Compiled code reads and writes `fields` and `array` directly, under these rules:
//   - array[0] is undefined, which keeps V8's elements kind generic;
//   - a direct store is one of a non-nil value over a non-nil value, or what `growTo` allowed;
//   - NO_FIELDS and EMPTY_PART are shared and never written.
// Everything else goes through the methods, which keep: `holes` = the number of undefined
// in array[1..]; the last element of `array` is not undefined; `dead` = the number of keys in
// the node part whose value is nil. While `hash` is undefined, the string keys are
// exactly those of the shape, and each was added while `dead` was 0.

import {
	chooseArraySize,
	countArray,
	countArrayKey,
	countInside,
	isArrayKey,
	MAX_ARRAY_KEY,
	newCounts,
} from "./array-size.ts";
import { type Fields, NO_FIELDS, SMALL_FIELDS } from "./fields.ts";
import { HashPart } from "./hash-part.ts";
import { allocate, ITEM_BYTES, memory, NODE_BYTES, reserve, TABLE_BYTES } from "./memory.ts";
import { nodeSizeFor } from "./node-layout.ts";
import { DICTIONARY_SHAPE, MAX_KEPT_KEYS, Shape } from "./shape.ts";
import { anyValues, type LuaValue } from "./value.ts";

/** The array of a table that has none. Never written. */
export const EMPTY_PART: LuaValue[] = [undefined];

/** A size that the compiler gives in NEWTABLE, as its "floating point byte" keeps it: rounded up. */
export function sizeHint(count: number): number {
	let unit = 1;
	while (Math.ceil(count / unit) >= 16) unit *= 2;
	return Math.ceil(count / unit) * unit;
}

export class LuaTable {
	shape: Shape;
	fields: Fields;
	array: LuaValue[];
	hash: HashPart | undefined;
	metatable: LuaTable | undefined;
	/** The value of `__index`, for which metatables are asked most. Compiled code does not store under that key; constructors see to it. */
	index: LuaValue;
	arraySize: number;
	holes: number;
	dead: number;

	constructor() {
		allocate(TABLE_BYTES);
		this.shape = Shape.EMPTY;
		this.fields = NO_FIELDS;
		this.array = EMPTY_PART;
		this.hash = undefined;
		this.metatable = undefined;
		this.index = undefined;
		this.arraySize = 0;
		this.holes = 0;
		this.dead = 0;
	}

	// -- Creation --------------------------------------------------------------------------

	/** A table that native creates with these sizes (for constructors: after `sizeHint`). */
	static sized(arrayHint: number, nodeHint: number): LuaTable {
		const table = new LuaTable();
		table.arraySize = arrayHint;
		if (nodeHint !== 0) table.shape = Shape.root(nodeHint);
		return table;
	}

	/** `{a, b, c}`; the compiler's size for it is `sizeHint(count)`. */
	static ofArray(values: readonly LuaValue[], arraySize: number = values.length): LuaTable {
		return LuaTable.adopt([undefined, ...values], arraySize);
	}

	/** The same, taking over `array` (1-based, array[0] undefined). */
	static adopt(array: LuaValue[], arraySize: number = array.length - 1): LuaTable {
		const table = new LuaTable();
		memory.left -= arraySize * ITEM_BYTES;
		table.arraySize = arraySize;
		table.adoptArray(array);
		return table;
	}

	/** `{x = a, y = b}`: takes over `fields`, which has a value for each key of the shape. */
	static ofRecord(shape: Shape, fields: Fields): LuaTable {
		const table = new LuaTable();
		memory.left -= shape.nodeSize * NODE_BYTES;
		table.shape = shape;
		table.fields = fields;
		return table;
	}

	// -- Reading ---------------------------------------------------------------------------

	get(key: LuaValue): LuaValue {
		switch (typeof key) {
			case "string":
				return this.getStr(key);
			case "number":
				return this.getInt(key);
			case "undefined":
				return undefined;
			default:
				return this.hash?.get(key);
		}
	}

	/** For keys that the program computes; V8 gets to see the shape's own string only. */
	getStr(key: string): LuaValue {
		const { shape } = this;
		if (shape === DICTIONARY_SHAPE) return this.hash?.get(key);
		const name = shape.nameOf(key);
		return name === undefined ? undefined : this.fields[name];
	}

	/** The same for names that stand in a text, its or ours. */
	getName(name: string): LuaValue {
		return this.fields[name] ?? (this.shape === DICTIONARY_SHAPE ? this.hash?.get(name) : undefined);
	}

	/** `__newindex`, which is looked for in many metatables that have none. */
	newIndex(): LuaValue {
		return (
			this.fields["__newindex"] ??
			(this.shape === DICTIONARY_SHAPE ? this.hash?.get("__newindex") : undefined)
		);
	}

	/** For every number; fastest for array indexes. */
	getInt(key: number): LuaValue {
		if (key > 0 && key < this.array.length) {
			const value = this.array[key];
			if (value !== undefined) return value;
		}
		return this.hash?.get(key);
	}

	/** At least one item, as a list of any values (value.ts, `anyValues`). */
	items(first: number, last: number): LuaValue[] {
		if (first > 0 && last < this.array.length && this.holes === 0) return this.array.slice(first, last + 1);
		const values = anyValues(this.getInt(first));
		for (let i = first + 1; i <= last; i++) values.push(this.getInt(i));
		return values;
	}

	hasShape(): boolean {
		return this.shape !== DICTIONARY_SHAPE;
	}

	/** What `#` gives. (A table has no `length`: compiler/expressions.ts asks results for one.) */
	border(): number {
		const last = this.array.length - 1;
		if (last < this.arraySize) {
			if (this.holes === 0) return last;
			let low = 0;
			let high = this.arraySize;
			while (high - low > 1) {
				const middle = Math.floor((low + high) / 2);
				if (this.array[middle] === undefined) high = middle;
				else low = middle;
			}
			return low;
		}
		const hash = this.hash;
		if (hash === undefined || hash.arrayKeys === 0) return last;
		return this.borderBeyond(last);
	}

	/** The border when all of the array part's end is in use: doubling steps, then bisection. */
	private borderBeyond(last: number): number {
		let low = last;
		let high = last + 1;
		while (this.getInt(high) !== undefined) {
			low = high;
			high *= 2;
			if (high > 2 ** 31 - 1) {
				// Native gives up guessing here.
				low = 1;
				while (this.getInt(low) !== undefined) low++;
				return low - 1;
			}
		}
		while (high - low > 1) {
			const middle = Math.floor((low + high) / 2);
			if (this.getInt(middle) === undefined) high = middle;
			else low = middle;
		}
		return low;
	}

	// -- Writing ---------------------------------------------------------------------------

	/** The key is neither nil nor NaN. Setting nil creates an absent key, as in native. */
	set(key: LuaValue, value: LuaValue): void {
		switch (typeof key) {
			case "string":
				this.setStr(key, value);
				break;
			case "number":
				this.setInt(key, value);
				break;
			default:
				this.setOther(key, value);
		}
	}

	/** `isComputed`: the key does not stand in a text, and may be one of many. */
	setStr(key: string, value: LuaValue, isComputed = false): void {
		const { likely, likelyNext } = this.shape;
		if (likely === key && value !== undefined && this.growTo(likelyNext)) this.fields[likely] = value;
		else this.putStr(key, value, isComputed);
		// (Not before: there may be no memory for it.)
		if (key === "__index") this.index = value;
	}

	private putStr(key: string, value: LuaValue, isComputed: boolean): void {
		const { shape, fields } = this;
		if (shape === DICTIONARY_SHAPE) {
			this.setOther(key, value);
			return;
		}
		const name = shape.nameOf(key);
		if (name === undefined) {
			if (this.dead !== 0 || !this.addField(isComputed ? shape.addComputed(key) : shape.add(key), value)) {
				this.addString(key, value, isComputed);
			}
			return;
		}
		if (fields[name] !== undefined) {
			fields[name] = value;
			if (value === undefined) this.dead++;
		} else if (this.hash !== undefined && this.hash.find(key) === 0) {
			this.addString(key, value, isComputed); // had died and lost its place
		} else if (value !== undefined) {
			fields[name] = value;
			this.dead--;
		}
	}

	/** Stores a non-nil value under the last key of `next`. False (and nothing done) where that is not all there is to do. */
	private addField(next: Shape, value: LuaValue): boolean {
		if (value === undefined || !this.growTo(next)) return false;
		this.fields[next.keyOf(next.count)] = value;
		return true;
	}

	/**
	 * Takes the shape that `shape.add` gave for a key that the table lacks. The caller stores its value at once, which is not nil; meanwhile
	 * `dead` is too small. False (and nothing done) where that is not all there is to do.
	 */
	growTo(next: Shape): boolean {
		if (this.hash !== undefined || this.dead !== 0 || next === DICTIONARY_SHAPE) return false;
		const { nodeSize } = this.shape;
		if (next.nodeSize !== nodeSize) {
			// A rehash, which looks at the array part too.
			if (this.holes !== 0) return false;
			allocate((next.nodeSize - nodeSize) * NODE_BYTES);
			this.arraySize = nodeSizeFor(this.array.length - 1);
		}
		this.shape = next;
		if (this.fields === NO_FIELDS || next.count === SMALL_FIELDS + 1) this.makeRoom();
		return true;
	}

	/** The same where the table has the key, but no value for it: the caller stores one. */
	revive(): boolean {
		if (this.hash !== undefined) return false;
		this.dead--;
		return true;
	}

	/** Whether the node part has a place for a key of a shape, and it need not be looked for. */
	hasRoomFor(key: string): boolean {
		return this.hash === undefined && this.shape.lookup(key) !== 0;
	}

	/** To be called when the shape has one key more. */
	private makeRoom(): void {
		const { shape } = this;
		if (this.fields === NO_FIELDS) this.fields = new (shape.fieldsClass())();
		else if (shape.count === SMALL_FIELDS + 1 && shape.maxKeys !== MAX_KEPT_KEYS) this.widen();
	}

	/** Makes room for more fields than a small object takes. */
	private widen(): void {
		const { shape } = this;
		const fields = new (shape.fieldsClass())();
		for (let slot = 1; slot <= SMALL_FIELDS; slot++) {
			const key = shape.keyOf(slot);
			fields[key] = this.fields[key];
		}
		this.fields = fields;
	}

	/** For every number but NaN; fastest for array indexes. */
	setInt(key: number, value: LuaValue): void {
		const array = this.array;
		const end = array.length;
		// An append with room for it: the commonest store that finds nothing. (The first items are extendArray's.)
		if (key === end && end > 4 && key <= this.arraySize && value !== undefined) {
			allocate(ITEM_BYTES);
			array.push(value);
			return;
		}
		if (key > 0 && key < end && array[key] !== undefined) {
			if (value !== undefined) {
				array[key] = value;
			} else if (key < end - 1) {
				array[key] = undefined;
				this.holes++;
			} else {
				array.pop();
				if (this.holes > 0) this.trimArray();
			}
		} else if (key > 0 && key <= this.arraySize && Number.isInteger(key)) {
			if (value === undefined) return;
			if (key < end) {
				array[key] = value;
				this.holes--;
			} else {
				this.extendArray(key, value);
			}
		} else if (
			value !== undefined &&
			key === end &&
			this.hash === undefined &&
			this.holes === 0 &&
			this.dead === 0 &&
			key <= MAX_ARRAY_KEY &&
			this.shape.staysInPlace()
		) {
			// An append to a full array part: the commonest rehash, in short.
			const size = nodeSizeFor(key);
			reserve((size - this.arraySize) * ITEM_BYTES + this.shape.nodeSize * NODE_BYTES);
			this.arraySize = size;
			this.extendArray(key, value);
		} else {
			this.setOther(key, value);
		}
	}

	/**
	 * OP_SETLIST: stores values[1], values[2], ... at start, start + 1, ... in the array part, which is made large
	 * enough. The array, whose first element is not used, belongs to the table from then on.
	 */
	setList(values: LuaValue[], start: number): void {
		const last = start + values.length - 2;
		if (last > this.arraySize)
			this.resize(last, this.hash === undefined ? this.shape.nodeSize : this.hash.size);
		if (start === 1 && this.array.length === 1) {
			this.adoptArray(values);
			return;
		}
		for (let i = 1; i < values.length; i++) this.setInt(start + i - 1, values[i]);
	}

	/** All items of a list of this length, and no more, are in `array`: they can be moved there without any other change. */
	isDense(length: number): boolean {
		return this.array.length === length + 1 && this.holes === 0;
	}

	/** A key of the hash part: any but a string of a table with a shape, or a number that is in the array part. */
	setOther(key: LuaValue, value: LuaValue): void {
		const hash = this.hash;
		if (hash !== undefined) {
			const entry = hash.find(key);
			if (entry !== 0) {
				const old = hash.values[entry];
				hash.values[entry] = value;
				if (old === undefined) {
					if (value === undefined) return;
					this.dead--;
					hash.liveFrom = 0;
				} else if (value === undefined) {
					this.dead++;
				}
				return;
			}
		}
		const isFull = hash === undefined && this.dead === 0 && this.shape.count === this.shape.nodeSize;
		let part = isFull ? undefined : (hash ?? this.openHash());
		let entry = part === undefined ? 0 : part.insert(this, key);
		if (entry === 0) {
			this.rehash(key);
			if (typeof key === "number") {
				this.setInt(key, value); // perhaps in the array part now
				return;
			}
			part = this.hash ?? this.openHash();
			entry = part.insert(this, key);
		}
		if (part !== undefined && value !== undefined) {
			part.values[entry] = value;
			this.dead--;
		}
	}

	/** A string key that the node part of a table with a shape has not. */
	private addString(key: string, value: LuaValue, isComputed: boolean): void {
		if (this.hash === undefined) {
			if (this.dead > 0 || (this.shape.count === this.shape.nodeSize && !this.growsByShape()))
				this.openHash();
		}
		const hash = this.hash;
		let entry = 0;
		if (hash === undefined) {
			this.dead++;
		} else {
			entry = hash.insert(this, key);
			if (entry === 0) {
				this.rehash(key);
				this.putStr(key, value, isComputed);
				return;
			}
		}
		let name = this.shape.nameOf(key);
		if (name === undefined) {
			const shape = isComputed ? this.shape.addComputed(key) : this.shape.add(key);
			if (shape === DICTIONARY_SHAPE) {
				if (hash === undefined) this.dead--; // not there yet
				this.becomeDictionary();
				this.setOther(key, value);
				return;
			}
			this.shape = shape;
			this.makeRoom();
			name = shape.keyOf(shape.count);
		}
		if (hash !== undefined) hash.keys[entry] = name;
		if (value !== undefined) {
			this.fields[name] = value;
			this.dead--;
		}
	}

	/**
	 * Rehashes for one string key more, if that drops nothing from the array part: then
	 * the node part does what the next shape says.
	 */
	private growsByShape(): boolean {
		if (this.arraySize === 0) return true;
		const last = this.array.length - 1;
		let size = nodeSizeFor(last);
		if (this.holes > 0) {
			const counts = newCounts();
			countArray(counts, this.array, this.holes);
			size = chooseArraySize(counts, last - this.holes);
			if (size < last) return false;
		}
		this.arraySize = size;
		return true;
	}

	// -- Native's layout -------------------------------------------------------------------

	/** Makes room for a key that found no place: what native does with both parts then. */
	private rehash(key: LuaValue): void {
		const hash = this.hash;
		const isForArray = isArrayKey(key);
		const last = this.array.length - 1;
		const nodes = (hash === undefined ? this.shape.count : hash.used) - this.dead;
		let inside = isForArray ? last + 1 : last;
		let size = nodeSizeFor(inside);
		const isDense = this.holes === 0 && (hash === undefined || hash.arrayKeys === 0);
		if (!isDense || (isForArray && key !== inside)) {
			const counts = newCounts();
			countArray(counts, this.array, this.holes);
			let total = last - this.holes;
			if (hash !== undefined) total += hash.countArrayKeys(counts);
			if (isForArray) {
				countArrayKey(counts, key);
				total++;
			}
			size = chooseArraySize(counts, total);
			inside = countInside(counts, size);
		}
		const nodeSize = nodeSizeFor(last - this.holes + nodes + 1 - inside);
		const staysOutside = !isForArray || key > size;
		// Native makes a new node part, but lets the array part grow where it is.
		reserve(Math.max(size - this.arraySize, 0) * ITEM_BYTES + nodeSize * NODE_BYTES);
		if (hash !== undefined && size >= last && staysOutside && hash.canGrowLater(this, size)) {
			this.arraySize = size;
			hash.size = nodeSize;
		} else {
			this.resize(size, nodeSize);
		}
	}

	/** Gives both parts new sizes and every live key its new place. */
	private resize(arraySize: number, nodeSize: number): void {
		const shape = this.shape;
		const evictedFrom = arraySize + 1;
		const evicts = evictedFrom < this.array.length;
		if (this.hash === undefined && this.dead === 0 && !evicts) {
			if (shape.count === 0) {
				this.shape = Shape.root(nodeSize, shape.maxKeys);
				this.arraySize = arraySize;
				return;
			}
			if (nodeSize === shape.nodeSize && shape.hasStableOrder()) {
				this.arraySize = arraySize;
				return;
			}
		}
		if (nodeSize === 0 && this.hash !== undefined) {
			this.moveAllToArray(this.hash, arraySize);
			return;
		}
		const hash = this.hash ?? this.openHash();
		const evicted = evicts ? this.array.splice(evictedFrom) : EMPTY_PART;
		if (evicts) {
			for (const value of evicted) if (value === undefined) this.holes--;
		}
		this.trimArray();
		this.arraySize = arraySize;
		hash.resize(this, nodeSize, evicted, evictedFrom);
		this.dead = 0;
		this.simplify(hash);
	}

	/** A rehash that leaves nothing for the node part; the order does not matter then. */
	private moveAllToArray(hash: HashPart, arraySize: number): void {
		this.hash = undefined;
		this.shape = this.shape.maxKeys === 0 ? Shape.EMPTY : Shape.root(0, this.shape.maxKeys);
		this.fields = NO_FIELDS;
		this.dead = 0;
		this.arraySize = arraySize;
		for (let entry = 1; entry <= hash.count; entry++) {
			const value = hash.values[entry];
			if (value !== undefined) this.setInt(hash.keys[entry] as number, value); // all live keys are
		}
	}

	/** Goes without a hash part again if the shape alone tells as much. */
	private simplify(hash: HashPart): void {
		const shape = this.shape;
		if (hash.used !== shape.count || hash.size !== shape.nodeSize) return;
		const { entries } = shape.layout();
		for (let place = 0; place < entries.length; place++) {
			const slot = entries[place]!;
			const key = hash.keys[hash.layout().entries[place]!];
			if (slot === 0 ? key !== undefined : key !== shape.keyOf(slot)) return;
		}
		this.hash = undefined;
	}

	private openHash(): HashPart {
		const hash = new HashPart(this.shape);
		this.hash = hash;
		return hash;
	}

	private becomeDictionary(): void {
		const hash = this.hash ?? this.openHash();
		for (let entry = 1; entry <= hash.count; entry++) hash.values[entry] = hash.valueOf(this, entry);
		this.shape = DICTIONARY_SHAPE;
		this.fields = NO_FIELDS;
	}

	// -- The array part's storage ----------------------------------------------------------

	/** Stores a non-nil value beyond what was filled so far. */
	private extendArray(key: number, value: LuaValue): void {
		allocate(ITEM_BYTES);
		if (this.array === EMPTY_PART && key > 1) this.array = [undefined];
		const array = this.array;
		if (key === array.length && key <= 4) {
			// A push would take room for sixteen more.
			if (key === 1) this.array = [undefined, value];
			else if (key === 2) this.array = [undefined, array[1], value];
			else if (key === 3) this.array = [undefined, array[1], array[2], value];
			else this.array = [undefined, array[1], array[2], array[3], value];
			return;
		}
		while (array.length < key) {
			array.push(undefined);
			this.holes++;
		}
		array.push(value);
	}

	private trimArray(): void {
		const array = this.array;
		while (array.length > 1 && array[array.length - 1] === undefined) {
			array.pop();
			this.holes--;
		}
	}

	private adoptArray(array: LuaValue[]): void {
		for (let key = array.length - 1; key > 0; key--) {
			if (array[key] === undefined) this.holes++;
		}
		this.array = array;
		if (this.holes > 0) this.trimArray();
		if (array.length === 1) this.array = EMPTY_PART;
	}
}
