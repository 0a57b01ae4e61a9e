// `string.format`: the format text is read once into parts, which are then filled in.
// Native reads it while it fills in, so a part that is malformed raises its error only
// when all before it was done; the argument is checked to be there first.

import { flat } from "../engine/api.ts";
import { argumentError, builtinError } from "../lua51/error.ts";
import { formatFloat, formatNumber, isPositiveNaN } from "../lua51/number.ts";
import { cString, type LuaValue } from "../lua51/value.ts";
import { checkNumber, checkString } from "./arguments.ts";
import { TextCache } from "./text-cache.ts";

// -- Format texts -----------------------------------------------------------------

interface Conversion {
	/** c d i e E f g G o q s u X x, or "" for a malformed one. */
	readonly type: string;
	readonly error: string;
	readonly leftAlign: boolean;
	/** What a number that is not negative begins with: "+", " " or "". */
	readonly plus: string;
	readonly alternate: boolean;
	readonly zeroFill: boolean;
	readonly width: number;
	/** -1 when none was given. */
	readonly precision: number;
	/** No flag, width or precision. */
	readonly isPlain: boolean;
}

/** Literal texts and conversions in turn: texts[0], conversions[0], texts[1] ... */
interface FormatParts {
	readonly texts: readonly string[];
	readonly conversions: readonly Conversion[];
}

const FLAGS = "-+ #0";
const TYPES = "cdiouxXeEfgGqs";

function readFormat(format: string): FormatParts {
	const texts: string[] = [];
	const conversions: Conversion[] = [];
	let text = "";
	let at = 0;
	for (;;) {
		const mark = format.indexOf("%", at);
		if (mark < 0) break;
		text += format.slice(at, mark);
		at = mark + 1;
		if (format.charAt(at) === "%") {
			text += "%";
			at++;
			continue;
		}
		const conversion = readConversion(format, at);
		texts.push(text);
		text = "";
		conversions.push(conversion.conversion);
		at = conversion.end;
		if (conversion.conversion.type === "") break;
	}
	texts.push(text + format.slice(at));
	return { texts, conversions };
}

function isDigit(format: string, at: number): boolean {
	const code = format.charCodeAt(at);
	return code >= 48 && code <= 57;
}

function readConversion(format: string, start: number): { conversion: Conversion; end: number } {
	let at = start;
	while (at < format.length && FLAGS.includes(format.charAt(at))) at++;
	const flags = format.slice(start, at);
	const widthAt = at;
	if (isDigit(format, at)) at++;
	if (isDigit(format, at)) at++;
	const width = Number(format.slice(widthAt, at));
	let precision = -1;
	if (format.charAt(at) === ".") {
		const precisionAt = ++at;
		if (isDigit(format, at)) at++;
		if (isDigit(format, at)) at++;
		precision = Number(format.slice(precisionAt, at));
	}
	const type = format.charAt(at);
	let error = "";
	if (flags.length > FLAGS.length) error = "invalid format (repeated flags)";
	else if (isDigit(format, at)) error = "invalid format (width or precision too long)";
	else if (type === "" || !TYPES.includes(type)) {
		// C's "%c" of a zero byte prints nothing here.
		error = `invalid option '%${type === "\0" ? "" : type}' to 'format'`;
	}
	const conversion: Conversion = {
		type: error === "" ? type : "",
		error,
		leftAlign: flags.includes("-"),
		plus: flags.includes("+") ? "+" : flags.includes(" ") ? " " : "",
		alternate: flags.includes("#"),
		zeroFill: flags.includes("0"),
		width,
		precision,
		isPlain: at === start,
	};
	return { conversion, end: at + 1 };
}

const formats = new TextCache(readFormat);

// -- Filling in -------------------------------------------------------------------

/** `string.format(format, ...)`; `values[0]` is the format itself (argument 1). */
export function formatValues(format: string, values: ArrayLike<LuaValue>): string {
	const { texts, conversions } = formats.get(format);
	let result = texts[0]!;
	const given = values.length;
	for (let index = 0; index < conversions.length; index++) {
		const conversion = conversions[index]!;
		const position = index + 2;
		if (position > given) throw argumentError(position, "no value");
		const value = values[position - 1];
		// The two that are most of all.
		if (conversion.isPlain && conversion.type === "s" && typeof value === "string") {
			result += untilZero(value) + texts[index + 1]!;
		} else if (
			conversion.isPlain &&
			conversion.type === "d" &&
			typeof value === "number" &&
			(value | 0) === value
		) {
			result += (value | 0) + texts[index + 1]!;
		} else result += convert(conversion, value, position, given) + texts[index + 1]!;
	}
	return result;
}

function convert(conversion: Conversion, value: LuaValue, position: number, given: number): string {
	switch (conversion.type) {
		case "s":
			return formatString(conversion, checkString(value, position, given));
		case "d":
		case "i":
			return formatSigned(conversion, checkNumber(value, position, given));
		case "o":
		case "u":
		case "x":
		case "X":
			return formatUnsigned(conversion, checkNumber(value, position, given));
		case "c":
			return formatCharacter(conversion, checkNumber(value, position, given));
		case "q":
			return quote(checkString(value, position, given));
		case "":
			throw builtinError(conversion.error);
		default:
			return formatReal(conversion, checkNumber(value, position, given));
	}
}

/** V8 copies the parts of shorter strings. */
const SHORT_STRING = 13;

/** Spaces up to the width. */
function pad(conversion: Conversion, text: string): string {
	const { width } = conversion;
	if (text.length >= width) return text;
	return compact(conversion.leftAlign ? text.padEnd(width) : text.padStart(width));
}

