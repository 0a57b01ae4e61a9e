/**
 * The patterns of mw.ustring as the real host has them: UstringLibrary.php makes a regular expression of
 * each, and so they differ from Lua's own (`%f`, `$` before a last newline, sets, what may be quantified).
 * Here a pattern becomes a list of items over code points, matched with backtracking: JavaScript's regular
 * expressions have neither the recursion that `%b` needs nor PCRE's `$`.
 */
import { LuaScriptError } from "./conversation.ts";
import { toBytes } from "./php-array.ts";

type CharacterTest = (code: number) => boolean;

type Quantifier = "" | "*" | "+" | "?" | "*?";

type Item =
	| { readonly kind: "set"; readonly test: CharacterTest; readonly quantifier: Quantifier }
	| { readonly kind: "end" }
	| { readonly kind: "open"; readonly group: number }
	| { readonly kind: "close"; readonly group: number }
	| { readonly kind: "balanced"; readonly from: number; readonly to: number }
	| { readonly kind: "frontier"; readonly test: CharacterTest; readonly hasZero: boolean }
	| { readonly kind: "again"; readonly group: number };

/** Where a `^` at the start of a pattern holds: at the offset, at the text's start, or it is a character. */
export type Anchor = "offset" | "start" | "none";

export interface CompiledPattern {
	readonly items: readonly Item[];
	readonly anchor: Anchor | undefined;
	/** For each capture, whether it is a position. */
	readonly captures: readonly boolean[];
}

/** Positions count code points from 0. */
export interface Match {
	readonly start: number;
	readonly end: number;
	readonly groups: readonly (readonly [start: number, end: number])[];
}

// -- Character classes -------------------------------------------------------------------------

/** A class of a regular expression, remembered for ASCII. */
function classTest(source: string): CharacterTest {
	const expression = new RegExp(`^[${source}]$`, "u");
	const ascii: boolean[] = [];
	for (let code = 0; code < 128; code++) ascii.push(expression.test(String.fromCharCode(code)));
	return (code) => (code < 128 ? ascii[code]! : expression.test(String.fromCodePoint(code)));
}

const HEXADECIMAL = "0-9A-Fa-f０-９Ａ-Ｆａ-ｆ";
const classes = new Map<string, CharacterTest>();
const CLASS_SOURCES: Readonly<Record<string, string>> = {
	a: "\\p{L}",
	c: "\\p{Cc}",
	d: "\\p{Nd}",
	l: "\\p{Ll}",
	p: "\\p{P}",
	// PCRE's \p{Xps}: separators, and the spaces among the controls.
	s: "\\p{Z}\\t-\\r\\x85\\u180e",
	u: "\\p{Lu}",
	w: "\\p{L}\\p{Nd}",
	x: HEXADECIMAL,
	z: "\\0",
};

function characterClass(letter: string): CharacterTest | undefined {
	const known = classes.get(letter);
	if (known !== undefined) return known;
	const lower = letter.toLowerCase();
	if (!Object.hasOwn(CLASS_SOURCES, lower)) return undefined;
	const source = CLASS_SOURCES[lower]!;
	const test = classTest(letter === lower ? source : `^${source}`);
	classes.set(letter, test);
	return test;
}

const anything: CharacterTest = () => true;
const nothing: CharacterTest = () => false;

function equalTo(wanted: number): CharacterTest {
	return (code) => code === wanted;
}

// -- Compiling ---------------------------------------------------------------------------------------

function fail(text: string): never {
	throw new LuaScriptError(toBytes(text));
}

const compiled = new Map<string, CompiledPattern>();
const CACHE_SIZE = 200;

/** `pattern` is Unicode. Throws the real host's errors. */
export function compilePattern(pattern: string, anchor: Anchor): CompiledPattern {
	const key = `${anchor}:${pattern}`;
	const known = compiled.get(key);
	if (known !== undefined) return known;
	const made = new PatternCompiler(pattern, anchor).compile();
	if (compiled.size >= CACHE_SIZE) compiled.clear();
	compiled.set(key, made);
	return made;
}

class PatternCompiler {
	readonly #characters: readonly string[];
	readonly #anchor: Anchor;
	readonly #items: Item[] = [];
	readonly #captures: boolean[] = [];
	readonly #open: number[] = [];
	readonly #openAt: number[] = [];
	#position = 0;
	#isAnchored = false;

	constructor(pattern: string, anchor: Anchor) {
		this.#characters = [...pattern];
		this.#anchor = anchor;
	}

