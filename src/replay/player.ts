/**
 * Plays the host's side of a transcript against a peer: a message is sent as soon as the answer to the one
 * before has arrived. What PHP once answered to the peer's calls it gets again, so neither PHP nor a wiki is
 * needed. The conversation must take the recorded course: where the peer sends another kind of message than
 * it did then, the rest of the recording fits no more, and playing ends. Other differences are noted only.
 */
import { decodeReply } from "../host/reply-reader.ts";
import { PeerEndedError } from "./peer-process.ts";
import type { TranscriptEntry } from "./transcript.ts";

/** What the player speaks to: a PeerProcess, or a peer in this process. */
export interface PlayerPeer {
	send(body: Uint8Array): void;
	/** The next message's body, valid until the next call. Throws when the peer has ended. */
	receive(): Buffer;
}

/** Who decides what counts as the same answer. */
export interface Judge {
	/** A recorded message of the host as this peer must get it. */
	translate(request: Buffer): Buffer;
	isSame(request: Buffer, expected: Buffer, actual: Buffer): boolean;
}

const sameBytes: Judge = {
	translate: (request) => request,
	isSame: (_, expected, actual) => actual.equals(expected),
};

/** An answer that is not the recorded one. */
export interface Divergence {
	/** Counts the host's messages from 0. */
	readonly exchange: number;
	/** The request's number among all messages, from 0. */
	readonly message: number;
	readonly request: Buffer;
	readonly expected: Buffer;
	readonly actual: Buffer;
	/** Is it even another kind of message, or a call of another function? Then it was the last. */
	readonly isOtherOperation: boolean;
}

export interface Playback {
	/** Messages of the host that were answered. */
	readonly exchanges: number;
	/** Microseconds that were spent waiting for each of them. */
	readonly waits: Float64Array;
	/** In the order of the messages. */
	readonly divergences: readonly Divergence[];
	readonly isComplete: boolean;
}

interface Exchange {
	readonly message: number;
	readonly request: Buffer;
	/** Nothing follows a quit, or the message that the peer died of. */
	readonly expected: Buffer | undefined;
}

/** The messages of the host with the answers that each of them got. */
export function exchangesOf(entries: readonly TranscriptEntry[]): Exchange[] {
	const messages = entries.filter(({ source }) => source !== "end");
	const exchanges: Exchange[] = [];
	for (const [index, { source, body }] of messages.entries()) {
		if (source !== "host") continue;
		const next = messages[index + 1];
		exchanges.push({
			message: index,
			request: body,
			expected: next?.source === "peer" ? next.body : undefined,
		});
	}
	return exchanges;
}

export function play(
	entries: readonly TranscriptEntry[],
	peer: PlayerPeer,
	judge: Judge = sameBytes,
	/** Called for each message of the host before it is sent. */
	step: (done: number, total: number) => void = () => {},
): Playback {
	const exchanges = exchangesOf(entries);
	const waits = new Float64Array(exchanges.length);
	const divergences: Divergence[] = [];
	let count = 0;
	for (const { message, request, expected } of exchanges) {
		step(count, exchanges.length);
		const translated = judge.translate(request);
		const start = process.hrtime.bigint();
		const actual = exchange(peer, translated, expected !== undefined, count);
		if (expected === undefined || actual === undefined) continue;
		waits[count] = Number(process.hrtime.bigint() - start) / 1000;
		if (!judge.isSame(request, expected, actual)) {
			const isOtherOperation = courseOf(actual) !== courseOf(expected);
			const kept = { message, request, expected, actual: Buffer.from(actual) };
			divergences.push({ exchange: count, ...kept, isOtherOperation });
			if (isOtherOperation) {
				return { exchanges: count + 1, waits: waits.subarray(0, count + 1), divergences, isComplete: false };
			}
		}
		count++;
	}
	return { exchanges: count, waits: waits.subarray(0, count), divergences, isComplete: true };
}

function exchange(peer: PlayerPeer, request: Buffer, hasAnswer: boolean, count: number): Buffer | undefined {
	try {
		peer.send(request);
		return hasAnswer ? peer.receive() : undefined;
	} catch (error) {
		if (error instanceof PeerEndedError) error.exchange = count;
		throw error;
	}
}

/** What the host's next message depends on. */
export function courseOf(body: Buffer): string {
	const { op, id } = decodeReply(body.toString("latin1"), "latin1");
	return op === "call" ? `call ${id}` : String(op);
}
