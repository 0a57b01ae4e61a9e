/**
 * Values as text for people: Lua's notation. Strings are shown as UTF-8 where they are that, and with bytes
 * as `\ddd` where not; what could command a terminal or turn the direction of text is shown by its bytes too.
 */
import { FunctionReference, type Table, type Value } from "./expression-tree.ts";

/** What a function is called by; undefined for nothing known. */
export type FunctionNames = ReadonlyMap<number, string>;

const INDENT = "  ";
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Controls, and the invisible characters that reorder or break lines. */
const UNSAFE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** A value on one line. */
export function inline(value: Value, names: FunctionNames): string {
	if (typeof value === "string") return quoted(value);
	if (value instanceof FunctionReference) return functionText(value.id, names);
	if (typeof value !== "object") return value === undefined ? "nil" : String(value);
	let next = 1;
	const fields = value.entries.map(([key, element]) => {
		// Those in their usual places need no key.
		if (key === next) {
			next++;
			return inline(element, names);
		}
		return `${keyText(key, names)} = ${inline(element, names)}`;
	});
	return `{${fields.join(", ")}}`;
}

/** A value on as many lines as it takes, the first of which goes behind `head`. */
export function block(head: string, value: Value, names: FunctionNames, indent: string): string[] {
	if (typeof value === "string" && value.includes("\n")) return textBlock(head, value, indent);
	if (typeof value !== "object" || value instanceof FunctionReference || value.entries.length === 0) {
		return [`${indent}${head}${inline(value, names)}`];
	}
	return [`${indent}${head}{`, ...fieldLines(value, names, indent + INDENT), `${indent}}`];
}

function fieldLines({ entries }: Table, names: FunctionNames, indent: string): string[] {
	return entries.flatMap(([key, value]) => block(`${keyText(key, names)} = `, value, names, indent));
}

/** Texts of several lines, such as modules, are read more easily as such. */
function textBlock(head: string, text: string, indent: string): string[] {
	const lines = text.split("\n").map((line) => `${indent}${INDENT}| ${escaped(line)}`);
	return [`${indent}${head}(${text.length} bytes)`, ...lines];
}

function functionText(id: number, names: FunctionNames): string {
	const name = names.get(id);
	return name === undefined ? `function #${id}` : `function #${id} (${name})`;
}

function keyText(key: Value, names: FunctionNames): string {
	return typeof key === "string" && /^[A-Za-z_]\w*$/.test(key) ? key : `[${inline(key, names)}]`;
}

function quoted(text: string): string {
	return `"${escaped(text).replaceAll('"', '\\"')}"`;
}

/** Bytes, one character each, as text that can be shown anywhere. */
export function escaped(bytes: string): string {
	let text: string;
	try {
		text = decoder.decode(Buffer.from(bytes, "latin1"));
	} catch {
		return bytes.replace(/[^ -~]|\\/g, byteText);
	}
	let shown = "";
	for (const character of text) {
		if (character === "\\" || UNSAFE.test(character)) {
			shown += Array.from(Buffer.from(character, "utf8").toString("latin1"), byteText).join("");
		} else shown += character;
	}
	return shown;
}

function byteText(byte: string): string {
	switch (byte) {
		case "\n":
			return "\\n";
		case "\r":
			return "\\r";
		case "\t":
			return "\\t";
		case "\\":
			return "\\\\";
		default:
			return `\\${String(byte.charCodeAt(0)).padStart(3, "0")}`;
	}
}
