// The compiled functions of a chunk as bytes, by which another process is spared parsing, emitting and V8's
// compiling. The bytes are records, one for the chunk and one for each function that was compiled; more can be added
// behind them. They are run as they are: who could have written them is for others to ask.
//
// What needs the syntax tree (a function without a record, a coroutine, the last call on a full stack, the name of
// an iterator) has the chunk parsed again.

import { crc32 } from "node:zlib";
import {
	type ChunkOrigin,
	type Emission,
	type FunctionFacts,
	type ObjectName,
	Proto,
	type Site,
} from "../lua51/proto.ts";
import type { FunctionNode } from "../lua51/syntax.ts";
import { emit } from "./compile.ts";
import { constantFrom, type StoredConstant, storedConstant } from "./stored-constants.ts";

/** What a chunk is known by, and what makes a tree of it. */
export interface ChunkSource {
	readonly text: string;
	readonly chunkName: string;
	/** C calls in which it is parsed. */
	readonly depth: number;
	/** What compiles it: another program or another Node has another. */
	readonly stamp: string;
	parse(): FunctionNode;
	/** What is stored of it. */
	read(): Buffer | undefined;
	/** Is told whenever there is something to save. */
	onCompiled(chunk: StoredChunk): void;
}

interface ChunkFacts {
	readonly chunkName: string;
	readonly stamp: string;
	readonly depth: number;
	/** FACTS_SIZE numbers for each function, outer ones first. */
	readonly functions: readonly number[];
}

interface StoredEmission {
	readonly helpers: readonly string[];
	readonly constants: readonly StoredConstant[];
}

/** Line, CALLS, first and second operand; true for what finds the name of an iterator. */
type StoredSite = readonly [number, number, ObjectName | null, ObjectName | true | null];

interface Compiled {
	readonly proto: Proto;
	readonly emission: Emission;
	readonly code: () => Buffer;
}

const FACTS_SIZE = 6;
const IS_VARARG = 1;
const HAS_CALLS = 2;
const CALLS: readonly Site["call"][] = [undefined, "call", "tail"];

export class StoredChunk implements ChunkOrigin {
	readonly main: Proto;
	readonly #source: ChunkSource;
	/** Of what is stored, by the functions' positions; undefined as long as nobody has asked. */
	#records: Map<number, StoredRecord> | undefined;
	/** Any 32 bits, by which functions that are added are known to belong to what was there. */
	#id = 0;
	/** There are bytes of it to which functions can be added. */
	#isStored = false;
	#unsaved: Compiled[] = [];

	/** The chunk as it was stored, else parsed; throws what the parser throws. */
	static load(source: ChunkSource): StoredChunk {
		const stored = lookFor(source);
		const main =
			stored === undefined
				? new Proto(source.chunkName, source.parse())
				: protoTree(source.chunkName, stored.facts.functions);
		const chunk = new StoredChunk(source, main);
		chunk.#use(stored);
		return chunk;
	}

	/** Of `main`, which has been parsed, the functions that were compiled elsewhere are looked for when the first is called. */
	constructor(source: ChunkSource, main: Proto) {
		this.#source = source;
		this.main = main;
		main.origin = this;
	}

