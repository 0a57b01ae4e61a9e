// C's FILE on synchronous node:fs: what io.ts reads and writes. Bytes are latin1 strings.
// One buffer at a time: a stream that was read from gives up what it read ahead before it
// writes, and writes what it holds before it reads.

import {
	closeSync,
	constants,
	fstatSync,
	openSync,
	readFileSync,
	readSync,
	statSync,
	writeSync,
} from "node:fs";
import { isatty } from "node:tty";
import { errorCode, noteError, pathBytes, systemError } from "./errno.ts";

const BUFFER_SIZE = 8192;
const STANDARD_ERROR = 2;
const NULL_DEVICE = "/dev/null";

/** Linux's major numbers of what terminal emulators and ssh give to programs: from and to. */
const PTY_MAJORS = [136, 143] as const;

/** Tells the commonest character devices by their numbers: what knows terminals takes Node 20 to 30 ms to load. */
function isTerminal(fd: number): boolean {
	try {
		if (fd < 0) return false;
		const file = fstatSync(fd);
		if (!file.isCharacterDevice() || file.rdev === statSync(NULL_DEVICE, { throwIfNoEntry: false })?.rdev)
			return false;
		const major = (file.rdev >> 8) & 0xfff;
		const isPty = process.platform === "linux" && major >= PTY_MAJORS[0] && major <= PTY_MAJORS[1];
		return isPty || isatty(fd);
	} catch {
		return false; // closed
	}
}

