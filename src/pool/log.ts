/** The pool's log: lines on stderr, which `start` points at a file and systemd at its journal. */
import { existsSync, readlinkSync, writeSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { LogLevel } from "./settings.ts";

/** Where the log is to be looked for: "the log", and its file where that can be told. */
export function logPlace(): string {
	try {
		const path = readlinkSync(`/proc/self/fd/${STDERR}`);
		if (isAbsolute(path) && !path.startsWith("/dev/") && existsSync(path)) return `the log (${path})`;
	} catch {
		// There is no /proc.
	}
	return "the log";
}

/** ORDER from the gravest on. */
const LEVELS: readonly LogLevel[] = ["error", "warning", "notice", "debug"];
const STDERR = 2;

export class Log {
	level: LogLevel;

	constructor(level: LogLevel) {
		this.level = level;
	}

	write(level: LogLevel, text: string): void {
		if (LEVELS.indexOf(level) > LEVELS.indexOf(this.level)) return;
		try {
			writeSync(STDERR, `${new Date().toISOString()} ${level}: ${text}\n`);
		} catch {
			// A full disk is no reason to stop.
		}
	}
}
