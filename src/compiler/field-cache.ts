// The inline cache of one `t.name` in the emitted code: the shape of the table met last and
// the slot of `name` in it. Emitted code compares the shape itself; runtime.ts fills the cache.

import { Shape } from "../lua51/shape.ts";

/** No table has this shape. */
const NO_SHAPE = new Shape(0, 0, 0, 0, { slots: new Map(), keys: [undefined] });

export class FieldCache {
	readonly key: string;
	shape: Shape = NO_SHAPE;
	slot = 0;

	constructor(key: string) {
		this.key = key;
	}
}
