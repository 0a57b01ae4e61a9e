// The basic functions (Lua 5.1 §5.1), but for `require` and `module`, which package.ts has. Those that are called most
// take a list of arguments: where V8 has not optimized, `arguments` cost more.

import { getHeapStatistics } from "node:v8";
import {
	anyPair,
	argumentError,
	builtinError,
	call,
	callOne,
	cString,
	functionAtLevel,
	index,
	iterators,
	LuaError,
	LuaFunction,
	type LuaResult,
	type LuaState,
	type LuaTable,
	LuaUserdata,
	type LuaValue,
	leveledError,
	levelInfo,
	load,
	metamethod,
	metatableOf,
	NONE,
	nextEntry,
	noteWeakTable,
	type Outcome,
	protectedCall,
	protectedCallWithHandler,
	raise,
	resultList,
	setThreadEnvironment,
	shortcuts,
	LuaTable as Table,
	toNumber,
	toStringValue,
	tostr,
	typeName,
	valueError,
} from "../engine/api.ts";
import { parseWithBase } from "../lua51/number.ts";
import { addressOf } from "./address.ts";
import {
	checkAny,
	checkFunction,
	checkInt,
	checkOption,
	checkString,
	checkTable,
	optInt,
	optString,
} from "./arguments.ts";
import { registerLibrary } from "./library.ts";

/** The text of a source file, or native's message. */
export type SourceFile = { readonly text: string } | { readonly error: string };

/** What the basic functions need from outside the engine. */
export interface BaseServices {
	/** Writes to standard output. */
	write(bytes: string): void;
	/** Reads a chunk for loadfile and dofile; undefined means standard input. */
	readSource(path: string | undefined): SourceFile;
	/** Collects garbage, where there is a way. */
	collect(): void;
}

/** A sandbox has no files and nowhere to print to. */
const NO_SERVICES: BaseServices = {
	write: () => undefined,
	readSource: (path) => ({ error: `cannot open ${path ?? "stdin"}: Permission denied` }),
	collect: () => undefined,
};

// -- Showing values ------------------------------------------------------------------------

/** What `tostring` gives; mostly a string, but a `__tostring` handler may say anything. */
export function describe(value: LuaValue): LuaValue {
	const handler = metamethod(value, "__tostring");
	if (handler !== undefined) return callOne(handler, value);
	switch (typeof value) {
		case "string":
			return value;
		case "number":
			return tostr(value);
		case "boolean":
			return value ? "true" : "false";
		case "undefined":
			return "nil";
		case "object":
			return `${typeName(value)}: ${addressOf(value)}`;
	}
}

function tostring(...args: LuaValue[]): LuaValue {
	checkAny(1, args.length);
	return describe(args[0]);
}

/** `print`, which asks the global `tostring` of the moment. */
function makePrint(state: LuaState, services: BaseServices): (...args: LuaValue[]) => LuaResult {
	return (...args) => {
		const show = index(state.threadGlobals, "tostring");
		for (let i = 0; i < args.length; i++) {
			const text = toStringValue(callOne(show, args[i]));
			if (text === undefined) throw builtinError("'tostring' must return a string to 'print'");
			services.write((i > 0 ? "\t" : "") + cString(text));
		}
		services.write("\n");
		return NONE;
	};
}

function tonumber(value: LuaValue, base?: LuaValue): LuaValue {
	const given = arguments.length;
	const wanted = optInt(base, 2, 10);
	if (wanted === 10) {
		checkAny(1, given);
		return toNumber(value);
	}
	const text = checkString(value, 1, given);
	if (wanted < 2 || wanted > 36) throw argumentError(2, "base out of range");
	return parseWithBase(text, wanted);
}

// -- Traversal -----------------------------------------------------------------------------

function next(table: LuaValue, key: LuaValue): LuaResult {
	checkTable(table, 1, arguments.length);
	return nextEntry(table, key);
}

function ipairsStep(table: LuaValue, control: LuaValue): LuaResult {
	const given = arguments.length;
	const position = (checkInt(control, 2, given) + 1) | 0;
	const value = checkTable(table, 1, given).getInt(position);
	return value === undefined ? NONE : anyPair(position, value);
}

// Generic `for` knows these two and goes through the table itself.
iterators.next = next;
iterators.step = ipairsStep;

