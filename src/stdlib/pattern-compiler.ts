// Lua patterns compiled to a list of steps, which pattern.ts matches by backtracking.
//
// A pattern is a plain sequence: nothing repeats but single characters. Therefore the
// number of captures, and which of them are open, is known at every step when compiling, a
// capture needs no undoing when matching goes back, and most repeats need no going back at
// all (see `first` and STEP_RUN). A malformed part raises its error only when matching
// gets there, as native's does: it is compiled to STEP_ERROR.

import { exact } from "../lua51/padding.ts";
import { cString } from "../lua51/value.ts";
import {
	ANY,
	addRange,
	addSet,
	CharacterSet,
	complement,
	intersects,
	NO_SET,
	newBits,
	setOfCharacter,
	setOfClass,
	union,
} from "./character-set.ts";
import { TextCache } from "./text-cache.ts";

// -- Steps ----------------------------------------------------------------------
// Each step has an operand (a number) and a set. `STEP_X set: effect`.

/** The end of the pattern: a match. */
export const STEP_END = 0;
/** operand = the character that must come. */
export const STEP_CHARACTER = 1;
/** One character of the set. */
export const STEP_SET = 2;
/** The longest run, at least `operand`; shorter ones need not be tried. */
export const STEP_RUN = 3;
/** The longest run, at least `operand`, then shorter ones (`*`, `+`). */
export const STEP_GREEDY = 4;
/** The shortest run, then longer ones (`-`). */
export const STEP_LAZY = 5;
/** One character of the set if possible (`?`). */
export const STEP_OPTIONAL = 6;
/** operand = the capture that starts here. */
export const STEP_OPEN = 7;
/** operand = the capture that ends here. */
export const STEP_CLOSE = 8;
/** operand = the position capture. */
export const STEP_POSITION = 9;
/** operand = the capture whose text must come again. */
export const STEP_AGAIN = 10;
/** operand = opening character + 256 * closing character (`%b`). */
export const STEP_BALANCED = 11;
/** A change from outside the set into it (`%f`). */
export const STEP_FRONTIER = 12;
/** The end of the subject (`$`). */
export const STEP_LAST = 13;
/** Never matches: `%1` for a position capture. */
export const STEP_FAIL = 14;
/** operand = the number of the message that is raised. */
export const STEP_ERROR = 15;

export const MESSAGES = [
	"malformed pattern (ends with '%')",
	"malformed pattern (missing ']')",
	"missing '[' after '%f' in pattern",
	"unbalanced pattern",
	"too many captures",
	"invalid pattern capture",
	"invalid capture index",
] as const;
const ERROR_ENDS_WITH_ESCAPE = 0;
const ERROR_MISSING_BRACKET = 1;
const ERROR_FRONTIER = 2;
const ERROR_BALANCE = 3;
const ERROR_TOO_MANY_CAPTURES = 4;
const ERROR_CLOSE = 5;
const ERROR_CAPTURE_INDEX = 6;

export const MAX_CAPTURES = 32;

export const CAPTURE_UNFINISHED = 0;
export const CAPTURE_TEXT = 1;
export const CAPTURE_POSITION = 2;

