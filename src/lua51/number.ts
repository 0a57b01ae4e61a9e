// Numbers as text and back, exactly as native Lua 5.1 with glibc does: "%.14g" for
// `tostring`, "%.17g" for the wire, C's %e %f %g for `string.format`, and strtod/strtoul
// for `tonumber`. JavaScript's toFixed and toExponential give exact digits; they differ
// from C only where the value lies exactly between two results: they take the upper, C
// takes the even one. See `tieDigit`.

// -- The sign of a NaN ----------------------------------------------------------
// Native prints the sign bit of a NaN, and on x86-64 every invalid operation makes a
// negative one: `print(0/0)` is "-nan", `print(-(0/0))` and `print(tonumber("nan"))` are
// "nan". V8 may use either sign for a NaN (constants fold to a positive one, the processor
// makes negative ones), but it passes a NaN's payload through arithmetic, since the processor
// does. So every NaN is negative except those with our payload: they come from
// `negate` and from here, and one that loses its payload prints as the usual "-nan".

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);
const POSITIVE_MARK = 0x5afe0001;
const POSITIVE_BITS = new Uint32Array([POSITIVE_MARK, 0x7ff80000]);

/** The NaN that prints as "nan"; any other prints as "-nan". */
export function positiveNaN(): number {
	// Read anew each time: a constant could be folded into V8's canonical NaN.
	return new Float64Array(POSITIVE_BITS.buffer)[0]!;
}

export function isPositiveNaN(number: number): boolean {
	scratch[0] = number;
	return scratchWords[0] === POSITIVE_MARK;
}

/** Unary minus where a NaN's sign matters; `-n` is right for all else. */
export function negate(number: number): number {
	if (!Number.isNaN(number)) return -number;
	return isPositiveNaN(number) ? Number.NaN : positiveNaN();
}

// -- Shortest paths -------------------------------------------------------------

/** `tostring` of a number: C's "%.14g". */
export function formatNumber(number: number): string {
	if ((number | 0) === number && (number !== 0 || 1 / number > 0)) return `${number}`;
	const size = Math.abs(number);
	if (size >= 1e-4 && size < 1e14) {
		const text = shortGeneral(size, 14);
		return number < 0 ? `-${text}` : text;
	}
	return formatGeneral(number, 14);
}

/** C's "%.17g", which PHP and we use for doubles on the wire. */
export function formatG17(number: number): string {
	if ((number | 0) === number && (number !== 0 || 1 / number > 0)) return `${number}`;
	return formatGeneral(number, 17);
}

function formatGeneral(number: number, precision: number): string {
	if (number - number !== 0) return formatNonFinite(number);
	const sign = number < 0 || (number === 0 && 1 / number < 0) ? "-" : "";
	return sign + generalDigits(Math.abs(number), precision, false);
}

function formatNonFinite(number: number): string {
	if (!Number.isNaN(number)) return number > 0 ? "inf" : "-inf";
	return isPositiveNaN(number) ? "nan" : "-nan";
}

// -- Digits by exact products -------------------------------------------------------
// For up to 15 digits of numbers that are not far from 1: `size * 10^k` with its rounding
// error (Dekker's product) tells the correctly rounded digits as a whole number, which
// costs a few multiplications instead of a conversion with arbitrary precision.

const POWERS = Array.from({ length: 23 }, (_, power) => 10 ** power);
const SPLITTER = 2 ** 27 + 1;

/** `size` * 10^`power` rounded to a whole number, ties to even; for powers 0-22 and results below 2^53. */
function scaledWhole(size: number, power: number): number {
	const factor = POWERS[power]!;
	const product = size * factor;
	const whole = Math.floor(product);
	const rest = product - whole;
	// An error of the product is too small to matter elsewhere.
	if (rest !== 0.5 && rest !== 0) return rest > 0.5 ? whole + 1 : whole;
	if (rest === 0) return whole;
	let split = SPLITTER * size;
	const sizeHigh = split - (split - size);
	const sizeLow = size - sizeHigh;
	split = SPLITTER * factor;
	const factorHigh = split - (split - factor);
	const factorLow = factor - factorHigh;
	const error =
		sizeHigh * factorHigh - product + sizeHigh * factorLow + sizeLow * factorHigh + sizeLow * factorLow;
	if (error === 0) return whole % 2 === 0 ? whole : whole + 1;
	return error > 0 ? whole + 1 : whole;
}

