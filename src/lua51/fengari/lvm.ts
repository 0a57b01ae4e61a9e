// In place of fengari's lvm.js: what the C API does with values, done by the engine on raw
// values, and luaV_execute, which runs a Lua function that the C API has called.

import ldo from "fengari/src/ldo.js";
import type { TValue } from "fengari/src/lobject.js";
import type { lua_State } from "fengari/src/lstate.js";
import type { LuaFunction, LuaValue } from "../value.ts";
import { asC, callRaw, raise } from "./calls.ts";
import { engine } from "./engine.ts";
import type { TString } from "./lstring.ts";
import { LUA_TNUMFLT, LUA_TNUMINT } from "./tags.ts";
import { cutStack, fromRaw, rawSlice, toRaw } from "./values.ts";

// -- Calls -----------------------------------------------------------------------------

/** Runs the function of L.ci, which luaD_precall has prepared: its arguments are on the stack. */
export function luaV_execute(L: lua_State): void {
	const { ci } = L;
	const closure = ci.func.value as LuaFunction & { readonly p: object }; // luaD_precall made sure
	const { numparams, is_vararg } = closure.p;
	const args = rawSlice(L, ci.l_base, ci.l_base + numparams);
	if (is_vararg) {
		// luaD_precall has left the further arguments between the function and its base.
		for (const extra of rawSlice(L, ci.funcOff + 1 + numparams, ci.l_base)) args.push(extra);
	}
	const count = callRaw(L, closure, args);
	ldo.luaD_poscall(L, ci, L.top - count, count);
}

/** fengari finishes an instruction that a coroutine was left in. C functions cannot yield across ours. */
export function luaV_finishOp(_L: lua_State): never {
	throw new Error("luaV_finishOp: a Lua function cannot be resumed inside an instruction");
}

// -- Conversions -------------------------------------------------------------------------

export function cvt2str(value: TValue): boolean {
	return value.type === LUA_TNUMFLT || value.type === LUA_TNUMINT;
}

export function cvt2num(value: TValue): boolean {
	return value.ttisstring();
}

/** lua_tonumber: false for what is neither a number nor a string that reads as one. */
export function tonumber(value: TValue): number | false {
	if (cvt2str(value)) return value.value as number;
	if (!value.ttisstring()) return false;
	return engine.parseNumber((value.value as TString).raw) ?? false;
}

/** lua_tointeger of 5.1: the number cut off towards zero. */
export function tointeger(value: TValue): number | false {
	const number = tonumber(value);
	return number === false ? false : Math.trunc(number);
}

/** How lua_tointeger rounds in fengari: 0 takes integral values only, 1 down, 2 up. */
export function luaV_tointeger(value: TValue, mode: number): number | false {
	const number = tonumber(value);
	if (number === false || Number.isInteger(number)) return number;
	if (mode === 0 || !Number.isFinite(number)) return false;
	return mode === 1 ? Math.floor(number) : Math.ceil(number);
}

// -- Tables ------------------------------------------------------------------------------

/** `object[key]` into the place `resultAt` of the stack. */
export function luaV_gettable(L: lua_State, object: TValue, key: TValue, resultAt: number): void {
	const value = asC(L, () => engine.index(toRaw(object), toRaw(key)));
	(L.stack[resultAt] as TValue).setfrom(fromRaw(value));
}

export function settable(L: lua_State, object: TValue, key: TValue, value: TValue): void {
	asC(L, () => engine.setIndex(toRaw(object), toRaw(key), toRaw(value)));
}

export function luaV_objlen(L: lua_State, result: TValue, object: TValue): void {
	result.setfrom(fromRaw(asC(L, () => engine.length(toRaw(object)))));
}

// -- Comparisons --------------------------------------------------------------------------

/** With `L` null without metamethods. Answers in numbers, as C does. */
export function luaV_equalobj(L: lua_State | null, a: TValue, b: TValue): number {
	if (a.ttnov() !== b.ttnov()) return 0;
	const [x, y] = [toRaw(a), toRaw(b)];
	if (x === y) return 1;
	return L !== null && asC(L, () => engine.equals(x, y)) ? 1 : 0;
}

export function luaV_rawequalobj(a: TValue, b: TValue): number {
	return luaV_equalobj(null, a, b);
}

export function luaV_lessthan(L: lua_State, a: TValue, b: TValue): number {
	return asC(L, () => engine.less(toRaw(a), toRaw(b))) ? 1 : 0;
}

export function luaV_lessequal(L: lua_State, a: TValue, b: TValue): number {
	return asC(L, () => engine.lessEqual(toRaw(a), toRaw(b))) ? 1 : 0;
}

// -- Strings --------------------------------------------------------------------------------

/** Replaces the topmost `count` values by their concatenation. */
export function luaV_concat(L: lua_State, count: number): void {
	const first = L.top - count;
	const values = rawSlice(L, first, L.top);
	const joined = asC(L, () => {
		let right: LuaValue = values.pop();
		while (values.length > 0) right = engine.concat(values.pop(), right);
		return right;
	});
	cutStack(L, first + 1);
	(L.stack[first] as TValue).setfrom(fromRaw(joined));
}

// -- Integers of 5.3 ----------------------------------------------------------------------

// lobject.ts does arithmetic for the C API; nothing else asks for these.

export function luaV_div(L: lua_State, a: number, b: number): number {
	if (b === 0) raise(L, new engine.LuaError("attempt to divide by zero", 0));
	return Math.floor(a / b) | 0;
}

export function luaV_mod(L: lua_State, a: number, b: number): number {
	if (b === 0) raise(L, new engine.LuaError("attempt to perform 'n%%0'", 0));
	return (a - Math.floor(a / b) * b) | 0;
}

export function luaV_imul(a: number, b: number): number {
	return Math.imul(a, b);
}

const INTEGER_BITS = 32;

export function luaV_shiftl(x: number, y: number): number {
	if (Math.abs(y) >= INTEGER_BITS) return 0;
	return y < 0 ? x >>> -y : x << y;
}
