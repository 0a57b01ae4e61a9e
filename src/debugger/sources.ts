// Chunks and the files that a client has of them. A module of a wiki has no file; a client that has
// its text somewhere names that, and what its path ends with tells which chunk it is:
// `.../Fails.lua`, `.../Module/Fails.lua` and `.../Module:Fails.lua` are all Module:Fails.

import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";

/** A chunk as the adapter knows it. */
export interface LoadedChunk {
	readonly name: string;
	readonly title: string;
	readonly text: string;
	readonly lines: readonly number[];
	/** The adapter's number for its text; from 1. */
	readonly reference: number;
}

export class SourceMap {
	readonly #chunks = new Map<string, LoadedChunk>();
	/** Paths that the client has used. */
	readonly #paths = new Set<string>();
	readonly #folder: string;
	/** Folders with the texts of modules. */
	modules: readonly string[] = [];

	/** `folder` is the one that relative names of chunks are meant from. */
	constructor(folder: string) {
		this.#folder = folder;
	}

	add(chunk: Omit<LoadedChunk, "reference">): LoadedChunk {
		const reference = this.#chunks.get(chunk.name)?.reference ?? this.#chunks.size + 1;
		const added = { ...chunk, reference };
		this.#chunks.set(chunk.name, added);
		return added;
	}

	get all(): LoadedChunk[] {
		return [...this.#chunks.values()];
	}

	byName(name: string): LoadedChunk | undefined {
		return this.#chunks.get(name);
	}

	byReference(reference: number): LoadedChunk | undefined {
		return this.all.find((chunk) => chunk.reference === reference);
	}

	notePath(path: string): void {
		this.#paths.add(path);
	}

	/** Is the file at `path` the text of the chunk? */
	isFileOf(path: string, { name, title }: Pick<LoadedChunk, "name" | "title">): boolean {
		if (name.startsWith("@") && resolve(this.#folder, title) === path) return true;
		const wanted = comparable(path);
		return namesOf(title).some((each) => wanted === each || wanted.endsWith(`/${each}`));
	}

	/** The client's file of a chunk, if it has one. */
	pathOf(chunk: LoadedChunk): string | undefined {
		if (chunk.name.startsWith("@")) {
			const path = isAbsolute(chunk.title) ? chunk.title : resolve(this.#folder, chunk.title);
			if (existsSync(path)) return path;
		}
		for (const path of this.#paths) if (this.isFileOf(path, chunk)) return path;
		for (const folder of this.modules) {
			for (const name of namesOf(chunk.title)) {
				for (const variant of [name, name.replaceAll(" ", "_")]) {
					const path = join(folder, `${variant}.lua`);
					if (existsSync(path)) return path;
				}
			}
		}
		return undefined;
	}
}

/** A path or title with what differs between a page's title and its file taken away. */
function comparable(text: string): string {
	let decoded = text;
	try {
		decoded = decodeURIComponent(text);
	} catch {
		// A percent sign that is no escape.
	}
	return decoded
		.replaceAll("\\", "/")
		.replaceAll("_", " ")
		.replace(/\.lua$/, "");
}

/** What the files of a chunk may be called. */
function namesOf(title: string): string[] {
	const full = comparable(title);
	const [, namespace, page] = /^([^/:]+):(.+)$/.exec(full) ?? [];
	return page === undefined ? [full] : [page, full, `${namespace}/${page}`];
}
