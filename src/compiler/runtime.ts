// The helpers that emitted JavaScript calls when its own checks do not settle an operation:
// coercions, metamethods, table misses, errors. Names and order follow the operators of
// Lua 5.1 §2.5 and the events of §2.8.

import { type LuaError, runtimeError } from "../lua51/error.ts";
import { pow } from "../lua51/libm.ts";
import { JOINED_STRING, noteJoined } from "../lua51/memory.ts";
import { formatNumber, negate as negateNumber, parseNumber } from "../lua51/number.ts";
import { DICTIONARY_SHAPE, type Shape } from "../lua51/shape.ts";
import { LuaTable } from "../lua51/table.ts";
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
import { type FieldCache, KeyCache, MAX_CHANGES, NO_PATH, NO_SHAPE, type PathStep } from "./field-cache.ts";
import { limits } from "./limits.ts";
import { cachedMetamethod, current, handlerIn, indexHandlerIn, metatableOf } from "./metatables.ts";

/** How many `__index` or `__newindex` tables native follows. */
const MAX_INDEX_CHAIN = 100;
/** How many of them an inline cache follows. */
const MAX_PATH = 8;

const events = {
	add: new KeyCache("__add"),
	sub: new KeyCache("__sub"),
	mul: new KeyCache("__mul"),
	div: new KeyCache("__div"),
	mod: new KeyCache("__mod"),
	pow: new KeyCache("__pow"),
	unm: new KeyCache("__unm"),
	concat: new KeyCache("__concat"),
	len: new KeyCache("__len"),
	eq: new KeyCache("__eq"),
	lt: new KeyCache("__lt"),
	le: new KeyCache("__le"),
	index: new KeyCache("__index"),
	newindex: new KeyCache("__newindex"),
} as const;

// -- Numbers -------------------------------------------------------------------------------

/** The number that arithmetic sees (Lua 5.1 §2.2.1), undefined when there is none. */
export function toNumber(value: LuaValue): number | undefined {
	if (typeof value === "number") return value;
	return typeof value === "string" ? parseNumber(value) : undefined;
}

function arithmetic(event: KeyCache, a: LuaValue, b: LuaValue): LuaValue {
	const handler = handlerOfEither(event, a, b);
	if (handler !== undefined) return callMeta(handler, a, b);
	throw arithmeticError(a, b);
}

// These two return, where what only throws is never optimized: V8 counts what returns.

function handlerOfEither(event: KeyCache, a: LuaValue, b: LuaValue): LuaValue {
	return cachedMetamethod(a, event) ?? cachedMetamethod(b, event);
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
	if (x === undefined || y === undefined) return arithmetic(events.add, a, b);
	const sum = x + y;
	return Number.isNaN(sum) ? firstNaN(x, y) : sum;
}

export function subtract(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? x - y : arithmetic(events.sub, a, b);
}

export function multiply(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	if (x === undefined || y === undefined) return arithmetic(events.mul, a, b);
	const product = x * y;
	return Number.isNaN(product) ? firstNaN(x, y) : product;
}

export function divide(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? x / y : arithmetic(events.div, a, b);
}

export function modulo(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? x - Math.floor(x / y) * y : arithmetic(events.mod, a, b);
}

export function power(a: LuaValue, b: LuaValue): LuaValue {
	const x = toNumber(a);
	const y = toNumber(b);
	return x !== undefined && y !== undefined ? pow(x, y) : arithmetic(events.pow, a, b);
}

export function negate(a: LuaValue): LuaValue {
	const x = toNumber(a);
	if (x !== undefined) return negateNumber(x);
	const handler = cachedMetamethod(a, events.unm);
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
	const handler = handlerOfEither(events.concat, a, b);
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
	const handler = cachedMetamethod(value, events.len);
	if (handler !== undefined) return callMeta(handler, value, undefined);
	throw typeError("get length of", value, "first");
}

// -- Comparison -------------------------------------------------------------------------------

/** The handler that both operands share for an event (Lua 5.1 §2.8, getcomphandler). */
function sharedHandler(a: LuaValue, b: LuaValue, event: KeyCache): LuaValue {
	const mine = cachedMetamethod(a, event);
	return mine !== undefined && mine === cachedMetamethod(b, event) ? mine : undefined;
}

/** `==` of two values that are not the same; only tables and userdata can still be equal. */
export function equalObjects(a: LuaValue, b: LuaValue): boolean {
	const comparable =
		(a instanceof LuaTable && b instanceof LuaTable) ||
		(a instanceof LuaUserdata && b instanceof LuaUserdata);
	if (!comparable || metatableOf(a) === undefined) return false;
	const handler = sharedHandler(a, b, events.eq);
	return handler !== undefined && isTrue(callMeta(handler, a, b));
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
	const handler = sharedHandler(a, b, events.lt);
	if (handler === undefined) throw orderError(a, b);
	return isTrue(callMeta(handler, a, b));
}

