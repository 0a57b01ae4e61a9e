// Compiled chunks that have been met before, for processes that serve one session after another.
// A proto holds nothing of any session. How deep C calls are nested when a chunk is parsed
// bounds how deep the chunk itself may nest, so a proto stands for parsing it at the same depth
// or less.

import type { Proto } from "../lua51/proto.ts";

/** Bytes for which one entry counts at least. */
const ENTRY_SIZE = 256;

interface Entry {
	readonly proto: Proto;
	readonly depth: number;
}

/** What is known of one text, by the names under which it was loaded. */
type Names = Map<string, Entry>;

export class CodeCache {
	/** By text, least recently used first. Of a text that comes again as the same string V8 knows the hash. */
	readonly #texts = new Map<string, Names>();
	/** Bytes of source text; 0 keeps nothing. */
	capacity = 0;
	bytes = 0;
	hits = 0;
	misses = 0;

	/** The proto of a chunk, parsed by `parse` unless it is known. */
	get(text: string, chunkName: string, depth: number, parse: () => Proto): Proto {
		if (this.capacity === 0) return parse();
		const names = this.#texts.get(text);
		const known = names?.get(chunkName);
		if (names !== undefined && known !== undefined && depth <= known.depth) {
			this.hits++;
			this.#texts.delete(text);
			this.#texts.set(text, names);
			return known.proto;
		}
		this.misses++;
		const proto = parse();
		const size = sizeOf(text, chunkName);
		if (size <= this.capacity / 2) this.#keep(text, chunkName, { proto, depth });
		return proto;
	}

	/** All that is kept. */
	*protos(): Generator<Proto> {
		for (const names of this.#texts.values()) for (const { proto } of names.values()) yield proto;
	}

	/** Forgets the share (0 to 1) of it that was not used for longest. */
	drop(share: number): void {
		this.#shrink(this.bytes * (1 - share));
	}

	#keep(text: string, chunkName: string, entry: Entry): void {
		const names: Names = this.#texts.get(text) ?? new Map();
		if (!names.has(chunkName)) this.bytes += sizeOf(text, chunkName);
		names.set(chunkName, entry);
		this.#texts.delete(text);
		this.#texts.set(text, names);
		this.#shrink(this.capacity);
	}

	#shrink(wanted: number): void {
		for (const [text, names] of this.#texts) {
			if (this.bytes <= wanted) break;
			for (const chunkName of names.keys()) this.bytes -= sizeOf(text, chunkName);
			this.#texts.delete(text);
		}
	}
}

function sizeOf(text: string, chunkName: string): number {
	return text.length + chunkName.length + ENTRY_SIZE;
}

/** The process's: off unless somebody gives it a capacity. */
export const codeCache = new CodeCache();
