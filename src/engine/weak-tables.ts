// Weak tables (Lua 5.1 §2.10.2). A table holds its keys and values strongly; only while a
// program that asks for a collection waits for it do the weak ones hang by WeakRefs. Nothing
// can be seen of weak tables without collectgarbage, which the sandbox does not have.
//
// As in 5.1, strings are never removed, and a value that is held strongly keeps its weak key
// alive when it refers to it.

import { createContext, Script } from "node:vm";
import { LuaTable } from "../lua51/table.ts";
import type { LuaFunction, LuaThread, LuaUserdata, LuaValue } from "../lua51/value.ts";

type Collectable = LuaTable | LuaFunction | LuaUserdata | LuaThread;

/** An entry whose key or value hangs by a WeakRef. */
interface Parked {
	readonly table: WeakRef<LuaTable>;
	/** The key that the entry has meanwhile: its own, or a stand-in for a weak one. */
	readonly key: LuaValue;
	readonly weakKey: WeakRef<Collectable> | undefined;
	readonly weakValue: WeakRef<Collectable> | undefined;
}

let weakTables: WeakRef<LuaTable>[] = [];

/** Remembers a table whose metatable makes it weak. */
export function noteWeakTable(table: LuaTable, metatable: LuaTable | undefined): void {
	if (weakMode(metatable) !== "") weakTables.push(new WeakRef(table));
}

function weakMode(metatable: LuaTable | undefined): string {
	const mode = metatable?.getStr("__mode");
	return typeof mode === "string" && /[kv]/.test(mode) ? mode : "";
}

/** Runs `collect`, a full collection, with the weak entries of all weak tables let go. */
export function collectWithWeakTables(collect: () => void): void {
	if (weakTables.length === 0) {
		collect();
		return;
	}
	const parked = parkAll();
	releaseDereferenced();
	collect();
	weakTables = weakTables.filter((table) => table.deref() !== undefined);
	for (const entry of parked) restore(entry);
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

function parkAll(): Parked[] {
	const parked: Parked[] = [];
	for (const reference of weakTables) {
		const table = reference.deref();
		const mode = weakMode(table?.metatable);
		if (table !== undefined && mode !== "") park(reference, table, mode, parked);
	}
	return parked;
}

function park(reference: WeakRef<LuaTable>, table: LuaTable, mode: string, parked: Parked[]): void {
	for (let position = table.advance(0); position !== 0; position = table.advance(position)) {
		const key = table.keyAt(position);
		const value = table.valueAt(position);
		const weakKey = mode.includes("k") && isCollectable(key) ? key : undefined;
		const weakValue = mode.includes("v") && isCollectable(value) ? value : undefined;
		if (weakKey === undefined && weakValue === undefined) continue;
		if (weakValue !== undefined) table.set(key, true);
		const standIn = weakKey === undefined ? key : new LuaTable();
		if (weakKey !== undefined) table.hash?.exchangeKey(weakKey, standIn);
		parked.push({
			table: reference,
			key: standIn,
			weakKey: weakKey === undefined ? undefined : new WeakRef(weakKey),
			weakValue: weakValue === undefined ? undefined : new WeakRef(weakValue),
		});
	}
}

function restore({ table: reference, key, weakKey, weakValue }: Parked): void {
	const table = reference.deref();
	if (table === undefined) return;
	const ownKey = weakKey?.deref();
	const value = weakValue?.deref();
	const isGone =
		(weakKey !== undefined && ownKey === undefined) || (weakValue !== undefined && value === undefined);
	if (isGone) table.set(key, undefined);
	else if (value !== undefined) table.set(key, value);
	if (ownKey !== undefined) table.hash?.exchangeKey(key, ownKey);
}

function isCollectable(value: LuaValue): value is Collectable {
	return typeof value === "object";
}
