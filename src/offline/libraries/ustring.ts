/** mw.ustring's part of the host (UstringLibrary.php): patterns. Positions are those of code points. */
import { LuaFunctionHandle } from "../../host/value.ts";
import { checkType, fail, optionalNumber } from "../check.ts";
import type { Callback, CallbackResult, Conversation, Steps } from "../conversation.ts";
import {
	isArray,
	isUtf8,
	luaTypeName,
	numberText,
	type PhpArray,
	type PhpValue,
	phpKey,
	phpText,
	toBytes,
	toText,
} from "../php-array.ts";
import {
	type Anchor,
	type CompiledPattern,
	compilePattern,
	findMatch,
	type Match,
} from "../ustring-pattern.ts";

export const PATTERN_LENGTH_LIMIT = 10_000;

/** A text as code points, and back. The last one is remembered: gmatch asks for each match by itself. */
class CodePoints {
	#bytes: string | undefined;
	#codes: readonly number[] = [];

	of(bytes: string): readonly number[] {
		if (bytes !== this.#bytes) {
			this.#codes = Array.from(toText(bytes), (character) => character.codePointAt(0)!);
			this.#bytes = bytes;
		}
		return this.#codes;
	}
}

function bytesOf(codes: readonly number[], start: number, end: number): string {
	let text = "";
	for (let i = start; i < end; i++) text += String.fromCodePoint(codes[i]!);
	return toBytes(text);
}

