// Weak tables (Lua 5.1 §2.10.2). A table holds its keys and values strongly; only while garbage is
// collected do the weak ones hang by WeakRefs. That happens in collectgarbage(), and by itself
// whenever so much has been allocated that native too would have collected meanwhile.
//
// As in 5.1, strings are never removed, and a value that is held strongly keeps its weak key
// alive when it refers to it.

import { getHeapStatistics } from "node:v8";
import { createContext, Script } from "node:vm";
import { addWatch, removeWatch, type Watch } from "../lua51/memory.ts";
import { LuaTable } from "../lua51/table.ts";
import { Traversal } from "../lua51/traversal.ts";
import type { LuaFunction, LuaThread, LuaUserdata, LuaValue } from "../lua51/value.ts";
import { collectGarbage } from "./garbage.ts";

type Collectable = LuaTable | LuaFunction | LuaUserdata | LuaThread;

let weakTables: WeakRef<LuaTable>[] = [];

/** Remembers a table whose metatable makes it weak, or may do so yet: one that is empty so far. */
export function noteWeakTable(table: LuaTable, metatable: LuaTable): void {
	const { shape } = metatable;
	if (shape.count > 0 ? shape.lookup("__mode") === 0 : isPlain(metatable)) return;
	weakTables.push(new WeakRef(table));
	if (watch !== undefined) return;
	watch = newWatch();
	addWatch(watch);
}

/** For a metatable without a shape that has entries: whether none of them is `__mode`. */
function isPlain(metatable: LuaTable): boolean {
	return new Traversal(metatable).advance() && metatable.getName("__mode") === undefined;
}

/** For a new session. */
export function forgetWeakTables(): void {
	weakTables = [];
	removeWatch(watch);
	watch = undefined;
}

function weakMode(metatable: LuaTable | undefined): { readonly keys: boolean; readonly values: boolean } {
	const text = metatable?.getName("__mode");
	if (typeof text !== "string") return { keys: false, values: false };
	return { keys: text.includes("k"), values: text.includes("v") };
}

// -- Collection by itself --------------------------------------------------------------------

/** Bytes that are allocated, as native would count them, from one collection to the next: at least... */
const LEAST_STEP = 2 ** 25;
/** ...and, when collections find nothing to let go, at most. */
const MOST_STEP = 2 ** 30;
/** And as many times what lives, so that collecting takes no more than a share of the time. */
const LIVE_FACTOR = 0.5;
/** So many weak tables are a reason by themselves. */
const MANY_TABLES = 10_000;
/** Functions that must find room on the stack, so that a collection will. */
const STACK_ROOM = 200;

let watch: Watch | undefined;

function newWatch(): Watch {
	let step = LEAST_STEP;
	return {
		left: step,
		look() {
			if (hasRoom(STACK_ROOM)) step = collectIfWeak() > 0 ? LEAST_STEP : Math.min(2 * step, MOST_STEP);
			this.left = Math.max(step, getHeapStatistics().used_heap_size * LIVE_FACTOR);
		},
	};
}

/** Deep in a recursion there may be none; an error here would be the program's. */
function hasRoom(depth: number): boolean {
	try {
		return depth === 0 || hasRoom(depth - 1);
	} catch {
		return false;
	}
}

// -- Collection --------------------------------------------------------------------------------

/** A full collection, with the weak entries of all weak tables let go. */
export function collectWithWeakTables(): void {
	letGo(weakTables.flatMap(park));
}

/** The same, unless there is no weak entry. Gives how many went. */
function collectIfWeak(): number {
	const parked = weakTables.flatMap(park);
	const isEmpty = parked.every(
		({ keys, values, fields, items }) => keys.length + values.length + fields.length + items.length === 0,
	);
	return isEmpty && weakTables.length < MANY_TABLES ? 0 : letGo(parked);
}

function letGo(parked: readonly Parked[]): number {
	if (weakTables.length > 0) releaseDereferenced();
	collectGarbage();
	weakTables = weakTables.filter((table) => table.deref() !== undefined);
	let gone = 0;
	for (const each of parked) gone += restore(each);
	return gone;
}

