// Matching of compiled patterns by backtracking, or by a RegExp that means the same where a
// pattern turns out to need much backtracking or searching: V8's is faster at both, but
// slower to make and to start.

import { builtinError } from "../lua51/error.ts";
import { ANY } from "./character-set.ts";
import {
	MAX_CAPTURES,
	MESSAGES,
	type Pattern,
	STEP_AGAIN,
	STEP_BALANCED,
	STEP_CHARACTER,
	STEP_CLOSE,
	STEP_END,
	STEP_FAIL,
	STEP_FRONTIER,
	STEP_GREEDY,
	STEP_LAST,
	STEP_LAZY,
	STEP_OPEN,
	STEP_OPTIONAL,
	STEP_POSITION,
	STEP_RUN,
	STEP_SET,
} from "./pattern-compiler.ts";
import { toRegExp } from "./pattern-regexp.ts";

// -- The last match ---------------------------------------------------------------
// A callback may run other matches: read these before.

/** Where captures start; for position captures, where they are. */
export const captureStarts = new Int32Array(MAX_CAPTURES);
export const captureEnds = new Int32Array(MAX_CAPTURES);
/** Where the match found by `findMatch` ends. */
export let matchEnd = 0;

/** The texts of the captures when a RegExp made the match; else undefined, and the arrays hold. */
export let matchedTexts: RegExpExecArray | undefined;

// -- Finding ------------------------------------------------------------------------
// Effort: one for each character looked at, and TRY_EFFORT for each try to match the rest.

const TRY_EFFORT = 8;
/** After so many uses the mean effort decides; one use may decide alone. (In a process that has just started ours takes 20 ns a character.) */
const TRIAL_USES = 30;
const HARD_ON_AVERAGE = 60;
const HARD_AT_ONCE = 2_000;

let tries = 0;

/** The first match at `from` or later: its start, or -1. */
export function findMatch(pattern: Pattern, subject: string, from: number): number {
	const { literal, regExp } = pattern;
	if (regExp) return findByRegExp(pattern, regExp, subject, from);
	matchedTexts = undefined;
	if (literal !== undefined && !pattern.isAnchored) {
		const found = subject.indexOf(literal, from);
		matchEnd = found + literal.length;
		return found;
	}
	if (pattern.only !== STEP_END && !pattern.isAnchored) return searchOnly(pattern, subject, from);
	const triesBefore = tries;
	const start = pattern.isAnchored ? matchOnce(pattern, subject, from) : search(pattern, subject, from);
	if (regExp === undefined) {
		const looked = (start < 0 ? subject.length : matchEnd) - from;
		pattern.effort += (pattern.isAnchored && start < 0 ? 0 : looked) + (tries - triesBefore) * TRY_EFFORT;
		pattern.uses++;
		if (pattern.uses >= TRIAL_USES || pattern.effort > HARD_AT_ONCE) judge(pattern);
	}
	return start;
}

function judge(pattern: Pattern): void {
	if (pattern.effort > HARD_AT_ONCE || pattern.effort > pattern.uses * HARD_ON_AVERAGE) {
		pattern.regExp = toRegExp(pattern);
	}
	pattern.uses = 0;
	pattern.effort = 0;
}

function findByRegExp(pattern: Pattern, regExp: RegExp, subject: string, from: number): number {
	regExp.lastIndex = from;
	let found: RegExpExecArray | null;
	try {
		found = regExp.exec(subject);
	} catch (error) {
		// No stack is left for its backtracking: ours needs none there.
		if (!(error instanceof RangeError)) throw error;
		pattern.regExp = null;
		return findMatch(pattern, subject, from);
	}
	if (found === null) return -1;
	matchedTexts = found;
	matchEnd = found.index + found[0].length;
	return found.index;
}

function matchOnce(pattern: Pattern, subject: string, from: number): number {
	matchEnd = matchFrom(pattern, subject, from, 0);
	return matchEnd < 0 ? -1 : from;
}

function search(pattern: Pattern, subject: string, from: number): number {
	const end = subject.length;
	const { firstCharacter } = pattern;
	if (firstCharacter !== undefined) {
		for (let at = from; ; at++) {
			at = subject.indexOf(firstCharacter, at);
			if (at < 0) return -1;
			matchEnd = matchFrom(pattern, subject, at, 0);
			if (matchEnd >= 0) return at;
			tries++;
		}
	}
	const first = pattern.first[0];
	if (first !== undefined) {
		const { table } = first;
		for (let at = from; at < end; at++) {
			if (table[subject.charCodeAt(at)] === 0) continue;
			matchEnd = matchFrom(pattern, subject, at, 0);
			if (matchEnd >= 0) return at;
			tries++;
		}
		return -1;
	}
	for (let at = from; at <= end; at++) {
		matchEnd = matchFrom(pattern, subject, at, 0);
		if (matchEnd >= 0) return at;
		tries++;
	}
	return -1;
}

