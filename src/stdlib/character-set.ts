// Sets of bytes, as single characters and classes of a pattern mean them (C locale).
// A set is a table with one entry for each byte, so that a test is one load, and the same
// as 8 words of bits, so that compiling a pattern stays cheap.

export class CharacterSet {
	readonly bits: Int32Array;
	/** The one byte in it, or -1 when there are none or several. */
	readonly only: number;
	/** A RegExp's class of the same; set by who needs it (pattern-regexp.ts). */
	regExpClass: string | undefined;
	private made: Uint8Array | undefined;

	constructor(bits: Int32Array) {
		this.bits = bits;
		this.only = onlyBit(bits);
		this.regExpClass = undefined;
		this.made = undefined;
	}

	/** 1 for every byte in the set, 0 for others. */
	get table(): Uint8Array {
		this.made ??= tableOf(this.bits);
		return this.made;
	}

	has(code: number): boolean {
		return (this.bits[code >> 5]! & (1 << (code & 31))) !== 0;
	}
}

function onlyBit(bits: Int32Array): number {
	let only = -1;
	for (let word = 0; word < 8; word++) {
		const value = bits[word]!;
		if (value === 0) continue;
		if (only >= 0 || (value & (value - 1)) !== 0) return -1;
		only = word * 32 + 31 - Math.clz32(value);
	}
	return only;
}

function tableOf(bits: Int32Array): Uint8Array {
	const table = new Uint8Array(256);
	for (let code = 0; code < 256; code++) table[code] = (bits[code >> 5]! >> (code & 31)) & 1;
	return table;
}

// -- Bits ---------------------------------------------------------------------------

export function newBits(): Int32Array {
	return new Int32Array(8);
}

export function addRange(bits: Int32Array, from: number, to: number): void {
	for (let code = from; code <= to; code++) bits[code >> 5]! |= 1 << (code & 31);
}

export function addSet(bits: Int32Array, set: CharacterSet): void {
	for (let word = 0; word < 8; word++) bits[word]! |= set.bits[word]!;
}

export function complement(bits: Int32Array): void {
	for (let word = 0; word < 8; word++) bits[word] = ~bits[word]!;
}

export function union(a: CharacterSet, b: CharacterSet): CharacterSet {
	if (a === b) return a;
	const bits = newBits();
	addSet(bits, a);
	addSet(bits, b);
	return new CharacterSet(bits);
}

export function intersects(a: CharacterSet, b: CharacterSet): boolean {
	for (let word = 0; word < 8; word++) {
		if ((a.bits[word]! & b.bits[word]!) !== 0) return true;
	}
	return false;
}

// -- Classes ------------------------------------------------------------------------

function setOfRanges(...ranges: readonly (readonly [number, number])[]): CharacterSet {
	const bits = newBits();
	for (const [from, to] of ranges) addRange(bits, from, to);
	return new CharacterSet(bits);
}

export const NO_SET: CharacterSet = setOfRanges();
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
	let set = code < 128 && Object.hasOwn(CLASSES, lower) ? CLASSES[lower]! : setOfCharacter(code);
	if (set.only !== code && letter !== lower) {
		const bits = newBits();
		addSet(bits, set);
		complement(bits);
		set = new CharacterSet(bits);
	}
	byClass[code] = set;
	return set;
}
