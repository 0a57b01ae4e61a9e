// The same calls of builtins here and in lua5.1: each call's results, or its error as pcall
// gives it, are written in a byte-safe form and compared. Builtins are called directly,
// without a compiled Lua program, so that millions of calls stay cheap.

import { LuaTable, type LuaValue, protectedCall, resultList } from "../../src/engine/api.ts";
import { formatG17, formatNumber } from "../../src/lua51/number.ts";
import { runLua } from "../support/lua51.ts";

/** A table or function: as Lua source, and the same made here. */
export class Special {
	readonly lua: string;
	readonly value: LuaValue;

	constructor(lua: string, value: LuaValue) {
		this.lua = lua;
		this.value = value;
	}
}

export type Argument = undefined | boolean | number | string | Special;

export interface BuiltinCall {
	readonly name: string;
	readonly args: readonly Argument[];
}

/** What differs, as readable lines; `library` is a global table's name or "" for plain globals. */
export function differences(functions: LuaTable, library: string, calls: readonly BuiltinCall[]): string[] {
	const native = runLua(programOf(library, calls)).split("\n");
	const found: string[] = [];
	calls.forEach((call, at) => {
		const ours = outcomeOf(functions, call);
		if (ours !== native[at]) found.push(`${sourceOf(call)}\n    native ${native[at]}\n    ours   ${ours}`);
	});
	return found;
}

// -- Native ------------------------------------------------------------------------

const PRELUDE = `
local function show(v)
	local t = type(v)
	if t == "string" then
		if #v > 2000 then return "long" .. #v end
		return "s" .. (v:gsub("[^%w ]", function(c) return ("\\\\%02x"):format(c:byte()) end))
	elseif t == "number" then return ("%.17g|"):format(v) .. tostring(v)
	elseif t == "table" or t == "function" then return t
	end
	return tostring(v)
end
local function report(...)
	local shown = {}
	for i = 1, select("#", ...) do shown[i] = show((select(i, ...))) end
	io.write(table.concat(shown, " "), "\\n")
end
local NEGATIVE_ZERO = tonumber("-0")
local function T(f, ...) report(pcall(f, ...)) end
-- A gmatch loop: every result of every step.
local function all(s, p)
	local out = {}
	local n = 0
	local function step(ok, ...)
		if not ok then error(..., 0) end
		n = n + 1
		for i = 1, select("#", ...) do out[#out + 1] = show((select(i, ...))) end
		out[#out + 1] = ";"
		return select("#", ...) > 0 and n < 60
	end
	local f = string.gmatch(s, p)
	while step(pcall(f)) do end
	return table.concat(out, " ")
end
`;
const CALLS_PER_FUNCTION = 300;

function programOf(library: string, calls: readonly BuiltinCall[]): string {
	let program = PRELUDE;
	for (let at = 0; at < calls.length; at += CALLS_PER_FUNCTION) {
		const part = calls.slice(at, at + CALLS_PER_FUNCTION);
		const lines = part.map(({ name, args }) => {
			const callee = name === "all" || library === "" ? name : `${library}.${name}`;
			return `T(${[callee, ...args.map(literal)].join(", ")})`;
		});
		program += `;(function() ${lines.join("\n")} end)()\n`;
	}
	return program;
}

function literal(value: Argument): string {
	if (value instanceof Special) return value.lua;
	if (typeof value === "string") {
		return `"${value.replace(/[^a-zA-Z0-9 _.,;:(){}<>=+*/^$%[\]?!|~#&@'-]/g, escapeByte)}"`;
	}
	if (typeof value !== "number") return value === undefined ? "nil" : String(value);
	if (Number.isNaN(value)) return "(0/0)";
	// As a constant it would be the same as 0, which is there before.
	if (Object.is(value, -0)) return "NEGATIVE_ZERO";
	if (!Number.isFinite(value)) return value > 0 ? "(1/0)" : "(-1/0)";
	return formatG17(value);
}

function escapeByte(character: string): string {
	return `\\${String(character.charCodeAt(0)).padStart(3, "0")}`;
}

// -- Ours ----------------------------------------------------------------------------

function outcomeOf(functions: LuaTable, { name, args }: BuiltinCall): string {
	const values = args.map((value) => (value instanceof Special ? value.value : value));
	const outcome =
		name === "all" ? allMatches(functions, values) : protectedCall(functions.getStr(name), ...values);
	if (!outcome.ok) return `false ${show(outcome.error.value)}`;
	return ["true", ...resultList(outcome.results).map(show)].join(" ");
}

const MAX_STEPS = 60;

function allMatches(functions: LuaTable, values: readonly LuaValue[]): ReturnType<typeof protectedCall> {
	const made = protectedCall(functions.getStr("gmatch"), ...values);
	if (!made.ok) return made;
	const [iterator] = resultList(made.results);
	const out: string[] = [];
	for (let step = 1; ; step++) {
		const outcome = protectedCall(iterator);
		if (!outcome.ok) return outcome;
		const results = resultList(outcome.results);
		out.push(...results.map(show), ";");
		if (results.length === 0 || step >= MAX_STEPS) break;
	}
	return { ok: true, results: out.join(" ") };
}

function show(value: LuaValue): string {
	switch (typeof value) {
		case "string":
			if (value.length > 2000) return `long${value.length}`;
			return `s${value.replace(/[^a-zA-Z0-9 ]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`)}`;
		case "number":
			return `${formatG17(value)}|${formatNumber(value)}`;
		case "object":
			return value instanceof LuaTable ? "table" : "function";
		default:
			return value === undefined ? "nil" : String(value);
	}
}

function sourceOf({ name, args }: BuiltinCall): string {
	return `${name}(${args.map(literal).join(", ")})`;
}

// -- Making cases -----------------------------------------------------------------------

/** A repeatable source of choices. */
export class Choices {
	private state: number;

	constructor(seed: number) {
		this.state = seed >>> 0;
	}

	/** A whole number from 0 up to but not including `limit`. */
	below(limit: number): number {
		this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
		return Math.floor((this.state / 2 ** 32) * limit);
	}

	of<T>(items: readonly T[]): T {
		return items[this.below(items.length)] as T;
	}

	/** Up to `most` of the items in a row. */
	text(items: readonly string[], most: number): string {
		let text = "";
		for (let left = this.below(most + 1); left > 0; left--) text += this.of(items);
		return text;
	}
}
