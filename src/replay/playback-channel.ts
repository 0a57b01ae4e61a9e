/**
 * A recorded session for a peer in this process: gives it the host's messages one after another and takes
 * its answers. The conversation must take the recorded course, as in player.ts; it ends where it does not.
 */
import type { Channel } from "../peer/transport.ts";
import { HEADER_LENGTH } from "../wire/frame.ts";
import { courseOf, exchangesOf } from "./player.ts";
import type { TranscriptEntry } from "./transcript.ts";

export class PlaybackChannel implements Channel {
	readonly #exchanges: ReturnType<typeof exchangesOf>;
	#next = 0;
	/** The exchange, counted from 0, in which the peer sent another kind of message than it did then. */
	divergence: number | undefined;

	constructor(entries: readonly TranscriptEntry[]) {
		this.#exchanges = exchangesOf(entries);
	}

	readBody(): Buffer | undefined {
		if (this.divergence !== undefined) return undefined;
		return this.#exchanges[this.#next++]?.request;
	}

	writeFrame(frame: Buffer): void {
		const expected = this.#exchanges[this.#next - 1]?.expected;
		if (expected === undefined) return;
		const actual = frame.subarray(HEADER_LENGTH);
		if (courseOf(actual) !== courseOf(expected)) this.divergence ??= this.#next - 1;
	}

	debug(): void {}
}
