/**
 * The peer's message bodies: PHP's serialize() format, with `\`, CR and LF escaped by a backslash
 * after the lengths were counted (so a string's length is that of its plain bytes). The writer
 * fills a growing buffer that starts with room for the frame's header: the whole frame is one piece
 * and leaves in one write.
 */
import { encodeHeader, HEADER_LENGTH } from "./frame.ts";

/** What depends on PHP's integer size. */
export interface IntegerRange {
	/** Integral numbers in [-valueMax, valueMax) are written as integers. */
	readonly valueMax: number;
	/** The same for array keys. */
	readonly keyMax: number;
}

/** Lua holds integers exactly up to 2^53 only, so that greater ones may as well be doubles. */
export const INTEGER_RANGES: Readonly<Record<4 | 8, IntegerRange>> = {
	4: { valueMax: 2 ** 31, keyMax: 2 ** 31 },
	8: { valueMax: 2 ** 53, keyMax: 2 ** 63 },
};

const INITIAL_SIZE = 64 * 1024;

/** Below this length a loop beats the call into the runtime. */
const LOOP_LENGTH = 24;

const BACKSLASH = 0x5c;
const CR = 0x0d;
const LF = 0x0a;
const DIGIT_0 = 0x30;

export class PhpWriter {
	#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE);
	#length = HEADER_LENGTH;
	readonly #range: IntegerRange;
	readonly #functionPrefix: string;

	/** `functionClass` is the PHP class of function objects, `interpreterId` the text they carry. */
	constructor(range: IntegerRange, functionClass: string, interpreterId: string) {
		this.#range = range;
		const name = functionClass.replaceAll("\\", "\\\\");
		this.#functionPrefix =
			`O:${functionClass.length}:"${name}":2:` + `{s:13:"interpreterId";i:${interpreterId};s:2:"id";i:`;
	}

