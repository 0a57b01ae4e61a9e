// Tracebacks: rows -> what debug.traceback prints and what Scribunto's structured trace holds.

import { chunkId, ID_SIZE } from "../lua51/chunk-id.ts";
import type { TraceRow } from "../lua51/error.ts";
import type { ObjectName, Proto, Site } from "../lua51/proto.ts";
import type { LuaFunction } from "../lua51/value.ts";

/** What `debug.getinfo(level, "nSl")` tells of a row. */
export interface TraceInfo {
	readonly short_src: string;
	readonly what: "Lua" | "C" | "main" | "tail";
	readonly currentline: number;
	readonly name: string | undefined;
	readonly namewhat: string;
	readonly linedefined: number;
	readonly lastlinedefined: number;
	readonly source: string;
	readonly nups: number;
	/** Lines with code; undefined for builtins. */
	readonly activelines: readonly number[] | undefined;
}

/** Of a long traceback native shows the levels below the first number, and the last ones. */
const FIRST_LEVELS = 12;
const LAST_LEVELS = 10;

const LOST_ROW = "\n\t(tail call): ?";

/** The name that the caller's call site gives to the function of row `index`. */
function callName(rows: readonly TraceRow[], index: number): ObjectName | undefined {
	const caller = rows[index + 1];
	if (caller?.kind !== "lua") return undefined;
	const site: Site | undefined = caller.closure.p?.sites[caller.pc];
	return site?.call === undefined ? undefined : site.first;
}

export function traceInfo(rows: readonly TraceRow[], index: number): TraceInfo {
	// Native takes a negative level for that of a lost tail call.
	const row = rows[index];
	if (row === undefined || row.kind === "tail") {
		return {
			short_src: "(tail call)",
			source: "=(tail call)",
			what: "tail",
			currentline: -1,
			linedefined: -1,
			lastlinedefined: -1,
			name: "",
			namewhat: "",
			nups: 0,
			activelines: undefined,
		};
	}
	const called = callName(rows, index);
	const names = { name: called?.name, namewhat: called?.kind ?? "" };
	if (row.kind === "builtin") return { ...BUILTIN_INFO, ...names };
	const proto = row.closure.p as Proto; // rows of kind "lua" are made of Lua functions
	return Object.assign(protoInfo(proto), { currentline: proto.sites[row.pc]?.line ?? -1 }, names);
}

const BUILTIN_INFO = {
	short_src: "[C]",
	source: "=[C]",
	what: "C",
	currentline: -1,
	linedefined: -1,
	lastlinedefined: -1,
	nups: 0,
	activelines: undefined,
} as const;

function protoInfo(proto: Proto) {
	const { lineDefined, lastLine, upvalueCount } = proto.facts;
	return {
		short_src: chunkId(proto.chunkName, ID_SIZE),
		source: proto.chunkName,
		what: proto.what,
		linedefined: lineDefined,
		lastlinedefined: lineDefined === 0 ? 0 : lastLine,
		nups: upvalueCount,
		get activelines() {
			return [...new Set(proto.sites.map((site) => site.line))];
		},
	};
}

/** What debug.getinfo tells of a function that need not be running. */
export function functionInfo(f: LuaFunction): TraceInfo {
	const names = { name: undefined, namewhat: "" };
	if (f.p === undefined) return { ...BUILTIN_INFO, ...names, nups: f.upvalues.length };
	return Object.assign(protoInfo(f.p), { currentline: -1 }, names);
}

/** The text of debug.traceback from level `start` on: "stack traceback:", one line a row. */
export function tracebackText(rows: readonly TraceRow[], start: number): string {
	// A negative level is taken for that of a lost tail call; there may be very many.
	const lines = [`stack traceback:${LOST_ROW.repeat(Math.max(-start, 0))}`];
	let level = Math.max(start, 0);
	while (level < rows.length) {
		if (level === Math.max(start, FIRST_LEVELS) && level + LAST_LEVELS + 1 < rows.length) {
			lines.push("\t...");
			level = rows.length - LAST_LEVELS;
		}
		lines.push(rowText(traceInfo(rows, level)));
		level++;
	}
	return lines.join("\n");
}

function rowText(info: TraceInfo): string {
	let text = `\t${info.short_src}:`;
	if (info.currentline > 0) text += `${info.currentline}:`;
	if (info.namewhat !== "") return `${text} in function '${info.name}'`;
	switch (info.what) {
		case "main":
			return `${text} in main chunk`;
		case "C":
		case "tail":
			return `${text} ?`;
		case "Lua":
			return `${text} in function <${info.short_src}:${info.linedefined}>`;
	}
}
