// The elementary functions as the C library gives them. V8's own (fdlibm) differ in the
// last bit for 3 to 18 % of all arguments, and a wiki that prints `%.17g` or compares
// for equality sees it. glibc's exp, log, pow, sin, cos, tan, asin, acos, atan and atan2
// are all but correctly rounded (measured: 0.01 to 0.25 % are not), so these are computed
// in pairs of doubles and rounded once. Where glibc is not accurate (cosh, sinh, tanh,
// log10) the formula found to give its bits is used instead. What still differs is
// counted by spec/lua51/libm.spec.ts.
//
// Every argument is cut down by a small table until a few terms of a series do; only the
// terms that reach the 70th bit are worked out in pairs.

import {
	double,
	EXPONENT_BIAS,
	EXPONENT_WORD,
	FIXED_BITS,
	fastTwoSum,
	fixedLog,
	fixedSquareRoot,
	low,
	MANTISSA_BITS,
	ONE,
	pairOfFixed,
	piecesOf,
	powerOfTwo,
	twoProduct,
	twoSum,
	words,
} from "./double-double.ts";
import { isPositiveNaN, positiveNaN } from "./number.ts";

// -- exp -----------------------------------------------------------------------
// exp(x) = 2^(k/128) * exp(r), |r| <= ln2/256.

const EXP_STEPS = 128;
const EXP_OVERFLOW = 709.782712893384;
const EXP_UNDERFLOW = -745.1332191019412;

interface ExpTable {
	/** 2^(j/128) as pairs: high at 2j, low at 2j+1. */
	readonly powers: Float64Array;
	readonly scale: number;
	readonly step1: number;
	readonly step2: number;
	readonly step3: number;
}

let expTable: ExpTable | undefined;

function makeExpTable(): ExpTable {
	let root = 2n * ONE;
	for (let i = EXP_STEPS; i > 1; i /= 2) root = fixedSquareRoot(root);
	const powers = new Float64Array(2 * EXP_STEPS);
	let power = ONE;
	for (let j = 0; j < EXP_STEPS; j++) {
		powers[2 * j] = pairOfFixed(power);
		powers[2 * j + 1] = low[0]!;
		power = (power * root) >> FIXED_BITS;
	}
	const step = fixedLog(2n, 1n) / BigInt(EXP_STEPS);
	// k has up to 18 bits.
	const [step1, step2, step3] = piecesOf(step, 34, 2) as [number, number, number];
	return { powers, scale: 1 / pairOfFixed(step), step1, step2, step3 };
}

/** (high + low) * 2^exponent, rounded once, also when the result is subnormal. */
function scalePair(high: number, rest: number, exponent: number): number {
	if (exponent > -1022) {
		if (exponent < 1024) return (high + rest) * powerOfTwo(exponent);
		return (high + rest) * 2 ** 1023 * powerOfTwo(exponent - 1023);
	}
	// Adding a number whose last bit weighs 2^-1074 makes the addition round there.
	const unit = 1.5 * 2 ** (-1074 + 52 - exponent);
	const sum = twoSum(unit, high);
	return (sum + (low[0]! + rest) - unit) * 2 ** -1000 * 2 ** (exponent + 1000);
}

/** exp(high + rest), correctly rounded but for about one argument in 10^5. */
function expOfPair(high: number, rest: number): number {
	expTable ??= makeExpTable();
	const { powers, scale, step1, step2, step3 } = expTable;
	const k = Math.round(high * scale);
	const exact = high - k * step1; // exact by Sterbenz' lemma
	const sumOfTwo = twoSum(exact, -k * step2);
	const r = twoSum(sumOfTwo, low[0]! + (rest - k * step3));
	const rLow = low[0]!;
	const j = k & (EXP_STEPS - 1);
	const power = powers[2 * j]!;
	const series = rLow + r * r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720)))));
	const product = twoProduct(power, r);
	const productLow = low[0]!;
	const sum = fastTwoSum(power, product);
	const tail = low[0]! + (productLow + (powers[2 * j + 1]! * (1 + r) + power * series));
	return scalePair(sum, tail, (k - j) / EXP_STEPS);
}

