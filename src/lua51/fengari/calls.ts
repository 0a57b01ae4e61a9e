// Calls and errors across the border. Two ways lead over it:
//   C API -> emitted code     luaV_execute (lvm.ts) for Lua functions, callBuiltin for others
//   emitted code -> C API     callC, for C functions that were put where Lua code finds them
// An error changes its form on the way: inside the C API it is a value on the stack and a
// thrown "long jump" record of ldo.js, outside a LuaError. The LuaError is remembered, so
// that the rows of its trace are not lost when the C API has only passed it on.
//
// A JavaScript error that is no Lua error must not become a Lua value, but ldo.js swallows
// what it does not know (status -1). So such errors are noted, and thrown again by whoever
// next comes back from the C API.

import ldo from "fengari/src/ldo.js";
import type { TValue } from "fengari/src/lobject.js";
import type { CFunction, lua_State } from "fengari/src/lstate.js";
import type { LuaError, TraceRow } from "../error.ts";
import type { LuaFunction, LuaResult, LuaValue } from "../value.ts";
import { engine, type Outcome, running } from "./engine.ts";
import { LUA_ERRERR, LUA_ERRMEM, LUA_ERRRUN, LUA_MULTRET, LUA_OK } from "./tags.ts";
import { crossing, cutStack, fromRaw, pushAll, pushResult, rawResult, rawSlice, toRaw } from "./values.ts";

const BUILTIN_ROW: TraceRow = { kind: "builtin" };

// -- Errors ----------------------------------------------------------------------------------

/** The error that a long jump is under way for. */
let raised: LuaError | undefined;
/** An error of ours on its way out of the process. */
let internal: { readonly error: unknown } | undefined;

/** Leaves the running C function with an error, as luaG_errormsg does. */
export function raise(L: lua_State, error: LuaError): never {
	error.level = 0; // the C function has no position
	let status = LUA_ERRRUN;
	if (error instanceof engine.LuaMemoryError) {
		status = LUA_ERRMEM;
	} else if (L.errfunc !== 0) {
		const handled = engine.runHandler(toRaw(L.stack[L.errfunc] as TValue), error);
		if (handled.ok) {
			const { results } = handled;
			error.value = Array.isArray(results) ? results[0] : (results as LuaValue);
		} else {
			status = LUA_ERRERR;
		}
	}
	raiseAs(L, status, error);
}

/** The same without an error handler, and with a status of its own. */
export function raiseAs(L: lua_State, status: number, error: LuaError): never {
	raised = error;
	L.stack[L.top++] = fromRaw(error.value); // fengari keeps spare places for it
	ldo.luaD_throw(L, status);
}

/** Does an operation of the engine for a C function. */
export function asC<T>(L: lua_State, operation: () => T): T {
	try {
		return operation();
	} catch (thrown) {
		const error = engine.asLuaError(thrown);
		if (error === undefined) throw thrown;
		raise(L, error);
	}
}

/**
 * Pops what a protected call of the C API has left from `base` on: its results, or what it has
 * failed with. Does not return when the engine itself has failed.
 */
export function popOutcome(L: lua_State, status: number, base: number): Outcome {
	const results = rawResult(L, base, L.top);
	cutStack(L, base);
	rethrowInternal();
	if (status === LUA_OK) return { ok: true, results };
	if (status < 0) throw new Error("a C function failed with a JavaScript error that is not known any more");
	const value = Array.isArray(results) ? results[0] : (results as LuaValue);
	const error = raised;
	raised = undefined;
	if (error !== undefined && Object.is(error.value, value)) return { ok: false, error };
	return {
		ok: false,
		error: status === LUA_ERRMEM ? new engine.LuaMemoryError() : new engine.LuaError(value, 0),
	};
}

/** Throws an error of ours that the C API has swallowed. */
function rethrowInternal(): void {
	if (internal === undefined) return;
	const { error } = internal;
	internal = undefined;
	throw error;
}

/** For lua_atnativeerror: notes the error, which is argument 1, and refuses to make a value of it. */
export const noteNativeError: CFunction = (L) => {
	internal ??= { error: (L.stack[L.ci.funcOff + 1] as TValue).value };
	throw internal.error;
};

// -- Calls -----------------------------------------------------------------------------------

/** Calls a function of the engine for the C API and pushes the results; tells how many. */
export function callRaw(L: lua_State, f: LuaFunction, args: readonly LuaValue[]): number {
	const { L: caller } = running;
	running.L = L;
	let outcome: Outcome;
	try {
		outcome = engine.protectedCall(f, ...args);
	} catch (error) {
		internal ??= { error };
		throw error;
	} finally {
		running.L = caller;
	}
	if (!outcome.ok) raise(L, outcome.error);
	return pushResult(L, outcome.results);
}

/** What the C function that stands for a builtin of the engine does. */
export function callBuiltin(L: lua_State, builtin: LuaFunction): number {
	return callRaw(L, builtin, rawSlice(L, L.ci.funcOff + 1, L.top));
}

/** Where on the stack the C function is that emitted code called last; -1 if there is none. */
export const entered = { base: -1 };

/** What a builtin that stands for a C function does. */
export function callC(target: TValue, args: readonly LuaValue[]): LuaResult {
	const L = running.L as lua_State;
	const base = L.top;
	const outer = entered.base;
	entered.base = base;
	const status = ldo.luaD_pcall(L, runC, { target, args }, base, 0);
	entered.base = outer;
	const outcome = popOutcome(L, status, base);
	if (outcome.ok) return outcome.results;
	outcome.error.leave(BUILTIN_ROW);
	throw outcome.error;
}

function runC(L: lua_State, { target, args }: { target: TValue; args: readonly LuaValue[] }): void {
	const base = L.top;
	ldo.luaD_checkstack(L, 1);
	L.stack[L.top++] = target;
	pushAll(L, args);
	ldo.luaD_callnoyield(L, base, LUA_MULTRET);
}

crossing.callC = callC;
crossing.callBuiltin = callBuiltin;
