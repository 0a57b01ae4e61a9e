/**
 * The peer's end of the pipes: whole bodies in, whole frames out, diagnostics to stderr. Everything
 * is synchronous, so that a Lua function can wait for the host's answer in the middle of its run.
 * stdout belongs to this file alone.
 */
import { fstatSync, readSync, statSync, writeSync } from "node:fs";
import { FrameBuffer } from "../wire/frame-buffer.ts";

/** What the dispatcher talks through. */
export interface Channel {
	/** The next message's body, valid until the next call; undefined at the end of input. */
	readBody(): Buffer | undefined;
	/** Writes a whole frame. */
	writeFrame(frame: Buffer): void;
	/** Writes a diagnostic line, where anybody can see it. */
	debug(line: string): void;
}

/** The pipe broke, or ended within a message. */
export class TransportError extends Error {
	override readonly name = "TransportError";
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

export class PipeTransport implements Channel {
	readonly #frames = new FrameBuffer();
	readonly #readFd: number;
	readonly #writeFd: number;
	readonly #errorFd: number | undefined;

	constructor(readFd: number = STDIN, writeFd: number = STDOUT, errorFd: number = STDERR) {
		this.#readFd = readFd;
		this.#writeFd = writeFd;
		this.#errorFd = isNullDevice(errorFd) ? undefined : errorFd;
	}

	readBody(): Buffer | undefined {
		for (;;) {
			const body = this.#frames.take();
			if (body !== undefined) return body;
			const count = retried("Read error", () => readSync(this.#readFd, this.#frames.room()));
			if (count === 0) {
				if (this.#frames.isEmpty) return undefined;
				throw new TransportError("Read error: end of input within a message");
			}
			this.#frames.filled(count);
		}
	}

	writeFrame(frame: Buffer): void {
		let at = 0;
		while (at < frame.length) {
			at += retried("Write error", () => writeSync(this.#writeFd, frame, at, frame.length - at));
		}
	}

	debug(line: string): void {
		const fd = this.#errorFd;
		if (fd === undefined) return;
		try {
			writeSync(fd, `${line}\n`, undefined, "latin1");
		} catch {
			// Nobody reads the diagnostics: no reason to stop.
		}
	}
}

/** PHP's default for stderr: what is written there need not even be made. */
function isNullDevice(fd: number): boolean {
	try {
		const stat = fstatSync(fd);
		return stat.isCharacterDevice() && stat.rdev === statSync("/dev/null").rdev;
	} catch {
		return true;
	}
}

const PAUSE_MS = 1;
/** Made when it is needed: a start-up snapshot cannot have one. */
let pause: Int32Array | undefined;

/** A pipe that somebody made non-blocking says EAGAIN: then the process must wait by itself. */
function retried(what: string, operation: () => number): number {
	for (;;) {
		try {
			return operation();
		} catch (error) {
			const { code, message } = error as NodeJS.ErrnoException;
			if (code === "EOF") return 0;
			if (code !== "EAGAIN" && code !== "EINTR") throw new TransportError(`${what}: ${message}`);
			pause ??= new Int32Array(new SharedArrayBuffer(4));
			Atomics.wait(pause, 0, 0, PAUSE_MS);
		}
	}
}
