/** The pool's log: lines on stderr, which `start` points at a file and systemd at its journal. */
import { closeSync, openSync, readlinkSync, realpathSync, writeSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { LogLevel } from "./settings.ts";

/** The log of a pool that `start` has started, unless a setting names another file. */
export function ownLog(directory: string): string {
	return join(directory, "pool.log");
}

/** ORDER from the gravest on. */
const LEVELS: readonly LogLevel[] = ["error", "warning", "notice", "debug"];
const STDERR = 2;
/** What /proc puts behind the name of a file that was removed. */
const DELETED = " (deleted)";

export class Log {
	level: LogLevel;
	#fd = STDERR;

	constructor(level: LogLevel) {
		this.level = level;
	}

	write(level: LogLevel, text: string): void {
		if (LEVELS.indexOf(level) > LEVELS.indexOf(this.level)) return;
		try {
			writeSync(this.#fd, `${new Date().toISOString()} ${level}: ${text}\n`);
		} catch {
			// A full disk is no reason to stop.
		}
	}

	/** "the log", and its file where that can be told: for messages. */
	get place(): string {
		const path = this.#path;
		const isFile = isAbsolute(path) && !path.startsWith("/dev/") && !path.endsWith(DELETED);
		return isFile ? `the log (${path})` : "the log";
	}

	/** Makes the directory's own log again when it is what is written to, and was removed. Needs /proc. */
	repair(directory: string): void {
		try {
			const file = ownLog(realpathSync(directory));
			if (this.#path !== `${file}${DELETED}`) return;
			const fd = openSync(file, "a", 0o600);
			if (this.#fd !== STDERR) closeSync(this.#fd);
			this.#fd = fd;
		} catch {
			// At the next look.
		}
	}

	/** What /proc calls the file; "" where it is not. */
	get #path(): string {
		try {
			return readlinkSync(`/proc/self/fd/${this.#fd}`);
		} catch {
			return "";
		}
	}
}
