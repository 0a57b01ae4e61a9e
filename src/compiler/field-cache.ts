// The inline cache of one `t.name` in the emitted code. First entry: the shape of the table met
// last and the slot of `name` in it; emitted code compares that shape itself. Second entry, for
// methods: a table without the name whose metatable's `__index` is a table with it. runtime.ts
// looks there and fills both. A cache of a store has one for additions too.

import { Shape } from "../lua51/shape.ts";

/** No table has this shape. */
const NO_SHAPE = new Shape(0, 0, 0, 0, { slots: new Map(), keys: [undefined] });

/** One `__index` that is a table: the shapes by which it is known again. */
export interface PathStep {
	readonly metatableShape: Shape;
	/** The slot of `__index` in the metatable. */
	readonly indexSlot: number;
	/** Shape of the table there; it lacks the name on all steps but the last. */
	readonly holderShape: Shape;
}

export const NO_PATH: readonly PathStep[] = [];

/** Where a metamethod is in metatables of the shape met last; runtime.ts has one for each event. */
export class EventCache {
	readonly event: string;
	shape: Shape = NO_SHAPE;
	slot = 0;

	constructor(event: string) {
		this.event = event;
	}
}

export class FieldCache {
	readonly key: string;
	shape: Shape = NO_SHAPE;
	slot = 0;
	/** Shape of a table that lacks the name. */
	lackingShape: Shape = NO_SHAPE;
	/** From its metatable to the table that has the name. */
	path: readonly PathStep[] = NO_PATH;
	/** The slot of the name there. */
	holderSlot = 0;

	/** Shape of a table that gets the name added, and the shape that it has then. */
	addedTo: Shape = NO_SHAPE;
	added: Shape = NO_SHAPE;

	constructor(key: string) {
		this.key = key;
	}
}
