// The state of one session: a lua_State of fengari's, its globals and registry, and the
// metatables of basic types.

import { resetLimits } from "../compiler/limits.ts";
import { current, newTypeMetatables, type TypeMetatables } from "../compiler/metatables.ts";
import { keepShape } from "../lua51/environment.ts";
import type { LuaTable } from "../lua51/table.ts";
import { LuaFunction, type LuaResult, type LuaValue, NONE } from "../lua51/value.ts";
import { threadEnvironment } from "./coroutine.ts";
import { type lua_State, makeRunning, newState } from "./fengari.ts";

/** A builtin as the libraries write it: a plain function, so that `arguments.length` is there. */
export type Builtin = (...args: LuaValue[]) => LuaResult;

export class LuaState {
	readonly L: lua_State;
	/** registry[LUA_RIDX_GLOBALS]: the environment of chunks that are loaded. */
	readonly globals: LuaTable;
	readonly registry: LuaTable;
	readonly types: TypeMetatables = newTypeMetatables();

	constructor() {
		const { L, globals, registry } = newState(this.types);
		this.L = L;
		this.globals = globals;
		this.registry = registry;
		keepShape(this.globals);
		this.activate();
	}

	/** Makes this the running session. */
	activate(): void {
		current.types = this.types;
		resetLimits();
		makeRunning(this.L);
	}

	/** What getfenv(0) gives: each coroutine has its own. */
	get threadGlobals(): LuaTable {
		return threadEnvironment() ?? this.globals;
	}

	get stringMetatable(): LuaTable | undefined {
		return this.types.string;
	}

	set stringMetatable(table: LuaTable | undefined) {
		this.types.string = table;
	}

	/** A builtin function value. `upvalues` are as many as native's has, which debug.getinfo counts where it is given the function. */
	builtin(name: string, fn: Builtin, upvalues: readonly unknown[] = NONE): LuaFunction {
		return new LuaFunction(fn, this.globals, undefined, name, upvalues);
	}

	/** Puts builtins into a table, in the order given. */
	define(table: LuaTable, functions: Readonly<Record<string, Builtin>>): void {
		for (const [name, fn] of Object.entries(functions)) table.setStr(name, this.builtin(name, fn));
	}
}
