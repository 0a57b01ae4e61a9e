/**
 * Plays the host's side of a transcript against a peer: a message is sent as soon as the answer to the one
 * before has arrived. What PHP once answered to the peer's calls it gets again, so neither PHP nor a wiki is
 * needed. Differences are noted, and playing goes on where course.ts knows how.
 */
import { Course } from "./course.ts";
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
	/** The call by which the peer has left the recorded course: PHP's answer to it is not known. */
	readonly unrecorded: Buffer | undefined;
}

export interface Playback {
	/** Messages of the host that were answered. */
	readonly exchanges: number;
	/** Microseconds that were spent waiting for each of them. */
	readonly waits: Float64Array;
	/** In the order of the messages. */
	readonly divergences: readonly Divergence[];
	/** Did the peer take the recorded course from the beginning to the end? */
	readonly isComplete: boolean;
	/** Could it not be led back? Then what followed was not played. */
	readonly isLost: boolean;
}

export function play(
	entries: readonly TranscriptEntry[],
	peer: PlayerPeer,
	judge: Judge = sameBytes,
	/** Called for each message of the host before it is sent. */
	step: (done: number, total: number) => void = () => {},
): Playback {
	const course = new Course(entries);
	const { length } = course.exchanges;
	const waits = new Float64Array(length);
	const divergences: Divergence[] = [];
	let count = 0;
	let isComplete = true;
	for (let { request } = course; request !== undefined; { request } = course) {
		step(course.position, length);
		const { hasAnswer } = course;
		const translated = judge.translate(request);
		const start = process.hrtime.bigint();
		const actual = exchange(peer, translated, hasAnswer, course.position);
		if (actual === undefined) {
			course.skip();
			continue;
		}
		const wait = Number(process.hrtime.bigint() - start) / 1000;
		const answer = course.take(actual);
		if (answer === undefined) continue;
		waits[count++] = wait;
		isComplete &&= answer.isOnCourse;
		const { exchange: recorded, unrecorded } = answer;
		const isSame = judge.isSame(recorded.request, recorded.expected, actual);
		if (isSame && answer.isOnCourse) continue;
		divergences.push({ ...recorded, exchange: answer.number, actual: Buffer.from(actual), unrecorded });
	}
	const { isLost } = course;
	return { exchanges: count, waits: waits.subarray(0, count), divergences, isComplete, isLost };
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
