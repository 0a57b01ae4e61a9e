// Lua 5.1 tokens from a latin1 JavaScript string. One sticky regular expression per kind
// of token: the whole point of the file is that it never walks character by character.
// Error texts, positions and `near` tokens are native's (Lua 5.1 §2.1).

import { chunkId } from "./chunk-id.ts";
import { LuaError } from "./error.ts";
import { parseNumber } from "./number.ts";
import { cString } from "./value.ts";

// -- Tokens -----------------------------------------------------------------

/** A token's kind: a keyword or symbol is its own text, the rest are these. */
export const T_EOF = "<eof>";
export const T_NAME = "<name>";
export const T_STRING = "<string>";
export const T_NUMBER = "<number>";

const KEYWORDS: ReadonlySet<string> = new Set([
	"and",
	"break",
	"do",
	"else",
	"elseif",
	"end",
	"false",
	"for",
	"function",
	"if",
	"in",
	"local",
	"nil",
	"not",
	"or",
	"repeat",
	"return",
	"then",
	"true",
	"until",
	"while",
]);

/** Native cuts the chunk's name at 80 bytes in syntax errors, at 60 elsewhere. */
const SYNTAX_ERROR_ID_SIZE = 80;

const SPACE = /[ \t\v\f]+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/**
 * What native reads before it asks whether that is a number. It looks for a character in a set with strchr, which
 * finds a zero byte in every set, and asks about the text in front of that byte.
 */
