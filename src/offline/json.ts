/**
 * json_encode and json_decode as PHP has them behind MediaWiki's FormatJson: order of keys, floats with a
 * point in full precision, duplicate keys, depth, the errors. Texts are bytes.
 */
import {
	isPhpInteger,
	isUtf8,
	type PhpArray,
	type PhpValue,
	phpKey,
	shortestFloatText,
	toBytes,
	toText,
} from "./php-array.ts";

const MAX_DEPTH = 512;

export type JsonFault = "depth" | "ctrl-char" | "syntax" | "utf8" | "utf16";

/** A text that is no JSON; the name is that of MediaWiki's message. */
export class JsonError extends Error {
	override readonly name = "JsonError";
	readonly fault: JsonFault;

	constructor(fault: JsonFault) {
		super(fault);
		this.fault = fault;
	}
}

// -- Encoding -----------------------------------------------------------------------------------

/** Undefined for what cannot be encoded. */
export function encodeJson(value: PhpValue, isPretty: boolean): string | undefined {
	try {
		return encoded(value, isPretty ? "\n" : undefined, 1);
	} catch (error) {
		if (error instanceof JsonError) return undefined;
		throw error;
	}
}

function encoded(value: PhpValue, lineStart: string | undefined, depth: number): string {
	switch (typeof value) {
		case "undefined":
			return "null";
		case "boolean":
			return String(value);
		case "number":
			return numberJson(value);
		case "string":
			return textJson(value);
		default:
			if (!(value instanceof Map)) throw new JsonError("syntax");
			if (depth > MAX_DEPTH) throw new JsonError("depth");
			return arrayJson(value, lineStart, depth);
	}
}

function arrayJson(array: PhpArray, lineStart: string | undefined, depth: number): string {
	const isList = [...array.keys()].every((key, index) => key === index);
	// FormatJson takes the space out of empty ones, and so does PHP.
	if (array.size === 0) return "[]";
	const inner = lineStart === undefined ? undefined : `${lineStart}    `;
	const entries: string[] = [];
	for (const [key, value] of array) {
		const text = encoded(value, inner, depth + 1);
		const space = inner === undefined ? "" : " ";
		entries.push(isList ? text : `${textJson(String(key))}:${space}${text}`);
	}
	const [open, close] = isList ? "[]" : "{}";
	return `${open}${inner ?? ""}${entries.join(`,${inner ?? ""}`)}${lineStart ?? ""}${close}`;
}

function numberJson(value: number): string {
	if (!Number.isFinite(value)) throw new JsonError("syntax");
	if (isPhpInteger(value)) return Object.is(value, -0) ? "-0.0" : BigInt(value).toString();
	return shortestFloatText(value);
}

