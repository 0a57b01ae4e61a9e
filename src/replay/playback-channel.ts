/**
 * A recorded session for a peer in this process: gives it the host's messages one after another and takes
 * its answers.
 */
import type { Channel } from "../peer/transport.ts";
import { HEADER_LENGTH } from "../wire/frame.ts";
import { Course } from "./course.ts";
import type { TranscriptEntry } from "./transcript.ts";

export class PlaybackChannel implements Channel {
	readonly #course: Course;
	/** The first exchange, counted from 0, in which the peer left the recorded course. */
	divergence: number | undefined = undefined;

	constructor(entries: readonly TranscriptEntry[]) {
		this.#course = new Course(entries);
	}

	readBody(): Buffer | undefined {
		const { request, hasAnswer } = this.#course;
		if (!hasAnswer) this.#course.skip();
		return request;
	}

	writeFrame(frame: Buffer): void {
		// The last message of a recording that breaks off has no answer in it.
		if (!this.#course.hasAnswer) return;
		const { position } = this.#course;
		const answer = this.#course.take(frame.subarray(HEADER_LENGTH));
		if (answer?.isOnCourse !== true) this.divergence ??= position;
	}

	debug(): void {}
}
