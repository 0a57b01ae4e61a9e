// Lists of nils to lengthen arrays by. `concat` gives an array of exactly the length that is
// wanted; `push` would take room for sixteen elements more, in each of a million small tables.

import type { LuaValue } from "./value.ts";

const paddings: LuaValue[][] = [];

/** A shared list of `length` nils; not to be written. */
export function padding(length: number): LuaValue[] {
	const known = paddings[length];
	if (known !== undefined) return known;
	const values: LuaValue[] = [];
	for (let i = 0; i < length; i++) values.push(undefined);
	if (length <= 1024) paddings[length] = values;
	return values;
}
