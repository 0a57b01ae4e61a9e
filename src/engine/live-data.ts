// How much memory the Lua data that live would take natively. V8 knows what lives: its inspector, asked from
// within the process, lists all tables. What native would allocate for each is known exactly, since the sizes of
// its parts are kept for the order of `next`; so this costs the running program nothing. It takes some 0.1 s and
// 1 µs for each table, which is why engine/memory.ts asks seldom.
//
// Strings that only local variables refer to are not found: `unseen` bytes of V8's heap remain.

import { Session } from "node:inspector";
import { TEMPLATE } from "../lua51/constant-table.ts";
import { nodeSizeFor } from "../lua51/node-layout.ts";
import { Box } from "../lua51/proto.ts";
import { DICTIONARY_SHAPE, type Shape } from "../lua51/shape.ts";
import { LuaTable } from "../lua51/table.ts";
import { LuaFunction, LuaUserdata } from "../lua51/value.ts";

/** Of what is in V8's heap and was not found, this share of what was found may be V8's spare room in lists. */
const SLACK = 1 / 2;

/**
 * Bytes that native would have allocated for what lives, or more than `enough` if it is more than that.
 * `used` tells, after the collection that this makes, how many bytes of V8's heap are the program's.
 * Undefined when V8 does not tell what lives.
 */
export function measureLiveData(enough: number, used: () => number): number | undefined {
	const census = new Census(enough);
	const tables = findLiving(LuaTable.prototype);
	if (tables === undefined) return undefined;
	const inUse = used();
	census.count(tables);
	// Functions that no table refers to are rarely many.
	if (unseen(inUse, census) > inUse / 4) census.count(findLiving(LuaFunction.prototype) ?? []);
	return census.native + census.stringTable + unseen(inUse, census);
}

function unseen(inUse: number, { here }: Census): number {
	return Math.max(0, inUse - here * (1 + SLACK));
}

// -- What lives -------------------------------------------------------------------------------

/** The name of a global variable of JavaScript, which Lua cannot reach, for as long as V8 is asked. */
const DOOR = "scribuntoLiveData";

interface Door {
	readonly prototype: object;
	readonly take: (living: readonly object[]) => void;
}

/** All living objects with this prototype, after a collection. */
function findLiving(prototype: object): readonly object[] | undefined {
	let found: readonly object[] | undefined;
	const take = (living: readonly object[]) => {
		found = living;
	};
	const global = globalThis as unknown as Record<string, Door | undefined>;
	global[DOOR] = { prototype, take };
	const session = new Session();
	session.connect();
	try {
		// Each of these calls back before it returns.
		session.post("Runtime.evaluate", { expression: `${DOOR}.prototype` }, (_, evaluated) => {
			const prototypeObjectId = evaluated?.result.objectId;
			if (prototypeObjectId === undefined) return;
			session.post("Runtime.queryObjects", { prototypeObjectId }, (_, queried) => {
				const objectId = queried?.objects.objectId;
				const functionDeclaration = `function () { ${DOOR}.take(this); }`;
				session.post("Runtime.callFunctionOn", { objectId, functionDeclaration });
			});
		});
	} finally {
		session.disconnect();
		delete global[DOOR];
	}
	return found;
}

// -- What it takes ----------------------------------------------------------------------------

/** What malloc takes of the heap for so many bytes (glibc, 64 bits). */
function allocated(bytes: number): number {
	return bytes === 0 ? 0 : Math.max(32, (bytes + 23) & ~15);
}

const NATIVE_TABLE = allocated(64);
const NATIVE_USERDATA = allocated(40);
const NATIVE_UPVALUE = allocated(40);
const VALUE = 16;
const NODE = 40;
const STRING_HEADER = 25;
const CLOSURE_HEADER = 40;

// In V8's heap, pointers of 8 bytes: an object has its map, two lists, and its fields.
const WORD = 8;
const TABLE = 12 * WORD;
const LIST = 6 * WORD;
const CLOSURE = 30 * WORD;
const HASH_PART = 12 * WORD;
const HEAP_NUMBER = 2 * WORD;
const MAP_WORDS = 3.5;

/** Longer strings V8 hashes by their length only. */
const LONG_KEY = 8192;

/** How much room V8 keeps for a list of this length that has grown by pushes (table.ts makes the first ones). */
function capacityOf(length: number): number {
	let capacity = 5;
	while (capacity < length) capacity += 1 + ((capacity + 1) >> 1) + 16;
	return length <= 5 ? length : capacity;
}

