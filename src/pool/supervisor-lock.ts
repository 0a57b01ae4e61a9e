/**
 * That there is one supervisor: a file made by link(2), which succeeds for one only, and which names its
 * maker by pid and start time. The lock of a supervisor that is no more may be taken over, by whoever makes
 * the takeover directory first.
 */
import {
	linkSync,
	mkdirSync,
	readFileSync,
	rmdirSync,
	rmSync,
	statSync,
	unlinkSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { exists, processFacts } from "./process-table.ts";

/** A takeover takes some system calls: one this old has been left behind. */
const TAKEOVER_MS = 5000;

export interface Holder {
	readonly pid: number;
}

export class SupervisorLock {
	readonly #path: string;
	readonly #own = `${process.pid} ${processFacts(process.pid)?.started ?? "-"}\n`;

	constructor(directory: string) {
		this.#path = join(directory, "lock");
	}

	/** Undefined on success, else who has it. */
	acquire(): Holder | undefined {
		const draft = `${this.#path}.${process.pid}`;
		writeFileSync(draft, this.#own, { mode: 0o600 });
		try {
			if (this.#link(draft)) return undefined;
			const holder = this.holder();
			if (holder !== undefined) return holder;
			return this.#takeOver(draft) ? undefined : (this.holder() ?? { pid: 0 });
		} finally {
			unlinkSync(draft);
		}
	}

	#link(draft: string): boolean {
		try {
			linkSync(draft, this.#path);
			return true;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
			throw error;
		}
	}

	#takeOver(draft: string): boolean {
		const guard = `${this.#path}.takeover`;
		try {
			mkdirSync(guard);
		} catch {
			if (ageOf(guard) > TAKEOVER_MS) rmSync(guard, { recursive: true, force: true });
			return false;
		}
		try {
			if (this.holder() !== undefined) return false;
			rmSync(this.#path, { force: true });
			return this.#link(draft);
		} finally {
			rmdirSync(guard);
		}
	}

	/** The running supervisor, if there is one. */
	holder(): Holder | undefined {
		let text: string;
		try {
			text = readFileSync(this.#path, "latin1");
		} catch {
			return undefined;
		}
		const [pidText = "", started = ""] = text.trim().split(" ");
		const pid = Number(pidText);
		if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
		const facts = processFacts(pid);
		const isAlive = started === "-" ? exists(pid) : facts?.started === started;
		return isAlive ? { pid } : undefined;
	}

	/** Is it still ours? */
	get isHeld(): boolean {
		try {
			return readFileSync(this.#path, "latin1") === this.#own;
		} catch {
			return false;
		}
	}

	/** Somebody may have removed the file. */
	refresh(): void {
		if (this.holder() === undefined) this.acquire();
	}

	release(): void {
		if (this.isHeld) rmSync(this.#path, { force: true });
	}
}

function ageOf(path: string): number {
	try {
		return Date.now() - statSync(path).mtimeMs;
	} catch {
		return 0;
	}
}