/** "%.{precision}g" for precisions up to 15 and 1e-4 <= size < 10^precision. */
function shortGeneral(size: number, precision: number): string {
	let exponent = 0;
	if (size >= 1) while (size >= POWERS[exponent + 1]!) exponent++;
	else {
		exponent = size >= 0.1 ? -1 : size >= 0.01 ? -2 : size >= 0.001 ? -3 : -4;
	}
	let digits = scaledWhole(size, precision - 1 - exponent);
	const limit = POWERS[precision]!;
	if (digits >= limit) {
		// Rounded up to one digit more.
		digits /= 10;
		exponent++;
		if (exponent === precision) return withExponent("1", exponent);
	}
	return pointed(digits, precision - 1 - exponent, true);
}

/** `digits` / 10^`places` as text. */
function pointed(digits: number, places: number, isStripped: boolean): string {
	if (places === 0) return `${digits}`;
	const unit = POWERS[places]!;
	const whole = Math.floor(digits / unit);
	let fraction = digits - whole * unit;
	let shown = places;
	if (isStripped) {
		if (fraction === 0) return `${whole}`;
		while (shown > 4 && fraction % 10000 === 0) {
			fraction /= 10000;
			shown -= 4;
		}
		while (fraction % 10 === 0) {
			fraction /= 10;
			shown--;
		}
	}
	return `${whole}.${padded(fraction, shown)}`;
}

/** A whole number with zeros in front. */
function padded(number: number, length: number): string {
	if (length > 7) {
		// Halves are small integers, which V8 converts faster.
		const high = Math.floor(number / 1e7);
		return padded(high, length - 7) + padded(number - high * 1e7, 7);
	}
	const text = `${number}`;
	return text.length < length ? "0".repeat(length - text.length) + text : text;
}

// -- Digits ---------------------------------------------------------------------

/** C's "%.{precision}f" of a finite number that is not negative. */
function fixedDigits(size: number, precision: number): string {
	if (precision <= 15 && size * POWERS[precision]! < 2 ** 47) {
		return pointed(scaledWhole(size, precision), precision, false);
	}
	if (size >= 1e21) {
		const whole = BigInt(size).toString();
		return precision === 0 ? whole : `${whole}.${"0".repeat(precision)}`;
	}
	const text = size.toFixed(precision);
	// A tie: size * 10^precision is a half; then size * 2^(precision + 1) is an odd integer.
	const tie = (size * 2 ** (precision + 1)) % 2 === 1;
	return tie ? lowerOddDigit(text, text.length - 1) : text;
}

/** JavaScript's toExponential ("d.ddde-5"), rounded as C does. */
function exponentialDigits(size: number, precision: number): string {
	const text = size.toExponential(precision);
	const end = precision === 0 ? 0 : precision + 1;
	if ((text.charCodeAt(end) & 1) === 0) return text;
	// Digits after the point of the last digit kept, if there were no exponent.
	const fraction = precision - Number(text.slice(end + 2));
	let tie: boolean;
	if (fraction >= 0) tie = (size * 2 ** (fraction + 1)) % 2 === 1;
	else if (fraction < -22) tie = false;
	else {
		const half = 10 ** -fraction / 2;
		tie = size % half === 0 && (size / half) % 2 === 1;
	}
	return tie ? lowerOddDigit(text, end) : text;
}

/** Of two candidates JavaScript took the upper one: when that is odd, the lower is even. */
function lowerOddDigit(text: string, at: number): string {
	const code = text.charCodeAt(at);
	if ((code & 1) === 0) return text;
	return text.slice(0, at) + String.fromCharCode(code - 1) + text.slice(at + 1);
}

