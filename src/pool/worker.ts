/**
 * A worker: waits for a session, serves it, waits for the next. All of it is synchronous, as the peer is.
 * Every session has a Lua state of its own; what outlives it is compiled code, which has no state. After
 * anything unusual the worker ends, and another takes its place.
 */
import { closeSync, constants, openSync, readSync, statSync, writeSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { getHeapStatistics } from "node:v8";
import { beginSession, codeFigures, delayOptimization, keepCode } from "../engine/api.ts";
import { runSession, type SessionEnding } from "../peer/peer.ts";
import { type Channel, PipeTransport } from "../peer/transport.ts";
import { warmUp } from "../peer/warm-up.ts";
import { moduleFile, SessionProfile } from "../profile/session-profile.ts";
import { serveRecorded } from "../replay/recorder.ts";
import { systemText } from "../stdlib/environment.ts";
import { type Assignment, LineReader, type WorkerFigures, type WorkerReport } from "./assignment.ts";
import { WorkerHeap } from "./heap.ts";
import { isSameFile, openFile } from "./process-table.ts";
import type { ProfileWish } from "./wishes.ts";

const STDIN = 0;
const STDOUT = 1;
/** As a descriptor, one that cannot be written to: nothing is. */
const NO_ERRORS = -1;
const READING = constants.O_RDONLY;
/** The log file is everybody's, so only its end may be written to. */
const WRITING = constants.O_WRONLY | constants.O_APPEND;
const MEGABYTE = 1024 * 1024;

/** Serves sessions until the supervisor is gone or wants no more. */
export function runWorker(args: readonly string[]): void {
	delayOptimization();
	const [cacheMegabytes = "0", ...trees] = args;
	keepCode(Number(cacheMegabytes) * MEGABYTE);
	for (const includes of trees) prepareFor(includes);
	const assignments = new LineReader<Assignment>();
	const decoder = new StringDecoder("utf8");
	const bytes = Buffer.allocUnsafe(65536);
	const heap = new WorkerHeap(Number(cacheMegabytes) * MEGABYTE);
	report({ kind: "ready", figures: figures() });
	for (;;) {
		const count = readSync(STDIN, bytes);
		if (count === 0) return;
		for (const assignment of assignments.take(decoder.write(bytes.subarray(0, count)))) {
			if (!serve(assignment)) return;
			heap.tidy();
			report({ kind: "ready", figures: figures() });
		}
	}
}

/** The first session of a worker is not to wait for what all sessions need. The path is bytes. */
function prepareFor(includes: string): void {
	try {
		warmUp(includes);
	} catch (error) {
		complain((error as Error).message);
	}
}

function report(what: WorkerReport): void {
	writeSync(STDOUT, `${JSON.stringify(what)}\n`);
}

function figures(): WorkerFigures {
	const { hits, misses, bytes } = codeFigures();
	return {
		cacheHits: hits,
		cacheMisses: misses,
		cacheBytes: bytes,
		heapUsed: getHeapStatistics().used_heap_size,
	};
}

// -- Sessions -----------------------------------------------------------------------------

interface Pipes {
	readonly input: number;
	readonly output: number;
	readonly errors: number | undefined;
}

/** False when the worker had better end. */
function serve(assignment: Assignment): boolean {
	let pipes: Pipes;
	try {
		pipes = openPipes(assignment);
	} catch (error) {
		report({ kind: "unreachable", reason: (error as Error).message });
		return true;
	}
	const { ending, profile } = run(assignment, pipes);
	// PHP must not find its pipe open when the launcher has ended.
	for (const fd of [pipes.input, pipes.output, pipes.errors]) if (fd !== undefined) closeSync(fd);
	report({ kind: "end", status: ending.status, retires: ending.isInternal, message: ending.message });
	profile?.end();
	return !ending.isInternal;
}

function openPipes({ input, output, errors, proof }: Assignment): Pipes {
	const opened: number[] = [];
	const isRelayed = proof === undefined;
	const open = (path: string, flags: number) => {
		// The other ends of relayed ones are about to be opened.
		const fd = isRelayed ? openSync(path, flags) : openAtOnce(path, flags);
		opened.push(fd);
		return fd;
	};
	try {
		const pipes = {
			input: open(input, READING),
			output: open(output, WRITING),
			errors: isRelayed ? open(errors, WRITING) : openErrors(errors),
		};
		if (!isRelayed && pipes.errors !== undefined) opened.push(pipes.errors);
		// Opened first and asked then: a pid can be another process's in between.
		if (proof !== undefined && !isSameFile(proof.file, openFile(proof.pid, proof.fd))) {
			throw new Error(`process ${proof.pid} is no launcher`);
		}
		return pipes;
	} catch (error) {
		for (const fd of opened) closeSync(fd);
		throw error;
	}
}

/** A named FIFO opens when both ends are: the other one may be closed already, and we are both for a moment. */
function openAtOnce(path: string, flags: number): number {
	if (!statSync(path).isFIFO()) return openSync(path, flags);
	const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
	try {
		return openSync(path, flags);
	} finally {
		closeSync(both);
	}
}

/** Where diagnostics go, if they can. */
function openErrors(path: string): number | undefined {
	try {
		return openAtOnce(path, WRITING);
	} catch {
		return undefined;
	}
}

/** How a session ended, and what is left to do when the host need not wait any more. */
interface Run {
	readonly ending: SessionEnding;
	readonly profile: SessionProfile | undefined;
}

function run({ args, directory, timeZone, memory, record, profile: wish }: Assignment, pipes: Pipes): Run {
	if (timeZone === undefined) delete process.env["TZ"];
	else process.env["TZ"] = timeZone;
	try {
		process.chdir(systemText(directory));
	} catch {
		process.chdir("/");
	}
	beginSession(memory);
	const transport = new PipeTransport(pipes.input, pipes.output, pipes.errors ?? NO_ERRORS);
	const warn = (text: string) => {
		transport.debug(`lua: ${text}`);
		complain(text);
	};
	const profile = wish === undefined ? undefined : beginProfile(wish, warn);
	const serve = (channel: Channel) =>
		runSession(args, profile?.listening(channel) ?? channel, process.cpuUsage());
	return { ending: serveRecorded(record, args, transport, warn, serve), profile };
}

function beginProfile(wish: ProfileWish, warn: (text: string) => void): SessionProfile | undefined {
	try {
		return new SessionProfile({ ...wish, fileOf: moduleFile, warn });
	} catch (error) {
		warn(`this session is not profiled: ${(error as Error).message}`);
		return undefined;
	}
}

let lastComplaint = "";

/** To the pool's log; what holds for every session is said once. */
function complain(text: string): void {
	if (text !== lastComplaint) process.stderr.write(`${text}\n`);
	lastComplaint = text;
}
