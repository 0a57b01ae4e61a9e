// In place of fengari's ldebug.js: errors and stack levels for C functions. Emitted code
// keeps no CallInfo, so the levels of the C API are the C functions that fengari knows
// of up to the innermost one that emitted code has called, and then the engine's rows.

import defs from "fengari/src/defs.js";
import lapi from "fengari/src/lapi.js";
import type { TValue } from "fengari/src/lobject.js";
import lobject from "fengari/src/lobject.js";
import lstate, { type CallInfo, type lua_State } from "fengari/src/lstate.js";
import type { TraceRow } from "../error.ts";
import type { LuaFunction } from "../value.ts";
import { latin1Bytes } from "./bytes.ts";
import { entered, raise } from "./calls.ts";
import { engine } from "./engine.ts";
import type { TString } from "./lstring.ts";
import { cutStack, fromRaw, toRaw } from "./values.ts";

// -- Errors --------------------------------------------------------------------------

/** Raises the value on top of the stack. */
export function luaG_errormsg(L: lua_State): never {
	const value = toRaw(L.stack[L.top - 1] as TValue);
	cutStack(L, L.top - 1);
	raise(L, new engine.LuaError(value, 0));
}

/** Errors of the C API itself have no position: it is C functions that call it. */
export function luaG_runerror(L: lua_State, format: Uint8Array, ...args: unknown[]): never {
	lobject.luaO_pushvfstring(L, format, args);
	luaG_errormsg(L);
}

function raiseText(L: lua_State, text: string): never {
	raise(L, new engine.LuaError(text, 0));
}

export function luaG_typeerror(L: lua_State, value: TValue, operation: Uint8Array): never {
	luaG_runerror(L, defs.to_luastring("attempt to %s a %s value", true), operation, typeBytes(value));
}

function typeBytes(value: TValue): Uint8Array {
	return defs.to_luastring(engine.typeName(toRaw(value)), true);
}

export function luaG_concaterror(L: lua_State, a: TValue, b: TValue): never {
	const first = toRaw(a);
	const wrong = typeof first === "string" || typeof first === "number" ? toRaw(b) : first;
	raiseText(L, `attempt to concatenate a ${engine.typeName(wrong)} value`);
}

export function luaG_opinterror(L: lua_State, a: TValue, b: TValue, operation: Uint8Array): never {
	luaG_typeerror(L, typeof toRaw(a) === "number" ? b : a, operation);
}

export function luaG_ordererror(L: lua_State, a: TValue, b: TValue): never {
	const [left, right] = [engine.typeName(toRaw(a)), engine.typeName(toRaw(b))];
	raiseText(
		L,
		left === right ? `attempt to compare two ${left} values` : `attempt to compare ${left} with ${right}`,
	);
}

export function luaG_tointerror(L: lua_State, _a: TValue, _b: TValue): never {
	raiseText(L, "number has no integer representation");
}

/** Pushes a message with a position in front. */
export function luaG_addinfo(
	L: lua_State,
	message: Uint8Array,
	source: TString | null,
	line: number,
): Uint8Array {
	const name = source === null ? defs.to_luastring("?", true) : lobject.luaO_chunkid(source.getstr(), 60 - 1);
	return lobject.luaO_pushvfstring(L, defs.to_luastring("%s:%d: %s", true), [name, line, message]);
}

// -- Stack levels -----------------------------------------------------------------------

/** What lua_getstack leaves in `ar.i_ci`. */
class Level {
	readonly rows: readonly TraceRow[];
	readonly index: number;
	/** The function of a C function that fengari has called. */
	readonly func: TValue | undefined;

	constructor(rows: readonly TraceRow[], index: number, func: TValue | undefined) {
		this.rows = rows;
		this.index = index;
		this.func = func;
	}
}

/** fengari's lua_Debug. */
interface DebugInfo {
	name: Uint8Array | null;
	namewhat: Uint8Array;
	what: Uint8Array;
	source: Uint8Array;
	short_src: Uint8Array;
	currentline: number;
	linedefined: number;
	lastlinedefined: number;
	nups: number;
	nparams: number;
	isvararg: boolean;
	istailcall: boolean;
	i_ci: unknown;
}