	compile(): CompiledPattern {
		const length = this.#characters.length;
		for (; this.#position < length; this.#position++) this.#item();
		const [unclosed] = this.#open;
		if (unclosed !== undefined) {
			fail(`Unclosed capture beginning at pattern character ${this.#openAt[unclosed - 1]}`);
		}
		return {
			items: this.#items,
			anchor: this.#isAnchored ? this.#anchor : undefined,
			captures: this.#captures,
		};
	}

	#item(): undefined {
		const at = this.#position;
		const character = this.#characters[at]!;
		const isLast = at === this.#characters.length - 1;
		switch (character) {
			case "^":
				if (at > 0) this.#set(equalTo(0x5e));
				else if (this.#anchor === "none") this.#literalCaret();
				else this.#isAnchored = true;
				return;
			case "$":
				if (isLast) this.#items.push({ kind: "end" });
				else this.#set(equalTo(0x24));
				return;
			case "(": {
				if (isLast) fail(`Unmatched open-paren at pattern character ${at + 1}`);
				this.#captures.push(this.#characters[at + 1] === ")");
				const group = this.#captures.length;
				this.#items.push({ kind: "open", group });
				this.#open.push(group);
				this.#openAt.push(at + 1);
				return;
			}
			case ")": {
				const group = this.#open.pop();
				if (group === undefined) fail(`Unmatched close-paren at pattern character ${at + 1}`);
				this.#items.push({ kind: "close", group });
				return;
			}
			case "%":
				this.#escape(at);
				return;
			case "[":
				this.#set(this.#bracketSet());
				return;
			case "]":
				return fail(`Unmatched close-bracket at pattern character ${at + 1}`);
			case ".":
				this.#set(anything);
				return;
			default:
				this.#set(equalTo(character.codePointAt(0)!));
		}
	}

	/** Where a caret is none: it cannot be quantified either, since it is the first character. */
	#literalCaret(): void {
		this.#items.push({ kind: "set", test: equalTo(0x5e), quantifier: "" });
	}

	#escape(at: number): void {
		const { length } = this.#characters;
		this.#position++;
		const character = this.#characters[this.#position];
		if (character === undefined) fail("malformed pattern (ends with '%')");
		const test = characterClass(character);
		if (test !== undefined) this.#set(test);
		else if (character === "b") {
			if (this.#position + 2 >= length) fail("malformed pattern (missing arguments to \\'%b\\')");
			const from = this.#characters[++this.#position]!.codePointAt(0)!;
			const to = this.#characters[++this.#position]!.codePointAt(0)!;
			this.#items.push({ kind: "balanced", from, to });
		} else if (character === "f") {
			if (this.#position + 1 >= length || this.#characters[++this.#position] !== "[") {
				fail(`missing '[' after %f in pattern at pattern character ${at + 1}`);
			}
			const set = this.#bracketSet();
			this.#items.push({ kind: "frontier", test: set, hasZero: set(0) });
		} else if (character >= "0" && character <= "9") {
			const group = Number(character);
			if (group === 0 || group > this.#captures.length || this.#open.includes(group)) {
				fail(`invalid capture index %${group} at pattern character ${at + 1}`);
			}
			this.#items.push({ kind: "again", group });
		} else this.#set(equalTo(character.codePointAt(0)!));
	}

	/** A set with the quantifier behind it. */
	#set(test: CharacterTest): void {
		const next = this.#characters[this.#position + 1];
		let quantifier: Quantifier = "";
		if (next === "*" || next === "+" || next === "?") quantifier = next;
		else if (next === "-") quantifier = "*?";
		if (quantifier !== "") this.#position++;
		this.#items.push({ kind: "set", test, quantifier });
	}

	/** `[...]` from its bracket on; the position is left at the closing one. */
	#bracketSet(): CharacterTest {
		const characters = this.#characters;
		const { length } = characters;
		const at = this.#position;
		let i = at + 1;
		const isNegated = characters[i] === "^";
		if (isNegated) i++;
		const tests: CharacterTest[] = [];
		for (const first = i; i < length && (i === first || characters[i] !== "]"); i++) {
			const character = characters[i]!;
			if (character === "%") {
				i++;
				const escaped = characters[i];
				if (escaped === undefined) break;
				tests.push(characterClass(escaped) ?? equalTo(escaped.codePointAt(0)!));
				continue;
			}
			const last = characters[i + 2];
			if (characters[i + 1] === "-" && last !== undefined && last !== "]" && last !== "%") {
				const from = character.codePointAt(0)!;
				const to = last.codePointAt(0)!;
				if (from <= to) tests.push((code) => code >= from && code <= to);
				i += 2;
			} else tests.push(equalTo(character.codePointAt(0)!));
		}
		if (i >= length) fail(`Missing close-bracket for character set beginning at pattern character ${at + 1}`);
		this.#position = i;
		if (tests.length === 0) return isNegated ? anything : nothing;
		return (code) => tests.some((test) => test(code)) !== isNegated;
	}
}

