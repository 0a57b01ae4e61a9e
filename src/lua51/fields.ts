// Where a table with a shape keeps the values of its string keys: a JavaScript object with a property for each, so that
// V8 does with `object.name` of Lua's what it does with JavaScript's own (hidden classes, inline caches, and what its
// optimizer makes of them). What must stay true, so that such an object has nothing but what Lua put there:
//   - its prototype is empty, frozen, and has none itself: `__proto__` and `constructor` are names as any other;
//   - no key is one that V8 takes for an array index, or long (`isFieldName`);
//   - V8 is not asked for a property by a key that a program computes, unless the key is known to be one: it would look for it, and put it, among all
//     strings of the process (`LuaTable.getStr`);
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

/**
 * V8 gives up hidden classes where one is followed by more than 1536 others. So a class is for so many lists of keys, and others get another
 * class, of which V8 knows nothing yet.
 */
const MAX_LISTS = 1000;

/** Classes with the same room. */
class Classes {
	private current: FieldsClass;
	private readonly lists = new Set<string>();
	private readonly room: number;

	constructor(room: number) {
		this.room = room;
		this.current = classWithRoom(room);
	}

	for(keys: string): FieldsClass {
		if (this.lists.size === MAX_LISTS && !this.lists.has(keys)) {
			this.current = classWithRoom(this.room);
			this.lists.clear();
		}
		this.lists.add(keys);
		return this.current;
	}
}

/** How many fields tables get one by one in objects with this room, and the room that they need with more. */
export const SMALL_FIELDS = 16;
const SMALL_ROOM = 4;
const LARGE_ROOM = 64;
/** Of environments. */
export const EnvironmentFields = classWithRoom(250);

const ROOMS = [1, 2, 3, SMALL_ROOM, 5, 6, 7, 8, 10, 12, 16, 24, 32, LARGE_ROOM] as const;
const classes = new Map<number, Classes>(ROOMS.map((room) => [room, new Classes(room)]));

/** The class for fields that are made at once, up to 64. */
export function fieldsClass(keys: readonly string[]): FieldsClass {
	const room = ROOMS.find((each) => each >= keys.length) ?? LARGE_ROOM;
	return (classes.get(room) as Classes).for(keys.join("\n"));
}

/** The class for fields that are made one by one. `first` are the first of them, and name it. */
export function growingClass(count: number, first: readonly string[]): FieldsClass {
	return (classes.get(count > SMALL_FIELDS ? LARGE_ROOM : SMALL_ROOM) as Classes).for(first.join("\n"));
}

/** The fields of a table that has none. Never written. */
export const NO_FIELDS: Fields = new (fieldsClass(["", "", "", ""]))();

/**
 * Gives an object a field that V8 expects any value in: objects that get the same fields in the same order have the same
 * hidden class. V8 would take the first values for the kind of all: it compiles again where that was wrong, and
 * makes a new object of a number for each look at a field of doubles. What it learns here it forgets with the last object.
 */
export function prepareField(fields: Fields, key: string): void {
	fields[key] = undefined;
	fields[key] = 0;
}

/** V8 finds strings of more than 16,383 characters by their length, so one of many as long takes long to find. */
const LONGEST_NAME = 100;
const ARRAY_INDEX = /^(?:0|[1-9][0-9]{0,15})$/;

/** Whether a key can be the name of a property. */
export function isFieldName(key: string): boolean {
	return key.length <= LONGEST_NAME && (key.length > 16 || !ARRAY_INDEX.test(key));
}