/** Its iterator is its upvalue. */
function pairs(this: LuaFunction, ...args: LuaValue[]): LuaResult {
	return [this.upvalues[0] as LuaFunction, checkTable(args[0], 1, args.length), undefined];
}

function ipairs(this: LuaFunction, ...args: LuaValue[]): LuaResult {
	return [this.upvalues[0] as LuaFunction, checkTable(args[0], 1, args.length), 0];
}

// A loop over what these give calls neither of them.
iterators.pairs = pairs;
iterators.ipairs = ipairs;

// -- Lists of values -------------------------------------------------------------------------

function select(n: LuaValue, ...args: LuaValue[]): LuaResult {
	if (typeof n === "string" && n.startsWith("#")) return args.length;
	const wanted = checkInt(n, 1, arguments.length);
	if (wanted > 0) return args.slice(wanted - 1);
	// From the end; the selector itself counts as one before the first.
	const start = args.length + wanted;
	if (wanted === 0 || start < 0) throw argumentError(1, "index out of range");
	return args.slice(start);
}

shortcuts.select = select;

/** Slots that a builtin may have on native's stack. */
const MAX_C_STACK = 8000;

function unpack(...args: LuaValue[]): LuaResult {
	const given = args.length;
	const table = checkTable(args[0], 1, given);
	const first = args[1] === undefined ? 1 : checkInt(args[1], 2, given);
	const last = args[2] === undefined ? table.border() : checkInt(args[2], 3, given);
	if (first > last) return NONE;
	const count = last - first + 1;
	if (count + given > MAX_C_STACK) throw builtinError("too many results to unpack");
	return table.items(first, last);
}

// -- Metatables and raw access -----------------------------------------------------------------

function getmetatable(...args: LuaValue[]): LuaValue {
	checkAny(1, args.length);
	const metatable = metatableOf(args[0]);
	return metatable?.getName("__metatable") ?? metatable;
}

function setmetatable(...args: LuaValue[]): LuaTable {
	const table = checkTable(args[0], 1, args.length);
	const metatable = args[1] as LuaTable | undefined;
	const isTable = metatable?.shape !== undefined;
	if (!isTable && (metatable !== undefined || args.length < 2))
		throw argumentError(2, "nil or table expected");
	if (table.metatable?.getName("__metatable") !== undefined) {
		throw builtinError("cannot change a protected metatable");
	}
	table.metatable = isTable ? metatable : undefined;
	if (isTable) noteWeakTable(table, metatable);
	return table;
}

function rawget(t: LuaValue, key: LuaValue): LuaValue {
	const given = arguments.length;
	const table = checkTable(t, 1, given);
	checkAny(2, given);
	return table.get(key);
}

function rawset(t: LuaValue, key: LuaValue, value: LuaValue): LuaTable {
	const given = arguments.length;
	const table = checkTable(t, 1, given);
	checkAny(2, given);
	checkAny(3, given);
	if (key === undefined) throw valueError("table index is nil");
	if (typeof key === "number" && Number.isNaN(key)) throw valueError("table index is NaN");
	table.set(key, value);
	return table;
}

function rawequal(a: LuaValue, b: LuaValue): boolean {
	const given = arguments.length;
	checkAny(1, given);
	checkAny(2, given);
	return a === b;
}

/** Metatables that newproxy(true) made; newproxy(p) shares only those. */
const proxyMetatables = new WeakSet<LuaTable>();

function newproxy(model: LuaValue): LuaUserdata {
	const proxy = new LuaUserdata(undefined, undefined);
	if (model === undefined || model === false) return proxy;
	if (model === true) {
		proxy.metatable = new Table();
		proxyMetatables.add(proxy.metatable);
		return proxy;
	}
	const shared = metatableOf(model);
	if (shared === undefined || !proxyMetatables.has(shared)) {
		throw argumentError(1, "boolean or proxy expected");
	}
	proxy.metatable = shared;
	return proxy;
}

// -- Errors --------------------------------------------------------------------------------

function assert(...args: LuaValue[]): LuaResult {
	const given = args.length;
	checkAny(1, given);
	const [value, message] = args;
	if (value !== undefined && value !== false) return args;
	return raise(builtinError(cString(optString(message, 2, "assertion failed!"))));
}

function error(value: LuaValue, level?: LuaValue): LuaError {
	const depth = optInt(level, 2, 1);
	const text = toStringValue(value);
	return raise(text !== undefined && depth > 0 ? leveledError(text, depth) : valueError(value));
}

