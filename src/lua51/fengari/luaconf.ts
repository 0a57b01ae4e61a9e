// In place of fengari's luaconf.js: numbers as 5.1 prints them, no paths (no code is ever
// found by one), and nothing that an environment variable could change.

import { engine } from "./engine.ts";

export const LUAI_MAXSTACK = 1_000_000;
/** lobject.js must not add ".0" to a whole number. */
export const LUA_COMPAT_FLOATSTRING = true;
export const LUA_IDSIZE = 60 - 1;
export const LUA_INTEGER_FRMLEN = "";
export const LUA_INTEGER_FMT = "%d";
export const LUA_NUMBER_FRMLEN = "";
export const LUA_NUMBER_FMT = "%.14g";
export const LUA_MAXINTEGER = 2 ** 31 - 1;
export const LUA_MININTEGER = -(2 ** 31);
export const LUAL_BUFFERSIZE = 8192;

export const LUA_DIRSEP = "/";
export const LUA_EXEC_DIR = "!";
export const LUA_JSDIR = "";
export const LUA_JSPATH_DEFAULT = new Uint8Array(0);
export const LUA_LDIR = "";
export const LUA_PATH_DEFAULT = new Uint8Array(0);
export const LUA_PATH_MARK = "?";
export const LUA_PATH_SEP = ";";
export const LUA_ROOT = "";
export const LUA_VDIR = "5.1";

export function lua_integer2str(n: number): string {
	return engine.formatNumber(n);
}

export function lua_number2str(n: number): string {
	return engine.formatNumber(n);
}

export function lua_numbertointeger(n: number): number | false {
	return n >= LUA_MININTEGER && n <= LUA_MAXINTEGER ? n : false;
}

export function lua_getlocaledecpoint(): number {
	return ".".charCodeAt(0);
}

/** C's ldexp. */
export function ldexp(mantissa: number, exponent: number): number {
	// In steps, so that no power of two on the way is too large or too small.
	const steps = Math.min(3, Math.ceil(Math.abs(exponent) / 1023));
	let result = mantissa;
	for (let step = 0; step < steps; step++) result *= 2 ** Math.floor((exponent + step) / steps);
	return result;
}

/** C's frexp: [mantissa, exponent]. */
export function frexp(value: number): [number, number] {
	if (value === 0 || !Number.isFinite(value)) return [value, 0];
	const words = new DataView(new ArrayBuffer(8));
	words.setFloat64(0, value);
	let exponent = ((words.getUint32(0) >>> 20) & 0x7ff) - 1022;
	if (exponent === -1022) {
		// A denormal number: scaled up first.
		words.setFloat64(0, value * 2 ** 64);
		exponent = ((words.getUint32(0) >>> 20) & 0x7ff) - 1022 - 64;
	}
	return [ldexp(value, -exponent), exponent];
}
