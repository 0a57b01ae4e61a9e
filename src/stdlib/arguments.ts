// The argument checks that all libraries share: what lauxlib's luaL_check* and luaL_opt*
// do, with their texts. `position` counts from 1, `given` is the builtin's
// `arguments.length`: a missing argument is "no value", a present nil is "nil".
// Numbers become strings and numeric strings become numbers, as everywhere in Lua 5.1.

import { argumentError, type LuaError } from "../lua51/error.ts";
import { formatNumber, parseNumber } from "../lua51/number.ts";
import type { LuaTable } from "../lua51/table.ts";
import {
	cString,
	isFunction,
	type LuaFunction,
	type LuaValue,
	type MaybeTable,
	typeName,
} from "../lua51/value.ts";

/** "number expected, got nil": the error for an argument of a wrong type. */
export function typeError(value: LuaValue, position: number, given: number, expected: string): LuaError {
	const got = position > given ? "no value" : typeName(value);
	return argumentError(position, `${expected} expected, got ${got}`);
}

/** Any value, nil included, must have been given. */
export function checkAny(position: number, given: number): void {
	if (position > given) throw argumentError(position, "value expected");
}

export function checkString(value: LuaValue, position: number, given: number): string {
	if (typeof value === "string") return value;
	if (typeof value === "number") return formatNumber(value);
	throw typeError(value, position, given, "string");
}

/** A string that C reads up to its first zero byte. */
export function checkCString(value: LuaValue, position: number, given: number): string {
	return cString(checkString(value, position, given));
}

export function optString<T>(value: LuaValue, position: number, otherwise: T): string | T {
	return value === undefined ? otherwise : checkString(value, position, position);
}

export function checkNumber(value: LuaValue, position: number, given: number): number {
	if (typeof value === "number") return value;
	const number = typeof value === "string" ? parseNumber(value) : undefined;
	if (number === undefined) throw typeError(value, position, given, "number");
	return number;
}

export function optNumber(value: LuaValue, position: number, otherwise: number): number {
	return value === undefined ? otherwise : checkNumber(value, position, position);
}

/** A number cast to C's ptrdiff_t (64 bits), as lua_Integer is: luaL_checkinteger. */
export function checkInteger(value: LuaValue, position: number, given: number): number {
	// `| 0` makes -0 an ordinary zero, which shows where it becomes a key.
	if (typeof value === "number" && (value | 0) === value) return value | 0;
	return toInteger(checkNumber(value, position, given));
}

export function optInteger(value: LuaValue, position: number, otherwise: number): number {
	return value === undefined ? otherwise : checkInteger(value, position, position);
}

/** A number cast to lua_Integer and then to C's int (32 bits, wrapping): luaL_checkint. */
export function checkInt(value: LuaValue, position: number, given: number): number {
	if (typeof value === "number" && (value | 0) === value) return value | 0;
	return toInt(checkNumber(value, position, given));
}

export function optInt(value: LuaValue, position: number, otherwise: number): number {
	return value === undefined ? otherwise : checkInt(value, position, position);
}

export function checkTable(value: LuaValue, position: number, given: number): LuaTable {
	const table = value as MaybeTable;
	if (table?.shape !== undefined) return table;
	throw typeError(value, position, given, "table");
}

export function checkFunction(value: LuaValue, position: number, given: number): LuaFunction {
	if (isFunction(value)) return value;
	throw typeError(value, position, given, "function");
}

/** luaL_checkoption: the index of a string among `options`. */
export function checkOption(
	value: LuaValue,
	position: number,
	given: number,
	options: readonly string[],
	otherwise?: string,
): number {
	const name =
		otherwise === undefined ? checkString(value, position, given) : optString(value, position, otherwise);
	const shown = cString(name);
	const index = options.indexOf(shown);
	if (index < 0) throw argumentError(position, `invalid option '${shown}'`);
	return index;
}

/** x86-64's cast of a double to a 64 bit integer: what does not fit becomes the smallest one. */
export function toInteger(number: number): number {
	// `+ 0` makes -0 an ordinary zero; a NaN fails the comparison.
	return Math.abs(number) < 0x8000000000000000 ? Math.trunc(number) + 0 : -0x8000000000000000;
}

/** The same cast, and of its result the low 32 bits. */
export function toInt(number: number): number {
	return Math.abs(number) < 0x8000000000000000 ? number | 0 : 0;
}
