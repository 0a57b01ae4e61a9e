// The state of one session: globals, registry, metatables of basic types.

import { current, newTypeMetatables, type TypeMetatables } from "../compiler/metatables.ts";
import { LuaTable } from "../lua51/table.ts";
import { LuaFunction, type LuaResult, type LuaValue } from "../lua51/value.ts";

/** A builtin as the libraries write it: a plain function, so that `arguments.length` is there. */
export type Builtin = (...args: LuaValue[]) => LuaResult;

export class LuaState {
	readonly globals = new LuaTable();
	readonly registry = new LuaTable();
	readonly types: TypeMetatables = newTypeMetatables();

	constructor() {
		this.globals.keepShape();
		this.activate();
	}

	/** Makes this the running session. */
	activate(): void {
		current.types = this.types;
	}

	get stringMetatable(): LuaTable | undefined {
		return this.types.string;
	}

	set stringMetatable(table: LuaTable | undefined) {
		this.types.string = table;
	}

	/** A builtin function value. */
	builtin(name: string, fn: Builtin): LuaFunction {
		return new LuaFunction(fn, this.globals, undefined, name);
	}

	/** Puts builtins into a table, in the order given. */
	define(table: LuaTable, functions: Readonly<Record<string, Builtin>>): void {
		for (const [name, fn] of Object.entries(functions)) table.setStr(name, this.builtin(name, fn));
	}
}
