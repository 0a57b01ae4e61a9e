/** Lua values as a prompt shows them: tables with what they hold, on one line where that is short. */
import { LuaFunction, LuaTable, type LuaValue, Traversal, tostr, typeName } from "../engine/api.ts";
import { isUtf8 } from "./php-array.ts";

const LINE_LENGTH = 76;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;
const KEYWORDS = new Set(
	"and break do else elseif end false for function if in local nil not or repeat return then true until while".split(
		" ",
	),
);

export function isName(text: string): boolean {
	return /^[A-Za-z_]\w*$/.test(text) && !KEYWORDS.has(text);
}

export const LUA_KEYWORDS: readonly string[] = [...KEYWORDS];

/** A string literal, in bytes: what is UTF-8 stays readable. */
export function quoteText(bytes: string): string {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: those are escaped
	const special = isUtf8(bytes) ? /[\0-\x1f"\\\x7f]/g : /[\0-\x1f"\\\x7f-\xff]/g;
	const escaped = bytes.replace(special, (character) => {
		if (character === "\n") return "\\n";
		if (character === "\t") return "\\t";
		if (character === '"' || character === "\\") return `\\${character}`;
		return `\\${String(character.charCodeAt(0)).padStart(3, "0")}`;
	});
	return `"${escaped}"`;
}

/** A value as text in bytes. */
export function printValue(value: LuaValue): string {
	return printed(value, "", new Set());
}

function printed(value: LuaValue, indent: string, open: Set<LuaTable>): string {
	switch (typeof value) {
		case "undefined":
			return "nil";
		case "boolean":
			return String(value);
		case "number":
			return tostr(value);
		case "string":
			return quoteText(value);
		default:
			if (value instanceof LuaTable) return printedTable(value, indent, open);
			if (value instanceof LuaFunction && value.p === undefined) return "<builtin function>";
			return `<${typeName(value)}>`;
	}
}

function printedTable(table: LuaTable, indent: string, open: Set<LuaTable>): string {
	if (open.has(table)) return "<this table again>";
	if (open.size >= MAX_DEPTH) return "{...}";
	open.add(table);
	const inner = `${indent}  `;
	const entries: string[] = [];
	let listed = 0;
	for (let i = 1; table.getInt(i) !== undefined && entries.length < MAX_ENTRIES; i++) {
		entries.push(printed(table.getInt(i), inner, open));
		listed = i;
	}
	for (const walk = new Traversal(table); walk.advance(); ) {
		const { key } = walk;
		if (typeof key === "number" && Number.isInteger(key) && key >= 1 && key <= listed) continue;
		if (entries.length >= MAX_ENTRIES) {
			entries.push("...");
			break;
		}
		const name = typeof key === "string" && isName(key) ? key : `[${printed(key, inner, open)}]`;
		entries.push(`${name} = ${printed(walk.value, inner, open)}`);
	}
	open.delete(table);
	const line = `{ ${entries.join(", ")} }`;
	if (entries.length === 0) return "{}";
	if (line.length + indent.length <= LINE_LENGTH && !line.includes("\n")) return line;
	return `{\n${entries.map((entry) => `${inner}${entry},\n`).join("")}${indent}}`;
}
