/**
 * What getStatus tells: the process's id, its CPU time and its memory, as Linux shows them in
 * /proc/self/stat. A third of all requests ask for it, so the file stays open.
 */
import { closeSync, openSync, readSync } from "node:fs";

export interface ProcessStatus {
	readonly pid: number;
	/** User and system time, own and of ended children, in clock ticks. */
	readonly time: number;
	/** Bytes of virtual memory. */
	readonly vsize: number;
	/** Bytes in memory. */
	readonly rss: number;
}

// Positions in the file, counted from the field behind the command's name, which may hold spaces.
const UTIME = 11;
const CSTIME = 14;
const VSIZE = 20;
const RSS_PAGES = 21;

/** Linux on x86-64 and on most others; the file counts resident memory in pages. */
const PAGE_SIZE = 4096;

const bytes = Buffer.allocUnsafeSlow(1024);
let statFd: number | undefined;

/** USER_HZ, on all machines that Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/** Undefined where there is no such file. Time counts from `start`, the process's own start if not given. */
export function readStatus(start?: NodeJS.CpuUsage): ProcessStatus | undefined {
	let text: string;
	try {
		statFd ??= openSync("/proc/self/stat", "r");
		text = bytes.toString("latin1", 0, readSync(statFd, bytes, 0, bytes.length, 0));
	} catch {
		return undefined;
	}
	const nameEnd = text.lastIndexOf(")");
	const fields = text.slice(nameEnd + 2).split(" ", RSS_PAGES + 1);
	if (fields.length <= RSS_PAGES) return undefined;
	let time = start === undefined ? 0 : -Math.round((start.user + start.system) / MICROSECONDS_PER_TICK);
	for (let i = UTIME; i <= CSTIME; i++) time += Number(fields[i]);
	return {
		pid: Number.parseInt(text, 10),
		time: Math.max(time, 0),
		vsize: Number(fields[VSIZE]),
		rss: Number(fields[RSS_PAGES]) * PAGE_SIZE,
	};
}

/** Before a start-up snapshot, which holds no open files. */
export function closeStatus(): void {
	if (statFd !== undefined) closeSync(statFd);
	statFd = undefined;
}
