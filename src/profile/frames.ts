// What a profile speaks of: functions of Lua, builtins and functions of the host. Names come from
// chunks that nobody has checked: they are made readable here, once, and each format escapes what
// means something in it.

import { createHash } from "node:crypto";
import { type LuaFunction, linesOf, type Proto, upvalue } from "../engine/api.ts";

/** More chunks than that are not looked at: a program may load texts without end. */
const MAX_CHUNKS = 2000;
/** The same for builtins and functions of the host. */
const MAX_OTHERS = 5000;
const LONGEST_NAME = 200;
/** Of a line of source, where a function's name is looked for. */
const LONGEST_LINE = 1000;

/** A chunk that is looked at, with what has happened in it, by line. */
export interface Chunk {
	/** As the program gave it: bytes, with its mark. */
	readonly chunkName: string;
	readonly title: string;
	/** All its functions, the main one first. */
	readonly functions: readonly Frame[];
	/** Lines that can be reached, ascending. */
	readonly lines: readonly number[];
	/** How often each line was reached, by its number. */
	readonly hits: Float64Array;
	/** Microseconds in each line itself, without what it calls. */
	readonly times: Float64Array;
}

/** A function, as it stands in a stack. */
export interface Frame {
	readonly kind: "lua" | "builtin" | "host" | "cut";
	readonly name: string;
	/** Title of its chunk. */
	readonly file: string | undefined;
	/** Where it begins; 0 for a main chunk and for what is not Lua. */
	readonly line: number;
	readonly chunk: Chunk | undefined;
	calls: number;
	/** Microseconds in the function itself. */
	self: number;
}

function frame(kind: Frame["kind"], name: string, file?: string, line = 0, chunk?: Chunk): Frame {
	return { kind, name, file, line, chunk, calls: 0, self: 0 };
}

/** Bytes as a text of one line, without what could steer a terminal. */
export function readable(bytes: string): string {
	const text = Buffer.from(bytes.slice(0, LONGEST_NAME), "latin1").toString("utf8");
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
	return text.replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "?");
}

/** A chunk's name without its mark. */
export function titleOf(chunkName: string): string {
	return readable(/^[@=]/.test(chunkName) ? chunkName.slice(1) : chunkName);
}

/** A frame with the place it is from, in LuaSandbox's form. */
export function labelOf({ kind, name, file, line }: Frame): string {
	if (kind === "lua") return `${name} <${file}${line > 0 ? `:${line}` : ""}>`;
	return kind === "cut" ? name : `[${kind === "host" ? "host" : "C"}] ${name}`;
}

export class FrameTable {
	/** Stands for stacks that are not kept apart. */
	readonly cut: Frame = frame("cut", "(deeper)");
	readonly #chunks = new Map<string, Chunk>();
	readonly #byProto = new WeakMap<Proto, Frame>();
	readonly #byFunction = new WeakMap<LuaFunction, Frame>();
	/** Builtins and functions of the host, by kind and name. */
	readonly #others = new Map<string, Frame>();