const SPECIAL = /[\^$*+?.([%-]/;

export class Pattern {
	/** Begins with `^`: matches at the first position or not at all. */
	readonly isAnchored: boolean;
	readonly steps: readonly number[];
	readonly operands: readonly number[];
	readonly sets: readonly CharacterSet[];
	/** What the text from a step on must begin with; undefined when it may be empty. */
	readonly first: readonly (CharacterSet | undefined)[];
	/** CAPTURE_*, one for each capture. */
	readonly captures: readonly number[];
	/** The text, when the pattern is nothing but characters. */
	readonly literal: string | undefined;
	/** The text that `find` looks for when nothing in it (up to a zero byte) is special. */
	readonly plain: string | undefined;
	/** The character every match begins with, if there is one. */
	readonly firstCharacter: string | undefined;
	/** The pattern is one character of a set (STEP_SET), or a run of one or more (STEP_RUN), and no more; else STEP_END. */
	readonly only: number;
	/** The same as a RegExp: undefined while it was not worth the making, null when there is none. */
	regExp: RegExp | null | undefined;
	/** How often and how hard it was matched lately, see pattern.ts. */
	uses = 0;
	effort = 0;

	constructor(text: string, mayAnchor: boolean) {
		const seen = cString(text);
		this.plain = SPECIAL.test(seen) ? undefined : text;
		// (A closing parenthesis is special to all but `find`.)
		const compiler = this.plain === undefined || seen.includes(")") ? new Compiler(seen, mayAnchor) : LITERAL;
		this.isAnchored = compiler.isAnchored;
		this.captures = exact(compiler.captures);
		this.operands = exact(compiler.operands);
		this.sets = exact(compiler.sets);
		this.first = firstSets(compiler.steps, compiler.operands, compiler.sets);
		this.steps = compiler.steps.map((step, at) =>
			step === STEP_GREEDY && !this.needsShorter(compiler.steps, at) ? STEP_RUN : step,
		);
		this.literal = compiler === LITERAL ? seen : literalOf(this.steps, this.operands);
		const first = this.first[0]?.only ?? -1;
		this.firstCharacter = first < 0 ? undefined : String.fromCharCode(first);
		const [step = STEP_END, next] = this.steps;
		const isOnly =
			next === STEP_END && (step === STEP_SET || step === STEP_RUN) && this.first[0] !== undefined;
		this.only = isOnly ? step : STEP_END;
		this.regExp = undefined;
	}

	/** Could a run shorter than the longest be followed by the rest of the pattern? */
	private needsShorter(steps: readonly number[], at: number): boolean {
		let next = at + 1;
		for (; ; next++) {
			const step = steps[next];
			// The longest run matches; or only the longest can reach the subject's end.
			if (step === STEP_END || step === STEP_LAST) return false;
			if (step !== STEP_OPEN && step !== STEP_CLOSE && step !== STEP_POSITION) break;
		}
		const first = this.first[next];
		return first === undefined || intersects(first, this.sets[at]!);
	}
}

// -- Compiling ------------------------------------------------------------------

class Compiler {
	readonly steps: number[] = [];
	readonly operands: number[] = [];
	readonly sets: CharacterSet[] = [];
	readonly captures: number[] = [];
	readonly isAnchored: boolean;
	readonly text: string;
	at: number;

	/** Of a text that C sees to its end. */
	constructor(text: string, mayAnchor: boolean) {
		this.text = text;
		this.isAnchored = mayAnchor && text.startsWith("^");
		this.at = this.isAnchored ? 1 : 0;
		while (this.at < this.text.length && this.readItem()) {}
		if (this.steps.at(-1) !== STEP_ERROR) this.add(STEP_END, 0, NO_SET);
	}

	add(step: number, operand: number, set: CharacterSet): true {
		this.steps.push(step);
		this.operands.push(operand);
		this.sets.push(set);
		return true;
	}

	/** Nothing after a step that always raises can be reached. */
	fail(message: number): false {
		this.add(STEP_ERROR, message, NO_SET);
		return false;
	}

	/** Reads one item; false when it was malformed. */
	readItem(): boolean {
		const { text, at } = this;
		switch (text.charAt(at)) {
			case "(":
				return this.readOpen();
			case ")": {
				this.at++;
				const open = this.captures.lastIndexOf(CAPTURE_UNFINISHED);
				if (open < 0) return this.fail(ERROR_CLOSE);
				this.captures[open] = CAPTURE_TEXT;
				return this.add(STEP_CLOSE, open, NO_SET);
			}
			case "$":
				if (at + 1 < text.length) return this.readSingle();
				this.at++;
				return this.add(STEP_LAST, 0, NO_SET);
			case "%": {
				const escaped = text.charAt(at + 1);
				if (escaped === "b") return this.readBalanced();
				if (escaped === "f") return this.readFrontier();
				if (escaped >= "0" && escaped <= "9") return this.readAgain(Number(escaped) - 1);
				return this.readSingle();
			}
			default:
				return this.readSingle();
		}
	}

	readOpen(): boolean {
		const isPosition = this.text.charAt(this.at + 1) === ")";
		this.at += isPosition ? 2 : 1;
		if (this.captures.length >= MAX_CAPTURES) return this.fail(ERROR_TOO_MANY_CAPTURES);
		this.captures.push(isPosition ? CAPTURE_POSITION : CAPTURE_UNFINISHED);
		return this.add(isPosition ? STEP_POSITION : STEP_OPEN, this.captures.length - 1, NO_SET);
	}

	readBalanced(): boolean {
		if (this.at + 3 >= this.text.length) return this.fail(ERROR_BALANCE);
		const open = this.text.charCodeAt(this.at + 2);
		const close = this.text.charCodeAt(this.at + 3);
		this.at += 4;
		return this.add(STEP_BALANCED, open + 256 * close, setOfCharacter(open));
	}

	readFrontier(): boolean {
		this.at += 2;
		if (this.text.charAt(this.at) !== "[") return this.fail(ERROR_FRONTIER);
		const set = this.readBracket();
		if (set === undefined) return this.fail(ERROR_MISSING_BRACKET);
		return this.add(STEP_FRONTIER, 0, set);
	}

	readAgain(index: number): boolean {
		this.at += 2;
		const capture = this.captures[index];
		if (capture === undefined || capture === CAPTURE_UNFINISHED) return this.fail(ERROR_CAPTURE_INDEX);
		return this.add(capture === CAPTURE_POSITION ? STEP_FAIL : STEP_AGAIN, index, NO_SET);
	}

	/** A single character or class, with the suffix that repeats it. */
	readSingle(): boolean {
		const { text } = this;
		let set: CharacterSet;
		const code = text.charCodeAt(this.at);
		switch (text.charAt(this.at)) {
			case ".":
				this.at++;
				set = ANY;
				break;
			case "[": {
				const bracket = this.readBracket();
				if (bracket === undefined) return this.fail(ERROR_MISSING_BRACKET);
				set = bracket;
				break;
			}
			case "%":
				if (this.at + 1 >= text.length) return this.fail(ERROR_ENDS_WITH_ESCAPE);
				set = setOfClass(text.charCodeAt(this.at + 1));
				this.at += 2;
				break;
			default:
				this.at++;
				set = setOfCharacter(code);
		}
		switch (text.charAt(this.at)) {
			case "*":
				this.at++;
				return this.add(STEP_GREEDY, 0, set);
			case "+":
				this.at++;
				return this.add(STEP_GREEDY, 1, set);
			case "-":
				this.at++;
				return this.add(STEP_LAZY, 0, set);
			case "?":
				this.at++;
				return this.add(STEP_OPTIONAL, 0, set);
			default:
				return set.only >= 0 ? this.add(STEP_CHARACTER, set.only, set) : this.add(STEP_SET, 0, set);
		}
	}

	/** `[...]` from its bracket on; undefined when it does not end. */
	readBracket(): CharacterSet | undefined {
		const { text } = this;
		const start = this.at + 1;
		// Where it ends: the first character may be a `]`, and an escaped one is skipped.
		let end = text.charAt(start) === "^" ? start + 1 : start;
		do {
			if (end >= text.length) return undefined;
			end += text.charAt(end) === "%" && end + 1 < text.length ? 2 : 1;
		} while (text.charAt(end) !== "]");
		this.at = end + 1;
		return brackets.get(text.slice(start, this.at));
	}
}

/** Sets by the text between brackets, with the one that ends it: patterns that a program makes up mostly have the same ones. */
const brackets = new TextCache(readSet);

function readSet(text: string): CharacterSet {
	const end = text.length - 1;
	const isComplement = text.startsWith("^");
	let at = isComplement ? 1 : 0;
	const bits = newBits();
	while (at < end) {
		const code = text.charCodeAt(at);
		if (code === 37) {
			// (In "[a-%%]" that is the bracket.)
			addSet(bits, setOfClass(text.charCodeAt(at + 1)));
			at += 2;
		} else if (text.charAt(at + 1) === "-" && at + 2 < end) {
			addRange(bits, code, text.charCodeAt(at + 2));
			at += 3;
		} else {
			addRange(bits, code, code);
			at++;
		}
	}
	if (isComplement) complement(bits);
	return new CharacterSet(bits);
}

/** In place of the steps of a pattern that is nothing but its text, which nobody looks at. */
const LITERAL = new Compiler("", false);

/** The text that the steps look for when they are nothing but characters. */
function literalOf(steps: readonly number[], operands: readonly number[]): string | undefined {
	let text = "";
	for (let at = 0; steps[at] !== STEP_END; at++) {
		if (steps[at] !== STEP_CHARACTER) return undefined;
		text += String.fromCharCode(operands[at]!);
	}
	return text;
}

function firstSets(
	steps: readonly number[],
	operands: readonly number[],
	sets: readonly CharacterSet[],
): (CharacterSet | undefined)[] {
	const first = new Array<CharacterSet | undefined>(steps.length);
	for (let at = steps.length - 1; at >= 0; at--)
		first[at] = firstSet(steps[at]!, operands[at]!, sets[at]!, first[at + 1]);
	return first;
}

function firstSet(
	step: number,
	operand: number,
	set: CharacterSet,
	next: CharacterSet | undefined,
): CharacterSet | undefined {
	switch (step) {
		case STEP_CHARACTER:
		case STEP_SET:
		case STEP_BALANCED:
			return set;
		case STEP_OPEN:
		case STEP_CLOSE:
		case STEP_POSITION:
			return next;
		case STEP_GREEDY:
			if (operand === 1) return set;
			return next && union(set, next);
		case STEP_LAZY:
		case STEP_OPTIONAL:
			return next && union(set, next);
		case STEP_FRONTIER:
			// At the end of the subject it sees a zero byte.
			return set.has(0) ? undefined : set;
		default:
			return undefined;
	}
}

// -- Cache ----------------------------------------------------------------------

const anchorable = new TextCache((text) => new Pattern(text, true));
const literalCaret = new TextCache((text) => new Pattern(text, false));

/** The compiled form; `mayAnchor` is false for gmatch, where `^` is a character. */
export function compilePattern(text: string, mayAnchor: boolean): Pattern {
	return (mayAnchor ? anchorable : literalCaret).get(text);
}
