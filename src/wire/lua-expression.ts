/**
 * The host's message bodies: a Lua expression. PHP sends a small part of that language only
 * (LuaStandaloneInterpreter::encodeLuaVar), and that part is read here in one pass without any
 * evaluation: `{[key]=value,...}`, strings, numbers, `(0/0) (1/0) (-1/0)`, `true false nil`,
 * `chunks[n]`. For every other text the answer is UNSUPPORTED, and the caller gives it to a real
 * Lua compiler, which also decides whether it is well-formed.
 *
 * Texts are latin1: one character per byte.
 *
 * One quirk of the native reader is kept, because it can be seen: Lua 5.1 stores equal constants of
 * a chunk once, and 0 equals -0, so that all zeros of a message have the sign of the first one.
 */

export const UNSUPPORTED = Symbol("UNSUPPORTED");

/** Makes the reader's own values; strings, numbers, booleans and nil (undefined) are JavaScript's. */
export interface ExpressionBuilder<Made> {
	/** A table from keys and values in turns, `pairs[start]` and on; no key is nil or NaN. */
	table(pairs: readonly (Made | Primitive)[], start: number): Made;
	/** The function with this id, undefined when there is none. */
	chunk(id: number): Made | undefined;
}

/** What makes the values of a whole message. */
export interface MessageBuilder<Made> extends ExpressionBuilder<Made> {
	/** As `table`, where the keys are 1, 2 and so on, no value is nil, and the values are all that a program gets to see. */
	list: ListMaker<Made>;
}

type ListMaker<Made> = (pairs: readonly (Made | Primitive)[], start: number) => Made;

export type Primitive = undefined | boolean | number | string;

/** Fields of messages whose tables are unpacked. */
const LISTS: ReadonlySet<string> = new Set(["args", "values"]);

/** Deeper nesting goes to the compiler, whose own limit is 200 levels. */
const MAX_DEPTH = 200;

/**
 * A slice keeps the whole text alive in V8. From this text length on, slices that are much
 * shorter than the text are copied.
 */
const COPY_FROM_TEXT_LENGTH = 8192;
const NEVER_SLICED_LENGTH = 13;

// -- Reading ------------------------------------------------------------------

export function readLuaExpression<Made>(
	text: string,
	builder: ExpressionBuilder<Made>,
): Made | Primitive | typeof UNSUPPORTED {
	return readWhole(text, builder, (reader) => reader.value(0));
}

/** The fields of a message, names and values in turns. Where a name occurs twice, the last one counts. */
export function readLuaMessage<Made>(
	text: string,
	builder: MessageBuilder<Made>,
): readonly (Made | Primitive)[] | typeof UNSUPPORTED {
	return readWhole(text, builder, (reader) => reader.fields(builder.list));
}

function readWhole<Made, Result>(
	text: string,
	builder: ExpressionBuilder<Made>,
	read: (reader: ExpressionReader<Made>) => Result,
): Result | typeof UNSUPPORTED {
	// PHP escapes both, so that a line end is either formatting by someone else or a malformed string.
	if (text.includes("\n") || text.includes("\r")) return UNSUPPORTED;
	const reader = new ExpressionReader(text, builder);
	try {
		const result = read(reader);
		return reader.isAtEnd ? result : UNSUPPORTED;
	} catch (error) {
		if (error === UNSUPPORTED) return UNSUPPORTED;
		throw error;
	}
}

const QUOTE = 0x22;
const PAREN = 0x28;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const EQUALS = 0x3d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const LETTER_C = 0x63;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

const NUMBER = /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
/** Numbers of at most this many digits are exact when they are added up digit by digit. */
const EXACT_DIGITS = 15;

class ExpressionReader<Made> {
	#position = 0;
	readonly #text: string;
	readonly #builder: ExpressionBuilder<Made>;
	/** Keys and values of the tables that are open, innermost last. */
	readonly #pairs: (Made | Primitive)[] = [];
	/** The next backslash at or after the last string's start; a text without any is scanned once. */
	#backslash = -1;
	#zero: number | undefined;

