// Lua 5.1 §5.9. The sandbox has `traceback` only. Hooks and the reading and writing of local
// variables are not there: calls keep no record that could tell (docs/conformance.md).

import {
	argumentError,
	type Builtin,
	builtinError,
	concat,
	coroutineEnvironment,
	cString,
	functionInfo,
	type LuaError,
	LuaFunction,
	type LuaResult,
	type LuaState,
	LuaTable,
	LuaThread,
	LuaUserdata,
	type LuaValue,
	metatableOf,
	NONE,
	noteWeakTable,
	rowsToLevel,
	runningThread,
	setCoroutineEnvironment,
	stackRows,
	type TraceInfo,
	toNumber,
	toStringValue,
	tracebackOf,
	traceInfo,
	typeName,
	upvalue,
} from "../engine/api.ts";
import {
	checkAny,
	checkFunction,
	checkInt,
	checkString,
	checkTable,
	optString,
	toInt,
	typeError,
} from "./arguments.ts";
import { registerLibrary } from "./library.ts";

/** A builtin that 5.1 has and this engine cannot have. */
function unsupported(name: string): LuaError {
	return builtinError(`debug.${name} is not supported by scribunto-fengari`);
}

function missing(name: string): Builtin {
	return () => {
		throw unsupported(name);
	};
}

/** debug.sethook([thread,] hook, mask [, count]): no hook is what there always is. */
function sethook(...args: LuaValue[]): LuaResult {
	const offset = args[0] instanceof LuaThread ? 1 : 0;
	if (args[offset] === undefined) return NONE;
	checkString(args[offset + 1], offset + 2, args.length);
	checkFunction(args[offset], offset + 1, args.length);
	throw unsupported("sethook");
}

/** debug.traceback([thread,] [message [, level]]). */
function tracebackText(args: readonly LuaValue[]): LuaValue {
	const [first] = args;
	const thread = first instanceof LuaThread ? first : undefined;
	const rest = thread === undefined ? args : args.slice(1);
	const level = toNumber(rest[1]);
	const start = thread === undefined || thread === runningThread() ? 1 : 0;
	const text = tracebackOf(stackRows(thread), toInt(level ?? start));
	if (rest.length === 0) return text;
	// Native takes the last argument off for the level; it joins what is left, or gives the last of it.
	const parts = level === undefined ? rest : rest.slice(0, -1);
	if (toStringValue(rest[0]) === undefined) return parts.at(-1);
	return joined(parts, `\n${text}`);
}

/**
 * Joins a traceback to what stands in front of it, of which some may be joined by metamethods only: native goes from
 * the right with the first row, and then joins row by row.
 */
function joined(parts: readonly LuaValue[], text: string): LuaValue {
	if (parts.every((part) => toStringValue(part) !== undefined))
		return parts.map(toStringValue).join("") + text;
	// A row of dots is joined with the row behind it.
	const [header = "", first = "", ...others] = text.split(/(?<!\t\.\.\.)(?=\n\t)/);
	const result = parts.reduceRight((right, left) => concat(left, right), header + first);
	return others.reduce(concat, result);
}

/** The fields of debug.getinfo in native's order of making them. */
function infoTable(info: TraceInfo, func: LuaValue, what: string): LuaTable {
	const table = new LuaTable();
	if (what.includes("S")) {
		table.setStr("source", info.source);
		table.setStr("short_src", info.short_src);
		table.setStr("linedefined", info.linedefined);
		table.setStr("lastlinedefined", info.lastlinedefined);
		table.setStr("what", info.what);
	}
	if (what.includes("l")) table.setStr("currentline", info.currentline);
	if (what.includes("u")) table.setStr("nups", info.nups);
	if (what.includes("n")) {
		table.setStr("name", info.name);
		table.setStr("namewhat", info.namewhat);
	}
	if (what.includes("L")) table.setStr("activelines", activeLines(info));
	if (what.includes("f")) table.setStr("func", func);
	return table;
}