const BUILTIN_ROW: TraceRow = { kind: "builtin" };

export function lua_getstack(L: lua_State, level: number, ar: DebugInfo): 0 | 1 {
	if (level < 0) return 0;
	const functions = runningCFunctions(L);
	const rows = [...functions.map(() => BUILTIN_ROW), ...engine.runningRows()];
	if (level >= rows.length) return 0;
	ar.i_ci = new Level(rows, level, functions[level]);
	return 1;
}

/** C functions, innermost first, up to the one that emitted code has called. */
function runningCFunctions(L: lua_State): TValue[] {
	const found: TValue[] = [];
	let { ci }: { ci: CallInfo } = L;
	while (ci !== L.base_ci && ci.funcOff >= entered.base && (ci.callstatus & lstate.CIST_LUA) === 0) {
		found.push(ci.func);
		ci = ci.previous;
	}
	return found;
}

export function lua_getinfo(L: lua_State, wanted: Uint8Array | string, ar: DebugInfo): 0 | 1 {
	let options = [...defs.from_userstring(wanted)].map((byte) => String.fromCharCode(byte)).join("");
	let level = ar.i_ci as Level; // from lua_getstack
	if (options.startsWith(">")) {
		// About the function on top of the stack, which need not be running.
		options = options.slice(1);
		const func = L.stack[L.top - 1] as TValue;
		cutStack(L, L.top - 1);
		const closure = toRaw(func) as LuaFunction; // the caller's promise
		level = new Level([closure.p === undefined ? BUILTIN_ROW : { kind: "lua", closure, pc: -1 }], 0, func);
	}
	const row = level.rows[level.index] as TraceRow; // Level is made with an index that is there
	const closure = row.kind === "lua" ? row.closure : undefined;
	const info = engine.rowInfo(level.rows, level.index);
	let status: 0 | 1 = 1;
	for (const option of options) {
		switch (option) {
			case "S":
				ar.source = latin1Bytes(info.source);
				ar.short_src = latin1Bytes(info.short_src);
				ar.what = latin1Bytes(info.what);
				ar.linedefined = info.linedefined;
				ar.lastlinedefined = info.lastlinedefined;
				break;
			case "l":
				ar.currentline = info.currentline;
				break;
			case "n":
				ar.name = info.name === undefined || info.namewhat === "" ? null : latin1Bytes(info.name);
				ar.namewhat = latin1Bytes(info.namewhat);
				break;
			case "u":
				ar.nups = closure?.p?.facts.upvalueCount ?? 0;
				ar.nparams = closure?.p?.numparams ?? 0;
				ar.isvararg = closure?.p?.is_vararg ?? true;
				break;
			case "t":
				ar.istailcall = row.kind === "tail";
				break;
			case "f":
			case "L":
				break;
			default:
				status = 0;
		}
	}
	// `L` would be the lines of a function that have code; nobody has asked for it yet.
	if (options.includes("f")) push(L, level.func ?? fromRaw(closure));
	if (options.includes("L")) push(L, fromRaw(undefined));
	return status;
}

function push(L: lua_State, value: TValue): void {
	lapi.lua_checkstack(L, 1);
	L.stack[L.top++] = new lobject.TValue(value.type, value.value);
}

/** Locals are JavaScript variables of emitted functions: none can be reached. */
export function lua_getlocal(): null {
	return null;
}

export function lua_setlocal(L: lua_State): null {
	cutStack(L, L.top - 1);
	return null;
}

// -- Hooks ---------------------------------------------------------------------------------

// Emitted code calls no hooks. What was set is kept, to be asked for.

export function lua_sethook(L: lua_State, hook: unknown, mask: number, count: number): void {
	L.hook = mask === 0 ? null : hook;
	L.basehookcount = count;
}

export function lua_gethook(L: lua_State): unknown {
	return L.hook;
}

export function lua_gethookmask(L: lua_State): number {
	return L.hookmask;
}

export function lua_gethookcount(L: lua_State): number {
	return L.basehookcount;
}

export function luaG_traceexec(_L: lua_State): void {}