function isMade(part: unknown): boolean {
	return part !== undefined;
}

/** Native has each string once; this stands for its text, of which the middle of a long one does not matter. */
function keyOf(text: string): string {
	const { length } = text;
	if (length <= LONG_KEY) return text;
	const middle = length >> 1;
	return `${length} ${text.slice(0, 32)}${text.slice(middle, middle + 32)}${text.slice(-64)}`;
}

class Census {
	/** Bytes natively. */
	native = 0;
	/** Bytes in V8's heap, about. */
	here = 0;
	readonly #enough: number;
	/** Native has each string once. */
	readonly #strings = new Set<string>();
	readonly #shapes = new Set<Shape>();
	readonly #objects = new Set<object>();

	constructor(enough: number) {
		this.#enough = enough;
	}

	/** Where native looks strings up, which doubles when it is full. */
	get stringTable(): number {
		return nodeSizeFor(this.#strings.size) * WORD;
	}

	count(living: readonly object[]): void {
		for (const object of living) {
			if (this.native > this.#enough) return;
			// (A constructor may be at work, and prototypes have the class too.)
			if (object instanceof LuaTable) {
				// Compiled code is nobody's data.
				if (isMade(object.shape) && object.metatable !== TEMPLATE) this.#table(object);
			} else if (object instanceof LuaFunction && isMade(object.upvalues)) this.#function(object);
		}
	}

	#table({ shape, fields, array, arraySize, hash }: LuaTable): void {
		const nodeSize = hash?.size ?? shape.nodeSize;
		this.native += NATIVE_TABLE + allocated(arraySize * VALUE) + allocated(nodeSize * NODE);
		this.here += TABLE;
		if (array.length > 1) {
			this.#list(array, array.length);
			this.here += (capacityOf(array.length) - array.length) * WORD;
		}
		if (shape.count > 0) {
			this.here += LIST + shape.count * WORD;
			for (let slot = 1; slot <= shape.count; slot++) this.#value(fields[shape.keyOf(slot)]);
			this.#keysOf(shape);
		}
		if (hash === undefined) return;
		this.here += HASH_PART + nodeSizeFor(hash.count) * MAP_WORDS * WORD;
		this.#list(hash.keys, hash.count + 1);
		if (shape === DICTIONARY_SHAPE || hash.arrayKeys > 0) this.#list(hash.values, hash.count + 1);
	}

	#list(values: readonly unknown[], end: number): void {
		this.here += LIST + values.length * WORD;
		for (let i = 1; i < end; i++) this.#value(values[i]);
	}

	#keysOf(shape: Shape): void {
		if (this.#shapes.has(shape)) return;
		this.#shapes.add(shape);
		for (let slot = 1; slot <= shape.count; slot++) this.#string(shape.keyOf(slot));
	}

	#value(value: unknown): void {
		if (typeof value === "string") this.#string(value);
		else if (typeof value === "number") {
			if ((value | 0) !== value) this.here += HEAP_NUMBER;
		} else if (value instanceof LuaFunction) this.#function(value);
		else if (value instanceof LuaUserdata && this.#isNew(value)) this.native += NATIVE_USERDATA;
	}

	#string(text: string): void {
		const key = keyOf(text);
		if (this.#strings.has(key)) return;
		this.#strings.add(key);
		this.native += allocated(STRING_HEADER + text.length);
		this.here += 2 * WORD + ((text.length + 7) & ~7);
	}

	#function(first: LuaFunction): void {
		// A list of what is left, not recursion: chains of closures can be long.
		const waiting = [first];
		for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
			if (!this.#isNew(next)) continue;
			const { upvalues } = next;
			// Native's builtins hold the values themselves.
			const isBuiltin = next.p === undefined;
			this.native += allocated(CLOSURE_HEADER + upvalues.length * (isBuiltin ? VALUE : WORD));
			this.here += CLOSURE;
			for (const upvalue of upvalues) {
				const isBox = upvalue instanceof Box;
				if (isBox && !this.#isNew(upvalue)) continue;
				if (!isBuiltin) this.native += NATIVE_UPVALUE;
				this.here += 4 * WORD;
				const value: unknown = isBox ? upvalue.v : upvalue;
				if (value instanceof LuaFunction) waiting.push(value);
				else this.#value(value);
			}
		}
	}

	#isNew(object: object): boolean {
		if (this.#objects.has(object)) return false;
		this.#objects.add(object);
		return true;
	}
}