function activeLines(info: TraceInfo): LuaTable | undefined {
	if (info.activelines === undefined) return undefined;
	const lines = new LuaTable();
	for (const line of info.activelines) lines.setInt(line, true);
	return lines;
}

function getinfo(args: readonly LuaValue[]): LuaValue {
	const thread = args[0] instanceof LuaThread ? args[0] : undefined;
	const offset = thread === undefined ? 0 : 1;
	const target = args[offset];
	const what = cString(optString(args[offset + 1], offset + 2, "flnSu"));
	let info: TraceInfo;
	let func: LuaValue = target;
	if (typeof target === "number" || typeof target === "string") {
		const level = toNumber(target);
		if (level === undefined) throw argumentError(offset + 1, "function or level expected");
		const position = toInt(level);
		const rows = rowsToLevel(thread, position);
		if (position >= rows.length) return undefined;
		info = traceInfo(rows, position);
		const row = rows[position];
		func = row?.kind === "lua" ? row.closure : undefined;
	} else if (target instanceof LuaFunction) {
		info = functionInfo(target);
	} else {
		throw argumentError(offset + 1, "function or level expected");
	}
	// Of a lost tail call native tells before it looks at the options.
	if (info.what !== "tail" && /[^SlnufL]/.test(what)) throw argumentError(offset + 2, "invalid option");
	return infoTable(info, func, what);
}

function setTypeMetatable(state: LuaState, value: LuaValue, metatable: LuaTable | undefined): void {
	if (value instanceof LuaTable || value instanceof LuaUserdata) {
		value.metatable = metatable;
		if (value instanceof LuaTable && metatable !== undefined) noteWeakTable(value, metatable);
		return;
	}
	state.types[typeName(value) as keyof typeof state.types] = metatable;
}

export function openDebug(state: LuaState): LuaTable {
	const functions: Record<string, Builtin> = {
		debug: missing("debug"),
		getfenv(object: LuaValue) {
			checkAny(1, arguments.length);
			if (object instanceof LuaThread) return coroutineEnvironment(object) ?? state.globals;
			if (object instanceof LuaUserdata) return object.env ?? state.globals;
			return object instanceof LuaFunction ? object.env : undefined;
		},
		gethook: () => [undefined, "", 0],
		getinfo: (...args) => getinfo(args),
		getlocal: missing("getlocal"),
		getregistry: () => state.registry,
		getmetatable(object: LuaValue) {
			checkAny(1, arguments.length);
			return metatableOf(object);
		},
		getupvalue(f: LuaValue, position: LuaValue) {
			const n = checkInt(position, 2, arguments.length);
			if (!(f instanceof LuaFunction)) throw typeError(f, 1, arguments.length, "function");
			const found = upvalue(f, n);
			return found === undefined ? NONE : [found.name, found.get()];
		},
		setfenv(object: LuaValue, env: LuaValue) {
			const table = checkTable(env, 2, arguments.length);
			if (object instanceof LuaThread) setCoroutineEnvironment(object, table);
			else if (object instanceof LuaFunction || object instanceof LuaUserdata) object.env = table;
			else throw builtinError("'setfenv' cannot change environment of given object");
			return object;
		},
		sethook,
		setlocal: missing("setlocal"),
		setmetatable(object: LuaValue, metatable: LuaValue) {
			if (arguments.length < 2 || !(metatable === undefined || metatable instanceof LuaTable)) {
				throw argumentError(2, "nil or table expected");
			}
			setTypeMetatable(state, object, metatable);
			return true;
		},
		setupvalue(f: LuaValue, position: LuaValue, value: LuaValue) {
			const given = arguments.length;
			checkAny(3, given);
			const n = checkInt(position, 2, given);
			if (!(f instanceof LuaFunction)) throw typeError(f, 1, given, "function");
			const found = upvalue(f, n);
			if (found === undefined) return NONE;
			if (!found.set(value)) {
				throw builtinError(
					"debug.setupvalue of a variable that is never assigned is not supported by scribunto-fengari",
				);
			}
			return found.name;
		},
		traceback: (...args) => tracebackText(args),
	};
	return registerLibrary(state, "debug", functions);
}
