// The math library (Lua 5.1 §5.6). Its numbers are libm.ts's and random.ts's business.

import {
	anyPair,
	argumentError,
	builtinError,
	type LuaState,
	type LuaTable,
	type LuaValue,
} from "../engine/api.ts";
import * as libm from "../lua51/libm.ts";
import { positiveNaN } from "../lua51/number.ts";
import * as trigonometry from "../lua51/trigonometry.ts";
import { checkInt, checkNumber } from "./arguments.ts";
import { registerLibrary } from "./library.ts";
import { RANDOM_MAX, RandomSequence } from "./random.ts";

const RADIANS_PER_DEGREE = Math.PI / 180;

type Unary = (x: number) => number;

/** A builtin of one number. */
function unary(f: Unary): (x: LuaValue) => number {
	return function (x) {
		return f(typeof x === "number" ? x : checkNumber(x, 1, arguments.length));
	};
}

function binary(f: (x: number, y: number) => number): (x: LuaValue, y: LuaValue) => number {
	return function (x, y) {
		// As compiled, C evaluates the last argument first; errors show it.
		const second = checkNumber(y, 2, arguments.length);
		return f(checkNumber(x, 1, arguments.length), second);
	};
}

const bytes = new DataView(new ArrayBuffer(8));
const EXPONENT_BIAS = 1022; // for mantissas in [1/2, 1)

/** x = mantissa * 2^exponent with 1/2 <= |mantissa| < 1. */
export function splitExponent(x: number): [number, number] {
	if (x === 0 || x - x !== 0) return [x, 0];
	const isSubnormal = Math.abs(x) < 2 ** -1022;
	bytes.setFloat64(0, isSubnormal ? x * 2 ** 54 : x);
	const upper = bytes.getUint16(0);
	const exponent = ((upper >> 4) & 0x7ff) - EXPONENT_BIAS - (isSubnormal ? 54 : 0);
	bytes.setUint16(0, (upper & 0x800f) | (EXPONENT_BIAS << 4));
	return [bytes.getFloat64(0), exponent];
}

/** x * 2^exponent, rounded once. */
export function scale(x: number, exponent: number): number {
	if (x === 0 || x - x !== 0) return x;
	const [mantissa, own] = splitExponent(x);
	const sum = own + exponent;
	if (sum > 1024) return mantissa * Infinity;
	if (sum < -1075) return mantissa * 0;
	// The last step may round, the ones before are exact.
	if (sum > 0) return mantissa * 2 ** (sum - 1) * 2;
	return sum < -1000 ? mantissa * 2 ** -1000 * 2 ** (sum + 1000) : mantissa * 2 ** sum;
}

export function openMath(state: LuaState): LuaTable {
	const sequence = new RandomSequence();
	// A NaN is passed on with its sign.
	const fmod = binary((x, y) => (Number.isNaN(x) ? x : Number.isNaN(y) ? y : x % y));

	const table = registerLibrary(state, "math", {
		abs: unary((x) => (Number.isNaN(x) ? positiveNaN() : Math.abs(x))),
		acos: unary(trigonometry.acos),
		asin: unary(trigonometry.asin),
		atan2: binary(trigonometry.atan2),
		atan: unary(trigonometry.atan),
		ceil: unary(Math.ceil),
		cosh: unary(libm.cosh),
		cos: unary(trigonometry.cos),
		deg: unary((x) => x / RADIANS_PER_DEGREE),
		exp: unary(libm.exp),
		floor: unary(Math.floor),
		fmod,
		frexp: function (x) {
			const number = checkNumber(x, 1, arguments.length);
			return number - number === 0 ? splitExponent(number) : anyPair(number, 0);
		},
		ldexp: function (x, exponent) {
			const given = arguments.length;
			const power = checkInt(exponent, 2, given); // first, as in `binary`
			return scale(checkNumber(x, 1, given), power);
		},
		log10: unary(libm.log10),
		log: unary(libm.log),
		max: function (first, ...rest) {
			const given = arguments.length;
			let result = checkNumber(first, 1, given);
			for (let i = 0; i < rest.length; i++) {
				const number = checkNumber(rest[i], i + 2, given);
				if (number > result) result = number;
			}
			return result;
		},
		min: function (first, ...rest) {
			const given = arguments.length;
			let result = checkNumber(first, 1, given);
			for (let i = 0; i < rest.length; i++) {
				const number = checkNumber(rest[i], i + 2, given);
				if (number < result) result = number;
			}
			return result;
		},
		modf: function (x) {
			const number = checkNumber(x, 1, arguments.length);
			const whole = Math.trunc(number);
			if (number - number !== 0) {
				return anyPair(number, Number.isNaN(number) ? number : number > 0 ? 0 : -0);
			}
			// The fraction keeps the sign, also when it is zero.
			const fraction = number - whole;
			return [whole, fraction === 0 && (number < 0 || Object.is(number, -0)) ? -0 : fraction];
		},
		pow: binary(libm.pow),
		rad: unary((x) => x * RADIANS_PER_DEGREE),
		random: function (low, high) {
			const given = arguments.length;
			const r = (sequence.next() % RANDOM_MAX) / RANDOM_MAX;
			switch (given) {
				case 0:
					return r;
				case 1: {
					const upper = checkInt(low, 1, given);
					if (upper < 1) throw argumentError(1, "interval is empty");
					return Math.floor(r * upper) + 1;
				}
				case 2: {
					const lower = checkInt(low, 1, given);
					const upper = checkInt(high, 2, given);
					if (lower > upper) throw argumentError(2, "interval is empty");
					// The interval's size is a C int, which wraps.
					return Math.floor(r * ((upper - lower + 1) | 0)) + lower;
				}
				default:
					throw builtinError("wrong number of arguments");
			}
		},
		randomseed: function (seed) {
			sequence.seed(checkInt(seed, 1, arguments.length));
			return [];
		},
		sinh: unary(libm.sinh),
		sin: unary(trigonometry.sin),
		sqrt: unary(Math.sqrt),
		tanh: unary(libm.tanh),
		tan: unary(trigonometry.tan),
	});
	table.setStr("pi", Math.PI);
	table.setStr("huge", Infinity);
	table.setStr("mod", table.getStr("fmod"));
	return table;
}
