// The helpers that emitted JavaScript calls when its own checks do not settle an operation:
// coercions, metamethods, table misses, errors. Names and order follow the operators of
// Lua 5.1 §2.5 and the events of §2.8.

import { type LuaError, runtimeError } from "../lua51/error.ts";
import { pow } from "../lua51/libm.ts";
import { JOINED_STRING, noteJoined } from "../lua51/memory.ts";
import { formatNumber, negate as negateNumber, parseNumber } from "../lua51/number.ts";
import { DICTIONARY_SHAPE } from "../lua51/shape.ts";
import type { LuaTable } from "../lua51/table.ts";
import { Traversal } from "../lua51/traversal.ts";
import {
	anyPair,
	isFunction,
	LuaUserdata,
	type LuaValue,
	type MaybeTable,
	NONE,
	typeName,
} from "../lua51/value.ts";
import { callMeta, callMetaThree, enterC, leaveC, typeError } from "./call.ts";
import { limits } from "./limits.ts";
import { current, metamethod, metatableOf } from "./metatables.ts";

/** How many `__index` or `__newindex` tables native follows. */
const MAX_INDEX_CHAIN = 100;

// -- Numbers -------------------------------------------------------------------------------

/** The number that arithmetic sees (Lua 5.1 §2.2.1), undefined when there is none. */
export function toNumber(value: LuaValue): number | undefined {
	if (typeof value === "number") return value;
	return typeof value === "string" ? parseNumber(value) : undefined;
}

function arithmetic(event: string, a: LuaValue, b: LuaValue): LuaValue {
	const handler = handlerOfEither(event, a, b);
	if (handler !== undefined) return callMeta(handler, a, b);
	throw arithmeticError(a, b);
}

// These two return, where what only throws is never optimized: V8 counts what returns.

function handlerOfEither(event: string, a: LuaValue, b: LuaValue): LuaValue {
	return metamethod(a, event) ?? metamethod(b, event);
}

function arithmeticError(a: LuaValue, b: LuaValue): LuaError {
	if (toNumber(a) === undefined) return typeError("perform arithmetic on", a, "first");
	return typeError("perform arithmetic on", b, "second");
}

/** The NaN that is the sum or the product of two numbers: native keeps the sign of the first operand that is one. */
export function firstNaN(a: number, b: number): number {
	if (Number.isNaN(a)) return a;
	return Number.isNaN(b) ? b : Number.NaN;
}

export function add(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	if (x === undefined || y === undefined) return arithmetic("__add", a, b);
	const sum = x + y;
	return Number.isNaN(sum) ? firstNaN(x, y) : sum;
}

export function subtract(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? x - y : arithmetic("__sub", a, b);
}

export function multiply(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	if (x === undefined || y === undefined) return arithmetic("__mul", a, b);
	const product = x * y;
	return Number.isNaN(product) ? firstNaN(x, y) : product;
}

export function divide(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? x / y : arithmetic("__div", a, b);
}

export function modulo(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? x - Math.floor(x / y) * y : arithmetic("__mod", a, b);
}

export function power(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? pow(x, y) : arithmetic("__pow", a, b);
}

export function negate(a: LuaValue): LuaValue {
	const x = toNumber(a);
	if (x !== undefined) return negateNumber(x);
	const handler = metamethod(a, "__unm");
	// Native passes the operand twice.
	if (handler !== undefined) return callMeta(handler, a, a);
	throw typeError("perform arithmetic on", a, "first");
}

// -- Strings and lengths -----------------------------------------------------------------------

/** A string, or a number as `..` shows it; undefined for anything else. */
export function toText(value: LuaValue): string | undefined {
	if (typeof value === "string") return value;
	return typeof value === "number" ? formatNumber(value) : undefined;
}