/** "1.5e-7" to C's "1.5e-07". */
function withExponent(mantissa: string, exponent: number): string {
	const size = Math.abs(exponent);
	return `${mantissa}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
}

function stripZeros(text: string): string {
	let end = text.length;
	while (text.charCodeAt(end - 1) === 48) end--;
	if (text.charCodeAt(end - 1) === 46) end--;
	return text.slice(0, end);
}

/** C's "%.{precision}g" of a finite number that is not negative; `keepZeros` is the # flag. */
function generalDigits(size: number, precision: number, keepZeros: boolean): string {
	const significant = precision === 0 ? 1 : precision;
	if (significant <= 14 && !keepZeros && size >= 1e-4 && size < POWERS[significant]!) {
		return shortGeneral(size, significant);
	}
	const text = exponentialDigits(size, significant - 1);
	const mark = text.lastIndexOf("e");
	const exponent = Number(text.slice(mark + 1));
	const mantissa = text.slice(0, mark);
	if (exponent < -4 || exponent >= significant) {
		if (significant === 1) return withExponent(keepZeros ? `${mantissa}.` : mantissa, exponent);
		// A flaw of glibc's: what needs an exponent only because it was rounded up loses the zeros.
		if (keepZeros && exponent === significant && size < 10 ** significant)
			return withExponent("1.", exponent);
		return withExponent(keepZeros ? mantissa : stripZeros(mantissa), exponent);
	}
	const digits = mantissa.charAt(0) + mantissa.slice(2);
	let plain: string;
	if (exponent < 0) plain = `0.${"0".repeat(-exponent - 1)}${digits}`;
	else plain = `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
	return keepZeros ? plain : stripZeros(plain);
}

/**
 * The digits of one of C's conversions e, f, g (or E, G) without sign and padding.
 * `size` is not negative; `alternate` is the # flag.
 */
export function formatFloat(size: number, conversion: string, precision: number, alternate: boolean): string {
	switch (conversion) {
		case "f": {
			const text = fixedDigits(size, precision);
			return alternate && precision === 0 ? `${text}.` : text;
		}
		case "e":
		case "E": {
			const text = exponentialDigits(size, precision);
			const mark = text.lastIndexOf("e");
			const mantissa = text.slice(0, mark) + (alternate && precision === 0 ? "." : "");
			const shown = withExponent(mantissa, Number(text.slice(mark + 1)));
			return conversion === "E" ? shown.toUpperCase() : shown;
		}
		default: {
			const shown = generalDigits(size, precision, alternate);
			return conversion === "G" ? shown.toUpperCase() : shown;
		}
	}
}

// -- Reading --------------------------------------------------------------------

const DECIMAL = /^[ \t-\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t-\r]*$/;
const HEXADECIMAL =
	/^[ \t-\r]*([+-]?)0[xX](?:([0-9a-fA-F]+)\.?([0-9a-fA-F]*)|\.([0-9a-fA-F]+))(?:[pP]([+-]?\d+))?[ \t-\r]*$/;
const NON_FINITE = /^[ \t-\r]*([+-]?)(?:(inf(?:inity)?)|nan(?:\(\w*\))?)[ \t-\r]*$/i;

/**
 * What `tonumber` makes of a string: all that glibc's strtod reads, with white space around
 * it. The text ends at its first zero byte, as for C.
 */
export function parseNumber(text: string): number | undefined {
	const { length } = text;
	if (length === 0) return undefined;
	if (length < 17) {
		// Digits with a sign or a point, by far the most common: up to 15 digits and powers of
		// ten up to 22 are exact, so that the one division rounds as strtod does.
		const isNegative = text.charCodeAt(0) === 45;
		let value = 0;
		let point = -1;
		let at = isNegative ? 1 : 0;
		for (; at < length; at++) {
			const code = text.charCodeAt(at);
			if (code >= 48 && code <= 57) value = value * 10 + (code - 48);
			else if (code === 46 && point < 0) point = at;
			else break;
		}
		if (at === length && value <= Number.MAX_SAFE_INTEGER) {
			const digits = length - (isNegative ? 1 : 0) - (point < 0 ? 0 : 1);
			if (digits === 0) return undefined;
			if (point >= 0) value /= POWERS[length - 1 - point]!;
			return isNegative ? -value : value;
		}
	}
	const decimal = DECIMAL.exec(text);
	// JavaScript reads such a numeral as strtod does: the nearest double.
	if (decimal !== null) return Number(decimal[1]);
	return parseUnusual(text);
}