// -- Matching ------------------------------------------------------------------------------------------

const NEWLINE = 10;

/**
 * The first match at or behind `from`. `isRetry`: only one that begins there and is not empty will do, as
 * PHP tries it after an empty match.
 */
export function findMatch(
	pattern: CompiledPattern,
	text: readonly number[],
	from: number,
	isRetry = false,
): Match | undefined {
	if (pattern.anchor === "start" && from > 0) return undefined;
	const last = isRetry || pattern.anchor !== undefined ? from : text.length;
	const matcher = new Matcher(pattern, text);
	for (let start = from; start <= last; start++) {
		const end = matcher.matchAt(start, isRetry);
		if (end !== undefined) return { start, end, groups: matcher.groups() };
	}
	return undefined;
}

class Matcher {
	readonly #items: readonly Item[];
	readonly #text: readonly number[];
	readonly #starts: number[];
	readonly #ends: number[];
	#begin = 0;
	#refusesEmpty = false;

	constructor(pattern: CompiledPattern, text: readonly number[]) {
		this.#items = pattern.items;
		this.#text = text;
		this.#starts = pattern.captures.map(() => 0);
		this.#ends = pattern.captures.map(() => 0);
	}

	matchAt(start: number, refusesEmpty: boolean): number | undefined {
		this.#begin = start;
		this.#refusesEmpty = refusesEmpty;
		return this.#match(0, start);
	}

	groups(): (readonly [number, number])[] {
		return this.#starts.map((start, index) => [start, this.#ends[index]!] as const);
	}

	/** The end of a match of the items from `index` on; recursion is as deep as the pattern is long. */
	#match(index: number, start: number): number | undefined {
		let position = start;
		for (let i = index; ; i++) {
			const item = this.#items[i];
			if (item === undefined) return this.#refusesEmpty && position === this.#begin ? undefined : position;
			switch (item.kind) {
				case "set":
					if (item.quantifier !== "") return this.#repeated(item.test, item.quantifier, i, position);
					if (position >= this.#text.length || !item.test(this.#text[position]!)) return undefined;
					position++;
					break;
				case "end":
					if (!this.#isEnd(position)) return undefined;
					break;
				case "open":
				case "close": {
					const marks = item.kind === "open" ? this.#starts : this.#ends;
					const before = marks[item.group - 1]!;
					marks[item.group - 1] = position;
					const end = this.#match(i + 1, position);
					if (end === undefined) marks[item.group - 1] = before;
					return end;
				}
				case "balanced": {
					const end = this.#balanced(item.from, item.to, position);
					if (end === undefined) return undefined;
					position = end;
					break;
				}
				case "frontier":
					if (!this.#isFrontier(item.test, item.hasZero, position)) return undefined;
					break;
				case "again": {
					const from = this.#starts[item.group - 1]!;
					const length = this.#ends[item.group - 1]! - from;
					for (let k = 0; k < length; k++) {
						if (this.#text[from + k] !== this.#text[position + k]) return undefined;
					}
					position += length;
					break;
				}
			}
		}
	}

	#repeated(test: CharacterTest, quantifier: Quantifier, index: number, start: number): number | undefined {
		const text = this.#text;
		if (quantifier === "*?") {
			for (let position = start; ; position++) {
				const end = this.#match(index + 1, position);
				if (end !== undefined) return end;
				if (position >= text.length || !test(text[position]!)) return undefined;
			}
		}
		const limit = quantifier === "?" ? Math.min(start + 1, text.length) : text.length;
		let position = start;
		while (position < limit && test(text[position]!)) position++;
		const least = quantifier === "+" ? start + 1 : start;
		for (; position >= least; position--) {
			const end = this.#match(index + 1, position);
			if (end !== undefined) return end;
		}
		return undefined;
	}

	/** PCRE's `$`: also before a newline that ends the text. */
	#isEnd(position: number): boolean {
		const { length } = this.#text;
		return position === length || (position === length - 1 && this.#text[position] === NEWLINE);
	}

	#isFrontier(test: CharacterTest, hasZero: boolean, position: number): boolean {
		const before = position > 0 && test(this.#text[position - 1]!);
		const here = position < this.#text.length && test(this.#text[position]!);
		if (before) return false;
		if (!hasZero) return here;
		// A set with a zero: the text's start counts as one, and so does its end.
		return position > 0 && (here || this.#isEnd(position));
	}

	#balanced(from: number, to: number, start: number): number | undefined {
		const text = this.#text;
		if (text[start] !== from) return undefined;
		let depth = 1;
		for (let position = start + 1; position < text.length; position++) {
			const code = text[position];
			if (code === to) {
				if (--depth === 0) return position + 1;
			} else if (code === from) depth++;
		}
		return undefined;
	}
}
