/**
 * PHP's values, as the real host has them: strings are bytes (one character each), arrays are ordered
 * maps whose integer-like keys are integers, null is undefined. The libraries of Scribunto depend on all
 * three: the order in which json_encode writes, `"1"` and `1` being one key, lengths in bytes.
 */

import { LuaFunctionHandle } from "../host/value.ts";
import { ProtocolError } from "../wire/frame.ts";
import { unescapeBody } from "../wire/php-value.ts";

export type PhpKey = string | number;
export type PhpArray = Map<PhpKey, PhpValue>;
export type PhpValue = undefined | boolean | number | string | PhpArray | LuaFunctionHandle;

const INTEGER_KEY = /^(?:0|-?[1-9][0-9]{0,15})$/;

/** The key that PHP makes of a text. */
export function phpKey(text: string): PhpKey {
	return INTEGER_KEY.test(text) ? Number(text) : text;
}

/** An array with the properties of an object, in their order. */
export function phpArray(entries: Readonly<Record<string, PhpValue>>): PhpArray {
	return new Map(Object.entries(entries).map(([key, value]) => [phpKey(key), value] as const));
}

/** A list as Lua wants it: numbered from 1. */
export function luaList(values: readonly PhpValue[]): PhpArray {
	return new Map(values.map((value, index) => [index + 1, value] as const));
}

export function isArray(value: PhpValue): value is PhpArray {
	return value instanceof Map;
}

/** What Lua calls the type of a value, for "string expected, got nil". */
export function luaTypeName(value: PhpValue): string {
	if (value === undefined) return "nil";
	if (value instanceof Map) return "table";
	if (value instanceof LuaFunctionHandle) return "function";
	return typeof value;
}

// -- Numbers as texts ------------------------------------------------------------------------

const PRECISION = 14;
/** The peer sends larger ones as floats, as native does. */
const INT_LIMIT = 2 ** 53;

export function isPhpInteger(value: number): boolean {
	return Number.isInteger(value) && value >= -INT_LIMIT && value < INT_LIMIT;
}

/** `(string)$number`: integers in full, floats with 14 significant digits. */
export function numberText(value: number): string {
	if (Number.isNaN(value)) return "NAN";
	if (!Number.isFinite(value)) return value > 0 ? "INF" : "-INF";
	if (isPhpInteger(value)) return Object.is(value, -0) ? "-0" : BigInt(value).toString();
	return floatText(value, PRECISION);
}

/** C's %G with PHP's form of exponents (1.0E+25). */
function floatText(value: number, precision: number): string {
	const [digits = "", exponentText = "0"] = value.toExponential(precision - 1).split("e");
	return decimalText(digits, Number(exponentText), precision, "E");
}

/** The shortest text that reads back as the number, as json_encode writes it. */
export function shortestFloatText(value: number): string {
	const [digits = "", exponentText = "0"] = value.toExponential().split("e");
	return decimalText(digits, Number(exponentText), 17, "e");
}

function decimalText(mantissa: string, exponent: number, precision: number, mark: "e" | "E"): string {
	const sign = mantissa.startsWith("-") ? "-" : "";
	const digits = mantissa.replace(/[-.]/g, "").replace(/0+$/, "") || "0";
	if (exponent < -4 || exponent >= precision + (mark === "e" ? 0 : 1)) {
		const fraction = digits.length > 1 ? digits.slice(1) : "0";
		const power = exponent < 0 ? `-${-exponent}` : `+${exponent}`;
		return `${sign}${digits[0]}.${fraction}${mark}${power}`;
	}
	if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
	const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
	const fraction = digits.slice(exponent + 1);
	return fraction === "" ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/** `(string)$value` for what can be one. */
export function phpText(value: PhpValue): string {
	switch (typeof value) {
		case "undefined":
			return "";
		case "boolean":
			return value ? "1" : "";
		case "number":
			return numberText(value);
		case "string":
			return value;
		default:
			return "Array";
	}
}

// -- UTF-8 -------------------------------------------------------------------------------------

/** The bytes of a text, one character each. */
export function toBytes(text: string): string {
	return Buffer.from(text, "utf8").toString("latin1");
}

/** The text of bytes; what is no UTF-8 becomes U+FFFD. */
export function toText(bytes: string): string {
	return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The same as PHP's mb_ functions take it: with question marks for what is no UTF-8. */
export function toLetters(bytes: string): string {
	return isUtf8(bytes) ? toText(bytes) : toText(bytes).replaceAll("\ufffd", "?");
}

const ASCII = /^[\0-\x7f]*$/;

/** mb_check_encoding: no surrogates, no overlong forms, nothing above U+10FFFF. */
export function isUtf8(bytes: string): boolean {
	return ASCII.test(bytes) || toBytes(toText(bytes)) === bytes;
}

// -- What the peer sends -------------------------------------------------------------------------

/** The value of a message body, as PHP's unserialize() gives it. */
export function readSerialized(body: string): PhpValue {
	const reader = new SerializedReader(unescapeBody(body));
	return reader.value();
}

class SerializedReader {
	readonly #text: string;
	#position = 0;

	constructor(text: string) {
		this.#text = text;
	}

	value(): PhpValue {
		const kind = this.#text[this.#position];
		this.#position += 2;
		switch (kind) {
			case "N":
				return undefined;
			case "b":
				return this.#until(";") === "1";
			case "i":
				return Number(this.#until(";"));
			case "d":
				return doubleOf(this.#until(";"));
			case "s": {
				const text = this.#counted();
				this.#position += 1;
				return text;
			}
			case "a":
				return this.#array();
			case "O": {
				this.#counted();
				this.#position += 1;
				const fields = this.#array();
				return new LuaFunctionHandle(Number(fields.get("interpreterId")), Number(fields.get("id")));
			}
			default:
				throw new ProtocolError(`the peer sent ${JSON.stringify(this.#text.slice(this.#position - 2, 20))}`);
		}
	}

	#array(): PhpArray {
		const count = Number(this.#until(":"));
		this.#position += 1;
		const array: PhpArray = new Map();
		for (let i = 0; i < count; i++) {
			const key = this.value();
			array.set(typeof key === "number" ? key : phpKey(String(key)), this.value());
		}
		this.#position += 1;
		return array;
	}

	/** `N:"..."` with N bytes. */
	#counted(): string {
		const length = Number(this.#until(":"));
		const start = this.#position + 1;
		this.#position = start + length + 1;
		return this.#text.slice(start, start + length);
	}

	#until(mark: string): string {
		const end = this.#text.indexOf(mark, this.#position);
		if (end < 0) throw new ProtocolError("the peer's message ends too early");
		const text = this.#text.slice(this.#position, end);
		this.#position = end + 1;
		return text;
	}
}

function doubleOf(text: string): number {
	if (text === "INF") return Number.POSITIVE_INFINITY;
	if (text === "-INF") return Number.NEGATIVE_INFINITY;
	return Number(text); // NAN too
}