	constructor(text: string, builder: ExpressionBuilder<Made>) {
		this.#text = text;
		this.#builder = builder;
	}

	get isAtEnd(): boolean {
		return this.#position === this.#text.length;
	}

	value(depth: number): Made | Primitive {
		const code = this.#text.charCodeAt(this.#position);
		switch (code) {
			case QUOTE:
				return this.#string();
			case BRACE:
				return this.#table(depth);
			case PAREN:
				return this.#special();
			case LETTER_T:
				this.#expect("true");
				return true;
			case LETTER_F:
				this.#expect("false");
				return false;
			case LETTER_N:
				this.#expect("nil");
				return undefined;
			case LETTER_C:
				return this.#chunk();
			default:
				return this.#number(code);
		}
	}

	fields(list: ListMaker<Made>): (Made | Primitive)[] {
		const fields: (Made | Primitive)[] = [];
		this.#skip(BRACE);
		let code = COMMA;
		while (code !== BRACE_END) {
			const name = this.#key(0);
			if (typeof name !== "string") throw UNSUPPORTED;
			const isTable = this.#text.charCodeAt(this.#position) === BRACE;
			fields.push(name, isTable && LISTS.has(name) ? this.#list(list) : this.value(1));
			code = this.#afterValue();
		}
		return fields;
	}

	#table(depth: number): Made {
		const pairs = this.#pairs;
		const start = pairs.length;
		this.#entries(depth);
		const made = this.#builder.table(pairs, start);
		pairs.length = start;
		return made;
	}

