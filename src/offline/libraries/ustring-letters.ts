/**
 * The rest of mw.ustring, which Scribunto's own tree has in Lua: for runs without it. Errors and results are
 * those of UstringLibrary.php, which has these functions for LuaSandbox.
 */
import { checkNumber, checkType, fail, optionalNumber } from "../check.ts";
import type { Callback } from "../conversation.ts";
import { lowerCase, upperCase } from "../language.ts";
import { isUtf8, numberText, type PhpValue, toBytes, toText } from "../php-array.ts";

const MAX_CODE = 0x10ffff;

function textOf(name: string, value: PhpValue): string {
	if (typeof value === "number") return numberText(value);
	checkType(name, 1, value, "string");
	const bytes = value as string;
	if (!isUtf8(bytes)) fail(`bad argument #1 to '${name}' (string is not UTF-8)`);
	return toText(bytes);
}

/** Positions from 1, from the end when negative, within the text. */
function range(length: number, i: number, j: number): readonly [from: number, to: number] {
	const from = i < 0 ? length + i + 1 : i;
	const to = j < 0 ? length + j + 1 : j;
	return [Math.max(1, Math.min(Math.trunc(from), length + 1)), Math.min(Math.trunc(to), length)];
}

function normalized(form: "NFC" | "NFD" | "NFKC" | "NFKD"): Callback {
	return (value) => {
		const bytes = typeof value === "number" ? numberText(value) : value;
		checkType(`to${form}`, 1, bytes, "string");
		return [isUtf8(bytes as string) ? toBytes(toText(bytes as string).normalize(form)) : undefined];
	};
}

export const USTRING_LETTERS: Readonly<Record<string, Callback>> = {
	isutf8: (value) => {
		if (typeof value !== "number") checkType("isutf8", 1, value, "string");
		return [typeof value === "number" || isUtf8(value as string)];
	},
	len: (value) => {
		const bytes = typeof value === "number" ? numberText(value) : value;
		checkType("len", 1, bytes, "string");
		return [isUtf8(bytes as string) ? Array.from(toText(bytes as string)).length : undefined];
	},
	sub: (value, i, j) => {
		const characters = Array.from(textOf("sub", value));
		const [from, to] = range(
			characters.length,
			optionalNumber("sub", 2, i, 1),
			optionalNumber("sub", 3, j, -1),
		);
		return [toBytes(characters.slice(from - 1, Math.max(to, from - 1)).join(""))];
	},
	upper: (value) => [toBytes(upperCase(textOf("upper", value)))],
	lower: (value) => [toBytes(lowerCase(textOf("lower", value)))],
	codepoint: (value, i, j) => {
		const characters = Array.from(textOf("codepoint", value));
		const first = optionalNumber("codepoint", 2, i, 1);
		const [from, to] = range(characters.length, first, optionalNumber("codepoint", 3, j, first));
		return characters.slice(from - 1, Math.max(to, from - 1)).map((character) => character.codePointAt(0)!);
	},
	char: (...codes) => {
		const characters = codes.map((given, index) => {
			const code = Math.floor(checkNumber("char", index + 1, given));
			if (code < 0 || code > MAX_CODE) fail(`bad argument #${index + 1} to 'char' (value out of range)`);
			return String.fromCodePoint(code);
		});
		return [toBytes(characters.join(""))];
	},
	byteoffset: (value, l, i) => {
		const bytes = toBytes(textOf("byteoffset", value));
		let count = optionalNumber("byteoffset", 2, l, 1);
		let position = optionalNumber("byteoffset", 3, i, 1);
		if (position < 0) position = bytes.length + position + 1;
		if (position < 1 || position > bytes.length) return [undefined];
		let start = position - 1;
		while ((bytes.charCodeAt(start) & 0xc0) === 0x80) start--;
		if (count > 0 && start === position - 1) count--;
		const characters = Array.from(toText(bytes));
		const index = Array.from(toText(bytes.slice(0, start))).length + count;
		if (index < 0 || index >= characters.length) return [undefined];
		return [toBytes(characters.slice(0, index).join("")).length + 1];
	},
	toNFC: normalized("NFC"),
	toNFD: normalized("NFD"),
	toNFKC: normalized("NFKC"),
	toNFKD: normalized("NFKD"),
};
