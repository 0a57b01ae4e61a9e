/**
 * Lua values <-> message bodies: joins the wire layer with the engine's tables. What the native
 * peer refuses is refused here at the same point and in the same order, because functions met
 * before it have got their ids by then.
 */
import {
	call,
	firstResult,
	LuaFunction,
	type LuaState,
	LuaTable,
	LuaThread,
	type LuaValue,
	load,
	protectedCall,
	resultList,
	sizeHint,
	Traversal,
	toStringValue,
	tostr,
	typeName,
} from "../engine/api.ts";
import { ProtocolError } from "../wire/frame.ts";
import {
	type MessageBuilder,
	readLuaExpression,
	readLuaMessage,
	UNSUPPORTED,
} from "../wire/lua-expression.ts";
import type { FieldReader } from "../wire/message.ts";
import { type IntegerRange, integerText, PhpWriter } from "../wire/php-value.ts";
import type { ChunkTable } from "./chunk-table.ts";

// -- From the host ------------------------------------------------------------------

export class ValueDecoder {
	readonly #state: LuaState;
	readonly #chunks: ChunkTable;
	readonly #builder: MessageBuilder<LuaTable | LuaFunction>;

	constructor(state: LuaState, chunks: ChunkTable) {
		this.#state = state;
		this.#chunks = chunks;
		this.#builder = { table: tableOf, list: listOf, chunk: (id) => chunks.get(id) };
	}

	/** The fields of a message, whose body has a character for each byte. Throws ProtocolError when it is none. */
	fields(body: string): Fields {
		const fields = readLuaMessage(body, this.#builder);
		if (fields !== UNSUPPORTED) return new ListedFields(fields);
		const value = this.decode(body);
		if (!(value instanceof LuaTable)) throw new ProtocolError(`a message is a ${typeName(value)} value`);
		return new TableFields(value);
	}

	/** The value of any expression. Throws ProtocolError when it has none. */
	decode(text: string): LuaValue {
		const value = readLuaExpression(text, this.#builder);
		return value === UNSUPPORTED ? this.#evaluate(text) : value;
	}

	/** Any other Lua expression, with `chunks` as its only global. */
	#evaluate(text: string): LuaValue {
		const outcome = protectedCall(this.#loader(text));
		if (!outcome.ok) throw new ProtocolError(`invalid chunk: ${String(outcome.error.value)}`);
		const chunk = firstResult(outcome.results) as LuaFunction; // the loader returns nothing else
		const result = protectedCall(chunk);
		if (!result.ok) throw new ProtocolError(`invalid chunk: ${String(result.error.value)}`);
		return firstResult(result.results);
	}

	#loader(text: string): LuaFunction {
		return this.#state.builtin("load", () => {
			const chunk = load(this.#state, `return ${text}`, `return ${text}`);
			chunk.env = new LuaTable();
			chunk.env.setStr("chunks", this.#chunks.toLua());
			return chunk;
		});
	}
}

/** A constructor with bracketed keys only: native gives it room for all of them in the node part. */
function tableOf(pairs: readonly LuaValue[], start: number): LuaTable {
	const end = pairs.length;
	const table = LuaTable.sized(0, sizeHint((end - start) / 2));
	for (let i = start; i < end; i += 2) table.set(pairs[i], pairs[i + 1]);
	return table;
}

/** A table in which native would have all of that in the node part; but it is unpacked, and nothing else. */
function listOf(pairs: readonly LuaValue[], start: number): LuaTable {
	const array: LuaValue[] = [undefined];
	for (let i = start; i < pairs.length; i += 2) array.push(pairs[i + 1]);
	return LuaTable.adopt(array);
}

abstract class Fields implements FieldReader<LuaValue, LuaTable> {
	/** Does each text that is a field stand in the body? Then nothing but the body makes it. */
	abstract readonly isLiteral: boolean;

	abstract field(name: string): LuaValue;

	isTable(value: LuaValue): value is LuaTable {
		return value instanceof LuaTable;
	}

	describe(value: LuaValue): string {
		if (typeof value === "boolean") return String(value);
		return toStringValue(value) ?? typeName(value);
	}
}

class TableFields extends Fields {
	readonly isLiteral = false;
	readonly #table: LuaTable;

	constructor(table: LuaTable) {
		super();
		this.#table = table;
	}

	field(name: string): LuaValue {
		return this.#table.getStr(name);
	}
}

class ListedFields extends Fields {
	readonly isLiteral = true;
	/** Names and values in turns. */
	readonly #fields: readonly LuaValue[];

	constructor(fields: readonly LuaValue[]) {
		super();
		this.#fields = fields;
	}

	field(name: string): LuaValue {
		const fields = this.#fields;
		for (let i = fields.length - 2; i >= 0; i -= 2) if (fields[i] === name) return fields[i + 1];
		return undefined;
	}
}

// -- To the host --------------------------------------------------------------------

/** Tables nested deeper than this overflow native's stack (measured for replies). */
const MAX_DEPTH = 16372;

/** Why a value cannot be encoded; native's text without its position. */
export class EncodeFailure extends Error {
	override readonly name = "EncodeFailure";
	readonly kind: "circular" | "key" | "collision" | "thread" | "userdata" | "overflow";
	/** How deep in the message it was found; the message itself is 0. */
	readonly depth: number;

