/**
 * The course of a recorded conversation: what the host says next, given what the peer has answered. Behind another
 * value the host goes on as recorded. Where the peer calls what it did not call then, PHP's answer is not known:
 * it gets an error for each such call until the function that the host was waiting for has ended, in whatever
 * way. There, behind what the recording has of that function, the recorded course goes on.
 */
import { decodeReply } from "../host/reply-reader.ts";
import { readRequest, Table, writeRequest } from "./expression-tree.ts";
import type { TranscriptEntry } from "./transcript.ts";

export interface Exchange {
	/** The request's number among all messages, from 0. */
	readonly message: number;
	readonly request: Buffer;
	/** Nothing follows a quit, or the message that the peer died of. */
	readonly expected: Buffer | undefined;
}

/** An answer that stands where the recording has one. */
export interface Answer {
	/** The exchange, counted from 0. */
	readonly number: number;
	readonly exchange: Exchange & { readonly expected: Buffer };
	readonly actual: Buffer;
	/** The call by which the peer left the recorded course: nothing is known of its answer. */
	readonly unrecorded: Buffer | undefined;
	/** Did the peer take the recorded course up to here? */
	readonly isOnCourse: boolean;
}

/** A function that catches errors may call again and again. */
const MAX_REFUSALS = 1000;
const REFUSAL = Buffer.from(
	writeRequest(
		new Table([
			["op", "error"],
			["value", "the recording has no answer to this call"],
		]),
	),
	"latin1",
);

/** The messages of the host with the answers that each of them got. */
export function exchangesOf(entries: readonly TranscriptEntry[]): Exchange[] {
	const messages = entries.filter(({ source }) => source !== "end");
	const exchanges: Exchange[] = [];
	for (const [index, { source, body }] of messages.entries()) {
		if (source !== "host") continue;
		const next = messages[index + 1];
		const expected = next?.source === "peer" ? next.body : undefined;
		exchanges.push({ message: index, request: body, expected });
	}
	return exchanges;
}

export class Course {
	readonly exchanges: readonly Exchange[];
	/** Of the exchanges. */
	#position = 0;
	#unrecorded: Buffer | undefined;
	#refusals = 0;
	/** The peer can no more be led back. */
	isLost = false;

	constructor(entries: readonly TranscriptEntry[]) {
		this.exchanges = exchangesOf(entries);
	}

	/** What the host says now; undefined at the end. */
	get request(): Buffer | undefined {
		if (this.isLost) return undefined;
		return this.#unrecorded === undefined ? this.exchanges[this.#position]?.request : REFUSAL;
	}

	/** How many exchanges are over. */
	get position(): number {
		return this.#position;
	}

	/** Has the recording an answer to the request? Without one it is over. */
	get hasAnswer(): boolean {
		return this.exchanges[this.#position]?.expected !== undefined;
	}

	/** Behind a request that nobody answers. */
	skip(): void {
		this.#position++;
	}

	/** Takes the answer to the request, valid until the next one; undefined where the recording has none in its place. */
	take(actual: Buffer): Answer | undefined {
		const operation = operationOf(actual);
		const { expected } = this.exchanges[this.#position] ?? {};
		if (expected === undefined) throw new Error("the recording is over");
		if (this.#unrecorded === undefined && takesCourse(expected, actual)) {
			return this.#answer(this.#position, actual, true);
		}
		if (operation === "call") {
			this.#unrecorded ??= Buffer.from(actual);
			if (++this.#refusals > MAX_REFUSALS) this.isLost = true;
			return this.isLost ? this.#answer(this.#position, actual, false) : undefined;
		}
		const end = this.#endOfLevel();
		if (end === undefined) this.isLost = true;
		return this.#answer(end ?? this.#position, actual, false);
	}

	#answer(number: number, actual: Buffer, isOnCourse: boolean): Answer {
		const { message, request, expected } = this.exchanges[number] as Exchange & { readonly expected: Buffer };
		const unrecorded = this.#unrecorded;
		this.#unrecorded = undefined;
		this.#refusals = 0;
		this.#position = number + 1;
		return { number, exchange: { message, request, expected }, actual, unrecorded, isOnCourse };
	}

	/** The exchange in which what the host is waiting for has ended. */
	#endOfLevel(): number | undefined {
		let depth = 0;
		for (let number = this.#position; number < this.exchanges.length; number++) {
			const { request, expected } = this.exchanges[number]!;
			if (expected === undefined) return undefined;
			const said = readRequest(request.toString("latin1"))?.get("op");
			if (number > this.#position && said !== "return" && said !== "error") depth++;
			if (operationOf(expected) === "call") continue;
			if (depth === 0) return number;
			depth--;
		}
		return undefined;
	}
}

function operationOf(body: Buffer): unknown {
	return decodeReply(body.toString("latin1"), "latin1").op;
}

/** Does the host go on behind one answer as behind the other? Results or an error: a page shows either. */
function takesCourse(expected: Buffer, actual: Buffer): boolean {
	if (actual.equals(expected)) return true;
	const [was, is] = [expected, actual].map((body) => decodeReply(body.toString("latin1"), "latin1"));
	if (was?.op !== "call") return is?.op !== "call";
	return is?.op === "call" && was.id === is.id;
}