export function exp(x: number): number {
	if (!(x < EXP_OVERFLOW && x > EXP_UNDERFLOW)) return Math.exp(x);
	if (x < 1e-17 && x > -1e-17) return 1 + x;
	return expOfPair(x, 0);
}

// -- log -----------------------------------------------------------------------
// log(2^k m) = k ln2 - log(n/256) + log1p(m n/256 - 1), n = round(256/m).

const LOG_UNIT = 256;
const LOG_FIRST = 180;
const LOG_LAST = 363;

interface LogTable {
	/** -log(n/256) as pairs, from LOG_FIRST. */
	readonly logs: Float64Array;
	readonly ln2High: number;
	readonly ln2Low: number;
	readonly ln2Last: number;
}

let logTable: LogTable | undefined;

function makeLogTable(): LogTable {
	const logs = new Float64Array(2 * (LOG_LAST - LOG_FIRST + 1));
	const put = (n: number, fixed: bigint) => {
		logs[2 * (n - LOG_FIRST)] = pairOfFixed(fixed);
		logs[2 * (n - LOG_FIRST) + 1] = low[0]!;
	};
	put(LOG_UNIT, 0n);
	let sum = 0n;
	for (let n = LOG_UNIT; n < LOG_LAST; n++) {
		sum -= fixedLog(BigInt(n + 1), BigInt(n));
		put(n + 1, sum);
	}
	sum = 0n;
	for (let n = LOG_UNIT; n > LOG_FIRST; n--) {
		sum += fixedLog(BigInt(n), BigInt(n - 1));
		put(n - 1, sum);
	}
	const [ln2High, ln2Low, ln2Last] = piecesOf(fixedLog(2n, 1n), 40, 2) as [number, number, number];
	return { logs, ln2High, ln2Low, ln2Last };
}

/** log(x) as a pair, for finite x > 0: about 78 bits. */
function logPair(x: number): number {
	logTable ??= makeLogTable();
	let exponent = -EXPONENT_BIAS;
	if (x < 2 ** -1022) {
		x *= 2 ** 54;
		exponent -= 54;
	}
	double[0] = x;
	const upper = words[EXPONENT_WORD]!;
	exponent += upper >>> MANTISSA_BITS;
	words[EXPONENT_WORD] = (upper & ((1 << MANTISSA_BITS) - 1)) | (EXPONENT_BIAS << MANTISSA_BITS);
	let mantissa = double[0]!;
	if (mantissa > Math.SQRT2) {
		mantissa *= 0.5;
		exponent++;
	}
	const n = Math.round(LOG_UNIT / mantissa);
	const factor = n / LOG_UNIT;
	const shifted = mantissa * 134217729;
	const upperHalf = shifted - (shifted - mantissa);
	const r = twoSum(upperHalf * factor - 1, (mantissa - upperHalf) * factor);
	const rLow = low[0]!;

	// log1p(r), |r| < 2^-8.5, with r^2 and r^3 as pairs.
	const square = twoProduct(r, r);
	const squareLow = low[0]! + 2 * r * rLow;
	const cube = twoProduct(square, r);
	const cubeLow = low[0]! + squareLow * r + square * rLow;
	const third = cube / 3;
	const thirdLow = (cube - third * 2 - third + cubeLow) / 3;
	const tail =
		square * square * (-1 / 4 + r * (1 / 5 + r * (-1 / 6 + r * (1 / 7 + r * (-1 / 8 + r * (1 / 9))))));
	let sum = twoSum(r, -0.5 * square);
	let rest = low[0]! + (rLow - 0.5 * squareLow + thirdLow + tail);
	sum = twoSum(sum, third);
	rest += low[0]!;

	if (exponent !== 0 || n !== LOG_UNIT) {
		const { logs, ln2High, ln2Low, ln2Last } = logTable;
		const index = 2 * (n - LOG_FIRST);
		rest += logs[index + 1]! + exponent * ln2Last;
		sum = twoSum(logs[index]!, sum);
		rest += low[0]!;
		sum = twoSum(exponent * ln2Low, sum);
		rest += low[0]!;
		sum = twoSum(exponent * ln2High, sum);
		rest += low[0]!;
	}
	return fastTwoSum(sum, rest);
}

