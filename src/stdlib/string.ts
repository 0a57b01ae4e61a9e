// The string library. Strings are JavaScript strings with one character for each byte; what a
// character is (letter, space, upper case) is as in the C locale, whatever the machine's.

import {
	allocate,
	argumentError,
	builtinError,
	call,
	dumpFunction,
	firstResult,
	flat,
	index,
	isTrue,
	LONG_STRING,
	LuaFunction,
	LuaMemoryError,
	type LuaResult,
	type LuaState,
	LuaTable,
	type LuaValue,
	NONE,
	toStringValue,
	typeName,
} from "../engine/api.ts";
import { checkFunction, checkInt, checkInteger, checkString, optInt } from "./arguments.ts";
import { formatValues } from "./format.ts";
import { registerLibrary } from "./library.ts";
import { captureEnds, captureStarts, findMatch, matchEnd, matchedTexts } from "./pattern.ts";
import { CAPTURE_POSITION, CAPTURE_UNFINISHED, compilePattern, type Pattern } from "./pattern-compiler.ts";
import { TextCache } from "./text-cache.ts";

/** V8 makes no longer string (2^29 - 24). */
const MAX_LENGTH = 536870888;
/** Lua 5.1's limit of values on a C function's stack (LUAI_MAXCSTACK). */
const MAX_STACK = 8000;

/** Creates the library's table in native's order, and the metatable of strings. */
export function openString(state: LuaState): LuaTable {
	const table = registerLibrary(state, "string", {
		byte: stringByte,
		char: stringChar,
		dump: stringDump,
		find: stringFind,
		format: stringFormat,
		gfind: removedGfind,
		gmatch: (...args) => stringGmatch(state, args),
		gsub: stringGsub,
		len: stringLen,
		lower: stringLower,
		match: stringMatch,
		rep: stringRep,
		reverse: stringReverse,
		sub: stringSub,
		upper: stringUpper,
	});
	table.setStr("gfind", table.getStr("gmatch"));
	const metatable = LuaTable.sized(0, 1);
	metatable.setStr("__index", table);
	state.stringMetatable = metatable;
	return table;
}

/** Holds gfind's place in the order until it becomes gmatch under its old name. */
function removedGfind(): never {
	throw builtinError("'string.gfind' was renamed to 'string.gmatch'");
}

// -- Parts and bytes ----------------------------------------------------------------

// Positions below zero count from the end.

function stringSub(...args: LuaValue[]): LuaResult {
	const text = checkString(args[0], 1, args.length);
	const { length } = text;
	let start = checkInteger(args[1], 2, args.length);
	let end = args[2] === undefined ? length : checkInteger(args[2], 3, args.length);
	if (start < 0) start += length + 1;
	if (end < 0) end += length + 1;
	if (start < 1) start = 1;
	return start <= end ? text.slice(start - 1, end) : "";
}

function stringByte(...args: LuaValue[]): LuaResult {
	const text = checkString(args[0], 1, args.length);
	const { length } = text;
	let start = args[1] === undefined ? 1 : checkInteger(args[1], 2, args.length);
	let end = args[2] === undefined ? start : checkInteger(args[2], 3, args.length);
	if (start < 0) start += length + 1;
	if (end < 0) end += length + 1;
	if (start < 1) start = 1;
	if (end > length) end = length;
	if (start === end) return text.charCodeAt(start - 1);
	if (start > end) return NONE;
	const count = end - start + 1;
	if (count + args.length > MAX_STACK) throw builtinError("stack overflow (string slice too long)");
	if (count <= 4) return fewBytes(text, start - 1, count);
	const codes: number[] = [];
	for (let at = start - 1; at < end; at++) codes.push(text.charCodeAt(at));
	return codes;
}

/** Two to four, as who reads UTF-8 asks for: a list that grows takes several times as long. */
function fewBytes(text: string, at: number, count: number): number[] {
	const first = text.charCodeAt(at);
	const second = text.charCodeAt(at + 1);
	if (count === 2) return [first, second];
	const third = text.charCodeAt(at + 2);
	return count === 3 ? [first, second, third] : [first, second, third, text.charCodeAt(at + 3)];
}

function stringChar(...args: LuaValue[]): LuaResult {
	let text = "";
	for (let position = 1; position <= args.length; position++) {
		const code = checkInt(args[position - 1], position, args.length);
		if ((code & 255) !== code) throw argumentError(position, "invalid value");
		text += String.fromCharCode(code);
	}
	return text;
}

function stringLen(...args: LuaValue[]): LuaResult {
	return checkString(args[0], 1, args.length).length;
}

