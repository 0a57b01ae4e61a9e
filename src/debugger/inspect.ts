// Lua values for people: one line of text each, and what is inside. Nothing here calls Lua: a
// metamethod could change what is looked at.

import {
	type LuaError,
	LuaFunction,
	LuaTable,
	type LuaValue,
	metatableOf,
	Traversal,
	toStringValue,
	tostr,
	typeName,
	upvalue,
} from "../engine/api.ts";

/** Bytes of a string that are shown. */
const MAX_STRING = 20_000;

/** Something with a name and a value that can perhaps be changed. */
export interface Named {
	readonly name: string;
	readonly value: LuaValue;
	readonly set?: ((value: LuaValue) => void) | undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A Lua string as text: UTF-8 where it is; undefined where it is not. */
export function utf8Text(bytes: string): string | undefined {
	try {
		return utf8.decode(Buffer.from(bytes, "latin1"));
	} catch {
		return undefined;
	}
}

/** Text that somebody typed as the bytes of a Lua string. */
export function luaBytes(text: string): string {
	return Buffer.from(text, "utf8").toString("latin1");
}

/** A string as a Lua literal: what is no UTF-8 in escapes. */
function quoted(bytes: string): string {
	const shown = bytes.length > MAX_STRING ? bytes.slice(0, MAX_STRING) : bytes;
	const text = utf8Text(shown);
	const escaped = (text ?? shown).replace(ESCAPED, (char) => ESCAPES[char] ?? `\\${char.charCodeAt(0)}`);
	const safe = text === undefined ? escaped.replace(/[\x80-\xff]/g, (c) => `\\${c.charCodeAt(0)}`) : escaped;
	return shown === bytes ? `"${safe}"` : `"${safe}"... (${bytes.length} bytes)`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for
const ESCAPED = /[\x00-\x1f\x7f"\\]/g;
const ESCAPES: Readonly<Record<string, string>> = {
	"\n": "\\n",
	"\r": "\\r",
	"\t": "\\t",
	'"': '\\"',
	"\\": "\\\\",
};

/** One line about a value. */
export function describe(value: LuaValue): string {
	if (typeof value === "string") return quoted(value);
	if (typeof value === "number") return tostr(value);
	if (value === undefined) return "nil";
	if (typeof value === "boolean") return String(value);
	if (value instanceof LuaTable) return describeTable(value);
	if (value instanceof LuaFunction) return describeFunction(value);
	return typeName(value);
}

/** What an error's value tells. */
export function describeError(error: LuaError): string {
	const text = toStringValue(error.value);
	return text === undefined ? describe(error.value) : (utf8Text(text) ?? text);
}

/** Items of a table that its one line shows. */
const SHOWN_ITEMS = 4;
const SHOWN_TEXT = 30;

function describeTable(table: LuaTable): string {
	const parts: string[] = [];
	let count = 0;
	let expected = 1;
	for (const entries = new Traversal(table); entries.advance(); ) {
		if (++count > SHOWN_ITEMS) break;
		const { key, value } = entries;
		const text = value instanceof LuaTable ? "{...}" : shortened(describe(value));
		const isNext = key === expected;
		if (isNext) expected++;
		parts.push(isNext ? text : `${keyText(key)} = ${text}`);
	}
	if (count === 0) return "{}";
	return `{ ${parts.join(", ")}${count > SHOWN_ITEMS ? ", ..." : ""} }`;
}

function shortened(text: string): string {
	return text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT)}...` : text;
}

function describeFunction(f: LuaFunction): string {
	if (f.p === undefined) return f.name === "" ? "builtin function" : `builtin function ${f.name}`;
	return `function <${titleOf(f.p.chunkName)}:${f.p.facts.lineDefined}>`;
}

function keyText(key: LuaValue): string {
	if (typeof key === "string" && /^[A-Za-z_]\w*$/.test(key)) return key;
	return `[${describe(key)}]`;
}

/** A chunk's name without its mark. */
export function titleOf(chunkName: string): string {
	const name = /^[@=]/.test(chunkName) ? chunkName.slice(1) : chunkName;
	return utf8Text(name) ?? name;
}

// -- What is inside ------------------------------------------------------------------------------

export function hasChildren(value: LuaValue): boolean {
	return value instanceof LuaTable || (value instanceof LuaFunction && value.p !== undefined);
}

/** More entries of a table than this are not shown. */
const MAX_CHILDREN = 5000;

/** A table's entries and metatable, a function's upvalues and environment. */
export function childrenOf(value: LuaValue): Named[] {
	const children: Named[] = [];
	if (value instanceof LuaTable) {
		for (const entries = new Traversal(value); entries.advance(); ) {
			if (children.length === MAX_CHILDREN) {
				children.push({ name: "...", value: `more than ${MAX_CHILDREN} entries` });
				break;
			}
			const { key } = entries;
			const name =
				typeof key === "string" && utf8Text(key) !== undefined ? (utf8Text(key) as string) : keyText(key);
			children.push({ name, value: entries.value, set: (item) => value.set(key, item) });
		}
	} else if (value instanceof LuaFunction) {
		for (let n = 1; ; n++) {
			const found = upvalue(value, n);
			if (found === undefined) break;
			children.push({ name: found.name, value: found.get(), set: found.set });
		}
		if (value.p !== undefined) children.push({ name: "(environment)", value: value.env });
	}
	const metatable = value instanceof LuaTable ? metatableOf(value) : undefined;
	if (metatable !== undefined) children.push({ name: "(metatable)", value: metatable });
	return children;
}
