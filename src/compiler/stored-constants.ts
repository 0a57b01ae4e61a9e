// What emitted code refers to beside its own text, as JSON: protos of inner functions by number, tables of
// constants, keys of records. JSON has neither nil (null here) nor infinities (objects here).

import { ConstantTable } from "../lua51/constant-table.ts";
import { Proto } from "../lua51/proto.ts";

type StoredScalar = string | number | boolean | null | { readonly number: string };
/** Keys (null: positional; 0 for all of them: no item has another) and values. */
type StoredTable = readonly [keys: readonly StoredScalar[] | 0, values: readonly StoredValue[]];
type StoredValue = StoredScalar | StoredTable;

export type StoredConstant =
	| { readonly child: number }
	| { readonly table: StoredTable }
	| { readonly record: readonly string[] };

type Scalar = string | number | boolean | undefined;
type Constant = ConstantTable["values"][number];

export function storedConstant(owner: Proto, constant: unknown): StoredConstant {
	if (constant instanceof Proto) return { child: owner.children.indexOf(constant) };
	if (constant instanceof ConstantTable) return { table: storedTable(constant) };
	return constant as { record: string[] };
}

export function constantFrom(owner: Proto, stored: StoredConstant): unknown {
	if ("child" in stored) return owner.child(stored.child);
	return "table" in stored ? tableFrom(stored.table) : stored;
}

function storedTable({ keys, values }: ConstantTable): StoredTable {
	return [keys.every((key) => key === undefined) ? 0 : keys.map(storedScalar), values.map(storedValue)];
}

function storedValue(value: Constant): StoredValue {
	return value instanceof ConstantTable ? storedTable(value) : storedScalar(value);
}

function storedScalar(value: Scalar): StoredScalar {
	if (value === undefined) return null;
	return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function tableFrom([keys, values]: StoredTable): ConstantTable {
	const table = new ConstantTable();
	for (let i = 0; i < values.length; i++) {
		table.push(
			keys === 0 ? undefined : scalarFrom(keys[i] as StoredScalar),
			valueFrom(values[i] as StoredValue),
		);
	}
	table.trim();
	return table;
}

function valueFrom(stored: StoredValue): Constant {
	return Array.isArray(stored) ? tableFrom(stored as StoredTable) : scalarFrom(stored as StoredScalar);
}

function scalarFrom(stored: StoredScalar): Scalar {
	if (stored === null) return undefined;
	return typeof stored === "object" ? Number(stored.number) : stored;
}
