// What is made of texts that a program may make up endlessly (patterns, formats, replacements): as much of it is kept as was
// used lately. It must neither fill the memory nor drive out what is used again, and what is left behind costs V8's
// collector more than making it did: so there is little, in two generations.

/** Texts of one generation. */
const GENERATION = 250;
/** Characters; of longer texts nothing is kept. */
const MAX_LENGTH = 1000;

export class TextCache<T> {
	readonly #make: (text: string) => T;
	#young = new Map<string, T>();
	#old = new Map<string, T>();

	constructor(make: (text: string) => T) {
		this.#make = make;
	}

	get(text: string): T {
		return this.#young.get(text) ?? this.#fromOld(text);
	}

	#fromOld(text: string): T {
		const made = this.#old.get(text) ?? this.#make(text);
		if (text.length > MAX_LENGTH) return made;
		if (this.#young.size >= GENERATION) {
			this.#old = this.#young;
			this.#young = new Map();
		}
		this.#young.set(text, made);
		return made;
	}
}
