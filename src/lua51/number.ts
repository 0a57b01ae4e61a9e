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
		// JavaScript's shortest digits: if they are 14 or less, they are C's, too.
		const text = `${number}`;
		if (text.length <= 15) return text;
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

// -- Digits ---------------------------------------------------------------------

/** C's "%.{precision}f" of a finite number that is not negative. */
function fixedDigits(size: number, precision: number): string {
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
	if (length < 16) {
		// Plain digits, by far the most common.
		let value = 0;
		let at = 0;
		for (; at < length; at++) {
			const digit = text.charCodeAt(at) - 48;
			if (digit < 0 || digit > 9) break;
			value = value * 10 + digit;
		}
		if (at === length) return value;
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
