// Angles: sin, cos, tan and their inverses in the manner of libm.ts, which see.

import {
	dividePairs,
	double,
	EXPONENT_BIAS,
	EXPONENT_WORD,
	fastTwoSum,
	fixedAtan,
	fixedHalfPi,
	fixedSineCosine,
	low,
	MANTISSA_BITS,
	pairOfFixed,
	piecesOf,
	powerOfTwo,
	squareRootPair,
	twoProduct,
	twoSum,
	words,
} from "./double-double.ts";
import { positiveNaN } from "./number.ts";

// -- sin, cos, tan -----------------------------------------------------------------
// x = q pi/2 + r; r = c + d with c = j/64 from a table, |d| <= 2^-7.

const TRIG_UNIT = 64;
const TRIG_LAST = 51; // 64 * pi/4, rounded up
/** Up to here q has 20 bits and a product with a 33-bit piece of pi/2 is exact. */
const TRIG_SMALL = 1e6;
const HUGE_BITS = 1300n;

interface TrigTable {
	/** Four numbers for each j: sin high, sin low, cos high, cos low of j/64. */
	readonly values: Float64Array;
	readonly pieces: readonly number[];
}

let trigTable: TrigTable | undefined;
let hugeHalfPi: bigint | undefined;

function makeTrigTable(): TrigTable {
	const values = new Float64Array(4 * (TRIG_LAST + 1));
	for (let j = 0; j <= TRIG_LAST; j++) {
		const [sine, cosine] = fixedSineCosine(BigInt(j), BigInt(TRIG_UNIT));
		values[4 * j] = pairOfFixed(sine);
		values[4 * j + 1] = low[0]!;
		values[4 * j + 2] = pairOfFixed(cosine);
		values[4 * j + 3] = low[0]!;
	}
	return { values, pieces: piecesOf(fixedHalfPi(), 33, 3) };
}

// Where reduce() and sineCosine() leave what they found.
const reduced = new Float64Array(2);
const sineOut = new Float64Array(2);
const cosineOut = new Float64Array(2);

/** Leaves x - q pi/2 in `reduced` and gives q mod 4. */
function reduce(x: number): number {
	trigTable ??= makeTrigTable();
	if (x > TRIG_SMALL || x < -TRIG_SMALL) return reduceHuge(x);
	const pieces = trigTable.pieces;
	const q = Math.round(x * (2 / Math.PI));
	let high = x - q * pieces[0]!;
	high = twoSum(high, -q * pieces[1]!);
	let rest = low[0]!;
	high = twoSum(high, -q * pieces[2]!);
	rest += low[0]!;
	high = twoSum(high, rest);
	rest = low[0]! - q * pieces[3]!;
	reduced[0] = fastTwoSum(high, rest);
	reduced[1] = low[0]!;
	return q & 3;
}

/** The same in integers: slow, but nobody takes the sine of 10^100 in a loop. */
function reduceHuge(x: number): number {
	hugeHalfPi ??= fixedHalfPi(1n << HUGE_BITS);
	const scaled = BigInt(Math.abs(x) * (Math.abs(x) < 2 ** 60 ? 2 ** 40 : 1));
	const shift = Math.abs(x) < 2 ** 60 ? HUGE_BITS - 40n : HUGE_BITS;
	const fixed = scaled << shift;
	let quotient = fixed / hugeHalfPi;
	let rest = fixed - quotient * hugeHalfPi;
	if (rest * 2n > hugeHalfPi) {
		rest -= hugeHalfPi;
		quotient++;
	}
	if (x < 0) {
		rest = -rest;
		quotient = -quotient;
	}
	// 400 bits are plenty and stay within a double's exponents.
	reduced[0] = pairOfFixed(rest >> (HUGE_BITS - 400n), 400n);
	reduced[1] = low[0]!;
	return Number(BigInt.asUintN(2, quotient));
}

