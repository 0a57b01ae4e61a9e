// Output of the commands: all of it, whatever is at the other end.

import { writeSync } from "node:fs";

export const STDOUT = 1;
export const STDERR = 2;

/** What a shell shows for death by SIGPIPE. */
const STATUS_NO_READER = 141;
const PAUSE_MS = 10;
const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Standard output takes no more: a full disk. */
export class OutputError extends Error {
	override readonly name = "OutputError";
}

/**
 * Writes a text as UTF-8. Ends the process, as SIGPIPE would, when nobody reads any more. Throws an OutputError; what
 * stderr does not take is lost, since there is nobody to tell.
 */
export function writeText(fd: number, text: string): void {
	writeBuffer(fd, Buffer.from(text, "utf8"));
}

/** The same for bytes, one character each. */
export function writeBytes(fd: number, bytes: string): void {
	writeBuffer(fd, Buffer.from(bytes, "latin1"));
}

function writeBuffer(fd: number, buffer: Buffer): void {
	for (let at = 0; at < buffer.length; ) {
		try {
			at += writeSync(fd, buffer, at);
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code === "EPIPE") process.exit(STATUS_NO_READER);
			if (code !== "EAGAIN") {
				if (fd === STDERR) return;
				throw new OutputError((error as Error).message, { cause: error });
			}
			waitForPipe();
		}
	}
}

/** For a pipe that somebody made non-blocking: stops this thread for a moment. */
export function waitForPipe(): void {
	Atomics.wait(pause, 0, 0, PAUSE_MS);
}
