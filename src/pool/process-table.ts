/** What /proc tells of a process. Systems without it keep no CPU limit and relay all bytes. */
import { readFileSync, readlinkSync } from "node:fs";

export interface ProcessFacts {
	readonly state: string;
	readonly parent: number;
	/** User and system time in seconds. */
	readonly cpu: number;
	/** With the pid it names one process for ever. */
	readonly started: string;
	readonly rss: number;
	readonly vsize: number;
}

// Positions in the file, counted from the field behind the command's name, which may hold spaces.
const STATE = 0;
const PARENT = 1;
const UTIME = 11;
const STIME = 12;
const STARTED = 19;
const VSIZE = 20;
const RSS_PAGES = 21;

const PAGE_SIZE = 4096;
/** USER_HZ, which is the same on all of Linux's machines but two forgotten ones. */
const TICKS_PER_SECOND = 100;

/** Undefined when there is no such process, or when its end waits to be noticed by its parent. */
export function processFacts(pid: number): ProcessFacts | undefined {
	let text: string;
	try {
		text = readFileSync(`/proc/${pid}/stat`, "latin1");
	} catch {
		return undefined;
	}
	const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", RSS_PAGES + 1);
	const state = fields[STATE] ?? "X";
	if (state === "Z" || state === "X") return undefined;
	return {
		state,
		parent: Number(fields[PARENT]),
		cpu: (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND,
		started: fields[STARTED] ?? "",
		rss: Number(fields[RSS_PAGES]) * PAGE_SIZE,
		vsize: Number(fields[VSIZE]),
	};
}

/** The file that a descriptor of another process is open on; undefined when that cannot be told. */
export function openFile(pid: number, fd: number): string | undefined {
	try {
		return readlinkSync(`/proc/${pid}/fd/${fd}`);
	} catch {
		return undefined;
	}
}

/** Is there such a process of ours? Where /proc is not, that is all that can be asked. */
export function exists(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}

/** The same, but not for one whose end only waits to be noticed. */
export function isRunning(pid: number): boolean {
	return process.platform === "linux" ? processFacts(pid) !== undefined : exists(pid);
}
