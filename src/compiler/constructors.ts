// What emitted code calls for table constructors and for `...`.

import { ConstantTable, TEMPLATE } from "../lua51/constant-table.ts";
import { ITEMS_PER_FLUSH } from "../lua51/expression-parser.ts";
import { type Fields, type FieldsClass, fieldsClass, prepareField } from "../lua51/fields.ts";
import { DICTIONARY_SHAPE, Shape } from "../lua51/shape.ts";
import { LuaTable, sizeHint } from "../lua51/table.ts";
import { copyOf, deepCopy, replaceTables } from "../lua51/table-copy.ts";
import type { LuaValue } from "../lua51/value.ts";

/** The keys of a constructor that has names only. */
export class RecordTemplate {
	readonly keys: readonly string[];
	readonly shape: Shape;
	/** What holds the values. */
	readonly Fields: FieldsClass;
	/** See `prepareField`. */
	readonly sample: Fields;

	constructor(keys: readonly string[]) {
		this.keys = keys;
		let shape = Shape.root(sizeHint(keys.length));
		for (const key of keys) shape = shape.add(key);
		this.shape = shape;
		this.Fields = fieldsClass(keys);
		this.sample = new this.Fields();
		for (const key of keys) prepareField(this.sample, key);
	}
}

/** `fields` has a value for each key. */
export function record(template: RecordTemplate, fields: Fields): LuaTable {
	if (template.shape !== DICTIONARY_SHAPE) return LuaTable.ofRecord(template.shape, fields);
	return recordWithNil(
		template,
		template.keys.map((key) => fields[key]),
	);
}

/** `record` where one of the keys is `__index`. */
export function metatableRecord(template: RecordTemplate, fields: Fields): LuaTable {
	const table = record(template, fields);
	table.index = table.getName("__index");
	return table;
}

/** `record` by a list of the values, any of which may be nil: a key that is dead already may lose its place to the next one. */
export function recordWithNil({ keys }: RecordTemplate, values: readonly LuaValue[]): LuaTable {
	const table = LuaTable.sized(0, sizeHint(keys.length));
	keys.forEach((key, position) => {
		table.setStr(key, values[position]);
	});
	return table;
}

/** A constructor of constants. Whoever calls the function again, in this session or another, gets a copy. */
export function constantTable(constant: ConstantTable): LuaTable {
	if (constant.template === undefined) {
		if (!constant.wasBuilt) {
			constant.wasBuilt = true;
			return builtTable(constant);
		}
		constant.template = markedTemplate(builtTable(constant));
	}
	return constant.hasTables ? deepCopy(constant.template) : copyOf(constant.template);
}

function markedTemplate(table: LuaTable): LuaTable {
	table.metatable = TEMPLATE;
	replaceTables(table, markedTemplate);
	return table;
}

/** Builds it in the steps in which native does it. */
function builtTable(constant: ConstantTable): LuaTable {
	const { keys, values } = constant;
	const count = values.length;
	let positional = 0;
	for (let i = 0; i < count; i++) if (keys[i] === undefined) positional++;
	const table = LuaTable.sized(sizeHint(positional), sizeHint(count - positional));
	let waiting: LuaValue[] = [undefined];
	let stored = 0;
	for (let i = 0; i < count; i++) {
		const key = keys[i];
		const item = values[i];
		const value = item instanceof ConstantTable ? builtTable(item) : item;
		if (key !== undefined) {
			table.set(key, value);
			continue;
		}
		if (waiting.length > ITEMS_PER_FLUSH) {
			table.setList(waiting, stored + 1);
			stored += ITEMS_PER_FLUSH;
			waiting = [undefined];
		}
		waiting.push(value);
	}
	if (waiting.length > 1) table.setList(waiting, stored + 1);
	return table;
}

/** `{...}`. */
export function varargTable(values: readonly LuaValue[]): LuaTable {
	return LuaTable.adopt(behindNil(values), values.length);
}

/** A list with nil in front; a spread is slow where V8 has not optimized. */
function behindNil(values: readonly LuaValue[]): LuaValue[] {
	switch (values.length) {
		case 0:
			return [undefined];
		case 1:
			return [undefined, values[0]];
		case 2:
			return [undefined, values[0], values[1]];
		case 3:
			return [undefined, values[0], values[1], values[2]];
		default:
			return [undefined, ...values];
	}
}

/** The table `arg` of a vararg function that does not use `...`. */
export function argTable(values: readonly LuaValue[]): LuaTable {
	const table = LuaTable.sized(values.length, 1);
	if (values.length > 0) table.setList(behindNil(values), 1);
	table.setStr("n", values.length);
	return table;
}
