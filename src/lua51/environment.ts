// Tables of globals. Compiled code reads them by names that stand in the program, so they keep a shape with far more keys than others.

import { EnvironmentFields } from "./fields.ts";
import { DICTIONARY_SHAPE, MAX_KEPT_KEYS, Shape } from "./shape.ts";
import type { LuaTable } from "./table.ts";

/** Has a table keep a shape even with many string keys, as far as it has not got too many already. */
export function keepShape(table: LuaTable): void {
	if (table.shape.maxKeys === MAX_KEPT_KEYS) return;
	const { hash } = table;
	const fields = new EnvironmentFields();
	let shape = Shape.root(hash === undefined ? table.shape.rootSize : 0, MAX_KEPT_KEYS);
	const keys = hash === undefined ? table.shape.keys : hash.keys;
	const last = hash === undefined ? table.shape.count : hash.count;
	for (let entry = 1; entry <= last; entry++) {
		const key = keys[entry];
		if (typeof key !== "string") continue;
		shape = shape.add(key);
		if (shape === DICTIONARY_SHAPE) return;
		fields[key] = hash === undefined ? table.fields[key] : hash.valueOf(table, entry);
	}
	hash?.forgetFields();
	table.shape = shape;
	table.fields = fields;
}
