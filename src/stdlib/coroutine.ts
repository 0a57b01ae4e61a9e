// Lua 5.1 §5.2, for the command line: a sandboxed chunk has no coroutines.

import {
	argumentError,
	type Builtin,
	coroutineStatus,
	createCoroutine,
	LuaFunction,
	type LuaState,
	type LuaTable,
	LuaThread,
	type LuaValue,
	leveledError,
	resume,
	runningThread,
	setYieldFunction,
	toStringValue,
	valueError,
	yieldRefused,
} from "../engine/api.ts";
import { registerLibrary } from "./library.ts";

function checkBody(value: LuaValue): LuaFunction {
	if (value instanceof LuaFunction && value.p !== undefined) return value;
	throw argumentError(1, "Lua function expected");
}

function checkThread(value: LuaValue): LuaThread {
	if (value instanceof LuaThread) return value;
	throw argumentError(1, "coroutine expected");
}

/** Refuses: yields that can be done never get here (engine/coroutine.ts). */
const refuseYield: Builtin = () => {
	throw yieldRefused();
};

export function openCoroutine(state: LuaState): LuaTable {
	setYieldFunction(refuseYield);
	const functions: Record<string, Builtin> = {
		create: (f) => createCoroutine(checkBody(f)),
		resume: (thread, ...args) => {
			const resumed = resume(checkThread(thread), args);
			return resumed.ok ? [true, ...resumed.values] : [false, resumed.error.value];
		},
		running: () => runningThread(),
		status: (thread) => coroutineStatus(checkThread(thread)),
		wrap: (f) => {
			const thread = createCoroutine(checkBody(f));
			const run: Builtin = (...args) => {
				const resumed = resume(thread, args);
				if (resumed.ok) return resumed.values;
				const { value } = resumed.error;
				const text = toStringValue(value);
				// Native puts the position of the call in front of whatever position is there.
				throw text === undefined ? valueError(value) : leveledError(text, 1);
			};
			return state.builtin("wrap", run, [thread]);
		},
		yield: refuseYield,
	};
	return registerLibrary(state, "coroutine", functions);
}