export function concat(a: LuaValue, b: LuaValue): LuaValue {
	const x = toText(a);
	const y = toText(b);
	if (x !== undefined && y !== undefined) {
		const text = x + y;
		return text.length < JOINED_STRING ? text : noteJoined(x, y, text);
	}
	const handler = handlerOfEither("__concat", a, b);
	if (handler !== undefined) return callMeta(handler, a, b);
	throw x === undefined ? typeError("concatenate", a, "first") : typeError("concatenate", b, "second");
}

export function length(value: LuaValue): LuaValue {
	if (typeof value === "string") return value.length;
	const table = value as MaybeTable;
	if (table?.shape !== undefined) {
		const last = table.array.length - 1;
		// What `border` begins with, for nearly all tables.
		if (table.holes === 0 && (table.hash === undefined || last < table.arraySize)) return last;
		return table.border();
	}
	const handler = metamethod(value, "__len");
	if (handler !== undefined) return callMeta(handler, value, undefined);
	throw typeError("get length of", value, "first");
}

// -- Comparison -------------------------------------------------------------------------------

/** The handler that both operands share for an event (Lua 5.1 §2.8, getcomphandler). */
function sharedHandler(a: LuaValue, b: LuaValue, event: string): LuaValue {
	const handler = metamethod(a, event);
	return handler !== undefined && handler === metamethod(b, event) ? handler : undefined;
}

/** `==` of two values that are not the same; only tables and userdata can still be equal. */
export function equalObjects(a: LuaValue, b: LuaValue): boolean {
	const left = a as MaybeTable;
	const right = b as MaybeTable;
	const areTables = left?.shape !== undefined && right?.shape !== undefined;
	if (!areTables && !(a instanceof LuaUserdata && b instanceof LuaUserdata)) return false;
	const metatable = metatableOf(a);
	const handler = metatable?.getName("__eq");
	if (handler === undefined) return false;
	// Native compares the handlers (one may be NaN) of different metatables only.
	if (metatable !== metatableOf(b) && handler !== metamethod(b, "__eq")) return false;
	return isTrue(callMeta(handler, a, b));
}

/** `==` of any two values. */
export function equals(a: LuaValue, b: LuaValue): boolean {
	return a === b || (typeof a === "object" && equalObjects(a, b));
}

function orderError(a: LuaValue, b: LuaValue): LuaError {
	const left = typeName(a);
	const right = typeName(b);
	// Native compares the third letters only, so "string" and "thread" are the same to it.
	return runtimeError(
		left[2] === right[2]
			? `attempt to compare two ${left} values`
			: `attempt to compare ${left} with ${right}`,
	);
}

export function less(a: LuaValue, b: LuaValue): boolean {
	if (typeof a === "string" && typeof b === "string") return a < b;
	if (typeof a === "number" && typeof b === "number") return a < b;
	if (typeName(a) !== typeName(b)) throw orderError(a, b);
	const handler = sharedHandler(a, b, "__lt");
	if (handler === undefined) throw orderError(a, b);
	return isTrue(callMeta(handler, a, b));
}

export function lessEqual(a: LuaValue, b: LuaValue): boolean {
	if (typeof a === "string" && typeof b === "string") return a <= b;
	if (typeof a === "number" && typeof b === "number") return a <= b;
	if (typeName(a) !== typeName(b)) throw orderError(a, b);
	const handler = sharedHandler(a, b, "__le");
	if (handler !== undefined) return isTrue(callMeta(handler, a, b));
	const opposite = sharedHandler(a, b, "__lt");
	if (opposite === undefined) throw orderError(a, b);
	return !isTrue(callMeta(opposite, b, a));
}

export function isTrue(value: LuaValue): boolean {
	return value !== undefined && value !== false;
}

/**
 * Nil is what is mostly indexed by mistake. Who indexes asks for it, and this, first of all: code that V8 has not
 * optimized is gone through up to the place where something is thrown, which took most of the time of such an error.
 */
function nilHasNoHandlers(): boolean {
	return current.types.nil === undefined;
}

