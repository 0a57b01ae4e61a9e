/** The pool's log: lines on stderr, which `start` points at a file and systemd at its journal. */
import { writeSync } from "node:fs";
import type { LogLevel } from "./settings.ts";

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