	/** A table in a message, as a list if it is one. */
	#list(list: ListMaker<Made>): Made {
		const pairs = this.#pairs;
		this.#entries(1);
		const made = isList(pairs) ? list(pairs, 0) : this.#builder.table(pairs, 0);
		pairs.length = 0;
		return made;
	}

	/** Reads a table's keys and values to the end of `#pairs`. */
	#entries(depth: number): void {
		if (depth >= MAX_DEPTH) throw UNSUPPORTED;
		this.#position++;
		let code = this.#text.charCodeAt(this.#position);
		if (code === BRACE_END) this.#position++;
		while (code !== BRACE_END) {
			const key = this.#key(depth);
			const value = this.value(depth + 1);
			// A run-time error in the native reader; the compiler's way leads to the same end.
			if (key === undefined || Number.isNaN(key)) throw UNSUPPORTED;
			this.#pairs.push(key, value);
			code = this.#afterValue();
		}
	}

	/** `[key]=` */
	#key(depth: number): Made | Primitive {
		this.#skip(BRACKET);
		const key = this.value(depth + 1);
		this.#skip(BRACKET_END);
		this.#skip(EQUALS);
		return key;
	}

	/** The comma or the brace behind a value. */
	#afterValue(): number {
		const code = this.#text.charCodeAt(this.#position++);
		if (code !== COMMA && code !== BRACE_END) throw UNSUPPORTED;
		return code;
	}

	#string(): string {
		const text = this.#text;
		const start = this.#position + 1;
		const end = text.indexOf('"', start);
		if (end < 0) throw UNSUPPORTED;
		if (this.#backslash < start) {
			const found = text.indexOf("\\", start);
			this.#backslash = found < 0 ? Number.POSITIVE_INFINITY : found;
		}
		if (this.#backslash > end) {
			this.#position = end + 1;
			return this.#slice(start, end);
		}
		return this.#escapedString(start);
	}

	/** A string with escapes. */
	#escapedString(start: number): string {
		const text = this.#text;
		let end = text.indexOf('"', start);
		// A quote is the end unless an odd number of backslashes stands before it.
		while (isEscaped(text, start, end)) end = text.indexOf('"', end + 1);
		if (end < 0) throw UNSUPPORTED;
		this.#position = end + 1;
		const usual = unescapeUsual(text.slice(start - 1, end + 1));
		if (usual !== undefined) return usual;
		const bytes = Buffer.allocUnsafeSlow(end - start);
		const length = unescapeInto(bytes, text, start, end);
		return bytes.toString("latin1", 0, length);
	}

	#slice(start: number, end: number): string {
		const length = end - start;
		const part = this.#text.slice(start, end);
		if (length < NEVER_SLICED_LENGTH) return part;
		const whole = this.#text.length;
		if (whole < COPY_FROM_TEXT_LENGTH || length * 4 > whole) return part;
		return Buffer.from(part, "latin1").toString("latin1");
	}

	#number(first: number): number {
		const text = this.#text;
		const isNegative = first === MINUS;
		const start = isNegative ? this.#position + 1 : this.#position;
		let position = start;
		let value = 0;
		let code = text.charCodeAt(position);
		while (code >= DIGIT_0 && code <= DIGIT_9) {
			value = value * 10 + (code - DIGIT_0);
			code = text.charCodeAt(++position);
		}
		if (position === start) throw UNSUPPORTED;
		if (position - start > EXACT_DIGITS || code === DOT || code === 0x65 || code === 0x45) {
			NUMBER.lastIndex = start;
			const match = NUMBER.exec(text);
			if (match === null) throw UNSUPPORTED;
			position = NUMBER.lastIndex;
			value = Number(match[0]);
		}
		this.#position = position;
		if (value === 0) return this.#signOfZero(isNegative ? -0 : 0);
		return isNegative ? -value : value;
	}

	/** `(0/0)`, `(1/0)`, `(-1/0)`. */
	#special(): number {
		const numerator = this.#text.startsWith("(0/0)", this.#position)
			? 0
			: this.#text.startsWith("(1/0)", this.#position)
				? 1
				: -1;
		this.#expect(`(${numerator}/0)`);
		return numerator / this.#signOfZero(0);
	}

	#signOfZero(zero: number): number {
		this.#zero ??= zero;
		return this.#zero;
	}

	#chunk(): Made | undefined {
		this.#expect("chunks[");
		const id = this.#number(this.#text.charCodeAt(this.#position));
		this.#skip(BRACKET_END);
		return this.#builder.chunk(id);
	}

	#skip(code: number): void {
		if (this.#text.charCodeAt(this.#position) !== code) throw UNSUPPORTED;
		this.#position++;
	}

	#expect(word: string): void {
		if (!this.#text.startsWith(word, this.#position)) throw UNSUPPORTED;
		this.#position += word.length;
	}
}

/** Are the keys 1, 2 and so on, and is no value nil? */
function isList(pairs: readonly unknown[]): boolean {
	for (let i = 0; i < pairs.length; i += 2) {
		if (pairs[i] !== i / 2 + 1 || pairs[i + 1] === undefined) return false;
	}
	return true;
}

function isEscaped(text: string, start: number, end: number): boolean {
	if (end < 0) return false;
	let backslashes = 0;
	while (end - backslashes > start && text.charCodeAt(end - backslashes - 1) === 0x5c) backslashes++;
	return backslashes % 2 === 1;
}

const ESCAPED = new Map<string, number>([
	["a", 7],
	["b", 8],
	["f", 12],
	["n", 10],
	["r", 13],
	["t", 9],
	["v", 11],
]);

/**
 * A string in quotes whose escapes mean in JSON what they mean in Lua: all of PHP's (`\n \r \" \\`) but `\000`. V8 reads
 * it in a tenth of the time that our own code takes. Undefined where JSON could say something else, or nothing.
 */
function unescapeUsual(quoted: string): string | undefined {
	if (quoted.includes("\\u")) return undefined;
	let json = quoted;
	// Of what JSON does not allow as it is, tabs are what texts and modules have.
	if (quoted.includes("\t")) {
		if (quoted.includes("\\\t")) return undefined;
		json = quoted.split("\t").join("\\t");
	}
	try {
		return JSON.parse(json) as string;
	} catch {
		return undefined;
	}
}

