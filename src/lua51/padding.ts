// Arrays of an exact length. `push` takes room for sixteen elements more in each of a million
// small tables, `concat` and `fill` are slow for small arrays; a `slice` of a template is
// neither, and keeps V8's packed elements kind.

import type { LuaValue } from "./value.ts";

const MAX_TEMPLATE = 128;
const MAX_FAST = 2 ** 24;
const nilTemplates: LuaValue[][] = [];
const zeroTemplates: number[][] = [];

/** A list that grew, without the room to grow further. */
export function exact<T>(list: T[]): T[] {
	return list.length === 0 ? list : list.slice();
}

export function nils(length: number): LuaValue[] {
	return copies<LuaValue>(nilTemplates, length, undefined);
}

export function zeros(length: number): number[] {
	return copies(zeroTemplates, length, 0);
}

/** A copy of the first elements with nils behind. */
export function extendedValues(values: readonly LuaValue[], count: number, length: number): LuaValue[] {
	const longer = nils(length);
	for (let i = 0; i < count; i++) longer[i] = values[i];
	return longer;
}

/** A copy with zeros behind. */
export function extendedNumbers(numbers: readonly number[], length: number): number[] {
	const longer = zeros(length);
	for (let i = 0; i < numbers.length; i++) longer[i] = numbers[i]!;
	return longer;
}

function copies<T>(templates: T[][], length: number, value: T): T[] {
	const template = templates[length];
	if (template !== undefined) return template.slice();
	// (Not packed, but without a copy for each growth. A longer one V8 would make a dictionary.)
	if (length > MAX_TEMPLATE && length <= MAX_FAST) return new Array<T>(length).fill(value);
	const values: T[] = [];
	for (let i = 0; i < length; i++) values.push(value);
	if (length > MAX_TEMPLATE) return values;
	for (let missing = templates.length; missing < length; missing++) templates.push(values.slice(0, missing));
	templates[length] = values;
	return values.slice();
}
