/**
 * The FIFOs through which launchers are told how their sessions go. The supervisor holds all of them open,
 * so that a launcher that reads one finds its end the moment the supervisor dies. A launcher takes a slot
 * by making its lock file, which no two can; the supervisor removes it when the launcher is gone.
 */
import { spawnSync } from "node:child_process";
import {
	closeSync,
	constants,
	existsSync,
	fstatSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	rmSync,
	unlinkSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { type FileIdentity, isSameFile, openFile } from "./process-table.ts";
import { DirectoryError } from "./runtime-directory.ts";

/** What a launcher is told. bin/lua reads it: change both. */
export type Order =
	/** The session has begun, in this process: kill it when the supervisor is no more. */
	| { readonly verb: "worker"; readonly pid: number }
	/** Copy stdin and stdout to and from the slot's two other FIFOs. */
	| { readonly verb: "relay" }
	| { readonly verb: "exit"; readonly status: number }
	/** Die of it. */
	| { readonly verb: "signal"; readonly name: string }
	/** End with this status after a message (bytes). */
	| { readonly verb: "fail"; readonly status: number; readonly message: string };

const OPEN_FLAGS = constants.O_RDWR | constants.O_NONBLOCK;
const FIFO_MODE = "600";

/** FIFOs for the three standard streams. */
export interface RelayPaths {
	readonly input: string;
	readonly output: string;
	readonly errors: string;
}

export class Slots {
	readonly #folder: string;
	readonly #fds: number[] = [];
	readonly #waste = Buffer.allocUnsafe(4096);

	constructor(directory: string, count: number) {
		this.#folder = join(directory, "slots");
		rmSync(this.#folder, { recursive: true, force: true });
		makeFolder(this.#folder);
		makeFifos(Array.from({ length: count }, (_, slot) => this.path(slot)));
		for (let slot = 0; slot < count; slot++) this.#fds.push(openSync(this.path(slot), OPEN_FLAGS));
	}

	get count(): number {
		return this.#fds.length;
	}

	path(slot: number): string {
		return join(this.#folder, String(slot));
	}

	relayPaths(slot: number): RelayPaths {
		const path = this.path(slot);
		return { input: `${path}.in`, output: `${path}.out`, errors: `${path}.err` };
	}

	#lock(slot: number): string {
		return `${this.path(slot)}.lock`;
	}

	/** Is the slot's FIFO what this descriptor of the process is open on? Undefined when that cannot be told. */
	isOpenIn(slot: number, pid: number, fd: number): boolean | undefined {
		const file = openFile(pid, fd);
		return file === undefined ? undefined : isSameFile(file, this.identity(slot));
	}

	identity(slot: number): FileIdentity | undefined {
		const fd = this.#fds[slot];
		if (fd === undefined) return undefined;
		const { dev, ino } = fstatSync(fd);
		return { device: dev, inode: ino };
	}

	/** Are the FIFOs still those that launchers find by name? */
	get isIntact(): boolean {
		try {
			const { dev, ino } = lstatSync(this.path(0));
			return isSameFile({ device: dev, inode: ino }, this.identity(0));
		} catch {
			return false;
		}
	}

	tell(slot: number, order: Order): void {
		const fd = this.#fds[slot];
		if (fd === undefined) return;
		try {
			writeSync(fd, Buffer.from(`${orderLine(order)}\n`, "latin1"));
		} catch {
			// Full: nobody reads there any more.
		}
	}

	/** Makes the FIFOs for relayed bytes. */
	openRelay(slot: number): void {
		this.#closeRelay(slot);
		makeFifos(Object.values(this.relayPaths(slot)));
	}

	#closeRelay(slot: number): void {
		for (const path of Object.values(this.relayPaths(slot))) rmSync(path, { force: true });
	}

	/** For the next launcher, without what the last one has not read. */
	release(slot: number): void {
		const fd = this.#fds[slot];
		if (fd === undefined) return;
		try {
			while (readSync(fd, this.#waste) > 0);
		} catch {
			// Empty.
		}
		try {
			if (existsSync(this.relayPaths(slot).input)) this.#closeRelay(slot);
			unlinkSync(this.#lock(slot));
		} catch {
			// Somebody has removed it.
		}
	}

	/** Slots that launchers have, with the launchers' pids (0 where there is none to read yet). */
	locked(): Map<number, number> {
		const found = new Map<number, number>();
		let names: string[];
		try {
			names = readdirSync(this.#folder);
		} catch {
			return found;
		}
		for (const name of names) {
			if (!name.endsWith(".lock")) continue;
			const slot = Number.parseInt(name, 10);
			try {
				found.set(slot, Number.parseInt(readFileSync(join(this.#folder, name), "latin1"), 10) || 0);
			} catch {
				// Just released.
			}
		}
		return found;
	}

	/** Who waits at a FIFO finds its end. */
	close(): void {
		for (const fd of this.#fds) closeSync(fd);
		this.#fds.length = 0;
	}
}

function orderLine(order: Order): string {
	switch (order.verb) {
		case "worker":
			return `worker ${order.pid}`;
		case "relay":
			return "relay -";
		case "exit":
			return `exit ${order.status}`;
		case "signal":
			return `signal ${order.name}`;
		case "fail":
			return `fail ${order.status} ${order.message.replace(/\s+/g, " ").slice(0, 1000)}`;
	}
}

function makeFolder(path: string): void {
	try {
		mkdirSync(path, { mode: 0o700 });
	} catch (error) {
		throw new DirectoryError(`cannot make ${path}: ${(error as Error).message}`);
	}
}

/** Node cannot make FIFOs. */
export function makeFifos(paths: readonly string[]): void {
	const made = spawnSync("mkfifo", ["-m", FIFO_MODE, ...paths], { encoding: "utf8" });
	if (made.status === 0) return;
	// It has a line for each path.
	const [reason = ""] = (made.error?.message ?? made.stderr).trim().split("\n");
	throw new DirectoryError(`mkfifo failed: ${reason}`);
}