// -- Reading tables ------------------------------------------------------------------------

/** `object[key]`. */
export function index(object: LuaValue, key: LuaValue): LuaValue {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape !== undefined) {
		const value = typeof key === "string" ? table.getStr(key) : table.get(key);
		if (value !== undefined || table.metatable === undefined) return value;
	}
	return indexByHandler(object, key);
}

/** Goes on where the object itself has no value. */
function indexByHandler(object: LuaValue, key: LuaValue): LuaValue {
	let holder = object;
	for (let turn = 0; turn < MAX_INDEX_CHAIN; turn++) {
		let handler: LuaValue;
		const table = holder as MaybeTable;
		if (table?.shape !== undefined) {
			const value = turn === 0 ? undefined : table.get(key);
			if (value !== undefined) return value;
			const metatable = table.metatable;
			handler = metatable === undefined ? undefined : metatable.index;
			if (handler === undefined) return undefined;
		} else {
			handler = metamethod(holder, "__index");
			if (handler === undefined) throw typeError("index", holder, turn === 0 ? "first" : "none");
		}
		if (isFunction(handler)) return callMeta(handler, holder, key);
		holder = handler;
	}
	throw runtimeError("loop in gettable");
}

/** `object.name` where the object's fields do not have it. */
export function getField(object: LuaValue, key: string): LuaValue {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape === undefined) return indexByHandler(object, key);
	let holder = table;
	let value = table.shape === DICTIONARY_SHAPE ? table.hash?.get(key) : undefined;
	for (let turn = 0; turn < MAX_INDEX_CHAIN; turn++) {
		const { metatable } = holder;
		if (value !== undefined || metatable === undefined) return value;
		const handler = metatable.index;
		if (handler === undefined) return undefined;
		const next = handler as MaybeTable;
		if (next?.shape === undefined) {
			return isFunction(handler) ? callMeta(handler, holder, key) : indexByHandler(object, key);
		}
		holder = next;
		value = holder.getName(key);
	}
	throw runtimeError("loop in gettable");
}

// -- Writing tables ------------------------------------------------------------------------

/** `object[key] = value`. */
export function setIndex(object: LuaValue, key: LuaValue, value: LuaValue): void {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape !== undefined && table.metatable === undefined) {
		if (typeof key === "string") table.setStr(key, value, true);
		// (A NaN is not.)
		else if (typeof key === "number" && key > 0) table.setInt(key, value);
		else if (typeof key === "object") table.setOther(key, value);
		else setChecked(table, key, value);
		return;
	}
	setByHandler(object, key, value);
}

function setChecked(table: LuaTable, key: LuaValue, value: LuaValue): void {
	if (key === undefined) throw runtimeError("table index is nil");
	if (typeof key === "number" && Number.isNaN(key)) throw runtimeError("table index is NaN");
	table.set(key, value);
}

function setByHandler(object: LuaValue, key: LuaValue, value: LuaValue): void {
	let holder = object;
	for (let turn = 0; turn < MAX_INDEX_CHAIN; turn++) {
		let handler: LuaValue;
		const table = holder as MaybeTable;
		if (table?.shape !== undefined) {
			const metatable = table.metatable;
			handler = metatable === undefined ? undefined : metatable.newIndex();
			if (handler === undefined || table.get(key) !== undefined) {
				setChecked(table, key, value);
				return;
			}
			// Native makes room for the key before it looks for the handler, which shows in the order.
			if (typeof key !== "string" || !table.hasRoomFor(key)) setChecked(table, key, undefined);
		} else {
			handler = metamethod(holder, "__newindex");
			if (handler === undefined) throw typeError("index", holder, turn === 0 ? "first" : "none");
		}
		if (isFunction(handler)) {
			callMetaThree(handler, holder, key, value);
			return;
		}
		holder = handler;
	}
	throw runtimeError("loop in settable");
}

