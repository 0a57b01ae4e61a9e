// Over fengari's lobject.js: arithmetic and number reading know one number type, and
// userdata are userdata of the engine.

import type { TValue } from "fengari/src/lobject.js";
import lobject from "fengari/src/lobject.js";
import type { lua_State } from "fengari/src/lstate.js";
import { latin1Text } from "./bytes.ts";
import { asC, raise } from "./calls.ts";
import { type ApiUserdata, type ArithmeticOperator, engine } from "./engine.ts";
import { LUA_TNIL } from "./tags.ts";
import { fromRaw, toRaw } from "./values.ts";

/** What lua_newuserdata calls with `new`. */
export function Udata(L: lua_State, size: number): ApiUserdata {
	return new engine.ApiUserdata(L.l_G.id_counter++, size, new lobject.TValue(LUA_TNIL, null));
}

/** Reads a number and tells how many bytes it took, one for the C string's end included; 0 if it is none. */
export function luaO_str2num(bytes: Uint8Array, result: TValue): number {
	const number = engine.parseNumber(latin1Text(bytes));
	if (number === undefined) return 0;
	result.setfltvalue(number);
	return bytes.length + 1;
}

/** ORDER OP of fengari's defs.js; 5.1 has no others. */
const OPERATORS: readonly (ArithmeticOperator | undefined)[] = [
	"add",
	"subtract",
	"multiply",
	"modulo",
	"power",
	"divide",
	undefined,
	undefined,
	undefined,
	undefined,
	undefined,
	undefined,
	"negate",
	undefined,
];

export function luaO_arith(
	L: lua_State,
	operation: number,
	a: TValue,
	b: TValue,
	result: TValue | number,
): void {
	const operator = OPERATORS[operation];
	if (operator === undefined) raise(L, new engine.LuaError("no such operation in Lua 5.1", 0));
	const value = asC(L, () => engine.arithmetic(operator, toRaw(a), toRaw(b)));
	const place = typeof result === "number" ? (L.stack[result] as TValue) : result;
	place.setfrom(fromRaw(value));
}