/** Sine and cosine of `reduced` as pairs. */
function sineCosine(): void {
	const high = reduced[0]!;
	const sign = high < 0 ? -1 : 1;
	const magnitude = sign * high;
	const j = Math.round(magnitude * TRIG_UNIT);
	const d = fastTwoSum(magnitude - j / TRIG_UNIT, sign * reduced[1]!);
	const dLow = low[0]!;
	const square = twoProduct(d, d);
	const squareLow = low[0]!;
	// cos(d) - 1 is halved + cosineTail, sin(d) - d is sineTail. The square is the only one of
	// their terms that is large enough to need a pair.
	const halved = -0.5 * square;
	const sineTail = d * square * (-1 / 6 + square * (1 / 120 + square * (-1 / 5040)));
	const cosineTail = square * square * (1 / 24 + square * (-1 / 720)) - 0.5 * squareLow - d * dLow;
	const values = trigTable!.values;
	const s = values[4 * j]!;
	const sLow = values[4 * j + 1]!;
	const c = values[4 * j + 2]!;
	const cLow = values[4 * j + 3]!;

	let product = twoProduct(c, d);
	let rest = low[0]! + cLow * d + c * (dLow + sineTail) + s * cosineTail + sLow + sLow * halved;
	let bend = twoProduct(s, halved);
	rest += low[0]!;
	let sum = twoSum(s, product);
	rest += low[0]!;
	sum = twoSum(sum, bend);
	rest += low[0]!;
	sum = fastTwoSum(sum, rest);
	sineOut[0] = sign * sum;
	sineOut[1] = sign * low[0]!;

	product = twoProduct(s, d);
	rest = -low[0]! - sLow * d - s * (dLow + sineTail) + c * cosineTail + cLow + cLow * halved;
	bend = twoProduct(c, halved);
	rest += low[0]!;
	sum = twoSum(c, -product);
	rest += low[0]!;
	sum = twoSum(sum, bend);
	rest += low[0]!;
	cosineOut[0] = fastTwoSum(sum, rest);
	cosineOut[1] = low[0]!;
}

const TINY = 2 ** -27;

export function sin(x: number): number {
	if (x - x !== 0) return Number.isNaN(x) ? x : Number.NaN; // a NaN keeps its sign
	if (x < TINY && x > -TINY) return x === 0 ? x : x - (x * x * x) / 6;
	const quadrant = reduce(x);
	sineCosine();
	const value = quadrant & 1 ? cosineOut[0]! : sineOut[0]!;
	return quadrant & 2 ? -value : value;
}

export function cos(x: number): number {
	if (x - x !== 0) return Number.isNaN(x) ? x : Number.NaN; // a NaN keeps its sign
	if (x < TINY && x > -TINY) return 1;
	const quadrant = reduce(x);
	sineCosine();
	const value = quadrant & 1 ? sineOut[0]! : cosineOut[0]!;
	return quadrant === 1 || quadrant === 2 ? -value : value;
}

export function tan(x: number): number {
	if (x - x !== 0) return Number.isNaN(x) ? x : Number.NaN; // a NaN keeps its sign
	if (x < TINY && x > -TINY) return x + (x * x * x) / 3;
	const quadrant = reduce(x);
	sineCosine();
	if (quadrant & 1) return -dividePairs(cosineOut[0]!, cosineOut[1]!, sineOut[0]!, sineOut[1]!);
	return dividePairs(sineOut[0]!, sineOut[1]!, cosineOut[0]!, cosineOut[1]!);
}

// -- atan, atan2, asin, acos -------------------------------------------------------
// atan(t) = atan(c) + atan((t - c)/(1 + t c)), c = j/64.

const ATAN_UNIT = 64;

interface AtanTable {
	/** atan(j/64) as pairs. */
	readonly angles: Float64Array;
	readonly halfPiHigh: number;
	readonly halfPiLow: number;
}

let atanTable: AtanTable | undefined;

function makeAtanTable(): AtanTable {
	const angles = new Float64Array(2 * (ATAN_UNIT + 1));
	const unit = BigInt(ATAN_UNIT);
	let sum = 0n;
	for (let j = 1n; j <= unit; j++) {
		sum += fixedAtan(unit, unit * unit + j * (j - 1n));
		angles[2 * Number(j)] = pairOfFixed(sum);
		angles[2 * Number(j) + 1] = low[0]!;
	}
	const halfPiHigh = pairOfFixed(fixedHalfPi());
	return { angles, halfPiHigh, halfPiLow: low[0]! };
}