/**
 * `object.name = value` where the object has no field of that name, or the value may be nil. True if nothing is left to
 * do but the store, which is the caller's then: V8 takes what it sees being added by name for a hidden class.
 */
export function setField(object: LuaValue, key: string, value: LuaValue): boolean {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape === undefined) {
		setByHandler(object, key, value);
		return false;
	}
	const { shape, metatable } = table;
	if (shape === DICTIONARY_SHAPE || key === "__index") {
		if (metatable === undefined) table.setStr(key, value);
		else setByHandler(object, key, value);
		return false;
	}
	// (The key that came next the last time is none that the table has.)
	const isLikely = shape.likely === key;
	if (!isLikely && table.fields[key] !== undefined) {
		table.fields[key] = value;
		if (value === undefined) table.dead++;
		return false;
	}
	// A handler is asked only where there is no value yet.
	if (metatable !== undefined && metatable.newIndex() !== undefined) {
		setByHandler(object, key, value);
		return false;
	}
	if (value !== undefined) {
		const next = isLikely ? shape.likelyNext : shape.lookup(key) === 0 ? shape.add(key) : shape;
		if (next === shape ? table.revive() : table.growTo(next)) return true;
	}
	table.setStr(key, value);
	return false;
}

/** An item `[key] = value` of a constructor. */
export function setItem(table: LuaTable, key: LuaValue, value: LuaValue): void {
	setChecked(table, key, value);
}

// -- Loops ---------------------------------------------------------------------------------

/** Refuses what a numeric `for` cannot count with (Lua 5.1 §2.4.5). */
export function checkLoop(start: LuaValue, limit: LuaValue, step: LuaValue): void {
	if (toNumber(start) === undefined) throw runtimeError("'for' initial value must be a number");
	if (toNumber(limit) === undefined) throw runtimeError("'for' limit must be a number");
	if (toNumber(step) === undefined) throw runtimeError("'for' step must be a number");
}

const walk = new Traversal();

/** The builtin `next`. */
export function next(table: LuaValue, key: LuaValue): readonly LuaValue[] | undefined {
	// (The builtin's wrapper has checked that it is a table.)
	try {
		return walk.advanceFrom(table as LuaTable, key) ? anyPair(walk.key, walk.value) : undefined;
	} finally {
		walk.release();
	}
}

/** Builtins that a generic `for` can follow without calling them; base.ts registers them. */
export const iterators: { next: unknown; step: unknown; pairs: unknown; ipairs: unknown } = {
	next: undefined,
	step: undefined,
	pairs: undefined,
	ipairs: undefined,
};

/** The builtin `select`, which emitted code need not call; base.ts registers it. */
export const shortcuts: { select: unknown } = { select: undefined };

/** How a generic `for` goes on: 1 by a Traversal, 2 by index, 0 by calling. */
export function traversal(f: LuaValue, s: LuaValue, control: LuaValue): 0 | 1 | 2 {
	if (!isFunction(f) || (s as MaybeTable)?.shape === undefined) return 0;
	const isNext = f.fn === iterators.next && control === undefined;
	if (!isNext && (f.fn !== iterators.step || control !== 0)) return 0;
	checkIteratorCall();
	return isNext ? 1 : 2;
}

/** The same for a loop over `f(s)`, when `f` is the builtin `pairs` or `ipairs`, and need not be called. */
export function directTraversal(f: LuaValue, s: LuaValue): 0 | 1 | 2 {
	if ((s as MaybeTable)?.shape === undefined || !isFunction(f)) return 0;
	const isPairs = f.fn === iterators.pairs;
	if (!isPairs && f.fn !== iterators.ipairs) return 0;
	checkIteratorCall();
	return isPairs ? 1 : 2;
}

/** The call that native makes could be one too many. */
function checkIteratorCall(): void {
	if (limits.cCalls + 1 < limits.maxCCalls) return;
	enterC();
	leaveC();
}

export { NONE, Traversal };
