/**
 * Is an answer the recorded one? The same bytes are. Other bytes are too, where the values are the same and
 * what differs is no matter of the module's:
 *   getStatus            process, time and memory are another process's
 *   function ids         the peer's own: noted, and put in the place of the recorded ones in what is sent
 *   a function's class   goes with the version of Scribunto
 *   the end of a trace   native shows its server's rows there
 *   the order of fields, the spelling of numbers
 *   masked characters    stand for any
 */
import {
	FunctionReference,
	mapLeaves,
	readRequest,
	Table,
	type Value,
	writeRequest,
} from "./expression-tree.ts";
import type { Judge } from "./player.ts";
import { readReply } from "./reply-tree.ts";

/** A place where two messages differ. */
export interface Difference {
	/** Such as `values[1].name`; "" for the whole message. */
	readonly path: string;
	/** Undefined where there is none. */
	readonly expected: Value;
	readonly actual: Value;
}

export interface ComparisonOptions {
	/** The character that a masked recording has in place of what it hides. */
	readonly mask?: string | undefined;
	/** What is left out of strings and numbers before they are compared; all with the flag "g". */
	readonly ignored?: readonly RegExp[];
}

/** How many answers were found to be the same, and why. */
export interface Agreement {
	bytes: number;
	/** Answers to getStatus. */
	status: number;
	/** The same values in other bytes. */
	values: number;
	/** As far as the mask shows, or but for what is ignored. */
	visible: number;
}

/** Between the function that the host called and the start of native's process. */
const SERVER_ROWS = 7;
const MAIN_CHUNK = "mw_main.lua";

export class Comparison implements Judge {
	readonly agreement: Agreement = { bytes: 0, status: 0, values: 0, visible: 0 };
	readonly #mask: string | undefined;
	readonly #ignored: readonly RegExp[];
	/** Recorded id -> this peer's, where they differ. */
	readonly #ids = new Map<number, number>();
	/** Did strings or numbers of the last comparison agree in part only? */
	#isPartial = false;

	constructor({ mask, ignored = [] }: ComparisonOptions = {}) {
		this.#mask = mask;
		this.#ignored = ignored;
	}

	// -- The host's messages ------------------------------------------------------