function pcall(...given: LuaValue[]): LuaResult {
	checkAny(1, given.length);
	return withStatus(protectedCall(...(given as [LuaValue])));
}

/** Of a call without results. Nobody changes a list of results. */
const SUCCESS: readonly LuaValue[] = Object.freeze([true]);

function withStatus(outcome: Outcome): LuaResult {
	if (!outcome.ok) return [false, outcome.error.value];
	const { results } = outcome;
	if (typeof results !== "object" || !Array.isArray(results)) return [true, results as LuaValue];
	return results.length === 0 ? SUCCESS : [true, ...results];
}

function xpcall(f: LuaValue, handler: LuaValue): LuaResult {
	checkAny(2, arguments.length);
	return withStatus(protectedCallWithHandler(f, handler));
}

// -- Environments (Lua 5.1 §2.9) -----------------------------------------------------------------

/** The function that getfenv and setfenv are asked about; "builtin" for one of C. */
function functionMeant(given: LuaValue, level: number): LuaFunction | "builtin" {
	if (given instanceof LuaFunction) return given.p === undefined ? "builtin" : given;
	if (level < 0) throw argumentError(1, "level must be non-negative");
	if (level === 0) return "builtin";
	const found = functionAtLevel(level);
	if (found === undefined) throw argumentError(1, "invalid level");
	if (found === "tail") throw builtinError(`no function environment for tail call at level ${level}`);
	return found;
}

// -- Chunks --------------------------------------------------------------------------------

/** The main function of a chunk, or the error's value. */
export function loadText(
	state: LuaState,
	text: string,
	chunkName: string,
): { readonly main: LuaFunction } | { readonly error: LuaValue } {
	try {
		return { main: load(state, text, cString(chunkName)) };
	} catch (thrown) {
		if (thrown instanceof LuaError) return { error: thrown.value };
		throw thrown;
	}
}

function loaded(outcome: ReturnType<typeof loadText>): LuaResult {
	return "main" in outcome ? outcome.main : [undefined, outcome.error];
}

/** "chunk:line: " of the running builtin's caller (luaL_where). */
function callerPosition(): string {
	const caller = levelInfo(1);
	return caller !== undefined && caller.currentline > 0 ? `${caller.short_src}:${caller.currentline}: ` : "";
}

/** A chunk that more text may still make right. */
const UNFINISHED = /('<eof>'|unexpected end in precompiled chunk)$/;
/** Known as soon as the line has ended. */
const ENDS_AT_LINE = /: unfinished string near '/;
/** How many pieces may come before they are looked at for the first time. */
const FIRST_LOOK = 1000;

/**
 * All that a reader function gives, or the error that stopped it. Native parses while it
 * reads, so a syntax error in what was read comes first, and ends endless readers too.
 */
function loadPieces(state: LuaState, reader: LuaFunction, chunkName: string): ReturnType<typeof loadText> {
	let text = "";
	const stopped = (error: LuaValue): ReturnType<typeof loadText> => {
		const soFar = loadText(state, text, chunkName);
		if ("main" in soFar || UNFINISHED.test(toStringValue(soFar.error) ?? "")) return { error };
		// It has also read the character behind the token that is wrong, so without that the message is the same.
		const before = loadText(state, text.slice(0, -1), chunkName);
		const isKnown = "error" in before && before.error === soFar.error;
		return isKnown || ENDS_AT_LINE.test(toStringValue(soFar.error) ?? "") ? soFar : { error };
	};
	let nextLook = FIRST_LOOK;
	for (let count = 1; ; count++) {
		const outcome = protectedCall(reader);
		if (!outcome.ok) return stopped(outcome.error.value);
		const [piece] = resultList(outcome.results);
		const part = piece === undefined ? "" : toStringValue(piece);
		if (part === undefined) return stopped(`${callerPosition()}reader function must return a string`);
		if (part === "") {
			// Native has looked whether the first character is that of precompiled code, and asks again.
			if (count === 1) continue;
			break;
		}
		text += part;
		if (count === nextLook) {
			nextLook *= 2;
			const early = stopped(undefined);
			if ("main" in early || early.error !== undefined) return early;
		}
	}
	return loadText(state, text, chunkName);
}

