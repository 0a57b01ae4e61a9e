/**
 * Bytes as they come from a pipe in, whole frame bodies out. The buffer lends its free room to the
 * reader (no copy), grows to exactly one frame when a header announces a large body, and shrinks
 * again afterwards, so that a 100 MB message takes 100 MB once and not for ever.
 */
import { decodeHeader, HEADER_LENGTH } from "./frame.ts";

const USUAL_SIZE = 64 * 1024;

/** A buffer above this size is given back when it is empty. */
const KEPT_SIZE = 1024 * 1024;

export class FrameBuffer {
	#bytes = Buffer.allocUnsafeSlow(USUAL_SIZE);
	#start = 0;
	#end = 0;
	/** The body length of the frame at #start, once its header was read. */
	#bodyLength: number | undefined;

	/** Are there bytes that belong to no taken frame? At the end of input that is a truncated message. */
	get isEmpty(): boolean {
		return this.#start === this.#end && this.#bodyLength === undefined;
	}

	/** Where the next bytes may be put; never empty. Call `filled` with how many came. */
	room(): Buffer {
		this.#makeRoom();
		return this.#bytes.subarray(this.#end);
	}

	filled(count: number): void {
		this.#end += count;
	}

	append(bytes: Uint8Array): void {
		let taken = 0;
		while (taken < bytes.length) {
			const room = this.room();
			const part = bytes.subarray(taken, taken + room.length);
			room.set(part);
			this.filled(part.length);
			taken += part.length;
			// A header that is complete now tells how much room the rest needs.
			this.#readHeader();
		}
	}

	/**
	 * The next whole body, or undefined while it is short. It is a view that the next `room` or
	 * `append` overwrites. Throws ProtocolError for a malformed header.
	 */
	take(): Buffer | undefined {
		this.#readHeader();
		const bodyLength = this.#bodyLength;
		if (bodyLength === undefined || this.#end - this.#start < bodyLength) return undefined;
		const body = this.#bytes.subarray(this.#start, this.#start + bodyLength);
		this.#start += bodyLength;
		this.#bodyLength = undefined;
		return body;
	}

	#readHeader(): void {
		if (this.#bodyLength !== undefined || this.#end - this.#start < HEADER_LENGTH) return;
		const headerEnd = this.#start + HEADER_LENGTH;
		this.#bodyLength = decodeHeader(this.#bytes.toString("latin1", this.#start, headerEnd));
		this.#start = headerEnd;
	}

	#makeRoom(): void {
		const held = this.#end - this.#start;
		if (held === 0) {
			this.#start = 0;
			this.#end = 0;
		}
		// Frames that nobody takes yet make it grow by doubling, not byte by byte. More is needed than is held.
		const isWhole = held >= (this.#bodyLength ?? HEADER_LENGTH);
		const needed = isWhole ? held + 1 : (this.#bodyLength ?? HEADER_LENGTH);
		const keeps = this.#bytes.length <= KEPT_SIZE || needed > USUAL_SIZE;
		if (this.#bytes.length - this.#start >= needed && keeps) return;
		const target =
			needed <= this.#bytes.length && keeps
				? this.#bytes
				: Buffer.allocUnsafeSlow(Math.max(isWhole ? 2 * held : needed, USUAL_SIZE));
		this.#bytes.copy(target, 0, this.#start, this.#end);
		this.#bytes = target;
		this.#start = 0;
		this.#end = held;
	}
}