/** V8 makes padding of a tree of references, of three times a string's size; looking inside makes it one string. */
function compact(text: string): string {
	return text.length >= SHORT_STRING ? flat(text) : text;
}

/** A number's sign or prefix and its digits, with zeros between them or spaces outside. */
function padNumber(conversion: Conversion, sign: string, digits: string, mayZeroFill: boolean): string {
	const { width, leftAlign, zeroFill } = conversion;
	if (zeroFill && mayZeroFill && !leftAlign) {
		return compact(sign + digits.padStart(width - sign.length, "0"));
	}
	return pad(conversion, sign + digits);
}

// -- Texts --------------------------------------------------------------------------

function untilZero(text: string): string {
	// Long ones are not handed to C's sprintf.
	if (text.length >= 100) return text;
	return cString(text);
}

function formatString(conversion: Conversion, text: string): string {
	const { precision } = conversion;
	if (precision < 0 && text.length >= 100) return text;
	const shown = cString(text);
	return pad(conversion, precision < 0 ? shown : shown.slice(0, precision));
}

function formatCharacter(conversion: Conversion, number: number): string {
	// The cast to int of what does not fit is the smallest int, whose low byte is zero.
	const whole = Math.trunc(number);
	const code = whole >= -0x80000000 && whole <= 0x7fffffff ? whole & 255 : 0;
	const text = pad(conversion, String.fromCharCode(code));
	// The length is taken by C's strlen.
	return code === 0 ? text.slice(0, text.indexOf("\0")) : text;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What %q writes for a character, by its code. */
const ESCAPES: ReadonlyMap<number, string> = new Map([
	[QUOTE, '\\"'],
	[BACKSLASH, "\\\\"],
	[0x0a, "\\\n"],
	[0x0d, "\\r"],
	[0x00, "\\000"],
]);

function quote(text: string): string {
	let quoted = '"';
	let copied = 0;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		// The other three come before the quote.
		if (code > QUOTE && code !== BACKSLASH) continue;
		const written = ESCAPES.get(code);
		if (written === undefined) continue;
		quoted += text.slice(copied, at) + written;
		copied = at + 1;
	}
	return `${quoted}${copied === 0 ? text : text.slice(copied)}"`;
}

// -- Whole numbers --------------------------------------------------------------------

const TWO_63 = 0x8000000000000000;

/** %d: the double is cast to a 64 bit integer, the smallest one if it does not fit. */
function formatSigned(conversion: Conversion, number: number): string {
	const whole = Math.trunc(number);
	if (!(Math.abs(whole) < TWO_63)) return formatWhole(conversion, "-", "9223372036854775808");
	const size = Math.abs(whole);
	const digits = size > Number.MAX_SAFE_INTEGER ? BigInt(size).toString() : `${size}`;
	return formatWhole(conversion, whole < 0 ? "-" : conversion.plus, digits);
}

/** %o %u %x: cast to an unsigned 64 bit integer as x86-64 compilers do it. */
function formatUnsigned(conversion: Conversion, number: number): string {
	const { type } = conversion;
	const base = type === "u" ? 10 : type === "o" ? 8 : 16;
	const whole = Math.trunc(number);
	let digits: string;
	if (whole >= 0 && whole <= Number.MAX_SAFE_INTEGER) digits = whole.toString(base);
	else digits = castUnsigned(whole).toString(base);
	if (type === "X") digits = digits.toUpperCase();
	let sign = "";
	if (conversion.alternate && digits !== "0") {
		if (base === 16) sign = `0${type}`;
		else if (base === 8 && conversion.precision <= digits.length) digits = `0${digits}`;
	}
	return formatWhole(conversion, sign, digits);
}

function castUnsigned(whole: number): bigint {
	if (whole >= TWO_63) {
		// The upper half is cast with 2^63 taken off and put back.
		return whole < 2 * TWO_63 ? BigInt(whole) : 0n;
	}
	return whole >= -TWO_63 ? BigInt.asUintN(64, BigInt(whole)) : BigInt(TWO_63);
}

function formatWhole(conversion: Conversion, sign: string, digits: string): string {
	const { precision } = conversion;
	if (precision < 0) return padNumber(conversion, sign, digits, true);
	// A precision is a least number of digits, of which zero has none, and turns zero filling off.
	let shown = digits === "0" ? "" : digits.padStart(precision, "0");
	if (shown === "")
		shown = "0".repeat(conversion.alternate && conversion.type === "o" ? Math.max(precision, 1) : precision);
	return padNumber(conversion, sign, shown, false);
}

// -- Real numbers -----------------------------------------------------------------------

function formatReal(conversion: Conversion, number: number): string {
	const { type, precision, alternate, plus } = conversion;
	if (!Number.isFinite(number)) {
		let name = "inf";
		let isNegative = number < 0;
		if (Number.isNaN(number)) {
			name = "nan";
			isNegative = !isPositiveNaN(number);
		}
		if (type === "E" || type === "G") name = name.toUpperCase();
		return padNumber(conversion, isNegative ? "-" : plus, name, false);
	}
	if (type === "g" && precision === 14 && conversion.width === 0 && plus === "" && !alternate)
		return formatNumber(number);
	const isNegative = number < 0 || Object.is(number, -0);
	const digits = formatFloat(Math.abs(number), type, precision < 0 ? 6 : precision, alternate);
	return padNumber(conversion, isNegative ? "-" : plus, digits, true);
}