export function lessEqual(a: LuaValue, b: LuaValue): boolean {
	if (typeof a === "string" && typeof b === "string") return a <= b;
	if (typeof a === "number" && typeof b === "number") return a <= b;
	if (typeName(a) !== typeName(b)) throw orderError(a, b);
	const handler = sharedHandler(a, b, events.le);
	if (handler !== undefined) return isTrue(callMeta(handler, a, b));
	const opposite = sharedHandler(a, b, events.lt);
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
		const { shape } = table;
		const value =
			typeof key === "string" && shape !== DICTIONARY_SHAPE ? table.slots[shape.lookup(key)] : table.get(key);
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
			const value = table.get(key);
			if (value !== undefined) return value;
			const metatable = table.metatable;
			handler = metatable === undefined ? undefined : indexHandlerIn(metatable);
			if (handler === undefined) return undefined;
		} else {
			handler = cachedMetamethod(holder, events.index);
			if (handler === undefined) throw typeError("index", holder, turn === 0 ? "first" : "none");
		}
		if (isFunction(handler)) return callMeta(handler, holder, key);
		holder = handler;
	}
	throw runtimeError("loop in gettable");
}

/** `object.name` where the inline cache did not settle it; fills the cache. */
export function getField(object: LuaValue, cache: FieldCache): LuaValue {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape !== undefined) {
		const { shape } = table;
		if (cache.many !== undefined) return fieldOfMany(table, cache.many);
		if (shape === cache.lackingShape) {
			const { metatable } = table;
			if (metatable === undefined) return undefined;
			if (cache.path !== NO_PATH) {
				const value = fieldOfMetatable(metatable, cache);
				if (value !== undefined) return value;
			}
			const handler = indexHandlerIn(metatable);
			if (handler === undefined) return undefined;
			if (isFunction(handler)) return callMeta(handler, table, cache.key);
		}
		if (shape === DICTIONARY_SHAPE) {
			const value = table.getStr(cache.key);
			if (value !== undefined) return value;
		} else {
			const slot = shape.lookup(cache.key);
			if (slot === 0) {
				noteLacking(table, cache);
			} else {
				cache.shape = shape;
				cache.slot = slot;
				noteChange(cache);
				const value = table.slots[slot];
				if (value !== undefined) return value;
			}
		}
		if (table.metatable === undefined) return undefined;
	} else if (typeof object === "string") {
		// s:method()
		const metatable = current.types.string;
		if (metatable !== undefined) {
			const value = fieldOfMetatable(metatable, cache);
			if (value !== undefined) return value;
			notePath(metatable, cache);
		}
	}
	return indexByHandler(object, cache.key);
}

/**
 * `object.name` for `object:name()`, where the name is mostly in the table that is the metatable's `__index`. Small, so
 * that V8 puts it into the functions that call it.
 */
export function getMethod(object: LuaValue, cache: FieldCache): LuaValue {
	let metatable: LuaTable | undefined;
	if (typeof object === "string") metatable = current.types.string;
	else {
		const table = object as MaybeTable;
		if (table?.shape === cache.lackingShape) metatable = table.metatable;
		else if (table?.shape === cache.shape) {
			const value = table.slots[cache.slot];
			if (value !== undefined) return value;
		}
	}
	// As fieldOfMetatable does, whose call would be a twelfth of an unoptimized method call.
	if (metatable !== undefined && metatable.shape === cache.metatableShape) {
		const holder = metatable.slots[cache.indexSlot] as LuaTable | undefined;
		if (holder?.shape === cache.holderShape) {
			const value = holder.slots[cache.holderSlot];
			if (value !== undefined) return value;
		}
	}
	return getField(object, cache);
}

/** The same where objects of many shapes are met: step by step, with a cache for each step. */
function fieldOfMany(object: LuaTable, cache: KeyCache): LuaValue {
	let holder = object;
	for (let turn = 0; turn < MAX_INDEX_CHAIN; turn++) {
		const { shape } = holder;
		const value = shape === DICTIONARY_SHAPE ? holder.getStr(cache.key) : holder.slots[cache.slotIn(shape)];
		if (value !== undefined || holder.metatable === undefined) return value;
		const handler = indexHandlerIn(holder.metatable);
		if (handler === undefined) return undefined;
		const next = handler as MaybeTable;
		if (next?.shape === undefined) {
			return isFunction(handler) ? callMeta(handler, holder, cache.key) : indexByHandler(holder, cache.key);
		}
		holder = next;
	}
	throw runtimeError("loop in gettable");
}