/**
 * V8 keeps what a WeakRef was made of, or gave, until the running job ends. A program is one
 * job; the end of a script in a context with its own microtask queue counts as such too.
 */
function releaseDereferenced(): void {
	checkpoint ??= { script: new Script("0"), context: createContext({}, { microtaskMode: "afterEvaluate" }) };
	checkpoint.script.runInContext(checkpoint.context);
}

let checkpoint: { readonly script: Script; readonly context: ReturnType<typeof createContext> } | undefined;

/** What has been taken out, and where it was. */
interface Taken<Place = number> {
	readonly at: Place;
	readonly reference: WeakRef<Collectable>;
}

/** What has been taken out of a weak table. */
interface Parked {
	readonly table: WeakRef<LuaTable>;
	/** Of the hash part, by entry number. */
	readonly keys: Taken[];
	readonly values: Taken[];
	readonly fields: Taken<string>[];
	readonly items: Taken[];
}

/** Stands for keys and values that are taken out. No program has it. */
const STAND_IN = new LuaTable();

function park(reference: WeakRef<LuaTable>): Parked[] {
	const table = reference.deref();
	const weak = weakMode(table?.metatable);
	if (table === undefined || !(weak.keys || weak.values)) return [];
	const { hash } = table;
	let keys: Taken[] = [];
	if (weak.keys) {
		hash?.changeObjectKeys((list) => {
			keys = take(list);
		});
	}
	if (weak.values) table.index = undefined;
	const parked: Parked = {
		table: reference,
		keys,
		values: weak.values && hash !== undefined ? take(hash.values) : [],
		fields: weak.values ? takeFields(table) : [],
		items: weak.values ? take(table.array) : [],
	};
	return [parked];
}

/** Takes the objects out of a list: dead keys too, which are not to be held either. */
function take(list: LuaValue[]): Taken[] {
	const taken: Taken[] = [];
	for (let at = 1; at < list.length; at++) {
		takeAt(list, at, taken);
	}
	return taken;
}

function takeFields({ shape, fields }: LuaTable): Taken<string>[] {
	const taken: Taken<string>[] = [];
	for (let slot = 1; slot <= shape.count; slot++) {
		takeAt(fields, shape.keyOf(slot), taken);
	}
	return taken;
}

function takeAt<Place extends string | number>(
	from: Record<Place, LuaValue>,
	at: Place,
	taken: Taken<Place>[],
): void {
	const value: LuaValue = from[at];
	if (typeof value !== "object") return;
	taken.push({ at, reference: new WeakRef(value) });
	from[at] = STAND_IN;
}

/** Puts back what still lives; the rest is removed. Gives how many entries were. */
function restore({ table: reference, keys, values, fields, items }: Parked): number {
	const table = reference.deref();
	if (table === undefined) return 0;
	const { hash } = table;
	let gone = 0;
	const remove = <Place extends string | number>(from: Record<Place, LuaValue>, at: Place) => {
		if (from[at] === undefined) return; // its key has gone already
		from[at] = undefined;
		table.dead++;
		gone++;
	};
	if (hash !== undefined) {
		hash.changeObjectKeys((list) => {
			putBack(list, keys, (entry) => remove(hash.values, entry));
		});
		putBack(hash.values, values, (entry) => remove(hash.values, entry));
	}
	putBack(table.fields, fields, (key) => remove(table.fields, key));
	table.index = table.getName("__index");
	putBack(table.array, items, (key) => {
		table.setInt(key, undefined);
		gone++;
	});
	return gone;
}

function putBack<Place extends string | number>(
	to: Record<Place, LuaValue>,
	taken: readonly Taken<Place>[],
	remove: (at: Place) => void,
): void {
	for (const { at, reference } of taken) {
		const value = reference.deref();
		if (value === undefined) remove(at);
		else if (to[at] !== undefined) to[at] = value;
	}
}
