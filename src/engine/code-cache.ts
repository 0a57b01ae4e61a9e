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
	readonly size: number;
}

export class CodeCache {
	/** Least recently used first. */
	readonly #entries = new Map<string, Entry>();
	/** Bytes of source text; 0 keeps nothing. */
	capacity = 0;
	bytes = 0;
	hits = 0;
	misses = 0;

	/** The proto of a chunk, parsed by `parse` unless it is known. */
	get(text: string, chunkName: string, depth: number, parse: () => Proto): Proto {
		if (this.capacity === 0) return parse();
		const key = `${chunkName}\0${text}`;
		const known = this.#entries.get(key);
		if (known !== undefined && depth <= known.depth) {
			this.hits++;
			this.#entries.delete(key);
			this.#entries.set(key, known);
			return known.proto;
		}
		this.misses++;
		const proto = parse();
		this.#remove(key);
		const size = key.length + ENTRY_SIZE;
		if (size > this.capacity / 2) return proto;
		this.#entries.set(key, { proto, depth, size });
		this.bytes += size;
		for (const oldest of this.#entries.keys()) {
			if (this.bytes <= this.capacity) break;
			this.#remove(oldest);
		}
		return proto;
	}

	/** All that is kept. */
	*protos(): Generator<Proto> {
		for (const { proto } of this.#entries.values()) yield proto;
	}

	/** Forgets the share (0 to 1) of it that was not used for longest. */
	drop(share: number): void {
		const wanted = this.bytes * (1 - share);
		for (const oldest of this.#entries.keys()) {
			if (this.bytes <= wanted) break;
			this.#remove(oldest);
		}
	}

	#remove(key: string): void {
		const entry = this.#entries.get(key);
		if (entry === undefined) return;
		this.bytes -= entry.size;
		this.#entries.delete(key);
	}
}

/** The process's: off unless somebody gives it a capacity. */
export const codeCache = new CodeCache();