/** The value of a name by the cache's second entry, undefined when that does not apply. Mostly the path has one step. */
function fieldOfMetatable(metatable: LuaTable, cache: FieldCache): LuaValue {
	if (metatable.shape !== cache.metatableShape) return fieldByPath(metatable, cache);
	const holder = metatable.slots[cache.indexSlot] as LuaTable | undefined;
	return holder?.shape === cache.holderShape ? holder.slots[cache.holderSlot] : undefined;
}

function fieldByPath(metatable: LuaTable, cache: FieldCache): LuaValue {
	const { path } = cache;
	let current = metatable;
	for (let step = 0; step < path.length; step++) {
		const { metatableShape, indexSlot, holderShape } = path[step] as PathStep;
		if (current.shape !== metatableShape) return undefined;
		const holder = current.slots[indexSlot];
		if ((holder as MaybeTable)?.shape !== holderShape) return undefined;
		const { slots, metatable: next } = holder as LuaTable;
		if (step === path.length - 1) return slots[cache.holderSlot];
		if (next === undefined) return undefined;
		current = next;
	}
	return undefined;
}

/** Fills the cache's second entry; `object` lacks the name. */
function noteLacking(object: LuaTable, cache: FieldCache): void {
	const { metatable } = object;
	// A place that finds the name by a path keeps it when it meets a table without.
	if ((metatable === undefined || !notePath(metatable, cache)) && cache.path !== NO_PATH) return;
	cache.lackingShape = object.shape;
	noteChange(cache);
}

function noteChange(cache: FieldCache): void {
	if (++cache.changes > MAX_CHANGES) cache.many = new KeyCache(cache.key);
}

/** The part of it that does not depend on the object. */
function notePath(metatable: LuaTable, cache: FieldCache): boolean {
	const path: PathStep[] = [];
	let current: LuaTable | undefined = metatable;
	while (current !== undefined && path.length < MAX_PATH) {
		const indexSlot: number = current.shape.lookup("__index");
		const holder: LuaValue = indexSlot === 0 ? undefined : current.slots[indexSlot];
		if (!(holder instanceof LuaTable) || holder.shape === DICTIONARY_SHAPE) return false;
		path.push({ metatableShape: current.shape, indexSlot, holderShape: holder.shape });
		const slot = holder.shape.lookup(cache.key);
		if (slot !== 0) {
			cache.path = path;
			cache.holderSlot = slot;
			const only = path.length === 1 ? path[0] : undefined;
			cache.metatableShape = only?.metatableShape ?? NO_SHAPE;
			cache.indexSlot = only?.indexSlot ?? 0;
			cache.holderShape = only?.holderShape ?? NO_SHAPE;
			return true;
		}
		current = holder.metatable;
	}
	return false;
}

// -- Writing tables ------------------------------------------------------------------------

/** `object[key] = value`. */
export function setIndex(object: LuaValue, key: LuaValue, value: LuaValue): void {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape !== undefined && table.metatable === undefined) {
		if (typeof key === "string") table.setStr(key, value);
		// (A NaN is not.)
		else if (typeof key === "number" && key > 0) table.setInt(key, value);
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
			handler = metatable === undefined ? undefined : handlerIn(metatable, events.newindex);
			if (handler === undefined || table.get(key) !== undefined) {
				setChecked(table, key, value);
				return;
			}
			// Native makes room for the key before it looks for the handler, which shows in the order.
			setChecked(table, key, undefined);
		} else {
			handler = cachedMetamethod(holder, events.newindex);
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

/** `object.name = value`; fills the cache for the next time. */
export function setField(object: LuaValue, cache: FieldCache, value: LuaValue): void {
	if (object === undefined && nilHasNoHandlers()) throw typeError("index", object, "first");
	const table = object as MaybeTable;
	if (table?.shape !== undefined) {
		const { shape } = table;
		if (table.metatable === undefined || handlerIn(table.metatable, events.newindex) === undefined) {
			if (shape === cache.addedTo && table.addField(cache.added, value)) return;
			storeField(table, shape, cache, value);
			return;
		}
		// A handler is asked only where there is no value yet.
		const slot = shape.lookup(cache.key);
		if (slot !== 0 && table.slots[slot] !== undefined) {
			storeField(table, shape, cache, value);
			return;
		}
	}
	setByHandler(object, cache.key, value);
}

function storeField(table: LuaTable, before: Shape, cache: FieldCache, value: LuaValue): void {
	table.setStr(cache.key, value);
	const after = table.shape;
	if (after === before) {
		const slot = after.lookup(cache.key);
		if (slot !== 0) {
			cache.shape = after;
			cache.slot = slot;
		}
	} else if (after !== DICTIONARY_SHAPE && after.count === before.count + 1) {
		cache.addedTo = before;
		cache.added = after;
	}
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