/** The text of a source file with its `#!` line emptied, as a chunk's name and text. */
export function loadSource(
	state: LuaState,
	services: BaseServices,
	path: string | undefined,
): ReturnType<typeof loadText> {
	const source = services.readSource(path);
	if ("error" in source) return source;
	let { text } = source;
	if (text.startsWith("#")) {
		const end = text.indexOf("\n");
		// Native opens a file with a precompiled chunk again, and takes it from the first such byte on.
		const isPrecompiled = path !== undefined && end >= 0 && text[end + 1] === "\x1b";
		text = isPrecompiled ? text.slice(text.indexOf("\x1b")) : end < 0 ? "" : text.slice(end);
	}
	return loadText(state, text, path === undefined ? "=stdin" : `@${path}`);
}

// -- Memory --------------------------------------------------------------------------------

const COLLECT_OPTIONS = ["stop", "restart", "collect", "count", "step", "setpause", "setstepmul"];
const DEFAULT_PAUSE = 200;
const DEFAULT_STEP_MULTIPLIER = 200;

function usedKilobytes(): number {
	return getHeapStatistics().used_heap_size / 1024;
}

function makeCollectGarbage(services: BaseServices): (option: LuaValue, argument: LuaValue) => LuaValue {
	const settings = { pause: DEFAULT_PAUSE, multiplier: DEFAULT_STEP_MULTIPLIER };
	return function collectgarbage(option, argument) {
		const chosen = COLLECT_OPTIONS[checkOption(option, 1, arguments.length, COLLECT_OPTIONS, "collect")];
		const number = optInt(argument, 2, 0);
		switch (chosen) {
			case "count":
				return usedKilobytes();
			case "collect":
				services.collect();
				return 0;
			case "step":
				services.collect();
				return true;
			case "setpause": {
				const previous = settings.pause;
				settings.pause = number;
				return previous;
			}
			case "setstepmul": {
				const previous = settings.multiplier;
				settings.multiplier = number;
				return previous;
			}
			default:
				return 0;
		}
	};
}

// -- The library -----------------------------------------------------------------------------

export function openBase(state: LuaState, services: BaseServices = NO_SERVICES): LuaTable {
	const { globals } = state;
	globals.setStr("_G", globals);
	registerLibrary(state, "_G", {
		assert,
		collectgarbage: makeCollectGarbage(services),
		dofile: (path) => {
			const chunk = loadSource(state, services, optString(path, 1, undefined));
			if ("error" in chunk) throw valueError(chunk.error);
			return call(chunk.main);
		},
		error,
		gcinfo: () => Math.floor(usedKilobytes()),
		getfenv: (given) => {
			const level = given instanceof LuaFunction ? 0 : optInt(given, 1, 1);
			const f = functionMeant(given, level);
			return f === "builtin" ? state.threadGlobals : f.env;
		},
		getmetatable,
		loadfile: (path) => loaded(loadSource(state, services, optString(path, 1, undefined))),
		load: function (reader, name) {
			const chunkName = optString(name, 2, "=(load)");
			return loaded(loadPieces(state, checkFunction(reader, 1, arguments.length), chunkName));
		},
		loadstring: function (text, name) {
			const chunk = checkString(text, 1, arguments.length);
			return loaded(loadText(state, chunk, optString(name, 2, chunk)));
		},
		next,
		pcall,
		print: makePrint(state, services),
		rawequal,
		rawget,
		rawset,
		select,
		setfenv: function (given, environment) {
			const count = arguments.length;
			const env = checkTable(environment, 2, count);
			const f = functionMeant(given, given instanceof LuaFunction ? 0 : checkInt(given, 1, count));
			if (toNumber(given) === 0) {
				setThreadEnvironment(env);
				return NONE;
			}
			if (f === "builtin") throw builtinError("'setfenv' cannot change environment of given object");
			f.env = env;
			return f;
		},
		setmetatable,
		tonumber,
		tostring,
		type: (...args) => {
			checkAny(1, args.length);
			return typeName(args[0]);
		},
		unpack,
		xpcall,
	});
	globals.setStr("_VERSION", "Lua 5.1");
	// `pairs` and `ipairs` keep their iterators whatever the globals become.
	const iterate = state.builtin("next", next);
	const step = state.builtin("ipairs", ipairsStep);
	globals.setStr("ipairs", state.builtin("ipairs", ipairs, [step]));
	globals.setStr("pairs", state.builtin("pairs", pairs, [iterate]));
	globals.setStr("newproxy", state.builtin("newproxy", newproxy, [proxyMetatables]));
	return globals;
}
