// Compiled chunks that processes leave to each other, for those that live for one session only. What is
// there to be kept is known when its functions have been called, so a chunk is saved when there is time for it.

import { type ChunkSource, StoredChunk } from "../compiler/stored-chunk.ts";
import { parseChunk } from "../lua51/parser.ts";
import type { Proto } from "../lua51/proto.ts";
import type { FunctionNode } from "../lua51/syntax.ts";

/** Where the bytes are. Nothing that fails there is an error: chunks are compiled then. Names are hashes, in hexadecimal digits. */
export interface CodeFiles {
	read(name: string): Buffer | undefined;
	/** In place of what has the name. */
	write(name: string, bytes: Buffer): void;
	/** Behind what has the name, if anything has. */
	append(name: string, bytes: Buffer): void;
}

/** Characters of a chunk: less is compiled sooner than found, and of more there may be few. */
const SHORTEST = 200;
const LONGEST = 4 * 1024 * 1024;

/** Characters of the text that a file's name depends on. */
const SAMPLES = 256;

export class CodeStore {
	readonly #files: CodeFiles;
	readonly #stamp: string;
	readonly #stampHash: number;
	/** Chunks with functions that were compiled and not saved, and their files. */
	readonly #unsaved = new Map<StoredChunk, string>();

	/** `stamp` tells what compiles: program, Node, processor. */
	constructor(files: CodeFiles, stamp: string) {
		this.#files = files;
		this.#stamp = stamp;
		this.#stampHash = hash(stamp, FNV_BASIS);
	}

	/** The main function of a chunk, stored or parsed (throws what the parser throws); undefined if it is none to be stored. */
	load(text: string, chunkName: string, depth: number): Proto | undefined {
		if (!isWorthStoring(text)) return undefined;
		return StoredChunk.load(new Source(this, this.#stamp, text, chunkName, depth)).main;
	}

	/** The same for a chunk that was parsed before there was a store. */
	adopt(main: Proto, text: string, depth: number): void {
		if (main.origin !== undefined || !isWorthStoring(text)) return;
		new StoredChunk(new Source(this, this.#stamp, text, main.chunkName, depth), main);
	}

	/** Saves what was compiled since the last time. */
	save(): void {
		for (const [chunk, name] of this.#unsaved) {
			this.#unsaved.delete(chunk);
			chunk.save(
				(bytes) => this.#files.append(name, bytes),
				(bytes) => this.#files.write(name, bytes),
			);
		}
	}

	// -- For its chunks -----------------------------------------------------------------

	read(name: string): Buffer | undefined {
		return this.#files.read(name);
	}

	note(chunk: StoredChunk, name: string): void {
		this.#unsaved.set(chunk, name);
	}

	/**
	 * Different chunks may have one name: the bytes tell. A changed module has another as a rule, so that wikis with modules
	 * of the same name do not take the files from each other.
	 */
	fileName(text: string, chunkName: string): string {
		let first = hash(chunkName, this.#stampHash) ^ text.length;
		let second = first ^ FNV_BASIS;
		const step = Math.max(Math.floor(text.length / SAMPLES), 1);
		for (let at = 0; at < text.length; at += step) {
			const code = text.charCodeAt(at);
			first = Math.imul(first ^ code, FNV_PRIME);
			second = Math.imul(second, FNV_PRIME) ^ code;
		}
		return hexadecimal(first) + hexadecimal(second);
	}
}

function isWorthStoring(text: string): boolean {
	return text.length >= SHORTEST && text.length <= LONGEST;
}

class Source implements ChunkSource {
	readonly stamp: string;
	readonly text: string;
	readonly chunkName: string;
	readonly depth: number;
	readonly #store: CodeStore;
	#name: string | undefined;

	constructor(store: CodeStore, stamp: string, text: string, chunkName: string, depth: number) {
		this.#store = store;
		this.stamp = stamp;
		this.text = text;
		this.chunkName = chunkName;
		this.depth = depth;
	}

	get #fileName(): string {
		this.#name ??= this.#store.fileName(this.text, this.chunkName);
		return this.#name;
	}

	parse(): FunctionNode {
		return parseChunk(this.text, this.chunkName, this.depth);
	}

	read(): Buffer | undefined {
		return this.#store.read(this.#fileName);
	}

	onCompiled(chunk: StoredChunk): void {
		this.#store.note(chunk, this.#fileName);
	}
}

/** The process's: none unless somebody has one. */
export const codeStore: { current: CodeStore | undefined } = { current: undefined };

// -- Hashes: FNV-1a and FNV-1 of 32 bits ----------------------------------------------------

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

function hash(text: string, basis: number): number {
	let value = basis;
	for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), FNV_PRIME);
	return value;
}

function hexadecimal(value: number): string {
	return (value >>> 0).toString(16).padStart(8, "0");
}