function parseUnusual(text: string): number | undefined {
	const zero = text.indexOf("\0");
	if (zero >= 0) return parseNumber(text.slice(0, zero));
	const hexadecimal = HEXADECIMAL.exec(text);
	if (hexadecimal !== null) {
		const [, sign, whole = "", part, bare, power = "0"] = hexadecimal;
		const fraction = part ?? bare ?? "";
		const size = scaled(whole + fraction, Number(power) - 4 * fraction.length);
		return sign === "-" ? -size : size;
	}
	const other = NON_FINITE.exec(text);
	if (other === null) return undefined;
	const isNegative = other[1] === "-";
	if (other[2] === undefined) return isNegative ? Number.NaN : positiveNaN();
	return isNegative ? -Infinity : Infinity;
}

/** The double nearest to hexadecimal `digits` * 2^`power`, ties to even. */
function scaled(digits: string, power: number): number {
	const integer = BigInt(`0x${digits}`);
	if (integer === 0n) return 0;
	const length = integer.toString(2).length;
	const top = length + power;
	if (top > 1024) return Infinity;
	if (top < -1080) return 0;
	// Bits below the last one of the result; subnormal results have fewer bits.
	const drop = Math.max(length - 53, -1074 - power);
	if (drop <= 0) return Number(integer) * 2 ** ((power / 2) | 0) * 2 ** (power - ((power / 2) | 0));
	const shift = BigInt(drop);
	let kept = integer >> shift;
	const rest = integer - (kept << shift);
	const half = 1n << (shift - 1n);
	if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++;
	const last = power + drop;
	return Number(kept) * 2 ** Math.max(last, -1000) * 2 ** Math.min(last + 1000, 0);
}

/**
 * `tonumber(text, base)` for a base other than 10: C's strtoul, so a minus sign wraps
 * and what does not fit becomes the largest unsigned 64 bit number.
 */
export function parseWithBase(text: string, base: number): number | undefined {
	const { length } = text;
	let at = 0;
	while (isSpace(text.charCodeAt(at))) at++;
	const sign = text.charCodeAt(at);
	if (sign === 43 || sign === 45) at++;
	if (base === 16 && text.charCodeAt(at) === 48 && (text.charCodeAt(at + 1) | 32) === 120) {
		if (digitValue(text.charCodeAt(at + 2)) < 16) at += 2;
	}
	const start = at;
	let value = 0;
	for (; at < length; at++) {
		const digit = digitValue(text.charCodeAt(at));
		if (digit >= base) break;
		value = value * base + digit;
	}
	if (at === start) return undefined;
	const end = at;
	while (isSpace(text.charCodeAt(at))) at++;
	// C's string ends at a zero byte.
	if (at < length && text.charCodeAt(at) !== 0) return undefined;
	if (value > 0x1fffffffffffff) return wideInteger(text.slice(start, end), base, sign === 45);
	return sign === 45 && value !== 0 ? 0x10000000000000000 - value : value;
}

/** More than 53 bits: exact up to 64, then the largest. */
function wideInteger(digits: string, base: number, isNegative: boolean): number {
	let value = 0n;
	const wide = BigInt(base);
	for (let at = 0; at < digits.length; at++) {
		value = value * wide + BigInt(digitValue(digits.charCodeAt(at)));
		if (value > 0xffffffffffffffffn) return 0x10000000000000000;
	}
	return Number(isNegative ? 0x10000000000000000n - value : value);
}

/** isspace of the C locale; NaN (past the end) is none. */
function isSpace(code: number): boolean {
	return code === 32 || (code >= 9 && code <= 13);
}

function digitValue(code: number): number {
	if (code >= 48 && code <= 57) return code - 48;
	const letter = code | 32;
	return letter >= 97 && letter <= 122 ? letter - 87 : 99;
}
