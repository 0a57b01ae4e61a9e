/**
 * The host's messages as trees, to be shown or changed: what wire/lua-expression.ts reads, kept in its order,
 * and written again. Nothing is evaluated, and no JavaScript object has a key that a message named.
 */
import {
	type ExpressionBuilder,
	type Primitive,
	readLuaExpression,
	UNSUPPORTED,
	writeLuaExpression,
} from "../wire/lua-expression.ts";

/** A function of the peer's, by the id that both sides know it by. */
export class FunctionReference {
	readonly id: number;

	constructor(id: number) {
		this.id = id;
	}
}

export class Table {
	readonly entries: readonly Entry[];

	constructor(entries: readonly Entry[]) {
		this.entries = entries;
	}

	/** The value of a text key. */
	get(name: string): Value {
		return this.entries.find(([key]) => key === name)?.[1];
	}
}

type Entry = readonly [key: Value, value: Value];

export type Value = Primitive | Table | FunctionReference;

const builder: ExpressionBuilder<Table | FunctionReference> = {
	table(pairs, start) {
		const entries: Entry[] = [];
		for (let i = start; i < pairs.length; i += 2) entries.push([pairs[i], pairs[i + 1]]);
		return new Table(entries);
	},
	chunk: (id) => new FunctionReference(id),
};

/** A message of the host's, one character per byte; undefined for a text that PHP would not send. */
export function readRequest(text: string): Table | undefined {
	const value = readLuaExpression(text, builder);
	return value !== UNSUPPORTED && value instanceof Table ? value : undefined;
}

/** As PHP would have written it, but for the spelling of numbers. */
export function writeRequest(request: Table): string {
	return writeLuaExpression<Table | FunctionReference>(request, {
		visit(value, entry) {
			if (value instanceof FunctionReference) return value.id;
			for (const [key, element] of value.entries) entry(key, element);
			return undefined;
		},
	});
}

/** The same tree with other leaves: `change` gets every key and value that is no table. */
export function mapLeaves(value: Value, change: (leaf: Exclude<Value, Table>) => Value): Value {
	if (!(value instanceof Table)) return change(value);
	return new Table(
		value.entries.map(([key, element]) => [mapLeaves(key, change), mapLeaves(element, change)] as const),
	);
}
