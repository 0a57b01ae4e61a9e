/**
 * Writes a session down while it runs (transcript.ts has the format): a channel that notes what passes. A
 * message is in the file before it is acted upon, so that a session that is killed, as PHP kills most, can be
 * read up to its last message. Whatever goes wrong with the file, the session goes on.
 */
import { closeSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SessionEnding } from "../peer/peer.ts";
import type { Channel } from "../peer/transport.ts";
import { HEADER_LENGTH } from "../wire/frame.ts";
import { MASK_CHARACTER, Mask } from "./mask.ts";
import {
	type EntrySource,
	encodeEntryHead,
	encodeTranscriptHeader,
	type TranscriptEnd,
} from "./transcript.ts";

/** What is to be recorded, in the words of who asks for it: texts that nobody has checked. */
export interface RecordingWish {
	/** The folder that gets a file for each session. */
	readonly folder: string;
	/** One session of so many; "" for each. */
	readonly every: string;
	/** Megabytes that the folder's recordings may take together; "" for the usual size. */
	readonly size: string;
	/** Regular expressions (see mask.ts); "" is none. */
	readonly masks: readonly string[];
}

const TRANSCRIPT_SUFFIX = ".transcript";
const USUAL_MEGABYTES = 1000;
const MEGABYTE = 1e6;
/** Names differ by time and process already. */
const MAX_NAMES = 100;

/** Up to this length an entry leaves in one write. */
const BUFFER_SIZE = 64 * 1024;
/** Of it, for what stands before a body: more than any head, and than a frame's header. */
const HEAD_ROOM = 64;
const NEWLINE = 0x0a;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment asks for. */
export function wishFrom(environment: Environment): RecordingWish | undefined {
	const folder = environment["SCRIBUNTO_LUA_RECORD"] ?? "";
	if (folder === "") return undefined;
	return {
		folder,
		every: environment["SCRIBUNTO_LUA_RECORD_EVERY"] ?? "",
		size: environment["SCRIBUNTO_LUA_RECORD_SIZE"] ?? "",
		masks: [environment["SCRIBUNTO_LUA_RECORD_MASK"] ?? ""],
	};
}

/**
 * Serves a session, and records it when that is wished. `args` are those that PHP gave (mw_main.lua, INCLUDES,
 * ID, INTSIZE); `warn` is told, once, why there is no recording or no more of it.
 */
export function serveRecorded(
	wish: RecordingWish | undefined,
	args: readonly string[],
	channel: Channel,
	warn: (text: string) => void,
	serve: (channel: Channel) => SessionEnding,
): SessionEnding {
	if (wish === undefined) return serve(channel);
	let recorder: Recorder | undefined;
	try {
		recorder = startRecorder(wish, args, warn);
	} catch (error) {
		warn(`this session is not recorded: ${(error as Error).message}`);
	}
	if (recorder === undefined) return serve(channel);
	const ending = serve(recorder.listening(channel));
	recorder.end({ code: ending.status, signal: null });
	return ending;
}

// -- Starting -----------------------------------------------------------------

/** Undefined for the sessions between those that are recorded. */
function startRecorder(
	wish: RecordingWish,
	args: readonly string[],
	warn: (text: string) => void,
): Recorder | undefined {
	const every = numberOf("one session of", wish.every, 1);
	const megabytes = numberOf("a size of", wish.size, USUAL_MEGABYTES);
	const patterns = wish.masks.filter((pattern) => pattern !== "");
	const mask = patterns.length === 0 ? undefined : new Mask(patterns);
	if (every > 1 && Math.random() * every >= 1) return undefined;
	const folder = resolve(wish.folder);
	makeFolder(folder);
	const room = megabytes * MEGABYTE - sizeOfRecordings(folder);
	if (room <= 0) throw new Error(`the recordings in ${folder} take ${megabytes} MB, which is the limit`);
	const [mainFile = "", includes = "", id, intSize] = args;
	const timeZone = process.env["TZ"];
	const header = encodeTranscriptHeader({
		mainFile: textOf(mainFile),
		includes: textOf(includes),
		interpreterId: Number(id),
		intSize: Number(intSize) === 4 ? 4 : 8,
		startedAt: new Date().toISOString(),
		lua: "scribunto-fengari",
		...(timeZone === undefined ? {} : { timeZone }),
		...(mask === undefined ? {} : { mask: MASK_CHARACTER }),
	});
	return new Recorder(createFile(folder), header, room, mask, warn);
}

/** Arguments are bytes, one character each. */
function textOf(argument: string): string {
	return Buffer.from(argument, "latin1").toString("utf8");
}

function numberOf(what: string, text: string, usual: number): number {
	if (text === "") return usual;
	if (!/^[1-9]\d*$/.test(text)) throw new Error(`${what} ${text}: a whole number from 1 on is wanted`);
	return Number(text);
}