export function log(x: number): number {
	if (!(x > 0 && x < Infinity)) return Math.log(x);
	return logPair(x);
}

// Cut, not rounded, to 40 bits.
const LOG10_OF_2_HIGH = Math.floor(Math.log10(2) * 2 ** 41) / 2 ** 41;

/** log10(2) - LOG10_OF_2_HIGH. */
const LOG10_OF_2_LOW = 3.694239077158931e-13;

/** Not accurate on purpose: this gives glibc's bits. */
export function log10(x: number): number {
	if (x < 0) return positiveNaN();
	if (!(x > 0 && x < Infinity)) return Math.log10(x);
	let exponent = -EXPONENT_BIAS;
	if (x < 2 ** -1022) {
		x *= 2 ** 54;
		exponent -= 54;
	}
	double[0] = x;
	const upper = words[EXPONENT_WORD]!;
	exponent += upper >>> MANTISSA_BITS;
	// The mantissa is taken from [1, 2) for x >= 1 and from [1/2, 1) below.
	const below = exponent < 0 ? 1 : 0;
	words[EXPONENT_WORD] = (upper & ((1 << MANTISSA_BITS) - 1)) | ((EXPONENT_BIAS - below) << MANTISSA_BITS);
	const mantissa = double[0]!;
	const y = exponent + below;
	return y * LOG10_OF_2_HIGH + (y * LOG10_OF_2_LOW + Math.LOG10E * log(mantissa));
}

// -- pow -----------------------------------------------------------------------

// Powers of small integers often lie exactly or nearly halfway between two doubles, and
// there glibc's choice shows: 10^23 is not 1e23, `%d` of 7^19 ends in 4. All cases with base
// <= 100, found by trying every exponent (spec/lua51/libm.spec.ts does it again):
// base:exponent and the direction, away from zero or towards it, from the rounded result.
const POW_EXCEPTIONS =
	"3:-477-,34+,61+,631- 5:-440+,210+ 6:-395-,-381-,34+,61+ 7:19+,101- 9:17+ 10:23+,210+ " +
	"12:-285-,34+ 14:19+,101- 17:13+ 18:17+ 19:-119- 20:23+,210+ 21:-154-,71+ 22:-229- " +
	"23:-226+,-21+,32- 24:-223+,34+,61+ 25:-220+,105+ 26:-100- 27:-159- 28:19+,101- 33:-81+ " +
	"34:13+ 36:17+ 38:-119- 40:23+ 41:10+ 42:-154-,71+ 45:-186- 46:-185-,-21+,32- 47:-184- " +
	"48:-183-,34+,61+ 50:-181+,105+ 52:-100- 56:-176+,19+,101- 58:11+ 60:-173+ 63:-171-,9- " +
	"66:-169-,-81+ 68:-168-,13+ 72:17+ 77:-163+ 79:-162+ 82:10+ 84:-160+,-154-,71+ 89:-139+ " +
	"91:-157+ 92:-21+,32- 94:-156- 96:34+,61+ 99:49+ 100:105+";
const POW_EXCEPTION_BASE = 100;

let powExceptions: Map<number, number> | undefined;

/** By powKey; there are some 40,000. */
const smallPowers = new Map<number, number>();
/** Exponents beyond give 0 or infinity with any base. */
const MAX_SMALL_POWER = 1100;

function makePowExceptions(): Map<number, number> {
	const map = new Map<number, number>();
	for (const entry of POW_EXCEPTIONS.split(" ")) {
		const [base, exponents] = entry.split(":") as [string, string];
		for (const item of exponents.split(",")) {
			const direction = item.endsWith("+") ? 1 : -1;
			map.set(powKey(Number(base), Number(item.slice(0, -1))), direction);
		}
	}
	return map;
}

/** One number for base and exponent, both integers. */
function powKey(base: number, exponent: number): number {
	return exponent * 128 + base;
}

const bits = new BigInt64Array(double.buffer);

function nextDouble(value: number, direction: number): number {
	double[0] = value;
	bits[0] = bits[0]! + BigInt(direction);
	return double[0]!;
}