function stringRep(...args: LuaValue[]): LuaResult {
	const text = checkString(args[0], 1, args.length);
	const count = checkInt(args[1], 2, args.length);
	if (count <= 0 || text === "") return "";
	if (text.length * count > MAX_LENGTH) throw new LuaMemoryError();
	const length = text.length * count;
	if (length < LONG_STRING) return text.repeat(count);
	allocate(length);
	// Flat, as native's: V8 would keep it as references to shorter ones, and it would seem to take no memory.
	return Buffer.alloc(length, text, "latin1").toString("latin1");
}

function stringReverse(...args: LuaValue[]): LuaResult {
	const text = checkString(args[0], 1, args.length);
	if (text.length > 64) return Buffer.from(text, "latin1").reverse().toString("latin1");
	const codes: number[] = [];
	for (let at = text.length - 1; at >= 0; at--) codes.push(text.charCodeAt(at));
	return String.fromCharCode.apply(undefined, codes);
}

// JavaScript knows other cases of bytes that are no letters in the C locale.

function stringUpper(...args: LuaValue[]): LuaResult {
	const text = checkString(args[0], 1, args.length);
	if (NOT_ASCII.test(text)) return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
	return text.toUpperCase();
}

function stringLower(...args: LuaValue[]): LuaResult {
	const text = checkString(args[0], 1, args.length);
	if (NOT_ASCII.test(text)) return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
	return text.toLowerCase();
}

const NOT_ASCII = /[\x80-\xff]/;

function stringDump(...args: LuaValue[]): string {
	const dumped = dumpFunction(checkFunction(args[0], 1, args.length));
	if (dumped === undefined) throw builtinError("unable to dump given function");
	return dumped;
}

function stringFormat(...args: LuaValue[]): LuaResult {
	return formatValues(checkString(args[0], 1, args.length), args);
}

// -- Captures -------------------------------------------------------------------------

/** A capture of the match just found. */
function capture(pattern: Pattern, subject: string, which: number): LuaValue {
	if (matchedTexts !== undefined) return matchedTexts[which + 1];
	const kind = pattern.captures[which];
	const start = captureStarts[which]!;
	if (kind === CAPTURE_POSITION) return start + 1;
	if (kind === CAPTURE_UNFINISHED) throw builtinError("unfinished capture");
	return subject.slice(start, captureEnds[which]);
}

/** All captures of the match just found, or all of the match when the pattern has none. */
function captures(pattern: Pattern, subject: string, start: number, end: number): LuaResult {
	const count = pattern.captures.length;
	if (count === 0) return subject.slice(start, end);
	if (count === 1) return capture(pattern, subject, 0);
	const values: LuaValue[] = [];
	for (let which = 0; which < count; which++) values.push(capture(pattern, subject, which));
	return values;
}

// -- Searching ------------------------------------------------------------------------

/** The third argument of find and match as an offset in the subject. */
function searchStart(value: LuaValue, length: number): number {
	if (value === undefined) return 0;
	let start = checkInteger(value, 3, 3);
	if (start < 0) start += length + 1;
	if (start < 1) return 0;
	return start <= length ? start - 1 : length;
}

function stringFind(...args: LuaValue[]): LuaResult {
	const subject = checkString(args[0], 1, args.length);
	const text = checkString(args[1], 2, args.length);
	const from = searchStart(args[2], subject.length);
	let plain: string | undefined;
	let pattern: Pattern | undefined;
	if (isTrue(args[3])) plain = text;
	else {
		pattern = compilePattern(text, true);
		plain = pattern.plain;
	}
	if (plain !== undefined) {
		const found = subject.indexOf(plain, from);
		return found < 0 ? undefined : [found + 1, found + plain.length];
	}
	const start = findMatch(pattern!, subject, from);
	if (start < 0) return undefined;
	const values: LuaValue[] = [start + 1, matchEnd];
	const count = pattern!.captures.length;
	for (let which = 0; which < count; which++) values.push(capture(pattern!, subject, which));
	return values;
}

function stringMatch(...args: LuaValue[]): LuaResult {
	const subject = checkString(args[0], 1, args.length);
	const text = checkString(args[1], 2, args.length);
	const from = searchStart(args[2], subject.length);
	const pattern = compilePattern(text, true);
	const start = findMatch(pattern, subject, from);
	return start < 0 ? undefined : captures(pattern, subject, start, matchEnd);
}

/** As many as native's iterator has; they are not reached. */
const GMATCH_UPVALUES = [undefined, undefined, undefined];