/** Only the last part of the path: Node's own way of making all of them does not end in /proc. */
function makeFolder(folder: string): void {
	try {
		mkdirSync(folder, 0o700);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
}

function sizeOfRecordings(folder: string): number {
	let size = 0;
	for (const name of readdirSync(folder)) {
		if (name.endsWith(TRANSCRIPT_SUFFIX))
			size += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
	}
	return size;
}

/** A new file, never one that is there; for its owner only, since pages may be private. */
function createFile(folder: string): number {
	const start = new Date().toISOString().replace(/[-:]/g, "");
	for (let count = 1; ; count++) {
		const name = `${start}-${process.pid}${count === 1 ? "" : `-${count}`}${TRANSCRIPT_SUFFIX}`;
		try {
			return openSync(join(folder, name), "wx", 0o600);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EEXIST" || count === MAX_NAMES) throw error;
		}
	}
}

// -- Writing ------------------------------------------------------------------

class Recorder {
	#fd: number | undefined;
	/** Bytes that may still be written. */
	#room: number;
	readonly #mask: Mask | undefined;
	readonly #warn: (text: string) => void;
	/** Milliseconds. */
	readonly #start = performance.now();
	readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);

	constructor(
		fd: number,
		header: Buffer,
		room: number,
		mask: Mask | undefined,
		warn: (text: string) => void,
	) {
		this.#fd = fd;
		this.#room = room;
		this.#mask = mask;
		this.#warn = warn;
		try {
			this.#write(header, 0, header.length);
		} catch (error) {
			this.#giveUp(error as Error);
		}
	}

	/** The channel, with us between. */
	listening(channel: Channel): Channel {
		return {
			readBody: () => {
				const body = channel.readBody();
				if (body !== undefined) this.#note("host", body, 0);
				return body;
			},
			writeFrame: (frame) => {
				this.#note("peer", frame, HEADER_LENGTH);
				channel.writeFrame(frame);
			},
			debug: (line) => channel.debug(line),
		};
	}

	end(ending: TranscriptEnd): void {
		if (this.#fd === undefined) return;
		try {
			this.#writeEntry("end", Buffer.from(JSON.stringify(ending)), 0);
			this.#close();
		} catch (error) {
			this.#giveUp(error as Error);
		}
	}

	/** The body is what stands in `bytes` from `start` on. Plain steps: it runs for each message, mostly unoptimized. */
	#note(source: "host" | "peer", bytes: Buffer, start: number): void {
		if (this.#fd === undefined) return;
		try {
			if (this.#mask === undefined) this.#writeEntry(source, bytes, start);
			else {
				const body = bytes.subarray(start);
				this.#writeEntry(source, source === "host" ? this.#mask.request(body) : this.#mask.reply(body), 0);
			}
		} catch (error) {
			this.#giveUp(error as Error);
			return;
		}
		if (this.#room <= 0) {
			this.end({ code: null, signal: null, reason: "the size limit was reached" });
			this.#warn("the rest of this session is not recorded: the size limit is reached");
		}
	}

	#writeEntry(source: EntrySource, bytes: Buffer, start: number): void {
		const bodyLength = bytes.length - start;
		const head = encodeEntryHead(source, (performance.now() - this.#start) * 1000, bodyLength);
		const buffer = this.#buffer;
		if (bodyLength >= BUFFER_SIZE - HEAD_ROOM) {
			this.#write(Buffer.from(head, "latin1"), 0, head.length);
			this.#write(bytes, start, bytes.length);
			this.#write(Buffer.of(NEWLINE), 0, 1);
			return;
		}
		// The head is put in front of the body, over what stands before that: no view has to be made.
		const headStart = HEAD_ROOM - head.length;
		const end = HEAD_ROOM + bodyLength;
		buffer.set(bytes, HEAD_ROOM - start);
		for (let i = 0; i < head.length; i++) buffer[headStart + i] = head.charCodeAt(i);
		buffer[end] = NEWLINE;
		this.#write(buffer, headStart, end + 1);
	}

	#write(bytes: Buffer, start: number, end: number): void {
		if (this.#fd === undefined) return;
		for (let at = start; at < end; ) at += writeSync(this.#fd, bytes, at, end - at);
		this.#room -= end - start;
	}

	/** A full disk, a message that cannot be masked. */
	#giveUp(error: Error): void {
		this.#close();
		this.#warn(`the rest of this session is not recorded: ${error.message}`);
	}

	#close(): void {
		if (this.#fd === undefined) return;
		const fd = this.#fd;
		this.#fd = undefined;
		try {
			closeSync(fd);
		} catch {
			// Network file systems tell here what could not be written: too late to do anything.
		}
	}
}