/** glibc changes the sign of a negative NaN raised to an odd (or fractional, not infinite) power. */
function powOfNaN(y: number, x: number): number {
	return Number.isInteger(y) ? positiveNaN() : x;
}

/** The `^` operator and math.pow. */
export function pow(x: number, y: number): number {
	if (y === 2) return x * x;
	if (y === 0.5 && x > 0) return Math.sqrt(x);
	if (y > 2 && y <= 53 && Math.floor(y) === y && Math.floor(x) === x) {
		let product = x;
		for (let i = 1; i < y; i++) product *= x;
		if (product <= 2 ** 53 && product >= -(2 ** 53)) return product;
	}
	if (Number.isNaN(x) && y !== 0) return y % 2 !== 0 && !isPositiveNaN(x) ? powOfNaN(y, x) : x;
	// C says 1 where ECMAScript says NaN.
	if (x === 1) return 1;
	if (Number.isNaN(y)) return y; // V8's own operation has a NaN of its own from Node 24 on
	if (x === -1 && (y === Infinity || y === -Infinity)) return 1;
	if (x === 0 || y === 0 || x - x !== 0 || y - y !== 0) return x ** y;
	if (y === 1) return x;
	let sign = 1;
	if (x < 0) {
		if (Math.floor(y) !== y) return NaN;
		if (y % 2 !== 0) sign = -1;
		x = -x;
		if (x === 1) return sign;
	}
	if (x <= POW_EXCEPTION_BASE && Math.floor(y) === y && Math.floor(x) === x && Math.abs(y) <= MAX_SMALL_POWER)
		return sign * smallPower(x, y);
	return sign * positivePower(x, y);
}

/** Neither is 0, 1, infinite or NaN. */
function positivePower(x: number, y: number): number {
	const logHigh = logPair(x);
	const logLow = low[0]!;
	const estimate = y * logHigh;
	if (estimate > 710) return Infinity;
	if (estimate < -746) return 0;
	if (estimate < 1e-18 && estimate > -1e-18) return 1;
	// |y| < 2^70 here, as |log x| >= 2^-53.
	const product = twoProduct(y, logHigh);
	return expOfPair(product, low[0]! + y * logLow);
}

/** Of small integers, which programs ask for again and again: 10^-2. */
function smallPower(base: number, exponent: number): number {
	const key = powKey(base, exponent);
	let power = smallPowers.get(key);
	if (power === undefined) {
		power = positivePower(base, exponent);
		powExceptions ??= makePowExceptions();
		const direction = powExceptions.get(key);
		if (direction !== undefined) power = nextDouble(power, direction);
		if (power !== 0 && power !== Infinity) smallPowers.set(key, power);
	}
	return power;
}

// -- Hyperbolic functions: glibc's formulas, errors included ------------------------

const HALF_EXP_LIMIT = 709.78;

/** exp(x)/2, also where exp(x) itself overflows. */
function halfExp(x: number): number {
	if (x < HALF_EXP_LIMIT) return 0.5 * exp(x);
	const root = exp(0.5 * x);
	return 0.5 * root * root;
}

export function cosh(x: number): number {
	const magnitude = Math.abs(x);
	if (Number.isNaN(x)) return x;
	if (magnitude < 0.5 * Math.LN2) {
		const t = Math.expm1(magnitude);
		const w = 1 + t;
		if (magnitude < 2 ** -55) return w;
		return 1 + (t * t) / (w + w);
	}
	if (magnitude < 22) {
		const t = exp(magnitude);
		return 0.5 * t + 0.5 / t;
	}
	return halfExp(magnitude);
}

export function sinh(x: number): number {
	const magnitude = Math.abs(x);
	if (!(magnitude >= 22)) return Math.sinh(x);
	return x < 0 ? -halfExp(magnitude) : halfExp(magnitude);
}

export function tanh(x: number): number {
	const magnitude = Math.abs(x);
	if (!(magnitude < 1) || magnitude < 2 ** -55) return Math.tanh(x);
	const t = Math.expm1(-2 * magnitude);
	const value = -t / (t + 2);
	return x < 0 ? -value : value;
}
