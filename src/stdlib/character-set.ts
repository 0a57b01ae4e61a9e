// Sets of bytes, as single characters and classes of a pattern mean them (C locale).
// A set is a table with one entry for each byte, so that a test is one load, and the same
// as 8 words of bits, so that compiling a pattern stays cheap.

export class CharacterSet {
	readonly bits: Bits;
	/** The one byte in it, or -1 when there are none or several. */
	readonly only: number;
	private made: Uint8Array | undefined;

	constructor(bits: Bits) {
		this.bits = bits;
		this.only = onlyBit(bits);
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

function onlyBit(bits: Bits): number {
	let only = -1;
	for (let word = 0; word < 8; word++) {
		const value = bits[word]!;
		if (value === 0) continue;
		if (only >= 0 || (value & (value - 1)) !== 0) return -1;
		only = word * 32 + 31 - Math.clz32(value);
	}
	return only;
}

const TABLE_SIZE = 256;
/** Tables share their memory, since V8 collects all garbage sooner the more pieces outside of its heap there are. */
const TABLES_PER_POOL = 64;
let pool = new ArrayBuffer(0);
let pooled = 0;

function tableOf(bits: Bits): Uint8Array {
	if (pooled === pool.byteLength) {
		pool = new ArrayBuffer(TABLES_PER_POOL * TABLE_SIZE);
		pooled = 0;
	}
	const table = new Uint8Array(pool, pooled, TABLE_SIZE);
	pooled += TABLE_SIZE;
	for (let word = 0; word < 8; word++) {
		const value = bits[word]!;
		if (value === 0) continue;
		for (let code = 0; code < 32; code++) table[word * 32 + code] = (value >> code) & 1;
	}
	return table;
}

// -- Bits ---------------------------------------------------------------------------

/** 8 words of 32 bits. */
type Bits = number[];

export function newBits(): Bits {
	return [0, 0, 0, 0, 0, 0, 0, 0];
}

export function addRange(bits: Bits, from: number, to: number): void {
	for (let code = from; code <= to; code++) bits[code >> 5]! |= 1 << (code & 31);
}

export function addSet(bits: Bits, set: CharacterSet): void {
	for (let word = 0; word < 8; word++) bits[word]! |= set.bits[word]!;
}

export function complement(bits: Bits): void {
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
