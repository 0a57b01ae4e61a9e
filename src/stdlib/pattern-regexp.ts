// A compiled pattern as a RegExp that finds the same matches with the same captures: both
// try the same ways in the same order, since a pattern is a plain sequence whose single
// characters repeat greedily or lazily. Not translated are patterns with position captures
// and %b, which RegExp has not, and those that may raise an error.

import { ANY, type CharacterSet } from "./character-set.ts";
import {
	CAPTURE_TEXT,
	type Pattern,
	STEP_AGAIN,
	STEP_CHARACTER,
	STEP_CLOSE,
	STEP_END,
	STEP_FRONTIER,
	STEP_GREEDY,
	STEP_LAST,
	STEP_LAZY,
	STEP_OPEN,
	STEP_OPTIONAL,
	STEP_RUN,
	STEP_SET,
} from "./pattern-compiler.ts";

/** V8 takes long for long ones, and refuses very long ones. */
const MAX_STEPS = 200;

/** Null when there is none, or when the pattern is found by its text. */
export function toRegExp(pattern: Pattern): RegExp | null {
	const { steps, captures } = pattern;
	if (pattern.literal !== undefined && !pattern.isAnchored) return null;
	if (steps.length > MAX_STEPS || captures.some((kind) => kind !== CAPTURE_TEXT)) return null;
	let source = "";
	for (let at = 0; at < steps.length; at++) {
		const part = partOf(steps[at]!, pattern.operands[at]!, pattern.sets[at]!);
		if (part === undefined) return null;
		source += part;
	}
	return new RegExp(source, pattern.isAnchored ? "y" : "g");
}

function partOf(step: number, operand: number, set: CharacterSet): string | undefined {
	switch (step) {
		case STEP_END:
			return "";
		case STEP_CHARACTER:
		case STEP_SET:
			return classOf(set);
		case STEP_RUN:
		case STEP_GREEDY:
			return classOf(set) + (operand === 0 ? "*" : "+");
		case STEP_LAZY:
			return `${classOf(set)}*?`;
		case STEP_OPTIONAL:
			return `${classOf(set)}?`;
		case STEP_OPEN:
			return "(";
		case STEP_CLOSE:
			return ")";
		case STEP_AGAIN:
			return `(?:\\${operand + 1})`;
		case STEP_FRONTIER:
			return frontier(set);
		case STEP_LAST:
			return "$";
		default:
			return undefined;
	}
}

/** Before the subject and after it there is a zero byte, as %f sees it. */
function frontier(set: CharacterSet): string {
	const inside = classOf(set);
	const outside = rangesOf(set, true);
	return set.has(0) ? `(?<=${outside})(?!${outside})` : `(?<!${inside})(?=${inside})`;
}

function classOf(set: CharacterSet): string {
	if (set === ANY) return "[^]";
	return set.only >= 0 ? byteEscape(set.only) : rangesOf(set, false);
}

/** `[...]`; the set's complement when `isOpposite`. */
function rangesOf(set: CharacterSet, isOpposite: boolean): string {
	let ranges = "";
	for (let code = 0; code < 256; code++) {
		if (set.has(code) === isOpposite) continue;
		let end = code;
		while (end < 255 && set.has(end + 1) !== isOpposite) end++;
		ranges += end === code ? byteEscape(code) : `${byteEscape(code)}-${byteEscape(end)}`;
		code = end;
	}
	return `[${ranges}]`;
}

function byteEscape(code: number): string {
	return `\\x${code.toString(16).padStart(2, "0")}`;
}