	#use(stored: Stored | undefined): void {
		this.#records = stored?.records ?? new Map();
		if (stored === undefined) return;
		this.#id = stored.id;
		this.#isStored = true;
	}

	// -- For its protos --------------------------------------------------------------------

	parse(): FunctionNode {
		return this.#source.parse();
	}

	emission(proto: Proto): Emission | undefined {
		if (this.#records === undefined) this.#use(lookFor(this.#source));
		const record = this.#recordOf(proto);
		if (record === undefined) return undefined;
		const { helpers, constants } = JSON.parse(record.facts) as StoredEmission;
		return {
			source: record.text,
			code: record.code,
			helpers,
			constants: constants.map((constant) => constantFrom(proto, constant)),
		};
	}

	sites(proto: Proto): Site[] {
		const record = this.#recordOf(proto);
		if (record === undefined) return [];
		const stored = JSON.parse(record.sites) as StoredSite[];
		return stored.map(([line, call, first, second], pc) => ({
			line,
			call: CALLS[call],
			first: first ?? undefined,
			second: second === true ? () => iteratorName(proto, pc) : (second ?? undefined),
		}));
	}

	compiled(proto: Proto, emission: Emission, code: () => Buffer): void {
		// What V8 once made of one function it does not take, so it will not take the others: all begins anew.
		if (emission.code !== undefined) this.#isStored = false;
		this.#unsaved.push({ proto, emission, code });
		this.#source.onCompiled(this);
	}

	#recordOf(proto: Proto): StoredRecord | undefined {
		return this.#records?.get(proto.facts.position);
	}

	// -- Bytes -------------------------------------------------------------------------------

	/** Hands out what was compiled since the last time: to be added to the bytes, or to be stored in place of any. */
	save(append: (bytes: Buffer) => void, write: (bytes: Buffer) => void): void {
		if (!this.#isStored) this.#id = newId();
		const parts = this.#isStored ? [] : [this.#headRecord()];
		for (const { proto, emission, code } of this.#unsaved) {
			const facts: StoredEmission = {
				helpers: emission.helpers,
				constants: emission.constants.map((constant) => storedConstant(proto, constant)),
			};
			const sites = proto.sites.map(storedSite);
			parts.push(recordBytes(this.#id, proto.facts.position, facts, sites, emission.source, code()));
		}
		(this.#isStored ? append : write)(Buffer.concat(parts));
		this.#unsaved = [];
		this.#isStored = true;
	}

	#headRecord(): Buffer {
		const { text, chunkName, stamp, depth } = this.#source;
		const functions = outerFirst(this.main.node).flatMap(numbersOf);
		const facts: ChunkFacts = { chunkName, stamp, depth, functions };
		return recordBytes(this.#id, 0, facts, [], text, NO_CODE);
	}
}

/** The protos of a chunk without its tree. */
function protoTree(chunkName: string, functions: readonly number[]): Proto {
	let position = 0;
	const make = (parent: Proto | undefined): Proto => {
		const proto = new Proto(chunkName, factsAt(functions, position), undefined, parent);
		const count = childCountAt(functions, position);
		position++;
		for (let i = 0; i < count; i++) proto.children.push(make(proto));
		return proto;
	};
	return make(undefined);
}

/** The random numbers of processes from one snapshot may be the same. */
function newId(): number {
	return Number(BigInt.asUintN(32, process.hrtime.bigint()));
}

/** Has the name of an iterator found as where it was compiled. */
export function iteratorName(proto: Proto, pc: number): ObjectName | undefined {
	const again = new Proto(proto.chunkName, proto.node);
	emit(again, "plain");
	const second = again.sites[pc]?.second;
	return typeof second === "function" ? second() : second;
}

function outerFirst(node: FunctionNode): FunctionNode[] {
	return [node, ...node.children.flatMap(outerFirst)];
}

function storedSite({ line, call, first, second }: Site): StoredSite {
	const stored = typeof second === "function" ? true : (second ?? null);
	return [line, CALLS.indexOf(call), first ?? null, stored];
}

function numbersOf(node: FunctionNode): number[] {
	const flags = (node.isVararg ? IS_VARARG : 0) | (node.hasCalls ? HAS_CALLS : 0);
	const { lineDefined, lastLine, parameterCount, upvalueCount, children } = node;
	return [lineDefined, lastLine, parameterCount, upvalueCount, flags, children.length];
}

function factsAt(functions: readonly number[], position: number): FunctionFacts {
	const from = position * FACTS_SIZE;
	const [lineDefined = 0, lastLine = 0, parameterCount = 0, upvalueCount = 0, flags = 0] = functions.slice(
		from,
		from + FACTS_SIZE,
	);
	const isVararg = (flags & IS_VARARG) !== 0;
	const hasCalls = (flags & HAS_CALLS) !== 0;
	return { position, lineDefined, lastLine, parameterCount, upvalueCount, isVararg, hasCalls };
}

function childCountAt(functions: readonly number[], position: number): number {
	return functions[position * FACTS_SIZE + FACTS_SIZE - 1] ?? 0;
}

// -- Records ----------------------------------------------------------------------------------

const NO_CODE = Buffer.alloc(0);

/** 32 bits each: a check sum of all that follows, the chunk's id, the function's position, the lengths of four parts. */
const HEAD_SIZE = 28;
const CHECKED_FROM = 4;
const ID_AT = 4;
const POSITION_AT = 8;
const LENGTHS_AT = 12;

/** Facts and sites are JSON; strings have a byte for each character. */
class StoredRecord {
	readonly id: number;
	readonly position: number;
	/** Where the next one begins. */
	readonly end: number;
	readonly #bytes: Buffer;
	readonly #starts: number[] = [];

	constructor(bytes: Buffer, at: number) {
		this.#bytes = bytes;
		this.id = bytes.readUInt32LE(at + ID_AT);
		this.position = bytes.readUInt32LE(at + POSITION_AT);
		let end = at + HEAD_SIZE;
		for (let length = at + LENGTHS_AT; length < at + HEAD_SIZE; length += 4) {
			this.#starts.push(end);
			end += bytes.readUInt32LE(length);
		}
		this.end = end;
	}

	get facts(): string {
		return this.#bytes.toString("latin1", this.#starts[0], this.#starts[1]);
	}

	get sites(): string {
		return this.#bytes.toString("latin1", this.#starts[1], this.#starts[2]);
	}

	get text(): string {
		return this.#bytes.toString("latin1", this.#starts[2], this.#starts[3]);
	}

	/** What V8 made of the text. */
	get code(): Buffer {
		return this.#bytes.subarray(this.#starts[3], this.end);
	}
}

interface Stored {
	readonly id: number;
	readonly facts: ChunkFacts;
	/** By the functions' positions. */
	readonly records: Map<number, StoredRecord>;
}

/**
 * What is stored of a chunk. Nothing if the bytes were cut off, since what would be added behind them could not be read,
 * or if the disk did not keep them: V8 ends the process, or worse, where its code is not what it was.
 */
function lookFor(source: ChunkSource): Stored | undefined {
	const bytes = source.read();
	if (bytes === undefined) return undefined;
	const first = recordAt(bytes, 0);
	if (first?.text !== source.text) return undefined;
	const facts = JSON.parse(first.facts) as ChunkFacts;
	if (facts.chunkName !== source.chunkName) return undefined;
	if (facts.stamp !== source.stamp || facts.depth < source.depth) return undefined;
	const records = new Map<number, StoredRecord>();
	for (let at = first.end; at < bytes.length; ) {
		const record = recordAt(bytes, at);
		if (record === undefined) return undefined;
		// Another session may have exchanged the bytes before one that knew the old ones added to them.
		if (record.id === first.id) records.set(record.position, record);
		at = record.end;
	}
	return { id: first.id, facts, records };
}

/** The record at an offset, if it is whole. */
function recordAt(bytes: Buffer, at: number): StoredRecord | undefined {
	if (at + HEAD_SIZE > bytes.length) return undefined;
	const record = new StoredRecord(bytes, at);
	if (record.end > bytes.length) return undefined;
	return crc32(bytes.subarray(at + CHECKED_FROM, record.end)) === bytes.readUInt32LE(at) ? record : undefined;
}

function recordBytes(
	id: number,
	position: number,
	facts: ChunkFacts | StoredEmission,
	sites: readonly StoredSite[],
	text: string,
	code: Buffer,
): Buffer {
	const json = [facts, sites].map((value) => Buffer.from(JSON.stringify(value), "latin1"));
	const parts = [...json, Buffer.from(text, "latin1"), code];
	const head = Buffer.alloc(HEAD_SIZE);
	head.writeUInt32LE(id, ID_AT);
	head.writeUInt32LE(position, POSITION_AT);
	for (const [index, part] of parts.entries()) head.writeUInt32LE(part.length, LENGTHS_AT + index * 4);
	const record = Buffer.concat([head, ...parts]);
	record.writeUInt32LE(crc32(record.subarray(CHECKED_FROM)), 0);
	return record;
}
