/** What /proc tells of a process. Systems without it keep no CPU limit and relay all bytes. */
import { readFileSync, statSync } from "node:fs";

/** The state of a process that has, or waits for, a processor. */
export const RUNNING = "R";

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

/** A file, whatever it is called and by whichever way it was reached. */
export interface FileIdentity {
	readonly device: number;
	readonly inode: number;
}

/** The file that a descriptor of another process is open on; undefined when that cannot be told. */
export function openFile(pid: number, fd: number): FileIdentity | undefined {
	try {
		const { dev, ino } = statSync(`/proc/${pid}/fd/${fd}`);
		return { device: dev, inode: ino };
	} catch {
		return undefined;
	}
}

export function isSameFile(one: FileIdentity | undefined, other: FileIdentity | undefined): boolean {
	return one !== undefined && one.device === other?.device && one.inode === other.inode;
}

/** A process that has been seen, to be told from a later one with its pid. */
export interface ProcessIdentity {
	readonly pid: number;
	/** Undefined when it had ended by then, or where /proc is not. */
	readonly started: string | undefined;
	readonly parent: number | undefined;
}

/** No process has this pid. */
export const NOBODY: ProcessIdentity = { pid: 0, started: undefined, parent: undefined };

export function identify(pid: number): ProcessIdentity {
	const facts = processFacts(pid);
	return { pid, started: facts?.started, parent: facts?.parent };
}

/** Is the process still there? One whose end only waits to be noticed is not. */
export function isStillThere({ pid, started }: ProcessIdentity): boolean {
	if (started === undefined) return process.platform !== "linux" && pid !== NOBODY.pid && exists(pid);
	return processFacts(pid)?.started === started;
}

/** A launcher, or the process that started it and waits for it, if it has ended; undefined when both live. */
export function whoIsGone(launcher: ProcessIdentity): string | undefined {
	if (!isStillThere(launcher)) return `launcher ${launcher.pid}`;
	const { pid, parent } = launcher;
	// Another process has become its parent then.
	if (parent === undefined || processFacts(pid)?.parent === parent) return undefined;
	return `process ${parent}, which waited for launcher ${pid},`;
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
