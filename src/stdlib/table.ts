// The table library (Lua 5.1 §5.5).

import {
	allocate,
	builtinError,
	call,
	firstResult,
	flat,
	isTrue,
	JOINED_STRING,
	LuaFunction,
	type LuaState,
	type LuaTable,
	type LuaValue,
	lessThan,
	NONE,
	Traversal,
	toStringValue,
	typeName,
} from "../engine/api.ts";
import { checkFunction, checkInt, checkTable, optInt, optString } from "./arguments.ts";
import { registerLibrary } from "./library.ts";
import { sortPlain, sortRange } from "./sort.ts";

// -- Positions -------------------------------------------------------------------------

/** So many items V8 moves faster at once than we do one by one. */
const MANY = 8;

function insert(...args: LuaValue[]): readonly LuaValue[] {
	const given = args.length;
	const table = checkTable(args[0], 1, given);
	const end = table.border() + 1;
	if (given === 2) {
		table.setInt(end, args[1]);
		return NONE;
	}
	if (given !== 3) throw builtinError("wrong number of arguments to 'insert'");
	const position = checkInt(args[1], 2, given);
	let i = Math.max(end, position);
	if (i - position > MANY && position > 0) {
		// The first step makes room as native does.
		table.setInt(end, table.getInt(end - 1));
		i--;
		if (table.isDense(end)) {
			// Without the copy that this step has made; another waits for the new item's place.
			table.array.pop();
			table.array.splice(position, 0, table.array[position]);
			i = position;
		}
	}
	for (; i > position; i--) table.setInt(i, table.getInt(i - 1));
	table.setInt(position, args[2]);
	return NONE;
}

function remove(...args: LuaValue[]): LuaValue | readonly LuaValue[] {
	const table = checkTable(args[0], 1, args.length);
	const end = table.border();
	const position = optInt(args[1], 2, end);
	if (position < 1 || position > end) return NONE;
	const removed = table.getInt(position);
	if (end - position > MANY && table.isDense(end)) {
		table.array.splice(position, 1);
		return removed;
	}
	for (let i = position; i < end; i++) table.setInt(i, table.getInt(i + 1));
	table.setInt(end, undefined);
	return removed;
}

function maxn(t: LuaValue): number {
	const table = checkTable(t, 1, arguments.length);
	let largest = 0;
	for (const entries = new Traversal(table); entries.advance(); ) {
		const { key } = entries;
		if (typeof key === "number" && key > largest) largest = key;
	}
	return largest;
}

// -- Concatenation ---------------------------------------------------------------------

function concat(...args: LuaValue[]): string {
	const given = args.length;
	// Native looks at the separator first.
	const between = optString(args[1], 2, "");
	const table = checkTable(args[0], 1, given);
	const first = optInt(args[2], 3, 1);
	const last = args[3] === undefined ? table.border() : checkInt(args[3], 4, given);
	const { array } = table;
	let text = "";
	for (let i = first; i <= last; i++) {
		const value = array[i] ?? table.getInt(i);
		const piece = typeof value === "string" ? value : toStringValue(value);
		if (piece === undefined) {
			throw builtinError(`invalid value (${typeName(value)}) at index ${i} in table for 'concat'`);
		}
		text += i < last ? piece + between : piece;
	}
	if (text.length >= JOINED_STRING) {
		allocate(text.length);
		return flat(text); // As native's is.
	}
	return text;
}

// -- Old iteration ---------------------------------------------------------------------

function foreach(t: LuaValue, f: LuaValue): LuaValue | readonly LuaValue[] {
	const given = arguments.length;
	const table = checkTable(t, 1, given);
	const visit = checkFunction(f, 2, given);
	for (const entries = new Traversal(table); entries.advance(); ) {
		const answer = firstResult(call(visit, entries.key, entries.value));
		if (answer !== undefined) return answer;
	}
	return NONE;
}

function foreachi(t: LuaValue, f: LuaValue): LuaValue | readonly LuaValue[] {
	const given = arguments.length;
	const table = checkTable(t, 1, given);
	const end = table.border();
	const visit = checkFunction(f, 2, given);
	for (let i = 1; i <= end; i++) {
		const answer = firstResult(call(visit, i, table.getInt(i)));
		if (answer !== undefined) return answer;
	}
	return NONE;
}

// -- Sorting ---------------------------------------------------------------------------

function invalidOrder(): object {
	return builtinError("invalid order function for sorting");
}

const OUT_OF_ORDER = {};

/**
 * Sorts with a Lua function. All its calls are made inside one `call`, as one builtin's: a
 * call of its own for each comparison would take as long as the comparator.
 */
function sortWith(table: LuaTable, length: number, comparator: LuaFunction): void {
	const less = (a: LuaValue, b: LuaValue): boolean => {
		const answer = comparator.fn(a, b);
		return isTrue(Array.isArray(answer) ? firstResult(answer) : (answer as LuaValue));
	};
	let isInvalid = false;
	const run = () => {
		try {
			sortRange<LuaValue>(table, 1, length, less, () => OUT_OF_ORDER);
		} catch (thrown) {
			if (thrown !== OUT_OF_ORDER) throw thrown;
			isInvalid = true;
		}
		return NONE;
	};
	call(new LuaFunction(run, comparator.env, undefined, "sort"));
	if (isInvalid) throw invalidOrder();
}

function sort(t: LuaValue, comparator?: LuaValue): readonly LuaValue[] {
	const given = arguments.length;
	const table = checkTable(t, 1, given);
	const length = table.border();
	if (comparator !== undefined) {
		const compare = checkFunction(comparator, 2, given);
		// Where there is nothing to compare, nothing is called, which shows where no C call is left.
		if (length > 1) sortWith(table, length, compare);
		return NONE;
	}
	if (length < 2) return NONE;
	const values = table.items(1, length);
	if (!sortPlain(values)) {
		sortRange<LuaValue>(table, 1, length, lessThan, invalidOrder);
		return NONE;
	}
	for (let i = 0; i < length; i++) table.setInt(i + 1, values[i]);
	return NONE;
}

export function openTable(state: LuaState): LuaTable {
	return registerLibrary(state, "table", {
		concat,
		foreach,
		foreachi,
		getn: function (t) {
			return checkTable(t, 1, arguments.length).border();
		},
		maxn,
		insert,
		remove,
		setn: function (t) {
			checkTable(t, 1, arguments.length);
			throw builtinError("'setn' is obsolete");
		},
		sort,
	});
}
