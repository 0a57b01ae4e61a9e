// Which string keys a table has, and in which order it got them: tables with the same keys in the same
// order share a Shape, which tells native's order of them once for all. V8 has the same in its hidden
// classes for the values (fields.ts), but tells nobody.
// Shapes form a tree, one root per initial node size (the size decides native's key order,
// see node-layout.ts). Keys have slots, their positions in that order: 1, 2, ... along a path.
//
// A shape and its first child share one key list and one Map; a slot number above the
// shape's own count means "not mine". So a path of n shapes costs O(n) memory.

import {
	EnvironmentFields,
	type Fields,
	type FieldsClass,
	growingClass,
	isFieldName,
	prepareField,
	SMALL_FIELDS,
} from "./fields.ts";
import { NodeLayout, nodeSizeFor } from "./node-layout.ts";
import { extendedValues } from "./padding.ts";
import type { LuaValue } from "./value.ts";

/** Tables with more string keys than this become dictionaries. */
const MAX_KEYS = 64;
/**
 * A table that gets more names by keys which the program computes is a dictionary, unless another got the same. The largest
 * tables of Scribunto's that `mw.clone` copies in this way have 31.
 */
const MAX_COMPUTED = 32;
/** The same for tables on which `keepShape` was called. */
export const MAX_KEPT_KEYS = 1024;
/** A shape (a root) that has so many children gets no more: what asks for them is a dictionary. */
const MAX_CHILDREN = 64;
const MAX_ROOT_CHILDREN = 1024;
/** After so many new or refused shapes the trees start anew; old ones live as long as their tables. */
const MAX_SHAPES = 50_000;

interface Family {
	/** Of up to SMALL_FIELDS fields, and of more; undefined before there are as many. */
	small: FieldsClass | undefined;
	large: FieldsClass | undefined;
	/** Has the first `prepared` keys: see `prepareField`. */
	sample: Fields | undefined;
	prepared: number;
	readonly slots: Map<string, number>;
	/** By slot number; [0] is unused. */
	readonly keys: LuaValue[];
}

const roots = new Map<number, Shape>();
let shapeCount = 0;

export class Shape {
	/** How many keys, and the last slot number. */
	readonly count: number;
	/** The size of native's node part when all keys were added one after the other. */
	readonly nodeSize: number;
	/** The size that the table was created with. */
	readonly rootSize: number;
	readonly maxKeys: number;
	private readonly family: Family;
	private children: Map<string, Shape> | undefined;
	/** The key that `add` was called with last (the shape's own string), and what it gave: tables are often filled in the same order. */
	likely: string | undefined;
	likelyNext: Shape;
	/** See `fieldsClass`. */
	private growing: FieldsClass | undefined;
	private order: NodeLayout | undefined;
	private orderIsStable: boolean | undefined;

	static readonly EMPTY: Shape = Shape.root(0);

	constructor(count: number, nodeSize: number, rootSize: number, maxKeys: number, family: Family) {
		this.count = count;
		this.nodeSize = nodeSize;
		this.rootSize = rootSize;
		this.maxKeys = maxKeys;
		this.family = family;
		this.children = undefined;
		this.likely = undefined;
		this.likelyNext = this;
		this.growing = undefined;
		this.order = undefined;
		this.orderIsStable = undefined;
	}

	/** The shape of a table without string keys that was created for `nodeHint` hash keys. */
	static root(nodeHint: number, maxKeys: number = MAX_KEYS): Shape {
		const nodeSize = nodeSizeFor(nodeHint);
		const index = nodeSize * (MAX_KEPT_KEYS + 1) + maxKeys;
		let root = roots.get(index);
		if (root === undefined) {
			root = new Shape(0, nodeSize, nodeSize, maxKeys, newFamily());
			roots.set(index, root);
		}
		return root;
	}

	/** The slot of a key, 0 if there is none. */
	lookup(key: string): number {
		const slot = this.family.slots.get(key);
		return slot === undefined || slot > this.count ? 0 : slot;
	}

	/** The shape's own string for a key, undefined if it has no such key. */
	nameOf(key: string): string | undefined {
		const { family } = this;
		const slot = family.slots.get(key);
		return slot === undefined || slot > this.count ? undefined : (family.keys[slot] as string);
	}

	/** The shape with one more key (in slot `count` of the result), or DICTIONARY_SHAPE. */
	add(key: string): Shape {
		const next = this.children?.get(key) ?? this.addNew(key);
		next.prepare();
		this.likely = next.family.keys[next.count] as string | undefined;
		this.likelyNext = next;
		return next;
	}

