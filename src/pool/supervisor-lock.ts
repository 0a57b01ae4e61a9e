/**
 * That there is one supervisor: a symbolic link, which only one can make, and whose target is no path but
 * names its maker by pid and start time ("123@4567"). A link, since that needs no room on the disk. The lock
 * of a supervisor that is no more may be taken over, by whoever makes the takeover directory first.
 */
import { mkdirSync, readlinkSync, rmdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { exists, processFacts } from "./process-table.ts";
import { DirectoryError } from "./runtime-directory.ts";

/** A takeover takes some system calls: one this old has been left behind. */
const TAKEOVER_MS = 5000;
/** Where /proc is not, nobody tells when a process began. */
const NO_START = "-";

export interface Holder {
	readonly pid: number;
}

export class SupervisorLock {
	readonly #path: string;
	readonly #own = `${process.pid}@${processFacts(process.pid)?.started ?? NO_START}`;

	constructor(directory: string) {
		this.#path = join(directory, "lock");
	}

	/** Undefined on success, else who has it. */
	acquire(): Holder | undefined {
		if (this.#make()) return undefined;
		const holder = this.holder();
		if (holder !== undefined) return holder;
		return this.#takeOver() ? undefined : (this.holder() ?? { pid: 0 });
	}

	#make(): boolean {
		try {
			symlinkSync(this.#own, this.#path);
			return true;
		} catch (error) {
			const { code, message } = error as NodeJS.ErrnoException;
			if (code === "EEXIST") return false;
			throw new DirectoryError(`cannot make ${this.#path}: ${message}`);
		}
	}

	#takeOver(): boolean {
		const guard = `${this.#path}.takeover`;
		if (ageOf(guard) > TAKEOVER_MS) rmSync(guard, { recursive: true, force: true });
		try {
			mkdirSync(guard);
		} catch {
			return false;
		}
		try {
			if (this.holder() !== undefined) return false;
			rmSync(this.#path, { recursive: true, force: true });
			return this.#make();
		} finally {
			rmdirSync(guard);
		}
	}

	/** The running supervisor, if there is one. */
	holder(): Holder | undefined {
		const [pidText = "", started = ""] = this.#text.split("@");
		const pid = Number(pidText);
		if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
		const isAlive = started === NO_START ? exists(pid) : processFacts(pid)?.started === started;
		return isAlive ? { pid } : undefined;
	}

	get #text(): string {
		try {
			return readlinkSync(this.#path);
		} catch {
			return "";
		}
	}

	/** Somebody may have removed the link: makes it again. Another supervisor that has done so first, if any. */
	refresh(): Holder | undefined {
		return this.#text === this.#own ? undefined : this.acquire();
	}

	release(): void {
		if (this.#text === this.#own) rmSync(this.#path, { force: true });
	}
}

function ageOf(path: string): number {
	try {
		return Date.now() - statSync(path).mtimeMs;
	} catch {
		return 0;
	}
}