/** The flags of open(2) for a mode of fopen, undefined for one that C refuses. */
function openFlags(mode: string): number | undefined {
	const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
	const both = mode.includes("+");
	const exclusive = mode.includes("x") ? O_EXCL : 0;
	switch (mode.charAt(0)) {
		case "r":
			return both ? O_RDWR : O_RDONLY;
		case "w":
			return (both ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC | exclusive;
		case "a":
			return (both ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND | exclusive;
		default:
			return undefined;
	}
}

let brokenPipe: () => void = () => undefined;

/** Says what ends the program when nobody reads its output: Node keeps SIGPIPE from doing so. */
export function onBrokenPipe(handler: () => void): void {
	brokenPipe = handler;
}

export type Buffering = "no" | "line" | "full";

/** Where a stream's bytes go to or come from when that is not a file descriptor. */
export interface StreamEnd {
	/** Called on closing, with everything that was written. */
	finish(written: string): void;
}

export interface StreamOptions {
	readonly end?: StreamEnd;
	/** What reading gives when there is no descriptor. */
	readonly content?: string;
	/** Takes what is written, when there is no descriptor. */
	readonly sink?: (bytes: string) => void;
	/** fopen's; a stream without one can do both. */
	readonly mode?: string;
}

export class Stream {
	/** -1 when there is none: then all is in `ahead`, or goes to `end`. */
	readonly fd: number;
	private readonly end: StreamEnd | undefined;
	private readonly sink: ((bytes: string) => void) | undefined;
	/** The file position for reads and writes; null where the descriptor's own must be used. */
	private position: number | null;
	private readonly appends: boolean;
	readonly canRead: boolean;
	private readonly canWrite: boolean;
	/** Bytes read from the descriptor and not yet taken, from `at` on. */
	private ahead = "";
	private at = 0;
	private pending = "";
	private buffering: Buffering;
	private atEnd = false;
	isClosed = false;
	/** errno's name of the last failed read. */
	readError: string | undefined = undefined;

	constructor(fd: number, options: StreamOptions = {}) {
		this.fd = fd;
		this.end = options.end;
		this.sink = options.sink;
		const mode = options.mode ?? "r+";
		this.appends = mode.startsWith("a");
		this.canRead = mode.startsWith("r") || mode.includes("+");
		this.canWrite = !mode.startsWith("r") || mode.includes("+");
		this.ahead = options.content ?? "";
		const file = fd > STANDARD_ERROR ? fstatSync(fd) : undefined;
		// glibc goes to the end of what is for appending only.
		if (file?.isFile()) this.position = this.appends && !this.canRead ? file.size : 0;
		else this.position = null;
		this.buffering = fd === STANDARD_ERROR ? "no" : this.canWrite && isTerminal(fd) ? "line" : "full";
	}

	/** fopen; throws node:fs's error. */
	static open(path: string, mode: string): Stream {
		const flags = openFlags(mode);
		if (flags === undefined) throw systemError("EINVAL");
		return new Stream(openSync(pathBytes(path), flags, 0o666), { mode });
	}

	// -- Reading ---------------------------------------------------------------------------

	/** Reads ahead; false at the end of the file. */
	private fill(): boolean {
		if (!this.canRead) {
			this.readError = noteError("EBADF");
			return false;
		}
		if (this.atEnd || this.fd < 0) return false;
		if (this.pending !== "") this.flush();
		const bytes = Buffer.allocUnsafe(BUFFER_SIZE);
		let count = 0;
		for (;;) {
			try {
				count = readSync(this.fd, bytes, 0, BUFFER_SIZE, this.position);
				break;
			} catch (thrown) {
				const code = errorCode(thrown);
				if (code === "EAGAIN") {
					waitAMoment();
				} else if (code === "EOF") {
					break;
				} else {
					this.readError = code;
					return false;
				}
			}
		}
		if (count === 0) {
			// A terminal may go on after its end; a regular file may grow.
			this.atEnd = true;
			return false;
		}
		if (this.position !== null) this.position += count;
		this.ahead = this.ahead.slice(this.at) + bytes.toString("latin1", 0, count);
		this.at = 0;
		return true;
	}

	/** clearerr: the next read tries again. */
	clearError(): void {
		this.atEnd = false;
		this.readError = undefined;
	}

	/** The next byte without taking it; "" at the end. */
	peek(): string {
		return this.at < this.ahead.length || this.fill() ? this.ahead.charAt(this.at) : "";
	}

	skip(): void {
		this.at++;
	}

	/** Up to `count` bytes. */
	read(count: number): string {
		const parts: string[] = [];
		let missing = count;
		while (missing > 0) {
			if (this.at >= this.ahead.length && !this.fill()) break;
			const part = this.ahead.slice(this.at, this.at + missing);
			this.at += part.length;
			missing -= part.length;
			parts.push(part);
		}
		return parts.length === 1 ? parts[0]! : parts.join("");
	}

	/** fgets: up to and with the next newline, at most `limit` bytes; "" at the end. */
	readLine(limit: number): string {
		let searched = 0;
		for (;;) {
			const found = this.ahead.indexOf("\n", this.at + searched);
			const available = this.ahead.length - this.at;
			if (found >= 0 || available >= limit) {
				return this.read(Math.min(found >= 0 ? found + 1 - this.at : limit, limit));
			}
			searched = available;
			if (!this.fill()) return this.read(available);
		}
	}

	// -- Writing ---------------------------------------------------------------------------

	/** Throws node:fs's error, now or at a later write. */
	write(bytes: string): void {
		if (bytes === "") return;
		if (!this.canWrite) {
			this.readError = "EBADF"; // C has one error flag
			throw systemError("EBADF");
		}
		this.dropReadAhead();
		this.pending += bytes;
		if (this.buffering === "full" ? this.pending.length >= BUFFER_SIZE : this.mustFlush(bytes)) this.flush();
	}

	private mustFlush(bytes: string): boolean {
		return this.buffering === "no" || bytes.includes("\n") || this.pending.length >= BUFFER_SIZE;
	}

	flush(): void {
		if (this.end !== undefined || this.pending === "") return;
		if (this.sink !== undefined) {
			this.sink(this.pending);
			this.pending = "";
			return;
		}
		const bytes = Buffer.from(this.pending, "latin1");
		this.pending = "";
		for (let done = 0; done < bytes.length; ) {
			try {
				const at = this.appends ? null : this.position;
				const count = writeSync(this.fd, bytes, done, bytes.length - done, at);
				done += count;
				if (this.position !== null) this.position = at === null ? fstatSync(this.fd).size : at + count;
			} catch (thrown) {
				const code = errorCode(thrown);
				if (code === "EPIPE") brokenPipe();
				if (code !== "EAGAIN") throw thrown;
				waitAMoment();
			}
		}
	}

	setBuffering(kind: Buffering): void {
		this.flush();
		// An unbuffered stream has a buffer of one byte, which it keeps.
		if (this.buffering !== "no") this.buffering = kind;
	}

	// -- Position and end --------------------------------------------------------------------

	private dropReadAhead(): void {
		const unread = this.ahead.length - this.at;
		if (unread === 0 || this.fd < 0) return;
		if (this.position !== null) this.position -= unread;
		this.ahead = "";
		this.at = 0;
	}

	/** fseek and ftell: the new position. */
	seek(whence: "set" | "cur" | "end", offset: number): number {
		this.flush();
		this.dropReadAhead();
		if (this.position === null) return this.tellStandard(whence, offset);
		const base = whence === "set" ? 0 : whence === "cur" ? this.position : fstatSync(this.fd).size;
		if (base + offset < 0) throw systemError("EINVAL");
		this.position = base + offset;
		this.atEnd = false;
		return this.position;
	}

	// Node cannot move a descriptor's own position; Linux at least tells it.
	private tellStandard(whence: string, offset: number): number {
		if (whence === "cur" && offset === 0 && this.fd >= 0 && fstatSync(this.fd).isFile()) {
			const [, position] = /^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${this.fd}`, "latin1")) ?? [];
			if (position !== undefined) return Number(position);
		}
		throw systemError("ESPIPE");
	}

	close(): void {
		this.isClosed = true;
		if (this.end !== undefined) {
			this.end.finish(this.pending);
			return;
		}
		try {
			this.flush();
		} finally {
			if (this.fd >= 0) closeSync(this.fd);
		}
	}
}

/** Made when it is needed: a start-up snapshot cannot have one. */
let sleeper: Int32Array | undefined;

/** For descriptors that somebody made non-blocking. */
function waitAMoment(): void {
	sleeper ??= new Int32Array(new SharedArrayBuffer(4));
	Atomics.wait(sleeper, 0, 0, 2);
}
