// What a Lua value is inside the engine ("raw values"). No box and no tag: nil is
// `undefined`, booleans and numbers are themselves (every number is a double), a
// string is a JavaScript string with one character 0-255 per byte ("latin1"),
// everything else is an object of one of the classes below. A JavaScript array is
// never a Lua value: it is how several (or no) results travel, see LuaResult.

import type { Proto } from "./proto.ts";
import type { LuaTable } from "./table.ts";

export type LuaValue =
	| undefined
	| boolean
	| number
	| string
	| LuaTable
	| LuaFunction
	| LuaUserdata
	| LuaThread;

/**
 * What a call returns: exactly one value as itself, or none or several as an array
 * that nobody may change. An array with one element is allowed, but a bare value is cheaper.
 * A `Pending` (also an array, see pending.ts) is a call still to be made, or an error.
 */
export type LuaResult = LuaValue | readonly LuaValue[];

/** The one array that means "no values". */
export const NONE: readonly LuaValue[] = Object.freeze([]);

/**
 * One value as an array of any values. Of `[number]` V8 may make an array of doubles, which forgets a NaN's sign;
 * not where an element is known, and no number, when it compiles the literal.
 */
export function anyValues(value: LuaValue): LuaValue[] {
	const values: LuaValue[] = [""];
	values[0] = value;
	return values;
}

/** Two values, likewise. */
export function anyPair(first: LuaValue, second: LuaValue): LuaValue[] {
	const values: LuaValue[] = ["", second];
	values[0] = first;
	return values;
}

/** How every function is called: receiver is the LuaFunction, arguments as Lua gave them. */
export type NativeFunction = (this: LuaFunction, ...args: LuaValue[]) => LuaResult;

/**
 * A function value. `fn` is called as `f.fn(a, b)` so that the receiver names the
 * closure (the stack capture in engine/call-stack.ts reads it back).
 */
export class LuaFunction {
	/** No other Lua value has an `fn`, as none but tables has a `shape`: compiler/runtime.ts asks for these. */
	fn: NativeFunction;
	/** Lua 5.1 §2.9: each function has its own environment. */
	env: LuaTable;
	/** The prototype of a Lua function; undefined marks a builtin ("C function"). */
	readonly p: Proto | undefined;
	/** A builtin's name, for diagnostics only: messages take the name from the call site. */
	readonly name: string;
	/** What a Lua function shares with others: values, or Boxes of assigned variables. */
	readonly upvalues: readonly unknown[];

	constructor(
		fn: NativeFunction,
		env: LuaTable,
		p: Proto | undefined,
		name: string,
		upvalues: readonly unknown[] = NONE,
	) {
		this.fn = fn;
		this.env = env;
		this.p = p;
		this.name = name;
		this.upvalues = upvalues;
	}
}

/** Full userdata: `newproxy` results and, on the command line, file handles (`payload`). */
export class LuaUserdata {
	metatable: LuaTable | undefined;
	env: LuaTable | undefined;
	readonly payload: unknown;

	constructor(payload: unknown, metatable: LuaTable | undefined) {
		this.payload = payload;
		this.metatable = metatable;
		this.env = undefined;
	}
}

/** A coroutine (command line only). What it runs is known to engine/coroutine.ts alone. */
export class LuaThread {
	readonly payload: unknown;

	constructor(payload: unknown) {
		this.payload = payload;
	}
}

/**
 * Any value, when it is to be asked for its shape, which nothing but a table has. `instanceof` becomes fast only where V8
 * optimizes; before, it takes longer than a call.
 */
export type MaybeTable = LuaTable | undefined;

/** The same as `instanceof`, of which V8 makes something fast only when it optimizes: nothing else has an `fn`. */
export function isFunction(value: LuaValue): value is LuaFunction {
	return (value as Partial<LuaFunction> | undefined)?.fn !== undefined;
}

/** The names `type()` gives. */
export function typeName(value: LuaValue): string {
	switch (typeof value) {
		case "undefined":
			return "nil";
		case "object":
			if ((value as MaybeTable)?.shape !== undefined) return "table";
			if (isFunction(value)) return "function";
			return value instanceof LuaUserdata ? "userdata" : "thread";
		default:
			return typeof value;
	}
}

/** What lies before the first zero byte: all that C sees of a string. */
export function cString(text: string): string {
	const zero = text.indexOf("\0");
	return zero < 0 ? text : text.slice(0, zero);
}
