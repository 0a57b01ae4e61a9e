// Arithmetic on pairs of doubles (value = high + low, about 106 bits), and the exact
// constants that the elementary functions of libm.ts are built on.
//
// A function that gives a pair returns the high part and leaves the low part in `low[0]`:
// a typed array cell, because a plain variable would allocate a heap number on each store.
// Read it before the next call.

export const low = new Float64Array(1);

// Veltkamp's constant 2^27 + 1 cuts a double into two halves of at most 26 bits.
const SPLITTER = 134217729;

/** a + b exactly. */
export function twoSum(a: number, b: number): number {
	const sum = a + b;
	const part = sum - a;
	low[0] = a - (sum - part) + (b - part);
	return sum;
}

/** a + b exactly, when |a| >= |b| or a is 0. */
export function fastTwoSum(a: number, b: number): number {
	const sum = a + b;
	low[0] = b - (sum - a);
	return sum;
}

/** a * b exactly, as long as nothing overflows (|a|, |b| < 2^995) or underflows. */
export function twoProduct(a: number, b: number): number {
	const product = a * b;
	const shiftedA = SPLITTER * a;
	const highA = shiftedA - (shiftedA - a);
	const lowA = a - highA;
	const shiftedB = SPLITTER * b;
	const highB = shiftedB - (shiftedB - b);
	const lowB = b - highB;
	low[0] = highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
	return product;
}

/** (ah + al) / (bh + bl), good to about 100 bits. */
export function dividePairs(ah: number, al: number, bh: number, bl: number): number {
	const first = ah / bh;
	const product = twoProduct(first, bh);
	const rest = ah - product - low[0]! + al - first * bl;
	return fastTwoSum(first, rest / bh);
}

/** Square root of ah + al > 0. */
export function squareRootPair(ah: number, al: number): number {
	const root = Math.sqrt(ah);
	const square = twoProduct(root, root);
	return fastTwoSum(root, (ah - square - low[0]! + al) / (2 * root));
}

// -- Constants by integer arithmetic ------------------------------------------
// Tables are worked out on first use (well under a millisecond each) rather than
// written down: nobody could check 500 magic numbers.

/** Fractional bits of the fixed-point integers below. */
export const FIXED_BITS = 160n;
export const ONE = 1n << FIXED_BITS;

/** A fixed-point number as a pair; the low part goes to `low[0]` as usual. */
export function pairOfFixed(fixed: bigint, bits: bigint = FIXED_BITS): number {
	const high = Number(fixed);
	const rest = Number(fixed - BigInt(high));
	// Two steps, since 2^-bits may be below the smallest double.
	const half = 2 ** -Number(bits / 2n);
	const otherHalf = 2 ** -Number(bits - bits / 2n);
	low[0] = rest * half * otherHalf;
	return high * half * otherHalf;
}

/** sum of (sign)^i (numerator/denominator)^(2i+1) / (2i+1): atan for -1, atanh for +1. */
function oddPowerSeries(numerator: bigint, denominator: bigint, sign: bigint, one: bigint): bigint {
	const square = denominator * denominator;
	const step = numerator * numerator;
	let power = (one * numerator) / denominator;
	let sum = power;
	for (let n = 3n; power !== 0n; n += 2n) {
		power = (sign * power * step) / square;
		sum += power / n;
	}
	return sum;
}

export function fixedAtan(numerator: bigint, denominator: bigint, one: bigint = ONE): bigint {
	return oddPowerSeries(numerator, denominator, -1n, one);
}

/** ln(numerator / denominator). */
export function fixedLog(numerator: bigint, denominator: bigint, one: bigint = ONE): bigint {
	return 2n * oddPowerSeries(numerator - denominator, numerator + denominator, 1n, one);
}

/** pi/2 by Machin's formula. */
export function fixedHalfPi(one: bigint = ONE): bigint {
	return 8n * fixedAtan(1n, 5n, one) - 2n * fixedAtan(1n, 239n, one);
}

export function fixedSquareRoot(value: bigint, bits: bigint = FIXED_BITS): bigint {
	const target = value << bits;
	let root = 1n << bits;
	for (;;) {
		const next = (root + target / root) >> 1n;
		const change = next - root;
		root = next;
		if (change <= 1n && change >= -1n) return root;
	}
}

/** [sin, cos] of numerator/denominator by Taylor's series. */
export function fixedSineCosine(numerator: bigint, denominator: bigint): [bigint, bigint] {
	let sine = 0n;
	let cosine = 0n;
	let term = ONE;
	for (let n = 0n; term !== 0n; n++) {
		const signed = n & 2n ? -term : term;
		if (n & 1n) sine += signed;
		else cosine += signed;
		term = (term * numerator) / (denominator * (n + 1n));
	}
	return [sine, cosine];
}

// -- The bits of a double ----------------------------------------------------------

/** A double and its two words, for looking at its bits. */
export const double = new Float64Array(1);
export const words = new Uint32Array(double.buffer);
// Little-endian: the word with sign and exponent is the second one.
export const EXPONENT_WORD = 1;
export const EXPONENT_BIAS = 1023;
export const MANTISSA_BITS = 20; // of the upper word

/** 2^exponent for -1022 <= exponent <= 1023; the ** operator costs ten times more. */
export function powerOfTwo(exponent: number): number {
	words[0] = 0;
	words[EXPONENT_WORD] = (exponent + EXPONENT_BIAS) << MANTISSA_BITS;
	return double[0]!;
}

/** The leading `bits` bits of a number, so that its product with a small integer is exact. */
export function leadingBits(value: number, bits: number): number {
	const shifted = value * (2 ** (53 - bits) + 1);
	return shifted - (shifted - value);
}

/** Splits a fixed-point constant into `count` doubles of `bits` bits and a last full one. */
export function piecesOf(fixed: bigint, bits: number, count: number): number[] {
	const pieces: number[] = [];
	let rest = fixed;
	for (let i = 0; i < count; i++) {
		const piece = leadingBits(pairOfFixed(rest), bits);
		pieces.push(piece);
		rest -= BigInt(piece * 2 ** 140) << (FIXED_BITS - 140n);
	}
	pieces.push(pairOfFixed(rest));
	return pieces;
}