/** The angle of the point (x, y), both pairs with x, y > 0 and of moderate size. */
function anglePair(y: number, yLow: number, x: number, xLow: number): number {
	atanTable ??= makeAtanTable();
	const steep = y > x;
	const t = steep ? dividePairs(x, xLow, y, yLow) : dividePairs(y, yLow, x, xLow);
	const tLow = low[0]!;
	const j = Math.round(t * ATAN_UNIT);
	const { angles, halfPiHigh, halfPiLow } = atanTable;
	let d = t;
	let dLow = tLow;
	if (j > 0) {
		const c = j / ATAN_UNIT;
		const numerator = twoSum(t - c, tLow);
		const numeratorLow = low[0]!;
		const product = twoProduct(t, c);
		const productLow = low[0]! + tLow * c;
		const denominator = fastTwoSum(1, product);
		d = dividePairs(numerator, numeratorLow, denominator, low[0]! + productLow);
		dLow = low[0]!;
	}
	const square = d * d;
	const tail =
		d * square * (-1 / 3 + square * (1 / 5 + square * (-1 / 7 + square * (1 / 9)))) - square * dLow;
	let sum = twoSum(angles[2 * j]!, d);
	let rest = low[0]! + (angles[2 * j + 1]! + dLow + tail);
	if (steep) {
		sum = twoSum(halfPiHigh, -sum);
		rest = low[0]! + (halfPiLow - rest);
	}
	return fastTwoSum(sum, rest);
}

export function atan(x: number): number {
	const magnitude = Math.abs(x);
	if (!(magnitude < 1e17)) return Math.atan(x);
	if (magnitude < 1e-8) return magnitude < 1e-17 ? x : x - (x * x * x) / 3;
	const angle = anglePair(magnitude, 0, 1, 0);
	return x < 0 ? -angle : angle;
}

export function atan2(y: number, x: number): number {
	if (y === 0 || x - x !== 0 || y - y !== 0) return Math.atan2(y, x);
	if (x === 0) return Math.atan2(y, x);
	let up = Math.abs(y);
	let along = Math.abs(x);
	const ratio = up / along;
	if (ratio > 1e20) return y > 0 ? Math.PI / 2 : -Math.PI / 2;
	if (x > 0 && ratio < 2 ** -34) return y / x;
	if (x < 0 && ratio < 1e-20) return y > 0 ? Math.PI : -Math.PI;
	// Bring both near 1, so that no product leaves the range of doubles.
	double[0] = along;
	const exponent = (words[EXPONENT_WORD]! >>> MANTISSA_BITS) - EXPONENT_BIAS;
	const half = exponent >> 1;
	const first = powerOfTwo(-half);
	const second = powerOfTwo(half - exponent);
	up = up * first * second;
	along = along * first * second;
	let angle = anglePair(up, 0, along, 0);
	if (x < 0) {
		const rest = low[0]!;
		const { halfPiHigh, halfPiLow } = atanTable!;
		const difference = twoSum(2 * halfPiHigh, -angle);
		angle = difference + (low[0]! + 2 * halfPiLow - rest);
	}
	return y < 0 ? -angle : angle;
}

/** sqrt(1 - x^2) as a pair. */
function complement(x: number): number {
	const square = twoProduct(x, x);
	const squareLow = low[0]!;
	const difference = twoSum(1, -square);
	return squareRootPair(difference, low[0]! - squareLow);
}

export function asin(x: number): number {
	const magnitude = Math.abs(x);
	if (magnitude > 1) return positiveNaN();
	if (!(magnitude < 1)) return Number.isNaN(x) ? x : Math.asin(x);
	if (magnitude < 1e-8) return x + (x * x * x) / 6;
	const root = complement(magnitude);
	const angle = anglePair(magnitude, 0, root, low[0]!);
	return x < 0 ? -angle : angle;
}

export function acos(x: number): number {
	const magnitude = Math.abs(x);
	if (magnitude > 1) return positiveNaN();
	if (!(magnitude < 1)) return Number.isNaN(x) ? x : Math.acos(x);
	atanTable ??= makeAtanTable();
	const { halfPiHigh, halfPiLow } = atanTable;
	if (magnitude < 1e-17) return halfPiHigh;
	const root = complement(magnitude);
	const angle = anglePair(root, low[0]!, magnitude, 0);
	if (x > 0) return angle;
	const rest = low[0]!;
	const difference = twoSum(2 * halfPiHigh, -angle);
	return difference + (low[0]! + 2 * halfPiLow - rest);
}
