// What emitted code refers to beside its own text, as JSON: protos of inner functions by number, tables of
// constants, keys of records. JSON has neither nil (null here) nor infinities (objects here).

import { ConstantTable } from "../lua51/constant-table.ts";
import { Proto } from "../lua51/proto.ts";

type StoredScalar = string | number | boolean | null | { readonly number: string };
/** Keys (null: positional; none: all are) and values; whether all of these are in JSON what they are. */
type StoredTable = readonly [keys: StoredScalar[], values: StoredValue[], isPlain: boolean];
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
	const storedKeys = keys.every((key) => key === undefined) ? [] : keys.map(storedScalar);
	const storedValues = values.map(storedValue);
	return [storedKeys, storedValues, [...storedKeys, ...storedValues].every(isPlain)];
}

function isPlain(stored: StoredValue): boolean {
	return typeof stored !== "object"; // as null is
}

function storedValue(value: Constant): StoredValue {
	return value instanceof ConstantTable ? storedTable(value) : storedScalar(value);
}

function storedScalar(value: Scalar): StoredScalar {
	if (value === undefined) return null;
	return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function tableFrom([keys, values, isPlain]: StoredTable): ConstantTable {
	// A data module has thousands of small ones, which run through V8's interpreter.
	if (isPlain) return ConstantTable.of(keys as ConstantTable["keys"], values as Constant[], false);
	return ConstantTable.of(keys.map(scalarFrom), values.map(valueFrom), values.some(Array.isArray));
}

function valueFrom(stored: StoredValue): Constant {
	return Array.isArray(stored) ? tableFrom(stored as StoredTable) : scalarFrom(stored as StoredScalar);
}

function scalarFrom(stored: StoredScalar): Scalar {
	if (stored === null) return undefined;
	return typeof stored === "object" ? Number(stored.number) : stored;
}
