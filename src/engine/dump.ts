// string.dump and its reverse (Lua 5.1 §5.4), for the command line. There is no bytecode: behind native's header
// stands the text of the function's chunk, and which of its functions it is.

import type { Proto } from "../lua51/proto.ts";
import type { LuaFunction } from "../lua51/value.ts";

/** Native's header on x86-64: version 5.1, format 0, little endian, and the sizes of what follows. */
const HEADER = "\x1bLuaQ\0\x01\x04\x08\x04\x08\0";
/** The function's number in its chunk, and the lengths of the chunk's name and text. */
const LENGTHS = /^(\d+) (\d+) (\d+) /;

export interface Dumped {
	readonly chunkName: string;
	readonly text: string;
	/** How many functions of the chunk begin before it. */
	readonly position: number;
}

/** The texts of chunks, by their main functions; undefined where functions are not dumped. */
let texts: WeakMap<Proto, string> | undefined;

/** From now on functions can be dumped. */
export function keepTexts(): void {
	texts = new WeakMap();
}

export function noteText(main: Proto, text: string): void {
	texts?.set(main, text);
}

/** A function as bytes; undefined if its text is not known. */
export function dumpFunction({ p: proto }: LuaFunction): string | undefined {
	let main = proto;
	while (main?.parent !== undefined) main = main.parent;
	const text = main && texts?.get(main);
	if (proto === undefined || text === undefined) return undefined;
	const { chunkName, facts } = proto;
	return `${HEADER}${facts.position} ${chunkName.length} ${text.length} ${chunkName}${text}`;
}

/** What `dumpFunction` gave, or how native calls other bytes. */
export function readDump(bytes: string): Dumped | "bad header" | "unexpected end" {
	if (bytes.length >= HEADER.length && !bytes.startsWith(HEADER)) return "bad header";
	const rest = bytes.slice(HEADER.length);
	const found = LENGTHS.exec(rest);
	if (found === null) return "unexpected end";
	const [position, nameLength, textLength] = found.slice(1).map(Number) as [number, number, number];
	const nameEnd = found[0].length + nameLength;
	if (rest.length < nameEnd + textLength) return "unexpected end";
	const chunkName = rest.slice(found[0].length, nameEnd);
	return { chunkName, text: rest.slice(nameEnd, nameEnd + textLength), position };
}

/** The function with a position; undefined if there is none. */
export function functionAt(proto: Proto, position: number): Proto | undefined {
	if (proto.facts.position === position) return proto;
	for (let index = proto.node.children.length - 1; index >= 0; index--) {
		const child = proto.child(index);
		if (child.facts.position <= position) return functionAt(child, position);
	}
	return undefined;
}