const NUMERAL = /[0-9.]+(?:[Ee\0][+\-\0]?)?[A-Za-z0-9_]*/y;
/** Numerals that JavaScript reads as native does. */
const PLAIN_NUMERAL = /^(?:[0-9]{1,15}|0[xX][0-9A-Fa-f]{1,13})$/;
const SHORT_COMMENT = /[^\r\n]*/y;
const LONG_OPEN = /\[=*\[/y;
/** The same without its second bracket. */
const BAD_LONG_OPEN = /\[=+/y;
const STRING_PLAIN: Readonly<Record<string, RegExp>> = { '"': /[^"\\\r\n]*/y, "'": /[^'\\\r\n]*/y };
const LINE_BREAK = /\r\n|\n\r|\r|\n/g;
const DIGITS = /[0-9]{1,3}/y;

const SIMPLE_NUMBER = "-?(?:0[xX][0-9A-Fa-f]{1,13}|[0-9]{1,15}(?:\\.[0-9]{1,15})?)(?![0-9A-Za-z_.])";
const SIMPLE_STRING = `"[^"\\\\\\r\\n]*"|'[^'\\\\\\r\\n]*'`;
/**
 * A whole item of a constructor, `[1] = "x",` or `name = 5,` or `"x",`, with the separator
 * or up to the closing brace.
 */
const CONSTANT_ITEM = new RegExp(
	`(?:\\[ ?(?:(${SIMPLE_NUMBER})|(${SIMPLE_STRING})) ?\\] *= *|([A-Za-z_][A-Za-z0-9_]*) *= *)?` +
		`(?:(${SIMPLE_NUMBER})|(${SIMPLE_STRING})|(true|false)) *(?:[,;]|(?=[ \\t-\\r]*\\}))`,
	"y",
);
/** The key of an item whose value is a constructor: `[1] = {` or `name = {`. */
const CONSTANT_KEY = new RegExp(`(?:\\[ ?(${SIMPLE_NUMBER}) ?\\]|([A-Za-z_][A-Za-z0-9_]*)) *= *(?=\\{)`, "y");

const ESCAPES: ReadonlyMap<string, string> = new Map([
	["a", "\x07"],
	["b", "\b"],
	["f", "\f"],
	["n", "\n"],
	["r", "\r"],
	["t", "\t"],
	["v", "\v"],
]);

export class Lexer {
	readonly text: string;
	readonly chunkName: string;
	/** Kind of the current token. */
	token = T_EOF;
	/** The text of a name or string token. */
	value = "";
	number = 0;
	/** Line of the end of the current token (native's `linenumber`). */
	line = 1;
	/** Line of the end of the token before it (native's `lastline`). */
	lastLine = 1;
	private position = 0;
	/** Where the last token that was read begins: the current one, or that after it. */
	start = 0;
	/** What `readConstantItem` read. */
	itemKey: string | number | undefined = undefined;
	itemValue: string | number | boolean = false;
	/** The current token as a `near` text, for names, strings and numbers. */
	private near = "";
	private ahead: { token: string; value: string; number: number; near: string } | undefined = undefined;

	constructor(text: string, chunkName: string) {
		this.text = text;
		this.chunkName = chunkName;
	}

	// -- Errors ---------------------------------------------------------------

	/** An error with position, without a `near` part. */
	plainError(message: string): LuaError {
		const id = chunkId(this.chunkName, SYNTAX_ERROR_ID_SIZE);
		return new LuaError(`${id}:${this.line}: ${message}`, 0);
	}

	/** An error at the current token. */
	error(message: string): LuaError {
		// Native takes a zero byte for "no token".
		if (this.token === "\0") return this.plainError(message);
		return this.errorNear(message, this.nearText());
	}

	private errorNear(message: string, near: string): LuaError {
		return this.plainError(`${message} near '${cString(near)}'`);
	}

	private nearText(): string {
		switch (this.token) {
			case T_NAME:
			case T_STRING:
			case T_NUMBER:
				return this.near;
			default:
				return tokenText(this.token);
		}
	}

	// -- Reading ----------------------------------------------------------------

	/** Makes the next token the current one. */
	next(): void {
		this.lastLine = this.line;
		const ahead = this.ahead;
		if (ahead !== undefined) {
			this.ahead = undefined;
			this.token = ahead.token;
			this.value = ahead.value;
			this.number = ahead.number;
			this.near = ahead.near;
			return;
		}
		this.token = this.read();
	}

	/** The kind of the token after the current one. */
	peek(): string {
		if (this.ahead === undefined) {
			const { token, value, number, near } = this;
			this.token = this.read();
			this.ahead = { token: this.token, value: this.value, number: this.number, near: this.near };
			this.token = token;
			this.value = value;
			this.number = number;
			this.near = near;
		}
		return this.ahead.token;
	}

	/**
	 * Reads an item of a constructor in one step when its key and value are plain constants and
	 * nothing but a separator or the closing brace follows; what is behind is the current token then.
	 * Nothing is read otherwise. A look-ahead must not be pending.
	 */
	readConstantItem(): boolean {
		CONSTANT_ITEM.lastIndex = this.start;
		const found = CONSTANT_ITEM.exec(this.text);
		if (found === null) return false;
		const [, numberKey, stringKey, name, number, string, boolean] = found;
		if (name !== undefined && KEYWORDS.has(name)) return false;
		if (numberKey !== undefined) this.itemKey = simpleNumber(numberKey);
		else this.itemKey = stringKey === undefined ? name : stringKey.slice(1, -1);
		if (number !== undefined) this.itemValue = simpleNumber(number);
		else this.itemValue = string === undefined ? boolean === "true" : string.slice(1, -1);
		// A zero may have a sign, which is the emitter's business.
		if (this.itemKey === 0 || this.itemValue === 0) return false;
		this.position = CONSTANT_ITEM.lastIndex;
		this.next();
		return true;
	}

	/** The same for a key in front of a constructor, which is the current token then. */
	readConstantKey(): boolean {
		CONSTANT_KEY.lastIndex = this.start;
		const found = CONSTANT_KEY.exec(this.text);
		if (found === null) return false;
		const [, number, name] = found;
		if (name !== undefined && KEYWORDS.has(name)) return false;
		this.itemKey = number === undefined ? name : simpleNumber(number);
		if (this.itemKey === 0) return false;
		this.position = CONSTANT_KEY.lastIndex;
		this.next();
		return true;
	}

	private match(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.position;
		const found = pattern.exec(this.text);
		if (found === null) return undefined;
		this.position = pattern.lastIndex;
		return found[0];
	}

	private read(): string {
		const text = this.text;
		for (;;) {
			this.start = this.position;
			const code = text.charCodeAt(this.position);
			switch (code) {
				case 0x0a:
				case 0x0d:
					this.lineBreak();
					continue;
				case 0x20:
				case 0x09:
				case 0x0b:
				case 0x0c:
					this.match(SPACE);
					continue;
				case 0x2d: // -
					this.position++;
					if (text.charCodeAt(this.position) !== 0x2d) return "-";
					this.position++;
					this.comment();
					continue;
				case 0x5b: // [
					return this.bracket();
				case 0x3d: // =
					return this.withEqual("=");
				case 0x3c:
					return this.withEqual("<");
				case 0x3e:
					return this.withEqual(">");
				case 0x7e: // ~
					return this.withEqual("~");
				case 0x22:
				case 0x27:
					return this.shortString(text[this.position] as string);
				case 0x2e: // .
					return this.dots();
			}
			if (Number.isNaN(code)) return T_EOF;
			if (code >= 0x30 && code <= 0x39) return this.numeral();
			const name = this.match(NAME);
			if (name !== undefined) {
				if (KEYWORDS.has(name)) return name;
				this.value = name;
				this.near = name;
				return T_NAME;
			}
			this.position++;
			return text[this.position - 1] as string;
		}
	}

	private lineBreak(): void {
		const first = this.text.charCodeAt(this.position++);
		const second = this.text.charCodeAt(this.position);
		if ((second === 0x0a || second === 0x0d) && second !== first) this.position++;
		this.line++;
	}

	private withEqual(symbol: string): string {
		this.position++;
		if (this.text.charCodeAt(this.position) !== 0x3d) return symbol;
		this.position++;
		return `${symbol}=`;
	}

	private dots(): string {
		const second = this.text.charCodeAt(this.position + 1);
		if (second >= 0x30 && second <= 0x39) return this.numeral();
		this.position++;
		if (!this.takeDot()) return ".";
		return this.takeDot() ? "..." : "..";
	}

	/** Takes a dot, or what native takes for one (see NUMERAL). */
	private takeDot(): boolean {
		const code = this.text.charCodeAt(this.position);
		if (code !== 0x2e && code !== 0) return false;
		this.position++;
		return true;
	}

	private numeral(): string {
		const [text = ""] = (this.match(NUMERAL) as string).split("\0", 1);
		this.near = text;
		if (PLAIN_NUMERAL.test(text)) {
			this.number = Number(text);
			return T_NUMBER;
		}
		const value = parseNumber(text);
		if (value === undefined) throw this.errorNear("malformed number", text);
		this.number = value;
		return T_NUMBER;
	}

	// -- Comments and strings ----------------------------------------------------

	private comment(): void {
		const open = this.match(LONG_OPEN);
		if (open !== undefined) {
			this.longBracket(open, "comment");
			return;
		}
		this.match(SHORT_COMMENT);
	}

	private bracket(): string {
		const open = this.match(LONG_OPEN);
		if (open !== undefined) {
			this.value = this.longBracket(open, "string");
			this.near = open + this.value + closing(open);
			return T_STRING;
		}
		const bad = this.match(BAD_LONG_OPEN);
		if (bad !== undefined) throw this.errorNear("invalid long string delimiter", bad);
		this.position++;
		return "[";
	}

	/** Reads to the closing bracket; the position is behind the opening one. */
	private longBracket(open: string, what: "string" | "comment"): string {
		const text = this.text;
		const start = this.position;
		const close = closing(open);
		const end = text.indexOf(close, start);
		const body = end < 0 ? text.slice(start) : text.slice(start, end);
		if (open === "[[") {
			// 5.1 as built refuses the nesting that 5.0 allowed (LUA_COMPAT_LSTR).
			const nested = body.indexOf("[[");
			if (nested >= 0) {
				this.line += countLineBreaks(body.slice(0, nested));
				throw this.errorNear("nesting of [[...]] is deprecated", "[");
			}
		}
		const lines = countLineBreaks(body);
		this.line += lines;
		if (end < 0) throw this.errorNear(`unfinished long ${what}`, T_EOF);
		this.position = end + close.length;
		if (what === "comment") return "";
		if (lines === 0) return body;
		const unified = body.includes("\r") ? body.replace(LINE_BREAK, "\n") : body;
		return unified.charCodeAt(0) === 0x0a ? unified.slice(1) : unified;
	}

	private shortString(quote: string): string {
		const text = this.text;
		const plain = STRING_PLAIN[quote] as RegExp;
		this.position++;
		let value = "";
		for (;;) {
			value += this.match(plain);
			const code = text.charCodeAt(this.position);
			if (code === 0x5c) {
				this.position++;
				value += this.escape(quote + value);
				continue;
			}
			if (Number.isNaN(code)) throw this.errorNear("unfinished string", T_EOF);
			if (code === 0x0a || code === 0x0d) throw this.errorNear("unfinished string", quote + value);
			this.position++;
			this.value = value;
			this.near = quote + value + quote;
			return T_STRING;
		}
	}

	/** The character that a backslash and what follows stand for. */
	private escape(before: string): string {
		const text = this.text;
		const char = text[this.position];
		if (char === undefined) return "";
		if (char === "\n" || char === "\r") {
			this.lineBreak();
			return "\n";
		}
		const digits = this.match(DIGITS);
		if (digits !== undefined) {
			const code = Number(digits);
			if (code > 255) throw this.errorNear("escape sequence too large", before);
			return String.fromCharCode(code);
		}
		this.position++;
		return ESCAPES.get(char) ?? char;
	}
}

/** A token as it is written in "'x' expected" and after "near". */
export function tokenText(token: string): string {
	if (token.length === 1) {
		const code = token.charCodeAt(0);
		if (code < 0x20 || code === 0x7f) return `char(${code})`;
	}
	return token;
}

function closing(open: string): string {
	return open.replaceAll("[", "]");
}

function countLineBreaks(text: string): number {
	if (!text.includes("\n") && !text.includes("\r")) return 0;
	return text.match(LINE_BREAK)?.length ?? 0;
}

function simpleNumber(text: string): number {
	return text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
}