	/** `add` for a key that the program computes, which may be one of very many: it gets little before another table gets it too. */
	addComputed(key: string): Shape {
		if (this.children?.has(key) === true) return this.add(key);
		return this.count < MAX_COMPUTED || this.maxKeys > MAX_KEYS ? this.addNew(key) : DICTIONARY_SHAPE;
	}

	/** `keyOf` for who asks for many. Behind the last slot there may be others' keys. */
	get keys(): readonly LuaValue[] {
		return this.family.keys;
	}

	/** The key of a slot. */
	keyOf(slot: number): string {
		return this.family.keys[slot] as string; // every slot from 1 has a string
	}

	/** The keys in slot order, [0] undefined, in a list of this length. */
	keyList(length: number): LuaValue[] {
		return extendedValues(this.family.keys, this.count + 1, length);
	}

	/** Native's order of the keys. Entry numbers are slots. */
	layout(): NodeLayout {
		let order = this.order;
		if (order === undefined) {
			order = new NodeLayout(this.rootSize);
			order.settle(this.family.keys, this.count);
			this.order = order;
		}
		return order;
	}

	/** Whether a rehash to the same size leaves every key where it is. */
	hasStableOrder(): boolean {
		if (this.orderIsStable === undefined) {
			const layout = new NodeLayout(this.rootSize);
			layout.settle(this.family.keys, this.count);
			layout.repeat(this.family.keys, layout.size);
			const before = this.layout().entries;
			this.orderIsStable = layout.entries.every((entry, place) => entry === before[place]);
		}
		return this.orderIsStable;
	}

	/** Whether there is no place for another key, and the rehash for one that goes to the array part leaves all keys where they are. */
	staysInPlace(): boolean {
		return this.count === this.nodeSize && (this.count === 0 || this.hasStableOrder());
	}

	private addNew(key: string): Shape {
		if (this.count >= this.maxKeys || !isFieldName(key)) return DICTIONARY_SHAPE;
		if (++shapeCount > MAX_SHAPES) {
			shapeCount = 0;
			for (const root of roots.values()) {
				root.children = undefined;
				root.likely = undefined;
				root.likelyNext = root;
			}
		}
		this.children ??= new Map();
		if (this.children.size >= (this.count === 0 ? MAX_ROOT_CHILDREN : MAX_CHILDREN)) return DICTIONARY_SHAPE;
		const slot = this.count + 1;
		// If a sibling has used the next slot number, the new line needs a family of its own.
		const family = this.family.keys.length > slot ? this.copyFamily() : this.family;
		family.keys.push(key);
		family.slots.set(key, slot);
		const nodeSize = this.count < this.nodeSize ? this.nodeSize : nodeSizeFor(slot);
		const child = new Shape(slot, nodeSize, this.rootSize, this.maxKeys, family);
		this.children.set(key, child);
		return child;
	}

	private copyFamily(): Family {
		const family = newFamily();
		// (Tables without keys are of no class yet.)
		if (this.count > 0) family.small = this.family.small;
		for (let slot = 1; slot <= this.count; slot++) {
			const key = this.keyOf(slot);
			family.keys.push(key);
			family.slots.set(key, slot);
		}
		return family;
	}

	/** The class for fields with these keys that are made one by one. */
	fieldsClass(): FieldsClass {
		this.growing ??= this.findClass();
		return this.growing;
	}

	private findClass(): FieldsClass {
		const { family, count } = this;
		if (this.maxKeys === MAX_KEPT_KEYS) return EnvironmentFields;
		if (count > SMALL_FIELDS) {
			family.large ??= growingClass(count, family.keys.slice(1, SMALL_FIELDS + 1) as string[]);
			return family.large;
		}
		family.small ??= growingClass(count, [family.keys[1] as string]);
		return family.small;
	}

	/** V8 is told of what the values of these keys may be. */
	private prepare(): void {
		const { family, count } = this;
		if (family.prepared >= count) return;
		if (family.sample === undefined || (family.prepared <= SMALL_FIELDS && count > SMALL_FIELDS)) {
			family.sample = new (this.fieldsClass())();
			family.prepared = 0;
		}
		while (family.prepared < count) prepareField(family.sample, family.keys[++family.prepared] as string);
	}
}

function newFamily(): Family {
	return {
		small: undefined,
		large: undefined,
		sample: undefined,
		prepared: 0,
		slots: new Map(),
		keys: [undefined],
	};
}

/** Of tables whose string keys are in the hash part: finds nothing and stays what it is. */
export const DICTIONARY_SHAPE: Shape = new Shape(0, 0, 0, 0, newFamily());