	translate(request: Buffer): Buffer {
		if (this.#ids.size === 0) return request;
		const tree = readRequest(request.toString("latin1"));
		if (tree === undefined) return request;
		const ours = (id: Value) => (typeof id === "number" ? (this.#ids.get(id) ?? id) : id);
		const replaced = new Table(
			tree.entries.map(([key, value]) => {
				if (key === "id") return [key, ours(value)] as const;
				if (key !== "ids" || !(value instanceof Table)) return [key, this.#withOurIds(value)] as const;
				return [key, new Table(value.entries.map(([id, kept]) => [ours(id), kept] as const))] as const;
			}),
		);
		return Buffer.from(writeRequest(replaced), "latin1");
	}

	#withOurIds(value: Value): Value {
		return mapLeaves(value, (leaf) =>
			leaf instanceof FunctionReference ? new FunctionReference(this.#ids.get(leaf.id) ?? leaf.id) : leaf,
		);
	}

	// -- The peer's ---------------------------------------------------------------

	isSame(request: Buffer, expected: Buffer, actual: Buffer): boolean {
		const { agreement } = this;
		if (this.#ids.size === 0 && actual.equals(expected)) {
			agreement.bytes++;
			return true;
		}
		if (this.differences(request, expected, actual).length > 0) return false;
		if (actual.equals(expected)) agreement.bytes++;
		else if (operationOf(request) === "getStatus") agreement.status++;
		else if (this.#isPartial) agreement.visible++;
		else agreement.values++;
		return true;
	}

	differences(request: Buffer, expected: Buffer, actual: Buffer): Difference[] {
		this.#isPartial = false;
		const [was, is] = [expected, actual].map((body) => readReply(body.toString("latin1")));
		if (was === undefined || is === undefined) {
			const texts = { expected: expected.toString("latin1"), actual: actual.toString("latin1") };
			return expected.equals(actual) ? [] : [{ path: "", ...texts }];
		}
		const operation = operationOf(request);
		const found: Difference[] = [];
		if (operation === "getStatus") {
			this.#compare(was.get("op"), is.get("op"), "op", found);
			return found;
		}
		// The id is a plain number in this answer.
		const isId = operation === "loadString" && was.get("op") === "return" && is.get("op") === "return";
		this.#compare(comparable(was, isId), comparable(is, isId), "", found);
		return found;
	}

	#compare(expected: Value, actual: Value, path: string, found: Difference[]): void {
		if (expected instanceof Table && actual instanceof Table) {
			const others = new Map(actual.entries);
			for (const [key, value] of expected.entries) {
				this.#compare(value, others.get(key), pathOf(path, key), found);
				others.delete(key);
			}
			for (const [key, value] of others)
				found.push({ path: pathOf(path, key), expected: undefined, actual: value });
		} else if (expected instanceof FunctionReference && actual instanceof FunctionReference) {
			if (expected.id === actual.id) this.#ids.delete(expected.id);
			else this.#ids.set(expected.id, actual.id);
		} else if (!this.#isSameLeaf(expected, actual)) found.push({ path, expected, actual });
	}

	#isSameLeaf(expected: Value, actual: Value): boolean {
		if (Object.is(expected, actual)) return true;
		const isText = typeof expected === "string" && typeof actual === "string";
		if (!isText && !(typeof expected === "number" && typeof actual === "number")) return false;
		if (isText && !this.#isHidden(expected, actual) && !this.#isIgnored(expected, actual)) return false;
		if (!isText && !this.#isIgnored(String(expected), String(actual))) return false;
		this.#isPartial = true;
		return true;
	}

	/** The same but for masked characters. */
	#isHidden(expected: string, actual: string): boolean {
		if (this.#mask === undefined || expected.length !== actual.length) return false;
		for (let i = 0; i < expected.length; i++) {
			if (expected[i] !== actual[i] && expected[i] !== this.#mask) return false;
		}
		return true;
	}

	#isIgnored(expected: string, actual: string): boolean {
		const rest = (text: string) => this.#ignored.reduce((kept, pattern) => kept.replace(pattern, ""), text);
		return this.#ignored.length > 0 && rest(expected) === rest(actual);
	}
}

function operationOf(request: Buffer): Value {
	return readRequest(request.toString("latin1"))?.get("op");
}

function pathOf(path: string, key: Value): string {
	if (typeof key === "string" && /^[A-Za-z_]\w*$/.test(key)) return path === "" ? key : `${path}.${key}`;
	return `${path}[${typeof key === "string" ? JSON.stringify(key) : String(key)}]`;
}

/** The message without the end of native's trace; with the id that loadString gives as a function. */
function comparable(message: Table, isId: boolean): Table {
	return new Table(
		message.entries.map(([key, value]) => {
			if (key === "trace" && value instanceof Table) return [key, ownRows(value)] as const;
			// An error without a value has the trace in its place.
			if (key === "value" && value instanceof Table) return [key, comparable(value, false)] as const;
			if (isId && key === "values" && value instanceof Table) return [key, functionsOf(value)] as const;
			return [key, value] as const;
		}),
	);
}

function functionsOf({ entries }: Table): Table {
	return new Table(
		entries.map(([index, id]) => [index, typeof id === "number" ? new FunctionReference(id) : id] as const),
	);
}

function ownRows({ entries }: Table): Table {
	const [, main] = entries.at(-2) ?? [];
	const isNative = main instanceof Table && main.get("short_src") === MAIN_CHUNK;
	return new Table(isNative ? entries.slice(0, -SERVER_ROWS) : entries);
}