function stringGmatch(state: LuaState, args: readonly LuaValue[]): LuaResult {
	const subject = checkString(args[0], 1, args.length);
	const pattern = compilePattern(checkString(args[1], 2, args.length), false);
	let next = 0;
	const iterate = (): LuaResult => {
		if (next > subject.length) return NONE;
		const start = findMatch(pattern, subject, next);
		if (start < 0) return NONE;
		const end = matchEnd;
		next = end === start ? end + 1 : end;
		return captures(pattern, subject, start, end);
	};
	return new LuaFunction(iterate, state.globals, undefined, "", GMATCH_UPVALUES);
}

// -- Replacing ------------------------------------------------------------------------

/** What gsub puts in place of the match just found, always the same or each time; undefined leaves the match as it is. */
type Replacement =
	| string
	| ((pattern: Pattern, subject: string, start: number, end: number) => string | undefined);

function stringGsub(...args: LuaValue[]): LuaResult {
	const subject = checkString(args[0], 1, args.length);
	const patternText = checkString(args[1], 2, args.length);
	const limit = args[3] === undefined ? subject.length + 1 : optInt(args[3], 4, 0);
	const pattern = compilePattern(patternText, true);
	const given = replacementOf(args[2]);
	let result = "";
	// V8 keeps a sum of strings as a tree: it is made flat now and then, or it would grow
	// to many times the text's size.
	let recent = "";
	let copied = 0;
	let count = 0;
	let at = 0;
	while (count < limit) {
		const start = findMatch(pattern, subject, at);
		if (start < 0) break;
		const end = matchEnd;
		count++;
		const replacement = typeof given === "string" ? given : given(pattern, subject, start, end);
		if (replacement !== undefined) {
			if (copied < start) recent += subject.slice(copied, start);
			recent += replacement;
			copied = end;
			if ((count & 1023) === 0) {
				result += flat(recent);
				recent = "";
			}
		}
		// After an empty match the character there is kept.
		at = end > start ? end : end + 1;
		if (pattern.isAnchored || at > subject.length) break;
	}
	if (copied === 0 && recent === "" && result === "") return [subject, count];
	result += recent;
	return [copied < subject.length ? result + subject.slice(copied) : result, count];
}

function replacementOf(value: LuaValue): Replacement {
	if (typeof value === "string") return replacementOfText(value);
	if (typeof value === "number") return replacementOfText(toStringValue(value)!);
	if (value instanceof LuaFunction) {
		return (pattern, subject, start, end) => {
			const given = captures(pattern, subject, start, end);
			const result = Array.isArray(given) ? call(value, ...given) : call(value, given as LuaValue);
			return replacementText(firstResult(result));
		};
	}
	if (value instanceof LuaTable) {
		return (pattern, subject, start, end) => {
			const key = pattern.captures.length === 0 ? subject.slice(start, end) : capture(pattern, subject, 0);
			let found = value.get(key);
			if (found === undefined && value.metatable !== undefined) found = index(value, key);
			return replacementText(found);
		};
	}
	throw argumentError(3, "string/function/table expected");
}

/** The text that a table or function gave; undefined for nil and false. */
function replacementText(value: LuaValue): string | undefined {
	if (typeof value === "string") return value;
	if (value === undefined || value === false) return undefined;
	const text = toStringValue(value);
	if (text === undefined) throw builtinError(`invalid replacement value (a ${typeName(value)})`);
	return text;
}

function replacementOfText(text: string): Replacement {
	if (!text.includes("%")) return text;
	const { texts, marks } = templates.get(text);
	return (pattern, subject, start, end) => {
		const { length } = pattern.captures;
		let result = texts[0]!;
		for (let at = 0; at < marks.length; at++) {
			const mark = marks[at]!;
			if (mark === 0 || (mark === 1 && length === 0)) result += subject.slice(start, end);
			else {
				if (mark > length) throw builtinError("invalid capture index");
				const value = capture(pattern, subject, mark - 1);
				result += typeof value === "string" ? value : toStringValue(value);
			}
			result += texts[at + 1]!;
		}
		return result;
	};
}

/** A replacement text as texts and capture numbers in turn: "a%1b" is "a", 1, "b"; 0 is the whole match. */
interface Template {
	readonly texts: readonly string[];
	readonly marks: readonly number[];
}

const templates = new TextCache(readTemplate);

function readTemplate(text: string): Template {
	const texts: string[] = [];
	const marks: number[] = [];
	let literal = "";
	for (let at = 0; at < text.length; at++) {
		let character = text.charAt(at);
		if (character === "%") {
			at++;
			// Past its end, C sees the zero byte that ends the text.
			character = at < text.length ? text.charAt(at) : "\0";
			if (character >= "0" && character <= "9") {
				texts.push(literal);
				marks.push(Number(character));
				literal = "";
				continue;
			}
		}
		literal += character;
	}
	texts.push(literal);
	return { texts, marks };
}
