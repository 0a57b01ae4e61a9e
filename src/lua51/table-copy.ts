// Copies of tables. They look as the original does, to the order of `next` and the border that `#` finds,
// and share with it what tells the keys (see HashPart.copy): emitted code copies a constructor of
// constants from a template instead of building it again.

import type { Fields } from "./fields.ts";
import { allocate, ITEM_BYTES, NODE_BYTES } from "./memory.ts";
import type { Shape } from "./shape.ts";
import { EMPTY_PART, LuaTable } from "./table.ts";

/** A table with the same keys and values, and no metatable. Tables in it are the same. */
export function copyOf(original: LuaTable): LuaTable {
	const { array, fields, hash, shape } = original;
	allocate(ITEM_BYTES * array.length + NODE_BYTES * (hash === undefined ? shape.count : hash.size));
	const table = new LuaTable();
	table.shape = shape;
	if (shape.count > 0) table.fields = copyOfFields(fields, shape);
	table.array = array === EMPTY_PART ? array : array.slice();
	table.hash = hash?.copy();
	table.arraySize = original.arraySize;
	table.holes = original.holes;
	table.dead = original.dead;
	table.index = original.index;
	return table;
}

/** The same with copies of the tables in it, all the way down. No table is in it twice. */
export function deepCopy(original: LuaTable): LuaTable {
	const copy = copyOf(original);
	replaceTables(copy, deepCopy);
	return copy;
}

/** Replaces each table that is a value in `table` by what `replace` makes of it. */
export function replaceTables(table: LuaTable, replace: (inner: LuaTable) => LuaTable): void {
	for (const values of [table.array, table.hash?.values ?? EMPTY_PART]) {
		for (let i = 1; i < values.length; i++) {
			const value = values[i];
			if (value instanceof LuaTable) values[i] = replace(value);
		}
	}
	const { fields, shape } = table;
	for (let slot = 1; slot <= shape.count; slot++) {
		const key = shape.keyOf(slot);
		const value = fields[key];
		if (value instanceof LuaTable) fields[key] = replace(value);
	}
	if (table.index !== undefined) table.index = table.getName("__index");
}

function copyOfFields(fields: Fields, shape: Shape): Fields {
	const copy = new (shape.fieldsClass())();
	for (let slot = 1; slot <= shape.count; slot++) {
		const key = shape.keyOf(slot);
		copy[key] = fields[key];
	}
	return copy;
}