	get chunks(): readonly Chunk[] {
		return [...this.#chunks.values()];
	}

	/** All functions that there are, called or not. */
	get frames(): readonly Frame[] {
		return [...this.chunks.flatMap(({ functions }) => functions), ...this.#others.values()];
	}

	get isFull(): boolean {
		return this.#chunks.size >= MAX_CHUNKS;
	}

	/** Notes a chunk; one that was loaded before, with the same name and text, goes on being that. */
	add(main: Proto, text: string): void {
		const lines = [...linesOf(main)].sort((a, b) => a - b);
		const protos = protosOf(main);
		const key = `${main.chunkName}\0${createHash("sha1").update(text, "latin1").digest("hex")}`;
		let chunk = this.#chunks.get(key);
		if (chunk === undefined) {
			chunk = newChunk(main.chunkName, text, protos, lines);
			this.#chunks.set(key, chunk);
		}
		protos.forEach((proto, position) => {
			const known = chunk.functions[position];
			if (known !== undefined) this.#byProto.set(proto, known);
		});
	}

	/** The frame of a function that is looked at. */
	ofProto(proto: Proto): Frame {
		let found = this.#byProto.get(proto);
		if (found === undefined) {
			found = this.#other("lua", "function", titleOf(proto.chunkName), proto.facts.lineDefined);
			this.#byProto.set(proto, found);
		}
		return found;
	}

	/** The frame of one that is not: a builtin, a function of the host, a chunk without a name. */
	ofFunction(callee: LuaFunction): Frame {
		let found = this.#byFunction.get(callee);
		if (found === undefined) {
			found = this.#describe(callee);
			this.#byFunction.set(callee, found);
		}
		return found;
	}

	#describe(callee: LuaFunction): Frame {
		if (callee.p === undefined) return this.#other("builtin", readable(callee.name));
		const { chunkName, node } = callee.p;
		if (isServerChunk(chunkName)) {
			// What its registerLibrary and wrapPhpFunction make has PHP's name of the function.
			const id = [1, 2]
				.map((position) => upvalue(callee, position))
				.find((each) => each?.name === "id")
				?.get();
			if (typeof id === "string") return this.#other("host", readable(id).replace(/-\d+$/, ""));
		}
		if (isServerChunk(chunkName)) return this.#other("builtin", "tostring"); // all else that modules get of it
		return this.#other("lua", "function", titleOf(chunkName), node.lineDefined);
	}

	#other(kind: Frame["kind"], name: string, file?: string, line = 0): Frame {
		const key = `${kind}\0${name}\0${file ?? ""}\0${line}`;
		let found = this.#others.get(key);
		if (found === undefined && this.#others.size >= MAX_OTHERS) return this.#other(kind, "(others)");
		if (found === undefined) {
			found = frame(kind, name, file, line);
			this.#others.set(key, found);
		}
		return found;
	}
}

/** Is it the peer's own program? What PHP's functions are called by stands there. */
export function isServerChunk(chunkName: string): boolean {
	return /^@(?:.*[/\\])?(?:MWServer|mw_main)\.lua$/.test(chunkName);
}

// -- Chunks --------------------------------------------------------------------------------------

function protosOf(main: Proto): Proto[] {
	const found: Proto[] = [];
	const visit = (proto: Proto): void => {
		found.push(proto);
		proto.children.forEach(visit);
	};
	visit(main);
	return found;
}

function newChunk(
	chunkName: string,
	text: string,
	protos: readonly Proto[],
	lines: readonly number[],
): Chunk {
	const title = titleOf(chunkName);
	const functions: Frame[] = [];
	const size = (lines.at(-1) ?? 0) + 1;
	const hits = new Float64Array(size);
	const chunk: Chunk = { chunkName, title, functions, lines, hits, times: new Float64Array(size) };
	const names = writtenNames(text, new Set(protos.map(({ node }) => node.lineDefined)));
	for (const { node } of protos) {
		const line = node.lineDefined;
		const name = line === 0 ? "main chunk" : names.get(line)?.shift() || "function";
		functions.push(frame("lua", readable(name), title, line, chunk));
	}
	return chunk;
}

/** The names that functions have in the source, by the line where they begin, in the source's order. */
function writtenNames(text: string, wanted: ReadonlySet<number>): Map<number, string[]> {
	const names = new Map<number, string[]>();
	text.split("\n").forEach((line, index) => {
		if (!wanted.has(index + 1)) return;
		const matches = line
			.slice(0, LONGEST_LINE)
			.matchAll(/(?:([\w.:]+)\s*=\s*)?\bfunction\b(?:\s+([\w.:]+))?\s*\(/g);
		names.set(
			index + 1,
			Array.from(matches, (match) => match[2] ?? match[1] ?? ""),
		);
	});
	return names;
}