function byteLength(code: number): number {
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** A capture: its text, or its position from 1. */
function captureValues(
	codes: readonly number[],
	pattern: CompiledPattern,
	match: Match,
): (string | number)[] {
	return pattern.captures.map((isPosition, index) => {
		const [start, end] = match.groups[index]!;
		return isPosition ? start + 1 : bytesOf(codes, start, end);
	});
}

type Replacement = (whole: string, captures: readonly (string | number)[]) => string | Steps<string>;

export function ustringLibrary(
	host: Conversation,
	stringLengthLimit: number,
): Readonly<Record<string, Callback>> {
	const codePoints = new CodePoints();

	const subject = (name: string, value: PhpValue): string => {
		if (typeof value === "number") return numberText(value);
		checkType(name, 1, value, "string");
		const bytes = value as string;
		if (!isUtf8(bytes)) fail(`bad argument #1 to '${name}' (string is not UTF-8)`);
		if (bytes.length > stringLengthLimit) {
			fail(`bad argument #1 to '${name}' (string is longer than ${stringLengthLimit} bytes)`);
		}
		return bytes;
	};

	const patternText = (name: string, value: PhpValue): string => {
		const bytes = typeof value === "number" ? numberText(value) : value;
		checkType(name, 2, bytes, "string");
		const text = bytes as string;
		if (!isUtf8(text)) fail(`bad argument #2 to '${name}' (string is not UTF-8)`);
		if (text.length > PATTERN_LENGTH_LIMIT) {
			fail(`bad argument #2 to '${name}' (pattern is longer than ${PATTERN_LENGTH_LIMIT} bytes)`);
		}
		return text;
	};

	const compiled = (name: string, value: PhpValue, anchor: Anchor): CompiledPattern =>
		compilePattern(toText(patternText(name, value)), anchor);

	/** The start as an index from 0. */
	const startIndex = (codes: readonly number[], init: number): number => {
		const position = init < 0 ? codes.length + init + 1 : Math.min(init, codes.length + 1);
		return position > 1 ? Math.trunc(position - 1) : 0;
	};

	function find(s: PhpValue, pattern: PhpValue, init: PhpValue, plain: PhpValue): CallbackResult {
		const codes = codePoints.of(subject("find", s));
		const start = startIndex(codes, optionalNumber("find", 3, init, 1));
		if (plain !== undefined) checkType("find", 4, plain, "boolean");
		if (plain === true) {
			const wanted = Array.from(
				toText(patternText("find", pattern)),
				(character) => character.codePointAt(0)!,
			);
			for (let at = start; at + wanted.length <= codes.length; at++) {
				if (wanted.every((code, index) => codes[at + index] === code)) return [at + 1, at + wanted.length];
			}
			return [undefined];
		}
		const program = compiled("find", pattern, "offset");
		const match = findMatch(program, codes, start);
		if (match === undefined) return [undefined];
		return [match.start + 1, match.end, ...captureValues(codes, program, match)];
	}

	function match(s: PhpValue, pattern: PhpValue, init: PhpValue): CallbackResult {
		const codes = codePoints.of(subject("match", s));
		const start = startIndex(codes, optionalNumber("match", 3, init, 1));
		const program = compiled("match", pattern, "offset");
		const found = findMatch(program, codes, start);
		if (found === undefined) return [undefined];
		const captures = captureValues(codes, program, found);
		return captures.length > 0 ? captures : [bytesOf(codes, found.start, found.end)];
	}

	/** The second and third results only travel: the real host sends its regular expression. */
	function gmatchInit(s: PhpValue, pattern: PhpValue): CallbackResult {
		subject("gmatch", s);
		const text = patternText("gmatch", pattern);
		compilePattern(toText(text), "none");
		return [text, new Map()];
	}

	/** `position` counts bytes from 0. The result goes to `unpack`, which begins behind its first element. */
	function gmatchCallback(
		s: PhpValue,
		pattern: PhpValue,
		_captures: PhpValue,
		position: PhpValue,
	): CallbackResult {
		const codes = codePoints.of(phpText(s));
		const program = compilePattern(toText(phpText(pattern)), "none");
		let index = 0;
		let bytes = 0;
		while (bytes < Number(position) && index < codes.length) bytes += byteLength(codes[index++]!);
		const found = findMatch(program, codes, index);
		if (found === undefined) return [position, new Map()];
		for (; index < found.end; index++) bytes += byteLength(codes[index]!);
		const captures = captureValues(codes, program, found);
		const values = captures.length > 0 ? captures : [bytesOf(codes, found.start, found.end)];
		return [bytes, new Map(values.map((value, i) => [i + 1, value] as const))];
	}

	function* gsub(s: PhpValue, pattern: PhpValue, repl: PhpValue, n: PhpValue): Steps<CallbackResult> {
		const bytes = subject("gsub", s);
		const limit = optionalNumber("gsub", 4, n, Number.POSITIVE_INFINITY);
		if (limit < 1) return [bytes, 0];
		const codes = codePoints.of(bytes);
		const program = compiled("gsub", pattern, "start");
		const replacement = replacementOf(repl);
		let output = "";
		let count = 0;
		let position = 0;
		let isRetry = false;
		while (count < Math.trunc(limit)) {
			const found = findMatch(program, codes, position, isRetry);
			if (found === undefined) {
				// After an empty match nothing else matched here: on with the next character.
				if (!isRetry || position >= codes.length) break;
				output += bytesOf(codes, position, position + 1);
				position++;
				isRetry = false;
				continue;
			}
			output += bytesOf(codes, position, found.start);
			const given = replacement(bytesOf(codes, found.start, found.end), captureValues(codes, program, found));
			output += typeof given === "string" ? given : yield* given;
			count++;
			isRetry = found.end === found.start;
			position = found.end;
		}
		return [output + bytesOf(codes, position, codes.length), count];
	}

	function replacementOf(repl: PhpValue): Replacement {
		if (typeof repl === "string" || typeof repl === "number") return textReplacement(phpText(repl));
		if (isArray(repl)) return (whole, captures) => tableReplacement(repl, whole, captures);
		if (repl instanceof LuaFunctionHandle) return (whole, captures) => called(repl, whole, captures);
		checkType("gsub", 3, repl, "function or table or string");
		return fail("unreachable");
	}

	function* called(
		f: LuaFunctionHandle,
		whole: string,
		captures: readonly (string | number)[],
	): Steps<string> {
		const [result] = yield* host.call(f, ...(captures.length > 0 ? captures : [whole]));
		return result === undefined ? whole : replacementText(result);
	}

	return { find, match, gmatch_init: gmatchInit, gmatch_callback: gmatchCallback, gsub };
}

function textReplacement(template: string): Replacement {
	return (whole, captures) =>
		template.replace(/%([%0-9])/g, (_, mark: string) => {
			if (mark === "%") return "%";
			const capture = mark === "0" ? whole : captures[Number(mark) - 1];
			if (capture !== undefined) return phpText(capture);
			// Undocumented, and Lua's own gsub does so too.
			return mark === "1" ? whole : fail(`invalid capture index %${mark} in replacement string`);
		});
}

function tableReplacement(table: PhpArray, whole: string, captures: readonly (string | number)[]): string {
	const value = table.get(phpKey(phpText(captures[0] ?? whole)));
	return value === undefined ? whole : replacementText(value);
}

function replacementText(value: PhpValue): string {
	if (typeof value !== "string" && typeof value !== "number") {
		fail(`invalid replacement value (a ${luaTypeName(value)})`);
	}
	return phpText(value);
}
