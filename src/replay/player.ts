/**
 * Plays the host's side of a transcript against a peer: a message is sent as soon as the answer to the one
 * before has arrived. What PHP once answered to the peer's calls it gets again, so neither PHP nor a wiki is
 * needed. The conversation must take the recorded course: where the peer sends another kind of message than
 * it did then, the rest of the recording fits no more, and playing ends. Other differences are counted only.
 */
import { decodeReply } from "../host/reply-reader.ts";
import type { TranscriptEntry } from "./transcript.ts";

/** What the player speaks to: a PeerProcess, or a peer in this process. */
export interface PlayerPeer {
	send(body: Uint8Array): void;
	/** The next message's body, valid until the next call. Throws when the peer has ended. */
	receive(): Buffer;
}

/** An answer that is not the recorded one. */
export interface Divergence {
	/** Counts the host's messages from 0. */
	readonly exchange: number;
	readonly request: Buffer;
	readonly expected: Buffer;
	readonly actual: Buffer;
	/** Is it even another kind of message? Then it was the last. */
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
		exchanges.push({ request: body, expected: next?.source === "peer" ? next.body : undefined });
	}
	return exchanges;
}

export function play(entries: readonly TranscriptEntry[], peer: PlayerPeer): Playback {
	const exchanges = exchangesOf(entries);
	const waits = new Float64Array(exchanges.length);
	const divergences: Divergence[] = [];
	let count = 0;
	for (const { request, expected } of exchanges) {
		const start = process.hrtime.bigint();
		peer.send(request);
		if (expected === undefined) continue;
		const actual = peer.receive();
		waits[count] = Number(process.hrtime.bigint() - start) / 1000;
		if (!actual.equals(expected)) {
			const isOtherOperation = operationOf(actual) !== operationOf(expected);
			const kept = { request, expected, actual: Buffer.from(actual) };
			divergences.push({ exchange: count, ...kept, isOtherOperation });
			if (isOtherOperation) {
				return { exchanges: count + 1, waits: waits.subarray(0, count + 1), divergences, isComplete: false };
			}
		}
		count++;
	}
	return { exchanges: count, waits: waits.subarray(0, count), divergences, isComplete: true };
}

export function operationOf(body: Buffer): unknown {
	return decodeReply(body.toString("latin1"), "latin1").op;
}
