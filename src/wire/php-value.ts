/**
 * The peer's message bodies: PHP's serialize() format, with `\`, CR and LF escaped by a backslash
 * after the lengths were counted (so a string's length is that of its plain bytes). The writer
 * joins short texts and fills a growing buffer with them, which starts with room for the frame's header:
 * the whole frame is one piece and leaves in one write.
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

/** Text of this length goes into the buffer: many short pieces that wait take more memory than their bytes. */
const WAITING_LENGTH = 16 * 1024;

/** From this length on a string is escaped in the buffer, without a copy. */
const LONG_STRING = 4096;

const BACKSLASH = 0x5c;
const CR = 0x0d;
const LF = 0x0a;
const DIGIT_0 = 0x30;

export class PhpWriter {
	#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE);
	#length = HEADER_LENGTH;
	/** What is to follow the bytes: V8 joins texts faster than any loop over characters, most of all in code that is new to it. */
	#text = "";
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
		this.#text = "";
		if (this.#bytes.length > INITIAL_SIZE * 16) this.#bytes = Buffer.allocUnsafeSlow(INITIAL_SIZE);
	}

	/** The whole frame, header included: a view that the next `reset` invalidates. */
	frame(): Buffer {
		this.#flush();
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
		if (Number.isInteger(value) && value >= -valueMax && value < valueMax)
			this.raw(`i:${integerText(value)};`);
		else this.raw(`d:${formatDouble(value)};`);
	}

	/** A string of one character per byte. */
	string(value: string): void {
		const { length } = value;
		if (length < LONG_STRING) {
			this.raw(`s:${length}:"${hasEscapes(value) ? value.replace(ESCAPED, escapeOf) : value}";`);
			return;
		}
		this.#text += `s:${length}:"`;
		this.#flush();
		this.#escapedInPlace(value);
		this.#text = '";';
	}

	functionObject(id: number): void {
		this.raw(`${this.#functionPrefix}${id};}`);
	}

	// -- Arrays -------------------------------------------------------------------

	/** Starts an array. The result is the mark that `endArray` wants, where the count stands in the frame. */
	beginArray(expected: number): number {
		this.#text += "a:";
		const mark = this.#length + this.#text.length;
		this.raw(`${expected}:{`);
		return mark;
	}

	/** Ends it; only now the count is known for sure. */
	endArray(mark: number, expected: number, count: number): void {
		this.raw("}");
		if (count !== expected) this.#replace(mark, String(expected), String(count));
	}

	/** A key that is an integral number: only those may be PHP integers. */
	integerKey(key: number): void {
		this.raw(`i:${integerText(key)};`);
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

	/** Text of our own that needs no escape. */
	raw(text: string): void {
		this.#text += text;
		if (this.#text.length > WAITING_LENGTH) this.#flush();
	}

	/** Puts a text in the place of another one. */
	#replace(at: number, old: string, text: string): void {
		this.#flush();
		this.#ensure(text.length);
		this.#bytes.copyWithin(at + text.length, at + old.length, this.#length);
		this.#bytes.write(text, at, "latin1");
		this.#length += text.length - old.length;
	}

	#flush(): void {
		const text = this.#text;
		this.#ensure(text.length);
		this.#length += this.#bytes.write(text, this.#length, "latin1");
		this.#text = "";
	}

	/** Writes the plain bytes, then moves them apart from the end on: no copy, whatever the length. */
	#escapedInPlace(value: string): void {
		const start = this.#length;
		this.#ensure(value.length);
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

const ESCAPED = /[\\\r\n]/g;

function hasEscapes(value: string): boolean {
	return value.includes("\\") || value.includes("\n") || value.includes("\r");
}

function escapeOf(character: string): string {
	return character === "\n" ? "\\n" : character === "\r" ? "\\r" : "\\\\";
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
