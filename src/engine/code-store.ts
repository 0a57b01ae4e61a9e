// Compiled chunks that processes leave to each other, for those that live for one session only. What is
// there to be kept is known when its functions have been called, so a chunk is saved when there is time for it.

import { type ChunkSource, StoredChunk } from "../compiler/stored-chunk.ts";
import { Proto } from "../lua51/proto.ts";
import type { FunctionNode } from "../lua51/syntax.ts";

/** Where the bytes are. Nothing that fails there is an error: chunks are compiled then. */
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
	/** The random numbers of processes from one snapshot may be the same. */
	#lastId = Number(BigInt.asUintN(32, process.hrtime.bigint()));
	/** Chunks with functions that were compiled and not saved, and their files. */
	readonly #unsaved = new Map<StoredChunk, string>();

	/** `stamp` tells what compiles: program, Node, processor. */
	constructor(files: CodeFiles, stamp: string) {
		this.#files = files;
		this.#stamp = stamp;
	}

	/** The main function of a chunk as it is stored, else by `parse`, which throws what it throws. */
	load(text: string, chunkName: string, depth: number, parse: () => FunctionNode): Proto {
		const source = this.#source(text, chunkName, depth, parse);
		if (source === undefined) return new Proto(chunkName, parse());
		const bytes = source.read();
		const stored = bytes === undefined ? undefined : StoredChunk.read(source, bytes);
		return (stored ?? new StoredChunk(source, new Proto(chunkName, parse()))).main;
	}

	/** The same for a chunk that was parsed before there was a store. */
	adopt(main: Proto, text: string, depth: number): void {
		const parse = () => main.node;
		const source = main.origin === undefined ? this.#source(text, main.chunkName, depth, parse) : undefined;
		if (source !== undefined) new StoredChunk(source, main);
	}

	#source(
		text: string,
		chunkName: string,
		depth: number,
		parse: () => FunctionNode,
	): ChunkSource | undefined {
		if (text.length < SHORTEST || text.length > LONGEST) return undefined;
		let name: string | undefined;
		const nameOnce = () => {
			name ??= fileName(text, `${this.#stamp} ${chunkName}`);
			return name;
		};
		return {
			text,
			chunkName,
			depth,
			stamp: this.#stamp,
			parse,
			read: () => this.#files.read(nameOnce()),
			onCompiled: (chunk) => this.#unsaved.set(chunk, nameOnce()),
			newId: () => {
				this.#lastId = (this.#lastId + 1) >>> 0;
				return this.#lastId;
			},
		};
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
}

/** The process's: none unless somebody has one. */
export const codeStore: { current: CodeStore | undefined } = { current: undefined };

/**
 * Different chunks may have one name: the bytes tell. A changed module has another as a rule, so that wikis with modules
 * of the same name do not take the files from each other. `owner`: the chunk's name and what compiles it.
 */
function fileName(text: string, owner: string): string {
	const step = Math.max(Math.floor(text.length / SAMPLES), 1);
	let sample = "";
	for (let at = 0; at < text.length; at += step) sample += text[at];
	const key = `${owner} ${text.length} ${sample}`;
	return `${hash(key, 0x811c9dc5)}${hash(key, 0x050c5d1f)}`;
}

/** FNV-1a of 32 bits, with a basis of its own. */
function hash(key: string, basis: number): string {
	let value = basis;
	for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
	return (value >>> 0).toString(16).padStart(8, "0");
}
