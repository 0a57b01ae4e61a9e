// The C library's random(): an additive feedback generator over 31 words,
// x[n] = x[n-3] + x[n-31] mod 2^32, of which the upper 31 bits are given out; the first
// 31 words come from a multiplicative generator and 310 outcomes are thrown away.

const DEGREE = 31;
const SEPARATION = 3;
const DISCARDED = 310;
const MULTIPLIER = 16807;
const MODULUS = 2147483647;

/** The largest outcome. Native divides by it, so a "random" 1.0 is not possible but 0 is. */
export const RANDOM_MAX = 2147483647;

export class RandomSequence {
	private readonly state = new Int32Array(DEGREE);
	private position = -1;
	private seedValue = 1;

	/** Seeds with an `unsigned int`; 0 counts as 1. */
	seed(value: number): void {
		this.seedValue = value | 0;
		this.position = -1;
	}

	/** The next outcome, 0..RANDOM_MAX. */
	next(): number {
		if (this.position < 0) this.fill();
		return this.step();
	}

	// On first use: most states never draw a number.
	private fill(): void {
		const state = this.state;
		let word = this.seedValue === 0 ? 1 : this.seedValue;
		state[0] = word;
		for (let i = 1; i < DEGREE; i++) {
			word = (word * MULTIPLIER) % MODULUS; // below 2^46: exact
			if (word < 0) word += MODULUS;
			state[i] = word;
		}
		// The first three words count as the newest.
		this.position = SEPARATION;
		for (let i = 0; i < DISCARDED; i++) this.step();
	}

	private step(): number {
		const state = this.state;
		// Where the oldest word is, the new one goes.
		const at = this.position;
		const sum = (state[at]! + state[(at + DEGREE - SEPARATION) % DEGREE]!) | 0;
		state[at] = sum;
		this.position = at + 1 === DEGREE ? 0 : at + 1;
		return sum >>> 1;
	}
}
