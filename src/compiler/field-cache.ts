// The inline cache of one `t.name` in the emitted code. First entry: the shape of the table met
// last and the slot of `name` in it; emitted code compares that shape itself. Second entry, for
// methods: a table without the name whose metatable's `__index` is a table with it. runtime.ts
// looks there and fills both. A cache of a store has one for additions too.

import { Shape } from "../lua51/shape.ts";

/** No table has this shape. */
export const NO_SHAPE = new Shape(0, 0, 0, 0, { slots: new Map(), keys: [undefined] });

/** One `__index` that is a table: the shapes by which it is known again. */
export interface PathStep {
	readonly metatableShape: Shape;
	/** The slot of `__index` in the metatable. */
	readonly indexSlot: number;
	/** Shape of the table there; it lacks the name on all steps but the last. */
	readonly holderShape: Shape;
}

export const NO_PATH: readonly PathStep[] = [];

/** Ways of a KeyCache; a power of two. */
const WAYS = 16;

/** The slots of one key in the shapes met lately, for places that meet many. */
export class KeyCache {
	readonly key: string;
	private readonly shapes: Shape[] = new Array<Shape>(WAYS).fill(NO_SHAPE);
	private readonly slots: number[] = new Array<number>(WAYS).fill(0);

	constructor(key: string) {
		this.key = key;
	}

	/** The slot of the key, 0 if the shape lacks it. */
	slotIn(shape: Shape): number {
		const way = shape.id & (WAYS - 1);
		if (this.shapes[way] === shape) return this.slots[way] as number;
		const slot = shape.lookup(this.key);
		this.shapes[way] = shape;
		this.slots[way] = slot;
		return slot;
	}
}

/** How often the entries may turn out wrong until the place counts as one of many shapes. */
export const MAX_CHANGES = 16;

export class FieldCache {
	readonly key: string;
	shape: Shape = NO_SHAPE;
	slot = 0;
	/** Shape of a table that lacks the name; it has it by `path`, or not by any table. */
	lackingShape: Shape = NO_SHAPE;
	/** From its metatable to the table that has the name. */
	path: readonly PathStep[] = NO_PATH;
	/** The slot of the name there. */
	holderSlot = 0;
	/** The path's only step once more, for `getMethod`; shapes of no table where the path has none or several. */
	metatableShape: Shape = NO_SHAPE;
	indexSlot = 0;
	holderShape: Shape = NO_SHAPE;

	/** How often one of the two was filled. */
	changes = 0;
	/** Set when that was too often. */
	many: KeyCache | undefined = undefined;

	/** Shape of a table that gets the name added, and the shape that it has then. */
	addedTo: Shape = NO_SHAPE;
	added: Shape = NO_SHAPE;

	constructor(key: string) {
		this.key = key;
	}
}