	constructor(kind: EncodeFailure["kind"], text: string, depth: number) {
		super(text);
		this.kind = kind;
		this.depth = depth;
	}
}

/** Writes the values of one message. */
export class ValueEncoder {
	readonly writer: PhpWriter;
	readonly #chunks: ChunkTable;
	/** The global `pairs` when mwInit.lua replaced it by one that knows `__pairs`. */
	readonly #pairs: LuaValue;
	/** Tables written so far. Native never takes one out: a table cannot be sent twice. */
	readonly #done = new Set<LuaTable>();

	constructor(
		range: IntegerRange,
		functionClass: string,
		interpreterId: string,
		chunks: ChunkTable,
		pairs: LuaValue,
	) {
		this.writer = new PhpWriter(range, functionClass, interpreterId);
		this.#chunks = chunks;
		this.#pairs = pairs instanceof LuaFunction && pairs.p !== undefined ? pairs : undefined;
	}

	reset(): void {
		this.writer.reset();
		this.#done.clear();
	}

	/** Throws EncodeFailure, and what a `__pairs` of the Lua program throws. */
	value(value: LuaValue, depth: number): void {
		switch (typeof value) {
			case "undefined":
				this.writer.nil();
				return;
			case "boolean":
				this.writer.boolean(value);
				return;
			case "number":
				this.writer.number(value);
				return;
			case "string":
				this.writer.string(value);
				return;
			default:
				if (value instanceof LuaTable) this.#table(value, depth);
				else if (value instanceof LuaFunction) this.writer.functionObject(this.#chunks.idOf(value));
				else if (value instanceof LuaThread) {
					throw new EncodeFailure("thread", "Cannot pass thread to PHP", depth);
				} else throw new EncodeFailure("userdata", "Cannot pass userdata to PHP", depth);
		}
	}

	/** The values of a list, without the nils, keyed from 1. */
	list(values: readonly LuaValue[], from: number, depth: number): void {
		const expected = values.length - from;
		const mark = this.writer.beginArray(expected);
		let count = 0;
		for (let i = from; i < values.length; i++) {
			const value = values[i];
			if (value === undefined) continue;
			count++;
			this.writer.integerKey(i - from + 1);
			this.value(value, depth);
		}
		this.writer.endArray(mark, expected, count);
	}

	// -- Tables -------------------------------------------------------------------

	#table(table: LuaTable, depth: number): void {
		if (this.#done.has(table)) {
			throw new EncodeFailure("circular", "Cannot pass circular reference to PHP", depth);
		}
		if (depth > MAX_DEPTH) throw new EncodeFailure("overflow", "stack overflow", depth);
		this.#done.add(table);
		const { metatable } = table;
		if (metatable !== undefined && this.#pairs !== undefined && mayHavePairs(metatable)) {
			this.#iteratedTable(table, depth);
			return;
		}
		let expected = 0;
		let integerKeys = false;
		let numeralTexts = false;
		let fractions = false;
		for (const entries = new Traversal(table); entries.advance(); ) {
			expected++;
			const { key } = entries;
			if (typeof key === "number") {
				if (this.writer.isIntegerKey(key)) integerKeys = true;
				else fractions = true;
			} else if (typeof key === "string") numeralTexts ||= startsLikeNumber(key);
		}
		// Only such keys can be the same in PHP and different in Lua.
		const seen = fractions || (integerKeys && numeralTexts) ? new Set<string>() : undefined;
		const mark = this.writer.beginArray(expected);
		let count = 0;
		for (const entries = new Traversal(table); entries.advance(); ) {
			this.#entry(entries.key, entries.value, seen, depth);
			count++;
		}
		this.writer.endArray(mark, expected, count);
	}

	/** A table whose metatable says how it is iterated: that is Lua code, which can do anything. */
	#iteratedTable(table: LuaTable, depth: number): void {
		const [step, state, first] = resultList(call(this.#pairs, table));
		const seen = new Set<string>();
		const mark = this.writer.beginArray(0);
		let count = 0;
		for (let control = first; ; ) {
			const [key, value] = resultList(call(step, state, control));
			if (key === undefined) break;
			control = key;
			this.#entry(key, value, seen, depth);
			count++;
		}
		this.writer.endArray(mark, 0, count);
	}

	#entry(key: LuaValue, value: LuaValue, seen: Set<string> | undefined, depth: number): void {
		if (typeof key === "number") {
			if (this.writer.isIntegerKey(key)) this.writer.integerKey(key);
			else this.writer.textKey(tostr(key));
		} else if (typeof key === "string") this.writer.textKey(key);
		else {
			const text = `Cannot use ${typeName(key)} as an array key when passing data from Lua to PHP`;
			throw new EncodeFailure("key", text, depth);
		}
		if (seen !== undefined) {
			const isInteger = typeof key === "number" && this.writer.isIntegerKey(key);
			const text = typeof key === "string" ? key : isInteger ? integerText(key) : tostr(key);
			if (seen.has(text)) {
				const failure = `Collision for array key ${text} when passing data from Lua to PHP`;
				throw new EncodeFailure("collision", failure, depth);
			}
			seen.add(text);
		}
		this.value(value, depth + 1);
	}
}

function mayHavePairs(metatable: LuaTable): boolean {
	return (
		metatable.metatable !== undefined ||
		metatable.getName("__pairs") !== undefined ||
		metatable.getName("__metatable") !== undefined
	);
}

function startsLikeNumber(key: string): boolean {
	const first = key.charCodeAt(0);
	return first === 0x2d || (first >= 0x30 && first <= 0x39);
}
