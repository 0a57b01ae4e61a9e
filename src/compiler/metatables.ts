// Metatables and metamethods of any value. The metatables of basic types belong to the
// running session: peer and command line set them when a session starts.

import type { LuaTable } from "../lua51/table.ts";
import { LuaFunction, LuaThread, LuaUserdata, type LuaValue, type MaybeTable } from "../lua51/value.ts";

/** Metatables shared by all values of a type (Lua 5.1 §2.8). */
export interface TypeMetatables {
	string: LuaTable | undefined;
	number: LuaTable | undefined;
	boolean: LuaTable | undefined;
	nil: LuaTable | undefined;
	function: LuaTable | undefined;
	thread: LuaTable | undefined;
}

export function newTypeMetatables(): TypeMetatables {
	return {
		string: undefined,
		number: undefined,
		boolean: undefined,
		nil: undefined,
		function: undefined,
		thread: undefined,
	};
}

/** The running session's; a session's state puts its own here. */
export const current: { types: TypeMetatables } = { types: newTypeMetatables() };

export function metatableOf(value: LuaValue): LuaTable | undefined {
	const table = value as MaybeTable;
	if (table?.shape !== undefined) return table.metatable;
	switch (typeof value) {
		case "string":
			return current.types.string;
		case "number":
			return current.types.number;
		case "boolean":
			return current.types.boolean;
		case "undefined":
			return current.types.nil;
		default:
			break;
	}
	if (value instanceof LuaUserdata) return value.metatable;
	if (value instanceof LuaFunction) return current.types.function;
	if (value instanceof LuaThread) return current.types.thread;
	return undefined;
}

/** The handler of an event (such as "__add"), nil when there is none. */
export function metamethod(value: LuaValue, event: string): LuaValue {
	return metatableOf(value)?.getName(event);
}
