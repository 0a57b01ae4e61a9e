// The inline cache of one `t.name` in the emitted code. First entry: the shape of the table met
// last and the slot of `name` in it; emitted code compares that shape itself. Second entry, for
// methods: a table without the name whose metatable's `__index` is a table with it. runtime.ts
// looks there and fills both. A cache of a store has one for additions too.

import { Shape } from "../lua51/shape.ts";

/** No table has this shape. */
const NO_SHAPE = new Shape(0, 0, 0, 0, { slots: new Map(), keys: [undefined] });

export class FieldCache {
	readonly key: string;
	shape: Shape = NO_SHAPE;
	slot = 0;
	/** Shape of a table that lacks the name. */
	lackingShape: Shape = NO_SHAPE;
	/** Shape of its metatable, and the slot of `__index` there. */
	metatableShape: Shape = NO_SHAPE;
	indexSlot = 0;
	/** Shape of the table that `__index` names, and the slot of the name there. */
	holderShape: Shape = NO_SHAPE;
	holderSlot = 0;

	/** Shape of a table that gets the name added, and the shape that it has then. */
	addedTo: Shape = NO_SHAPE;
	added: Shape = NO_SHAPE;

	constructor(key: string) {
		this.key = key;
	}
}