/** Lua 5.1 §2.1: `\n` and the like, `\ddd` with up to three digits, any other character as itself. */
function unescapeInto(bytes: Buffer, text: string, start: number, end: number): number {
	let length = 0;
	let position = start;
	while (position < end) {
		const code = text.charCodeAt(position++);
		if (code !== 0x5c) {
			bytes[length++] = code;
			continue;
		}
		const escaped = text.charCodeAt(position);
		if (escaped >= DIGIT_0 && escaped <= DIGIT_9) {
			let value = 0;
			for (let digits = 0; digits < 3 && position < end; digits++) {
				const digit = text.charCodeAt(position) - DIGIT_0;
				if (digit < 0 || digit > 9) break;
				value = value * 10 + digit;
				position++;
			}
			// "escape sequence too large": a syntax error for the compiler to find.
			if (value > 255) throw UNSUPPORTED;
			bytes[length++] = value;
		} else {
			position++;
			bytes[length++] = ESCAPED.get(String.fromCharCode(escaped)) ?? escaped;
		}
	}
	return length;
}

// -- Writing ------------------------------------------------------------------

/** What the writer takes apart; `Made` values answer through a visitor. */
export interface ExpressionSource<Made> {
	/** Calls `entry` for each key and value of a table-like value, or gives the id of a function. */
	visit(value: Made, entry: (key: Made | Primitive, value: Made | Primitive) => void): number | undefined;
}

/** How much of a string is escaped at a time. */
const ESCAPED_LENGTH = 1024 * 1024;

/** PHP's own depth limit. */
const MAX_WRITTEN_DEPTH = 100;

/** The text that PHP sends for a value, except that doubles are written the shorter JavaScript way. */
export function writeLuaExpression<Made>(value: Made | Primitive, source: ExpressionSource<Made>): string {
	const pieces: string[] = [];
	writeValue(pieces, value, source, 0);
	return pieces.join("");
}

function writeValue<Made>(
	pieces: string[],
	value: Made | Primitive,
	source: ExpressionSource<Made>,
	depth: number,
): void {
	if (depth > MAX_WRITTEN_DEPTH) throw new RangeError(`tables nested deeper than ${MAX_WRITTEN_DEPTH}`);
	switch (typeof value) {
		case "undefined":
			pieces.push("nil");
			return;
		case "boolean":
			pieces.push(value ? "true" : "false");
			return;
		case "number":
			pieces.push(writeNumber(value));
			return;
		case "string":
			pieces.push('"');
			// V8 gives up on one replacement with some ten million matches.
			for (let at = 0; at < value.length; at += ESCAPED_LENGTH) {
				pieces.push(value.slice(at, at + ESCAPED_LENGTH).replace(/["\\\n\r\0]/g, writeEscape));
			}
			pieces.push('"');
			return;
		default: {
			const braceAt = pieces.length;
			pieces.push("{");
			const id = source.visit(value, (key, element) => {
				pieces.push(pieces.length === braceAt + 1 ? "[" : ",[");
				writeValue(pieces, key, source, depth + 1);
				pieces.push("]=");
				writeValue(pieces, element, source, depth + 1);
			});
			if (id === undefined) pieces.push("}");
			else pieces[braceAt] = `chunks[${id}]`;
		}
	}
}

function writeEscape(character: string): string {
	switch (character) {
		case "\n":
			return "\\n";
		case "\r":
			return "\\r";
		case "\0":
			return "\\000";
		default:
			return `\\${character}`;
	}
}

function writeNumber(value: number): string {
	if (Number.isNaN(value)) return "(0/0)";
	if (value === Number.POSITIVE_INFINITY) return "(1/0)";
	if (value === Number.NEGATIVE_INFINITY) return "(-1/0)";
	return Object.is(value, -0) ? "-0" : String(value);
}