	/** Starts a message. A writer that has sent a large one gives its memory back. */
	reset(): void {
		this.#length = HEADER_LENGTH;
		if (this.#bytes.length > INITIAL_SIZE * 16) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE);
	}

	/** The whole frame, header included: a view that the next `reset` invalidates. */
	frame(): Buffer {
		this.#bytes.write(encodeHeader(this.#length - HEADER_LENGTH), 0, "latin1");
		return this.#bytes.subarray(0, this.#length);
	}

	// -- Values -------------------------------------------------------------------

	nil(): void {
		this.raw("N;");
	}

	boolean(value: boolean): void {
		this.raw(value ? "b:1;" : "b:0;");
	}

	number(value: number): void {
		const { valueMax } = this.#range;
		if (Number.isInteger(value) && value >= -valueMax && value < valueMax) {
			this.raw("i:");
			this.#digits(value);
			this.raw(";");
		} else this.raw(`d:${formatDouble(value)};`);
	}

	/** A string of one character per byte. */
	string(value: string): void {
		this.raw("s:");
		this.#digits(value.length);
		this.raw(':"');
		this.#escaped(value);
		this.raw('";');
	}

	functionObject(id: number): void {
		this.raw(this.#functionPrefix);
		this.#digits(id);
		this.raw(";}");
	}

	// -- Arrays -------------------------------------------------------------------

	/**
	 * Starts an array of about `expected` elements. The count is written last, because only then it is
	 * known; the result is the mark that `endArray` wants.
	 */
	beginArray(expected: number): ArrayMark {
		this.raw("a:");
		const at = this.#length;
		this.#digits(expected);
		const mark = { at, end: this.#length };
		this.raw(":{");
		return mark;
	}

	endArray(mark: ArrayMark, count: number): void {
		const digits = String(count);
		const grown = digits.length - (mark.end - mark.at);
		if (grown !== 0) {
			this.#ensure(Math.max(grown, 0));
			this.#bytes.copyWithin(mark.end + grown, mark.end, this.#length);
			this.#length += grown;
		}
		this.#bytes.write(digits, mark.at, "latin1");
		this.raw("}");
	}

	/** A key that is an integral number: only those may be PHP integers. */
	integerKey(key: number): void {
		this.raw("i:");
		this.#digits(key);
		this.raw(";");
	}

	/** A text key. PHP itself would turn an integer-like one into an integer, so it is sent as one. */
	textKey(key: string): void {
		if (isIntegerText(key, this.#range.keyMax)) this.raw(`i:${key};`);
		else this.string(key);
	}

	isIntegerKey(key: number): boolean {
		const { keyMax } = this.#range;
		return Number.isInteger(key) && key >= -keyMax && key < keyMax;
	}

	// -- Bytes --------------------------------------------------------------------

	/** ASCII text of our own that needs no escape. */
	raw(text: string): void {
		const length = text.length;
		this.#ensure(length);
		if (length < LOOP_LENGTH) {
			const bytes = this.#bytes;
			let at = this.#length;
			for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
			this.#length = at;
		} else this.#length += this.#bytes.write(text, this.#length, "latin1");
	}

	#digits(value: number): void {
		if (value >= 0 && value < 10) {
			this.#ensure(1);
			this.#bytes[this.#length++] = DIGIT_0 + value;
		} else this.raw(integerText(value));
	}

	#escaped(value: string): void {
		const length = value.length;
		this.#ensure(length);
		if (length < LOOP_LENGTH) {
			const bytes = this.#bytes;
			let at = this.#length;
			for (let i = 0; i < length; i++) {
				const code = value.charCodeAt(i);
				if (code === LF || code === CR || code === BACKSLASH) {
					this.#escapedInPlace(value);
					return;
				}
				bytes[at++] = code;
			}
			this.#length = at;
		} else this.#escapedInPlace(value);
	}

	/** Writes the plain bytes, then moves them apart from the end on: no copy, whatever the length. */
	#escapedInPlace(value: string): void {
		const start = this.#length;
		const plainEnd = start + this.#bytes.write(value, start, "latin1");
		const escapes = countEscapes(this.#bytes, start, plainEnd);
		this.#length = plainEnd;
		if (escapes === 0) return;
		this.#ensure(escapes);
		const bytes = this.#bytes;
		let to = plainEnd + escapes;
		this.#length = to;
		for (let from = plainEnd - 1; to > from + 1; from--) {
			const byte = bytes[from]!;
			if (byte === LF || byte === CR || byte === BACKSLASH) {
				bytes[--to] = byte === LF ? 0x6e : byte === CR ? 0x72 : BACKSLASH;
				bytes[--to] = BACKSLASH;
			} else bytes[--to] = byte;
		}
	}

	#ensure(more: number): void {
		const needed = this.#length + more;
		if (needed <= this.#bytes.length) return;
		const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
		this.#bytes.copy(grown, 0, 0, this.#length);
		this.#bytes = grown;
	}
}

/** Where an array's count stands in the buffer. */
export interface ArrayMark {
	readonly at: number;
	readonly end: number;
}

function countEscapes(bytes: Buffer, start: number, end: number): number {
	let count = 0;
	for (let i = start; i < end; i++) {
		const byte = bytes[i]!;
		if (byte === LF || byte === CR || byte === BACKSLASH) count++;
	}
	return count;
}

// -- Numbers ------------------------------------------------------------------

/** All digits of an integral number, where JavaScript would round them from 2^53 on. */
export function integerText(value: number): string {
	return Number.isSafeInteger(value) ? (value === 0 ? "0" : String(value)) : BigInt(value).toString();
}

const MIN_INTEGER = -(2 ** 63);

/** Does PHP read this string key as an integer? */
export function isIntegerText(key: string, keyMax: number): boolean {
	const first = key.charCodeAt(0);
	// "-" or a digit: nearly all keys end here.
	if (!(first === 0x2d || (first >= DIGIT_0 && first <= 0x39))) return false;
	if (key !== "0" && !/^-?[1-9][0-9]*$/.test(key)) return false;
	const value = Number(key);
	// Texts below the smallest integer are rounded to it.
	if (value === MIN_INTEGER && key !== "-9223372036854775808") return false;
	return value >= -keyMax && value < keyMax;
}

const SIGNIFICANT_DIGITS = 17;
/** Enough digits to see whether the digits after the 17th are exactly a half. */
const TIE_DIGITS = 100;

/** C's `%.17g`, and PHP's words for the values that are no number. */
export function formatDouble(value: number): string {
	if (Number.isNaN(value)) return "NAN";
	if (value === Number.POSITIVE_INFINITY) return "INF";
	if (value === Number.NEGATIVE_INFINITY) return "-INF";
	const sign = value < 0 ? "-" : "";
	const { digits, exponent } = roundedDigits(Math.abs(value));
	const significant = digits.replace(/0+$/, "");
	if (exponent < -4 || exponent >= SIGNIFICANT_DIGITS) {
		const mantissa = significant.length > 1 ? `${significant[0]}.${significant.slice(1)}` : significant;
		const power = String(Math.abs(exponent)).padStart(2, "0");
		return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${power}`;
	}
	if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${significant}`;
	const whole = digits.slice(0, exponent + 1);
	const fraction = significant.slice(exponent + 1);
	return fraction === "" ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** 17 significant digits as C rounds them: half to even where JavaScript rounds half up. */
function roundedDigits(value: number): { digits: string; exponent: number } {
	const text = value.toExponential(SIGNIFICANT_DIGITS - 1);
	const exponent = Number(text.slice(text.indexOf("e") + 1));
	const digits = text[0] + text.slice(2, SIGNIFICANT_DIGITS + 1);
	if (Number(digits[SIGNIFICANT_DIGITS - 1]) % 2 === 0) return { digits, exponent };
	const exact = value.toExponential(TIE_DIGITS);
	const rest = exact.slice(SIGNIFICANT_DIGITS + 1, exact.indexOf("e"));
	if (!/^50*$/.test(rest)) return { digits, exponent };
	return { digits: exact[0] + exact.slice(2, SIGNIFICANT_DIGITS + 1), exponent };
}

// -- Reading ------------------------------------------------------------------

/** How much of a body is unescaped at a time: V8 gives up on too many matches in one replacement. */
const UNESCAPED_LENGTH = 1024 * 1024;

/** A message's body, unescaped: what PHP hands to unserialize(). */
export function unescapeBody(body: string): string {
	if (!body.includes("\\")) return body;
	const pieces: string[] = [];
	for (let at = 0; at < body.length; ) {
		let end = Math.min(at + UNESCAPED_LENGTH, body.length);
		if (splitsEscape(body, at, end)) end++;
		pieces.push(
			body
				.slice(at, end)
				.replace(/\\[rn\\]/g, (pair) => (pair === "\\r" ? "\r" : pair === "\\n" ? "\n" : "\\")),
		);
		at = end;
	}
	return pieces.join("");
}

function splitsEscape(body: string, start: number, end: number): boolean {
	let backslashes = 0;
	while (end - backslashes > start && body[end - backslashes - 1] === "\\") backslashes++;
	return backslashes % 2 === 1;
}