function textJson(bytes: string): string {
	if (!isUtf8(bytes)) throw new JsonError("utf8");
	// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes those
	const escaped = toText(bytes).replace(/["\\\0-\x1f\u2028\u2029]/g, escapeOf);
	return `"${toBytes(escaped)}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
	'"': '\\"',
	"\\": "\\\\",
	"\b": "\\b",
	"\f": "\\f",
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
};

function escapeOf(character: string): string {
	return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// -- Decoding --------------------------------------------------------------------------------------

/** The value of a JSON text. `isFixing` takes a comma in front of a closing bracket. Throws JsonError. */
export function decodeJson(bytes: string, isFixing: boolean): PhpValue {
	try {
		return new JsonReader(bytes).whole();
	} catch (error) {
		if (!(error instanceof JsonError) || error.fault !== "syntax" || !isFixing) throw error;
		const fixed = bytes.replace(/,([ \t]*[}\]][^"\r\n]*([\r\n]|$)|[ \t]*[\r\n][ \t\r\n]*[}\]])/g, "$1");
		if (fixed === bytes) throw error;
		try {
			return new JsonReader(fixed).whole();
		} catch {
			throw error; // what is wrong with the text as it was given
		}
	}
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const ESCAPES: Readonly<Record<string, string>> = {
	'"': '"',
	"\\": "\\",
	"/": "/",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
};

class JsonReader {
	readonly #text: string;
	#position = 0;

	constructor(bytes: string) {
		this.#text = bytes;
	}

	whole(): PhpValue {
		const value = this.#value(0);
		this.#space();
		if (this.#position < this.#text.length) this.#unexpected();
		return value;
	}

	#value(depth: number): PhpValue {
		this.#space();
		const character = this.#text[this.#position];
		switch (character) {
			case "{":
			case "[":
				return this.#array(character === "{", depth + 1);
			case '"':
				return this.#string();
			default: {
				for (const [word, value] of WORDS) {
					if (!this.#text.startsWith(word, this.#position)) continue;
					this.#position += word.length;
					return value;
				}
				NUMBER.lastIndex = this.#position;
				const match = NUMBER.exec(this.#text);
				if (match === null) return this.#unexpected();
				this.#position = NUMBER.lastIndex;
				// An integer has no sign of zero.
				return match[1] === undefined && match[2] === undefined ? Number(match[0]) + 0 : Number(match[0]);
			}
		}
	}

	#array(isObject: boolean, depth: number): PhpArray {
		if (depth > MAX_DEPTH) throw new JsonError("depth");
		const close = isObject ? "}" : "]";
		const array: PhpArray = new Map();
		this.#position++;
		this.#space();
		if (this.#text[this.#position] === close) {
			this.#position++;
			return array;
		}
		for (;;) {
			let key: string | number = array.size;
			if (isObject) {
				this.#space();
				if (this.#text[this.#position] !== '"') this.#unexpected();
				key = phpKey(this.#string());
				this.#space();
				if (this.#text[this.#position] !== ":") this.#unexpected();
				this.#position++;
			}
			array.set(key, this.#value(depth));
			this.#space();
			const character = this.#text[this.#position];
			if (character !== close && character !== ",") this.#unexpected();
			this.#position++;
			if (character === close) return array;
		}
	}

	#string(): string {
		let text = "";
		let start = ++this.#position;
		for (; ; this.#position++) {
			const character = this.#text[this.#position];
			if (character === undefined || character < " ") throw new JsonError("ctrl-char");
			if (character !== '"' && character !== "\\") continue;
			const plain = this.#text.slice(start, this.#position);
			if (!isUtf8(plain)) throw new JsonError("utf8");
			text += plain;
			if (character === '"') {
				this.#position++;
				return text;
			}
			text += this.#escape();
			start = this.#position + 1;
		}
	}

	/** From the backslash on; the position is left at the escape's last character. */
	#escape(): string {
		const character = this.#text[++this.#position] ?? "";
		if (character !== "u")
			return Object.hasOwn(ESCAPES, character) ? ESCAPES[character]! : this.#unexpected();
		const code = this.#unit(this.#position + 1);
		this.#position += 4;
		if (code < 0xd800 || code > 0xdfff) return toBytes(String.fromCharCode(code));
		const isPair = code < 0xdc00 && this.#text.startsWith("\\u", this.#position + 1);
		const low = isPair ? this.#unit(this.#position + 3) : 0;
		if (low < 0xdc00 || low > 0xdfff) throw new JsonError("utf16");
		this.#position += 6;
		return toBytes(String.fromCharCode(code, low));
	}

	#unit(at: number): number {
		const digits = this.#text.slice(at, at + 4);
		return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : this.#unexpected();
	}

	#space(): void {
		while (/[ \t\n\r]/.test(this.#text[this.#position] ?? "")) this.#position++;
	}

	/** PHP tells three kinds of wrong characters apart. */
	#unexpected(): never {
		const character = this.#text[this.#position];
		if (character === undefined || (character >= " " && character < "\x80")) throw new JsonError("syntax");
		throw new JsonError(character < " " ? "ctrl-char" : isUtf8(this.#text) ? "syntax" : "utf8");
	}
}

const WORDS: readonly (readonly [string, PhpValue])[] = [
	["true", true],
	["false", false],
	["null", undefined],
];
