// Where a table with a shape keeps the values of its string keys: a JavaScript object with a property for each, so that
// V8 does with `object.name` of Lua's what it does with JavaScript's own (hidden classes, inline caches, and what its
// optimizer makes of them). What must stay true, so that such an object has nothing but what Lua put there:
//   - its prototype is empty, frozen, and has none itself: `__proto__` and `constructor` are names as any other;
//   - no key is one that V8 takes for an array index (`isFieldName`);
//   - a class has room for as many properties as its name says, and V8 goes on with hidden classes for twice as many
//     of a large class, twelve more of a small one. Beyond that it makes a dictionary of an object, which is slow.

import type { LuaValue } from "./value.ts";

export type Fields = Record<string, LuaValue>;
export type FieldsClass = new () => Fields;

const EMPTY_PROTOTYPE: object = Object.freeze(Object.create(null) as object);

/** V8 counts the properties that a constructor's text mentions, and learns from the first dozen objects what they use. */
function classWithRoom(room: number): FieldsClass {
	const names = Array.from({ length: room }, (_, number) => `f${number}`);
	const assignments = names.map((name) => `this.${name} = undefined;`).join(" ");
	const made = new Function(`return function Fields() { if (false) { ${assignments} } }`)() as FieldsClass;
	made.prototype = EMPTY_PROTOTYPE;
	for (let object = 0; object < 12; object++) {
		const fields = new made();
		for (const name of names) prepareField(fields, name);
	}
	return made;
}

const ROOMS = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32] as const;
const classes = new Map(ROOMS.map((room) => [room as number, classWithRoom(room)]));

/** Of tables that get their keys one by one. */
export const SmallFields = classes.get(4) as FieldsClass;
/** How many keys they may get so. */
export const SMALL_FIELDS = 16;
/** Of tables with more. */
export const LargeFields = classWithRoom(64);
/** Of environments. */
export const EnvironmentFields = classWithRoom(250);

/** The class for a constructor with so many names, up to 32. */
export function fieldsClass(count: number): FieldsClass {
	return classes.get(ROOMS.find((room) => room >= count) ?? 0) ?? LargeFields;
}

/** The fields of a table that has none. Never written. */
export const NO_FIELDS: Fields = new SmallFields();

/**
 * Gives an object a field that V8 expects any value in: objects that get the same fields in the same order have the same
 * hidden class. V8 would take the first values for the kind of all: it compiles again where that was wrong, and
 * makes a new object of a number for each look at a field of doubles. What it learns here it forgets with the last object.
 */
export function prepareField(fields: Fields, key: string): void {
	fields[key] = undefined;
	fields[key] = 0;
}

const ARRAY_INDEX = /^(?:0|[1-9][0-9]{0,15})$/;

/** Whether a key can be the name of a property. */
export function isFieldName(key: string): boolean {
	return key.length > 16 || !ARRAY_INDEX.test(key);
}
