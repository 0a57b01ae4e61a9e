// Table constructors that hold nothing but constants: the data modules of a wiki, some of them
// hundreds of kilobytes. As a syntax tree and as JavaScript they would cost many times what
// native takes to load them, so they are kept as plain lists and the table is built from these.

import { exact } from "./padding.ts";
import type { Expression, StringNode, TableItem } from "./syntax.ts";
import { LuaTable } from "./table.ts";
import type { LuaValue } from "./value.ts";

type Constant = Exclude<LuaValue, object> | ConstantTable;

/** Strings met here are never named in a message. */
const UNNAMED = Number.MAX_SAFE_INTEGER;

/** The metatable of templates and of the tables in them, by which they are told from a program's data. Copies have none. */
export const TEMPLATE = new LuaTable();

export class ConstantTable {
	/** undefined for positional items. */
	keys: (string | number | boolean | undefined)[] = [];
	values: Constant[] = [];
	/** Items that were pushed, those of inner tables included. */
	size = 0;
	/** Some of the items are tables. */
	hasTables = false;
	/** It was wanted once, so the next time is worth a template. */
	wasBuilt = false;
	/** Built once more for copies to be made of it, when it was wanted again. No program ever gets it. */
	template: LuaTable | undefined = undefined;

	/** A complete one; no keys: all items are positional. */
	static of(keys: ConstantTable["keys"], values: Constant[], hasTables: boolean): ConstantTable {
		const table = new ConstantTable();
		table.keys = keys;
		table.values = values;
		table.hasTables = hasTables;
		return table;
	}

	push(key: string | number | boolean | undefined, value: Constant): void {
		this.keys.push(key);
		this.values.push(value);
		if (value instanceof ConstantTable) this.hasTables = true;
		this.size += value instanceof ConstantTable ? value.size + 1 : 1;
	}

	/** Takes an item if it is constant. */
	add({ key, value }: TableItem): boolean {
		const constant = constantOf(value);
		if (constant === NOT_CONSTANT) return false;
		if (key === undefined) {
			this.push(undefined, constant);
			return true;
		}
		if (key.kind !== "string" && key.kind !== "boolean" && !isPlainNumber(key)) return false;
		this.push((key as StringNode).value, constant);
		return true;
	}

	/** To be called when all items are in: there are thousands of small ones, which stay. */
	trim(): void {
		this.keys = exact(this.keys);
		this.values = exact(this.values);
	}

	/** The same as a syntax tree. */
	items(): TableItem[] {
		return this.values.map((value, position) => {
			const key = this.keys[position];
			return { key: key === undefined ? undefined : nodeOf(key), value: nodeOf(value), line: 0 };
		});
	}
}

const NOT_CONSTANT = Symbol("not constant");

function constantOf(node: Expression): Constant | typeof NOT_CONSTANT {
	switch (node.kind) {
		case "nil":
			return undefined;
		case "boolean":
		case "string":
			return node.value;
		case "number":
			return isPlainNumber(node) ? node.value : NOT_CONSTANT;
		case "table":
			return node.constant ?? NOT_CONSTANT;
		default:
			return NOT_CONSTANT;
	}
}

/** Zeros are left to the emitter, which knows which sign native gives them. */
function isPlainNumber(node: Expression): boolean {
	return node.kind === "number" && node.value !== 0;
}

function nodeOf(value: Constant): Expression {
	switch (typeof value) {
		case "string":
			return { kind: "string", value, constant: UNNAMED };
		case "number":
			return { kind: "number", value };
		case "boolean":
			return { kind: "boolean", value };
		case "undefined":
			return { kind: "nil" };
		default:
			return { kind: "table", items: undefined, constant: value, line: 0 };
	}
}
