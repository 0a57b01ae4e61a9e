// Sets of bytes, as single characters and classes of a pattern mean them (C locale).
// A set is a table with one entry for each byte, so that a test is one load.

export class CharacterSet {
	readonly table = new Uint8Array(256);
	/** The one byte in it, or -1 when there are none or several. Known after `finish`. */
	only = -1;

	addRange(from: number, to: number): void {
		if (from <= to) this.table.fill(1, from, to + 1);
	}

	addAll(other: CharacterSet): void {
		for (let code = 0; code < 256; code++) this.table[code]! |= other.table[code]!;
	}

	complement(): void {
		for (let code = 0; code < 256; code++) this.table[code]! ^= 1;
	}

	finish(): this {
		const first = this.table.indexOf(1);
		this.only = first >= 0 && this.table.lastIndexOf(1) === first ? first : -1;
		return this;
	}
}

function setOfRanges(...ranges: readonly (readonly [number, number])[]): CharacterSet {
	const set = new CharacterSet();
	for (const [from, to] of ranges) set.addRange(from, to);
	return set.finish();
}

function complementOf(set: CharacterSet): CharacterSet {
	const other = new CharacterSet();
	other.addAll(set);
	other.complement();
	return other.finish();
}

export const ANY: CharacterSet = setOfRanges([0, 255]);

const UPPER = [65, 90] as const;
const LOWER = [97, 122] as const;
const DIGIT = [48, 57] as const;

/** The classes by their letter; their capitals are the complements. */
const CLASSES: Readonly<Record<string, CharacterSet>> = {
	a: setOfRanges(UPPER, LOWER),
	c: setOfRanges([0, 31], [127, 127]),
	d: setOfRanges(DIGIT),
	l: setOfRanges(LOWER),
	p: setOfRanges([33, 47], [58, 64], [91, 96], [123, 126]),
	s: setOfRanges([9, 13], [32, 32]),
	u: setOfRanges(UPPER),
	w: setOfRanges(UPPER, LOWER, DIGIT),
	x: setOfRanges(DIGIT, [65, 70], [97, 102]),
	z: setOfRanges([0, 0]),
};

const byCharacter: (CharacterSet | undefined)[] = [];
const byClass: (CharacterSet | undefined)[] = [];

/** The set of one byte. */
export function setOfCharacter(code: number): CharacterSet {
	byCharacter[code] ??= setOfRanges([code, code]);
	return byCharacter[code];
}

/** What `%` and this byte mean: a class, or the byte itself. */
export function setOfClass(code: number): CharacterSet {
	const known = byClass[code];
	if (known !== undefined) return known;
	const letter = String.fromCharCode(code);
	const lower = letter.toLowerCase();
	const isClass = code < 128 && Object.hasOwn(CLASSES, lower);
	let set = isClass ? CLASSES[lower]! : setOfCharacter(code);
	if (isClass && letter !== lower) set = complementOf(set);
	byClass[code] = set;
	return set;
}

export function union(a: CharacterSet, b: CharacterSet): CharacterSet {
	if (a === b) return a;
	const both = new CharacterSet();
	both.addAll(a);
	both.addAll(b);
	return both.finish();
}

export function intersects(a: CharacterSet, b: CharacterSet): boolean {
	for (let code = 0; code < 256; code++) {
		if (a.table[code] !== 0 && b.table[code] !== 0) return true;
	}
	return false;
}