/** A pattern that is one character of a set, or the longest run of them. */
function searchOnly(pattern: Pattern, subject: string, from: number): number {
	const { table } = pattern.sets[0]!;
	const end = subject.length;
	let at = from;
	while (at < end && table[subject.charCodeAt(at)] === 0) at++;
	if (at >= end) return -1;
	let next = at + 1;
	if (pattern.only === STEP_RUN) while (next < end && table[subject.charCodeAt(next)] !== 0) next++;
	matchEnd = next;
	return at;
}

// -- Matching -----------------------------------------------------------------------

/** Matches the steps from `step` on at `at`: where the match ends, or -1. */
function matchFrom(pattern: Pattern, subject: string, start: number, firstStep: number): number {
	const { steps, operands, sets } = pattern;
	const end = subject.length;
	let at = start;
	for (let step = firstStep; ; step++) {
		switch (steps[step]) {
			case STEP_CHARACTER:
				if (at >= end || subject.charCodeAt(at) !== operands[step]) return -1;
				at++;
				break;
			case STEP_SET:
				if (at >= end || sets[step]!.table[subject.charCodeAt(at)] === 0) return -1;
				at++;
				break;
			case STEP_RUN: {
				const set = sets[step]!;
				const { table } = set;
				const least = at + operands[step]!;
				if (set === ANY) at = end;
				while (at < end && table[subject.charCodeAt(at)] !== 0) at++;
				if (at < least) return -1;
				break;
			}
			case STEP_GREEDY:
				return matchGreedy(pattern, subject, at, step);
			case STEP_LAZY:
				return matchLazy(pattern, subject, at, step);
			case STEP_OPTIONAL: {
				if (at < end && sets[step]!.table[subject.charCodeAt(at)] !== 0) {
					const matched = matchFrom(pattern, subject, at + 1, step + 1);
					if (matched >= 0) return matched;
				}
				break;
			}
			case STEP_OPEN:
			case STEP_POSITION:
				captureStarts[operands[step]!] = at;
				break;
			case STEP_CLOSE:
				captureEnds[operands[step]!] = at;
				break;
			case STEP_AGAIN: {
				const from = captureStarts[operands[step]!]!;
				const length = captureEnds[operands[step]!]! - from;
				if (at + length > end) return -1;
				for (let offset = 0; offset < length; offset++) {
					if (subject.charCodeAt(from + offset) !== subject.charCodeAt(at + offset)) return -1;
				}
				at += length;
				break;
			}
			case STEP_BALANCED:
				at = matchBalanced(subject, at, operands[step]! & 255, operands[step]! >> 8);
				if (at < 0) return -1;
				break;
			case STEP_FRONTIER: {
				const { table } = sets[step]!;
				if (table[at === 0 ? 0 : subject.charCodeAt(at - 1)] !== 0) return -1;
				if (table[at < end ? subject.charCodeAt(at) : 0] === 0) return -1;
				break;
			}
			case STEP_LAST:
				return at === end ? at : -1;
			case STEP_END:
				return at;
			case STEP_FAIL:
				return -1;
			default:
				throw builtinError(MESSAGES[operands[step]!]!);
		}
	}
}

function matchGreedy(pattern: Pattern, subject: string, start: number, step: number): number {
	const { table } = pattern.sets[step]!;
	const end = subject.length;
	const least = start + pattern.operands[step]!;
	let at = start;
	if (pattern.sets[step] === ANY) at = end;
	else while (at < end && table[subject.charCodeAt(at)] !== 0) at++;
	const next = pattern.first[step + 1];
	if (next === undefined) {
		for (; at >= least; at--) {
			tries++;
			const matched = matchFrom(pattern, subject, at, step + 1);
			if (matched >= 0) return matched;
		}
		return -1;
	}
	// Only where the rest can begin is it worth a try.
	const nextTable = next.table;
	if (at === end) at--;
	for (; at >= least; at--) {
		if (nextTable[subject.charCodeAt(at)] === 0) continue;
		tries++;
		const matched = matchFrom(pattern, subject, at, step + 1);
		if (matched >= 0) return matched;
	}
	return -1;
}

function matchLazy(pattern: Pattern, subject: string, start: number, step: number): number {
	const { table } = pattern.sets[step]!;
	const end = subject.length;
	const next = pattern.first[step + 1];
	if (next === undefined) {
		for (let at = start; ; at++) {
			tries++;
			const matched = matchFrom(pattern, subject, at, step + 1);
			if (matched >= 0) return matched;
			if (at >= end || table[subject.charCodeAt(at)] === 0) return -1;
		}
	}
	const nextTable = next.table;
	for (let at = start; at < end; at++) {
		const code = subject.charCodeAt(at);
		if (nextTable[code] !== 0) {
			tries++;
			const matched = matchFrom(pattern, subject, at, step + 1);
			if (matched >= 0) return matched;
		}
		if (table[code] === 0) return -1;
	}
	return -1;
}

function matchBalanced(subject: string, start: number, open: number, close: number): number {
	const end = subject.length;
	if (start >= end || subject.charCodeAt(start) !== open) return -1;
	let depth = 1;
	for (let at = start + 1; at < end; at++) {
		const code = subject.charCodeAt(at);
		// Where both are the same character, it closes.
		if (code === close) {
			if (--depth === 0) return at + 1;
		} else if (code === open) depth++;
	}
	return -1;
}
