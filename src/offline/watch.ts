/**
 * Waits for changes of files, by looking at them again and again. `fs.watch` would be cheaper, but it tells nothing
 * of what happens before it has begun (which Node 24 does some time after it was told to), nor on network file systems.
 */
import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** Also the time in which nothing must change before a change is told: editors write a file in several steps. */
const PAUSE_MS = 100;
/** The pause is this many times what a look takes, if that is more. */
const PAUSE_IN_LOOKS = 20;

/** What tells one state of a file from another, by the file's name. */
type Look = ReadonlyMap<string, string>;

/** Sees what changes in folders and files from its creation on. */
export class Watch {
	readonly #paths: readonly string[];
	readonly #wait: (ms: number) => Promise<void>;
	#seen: Look;

	/** `wait` is for specs, to which it must not matter how busy the machine is. */
	constructor(paths: readonly string[], wait = pauseFor) {
		this.#paths = paths;
		this.#wait = wait;
		this.#seen = lookAt(paths);
	}

	/** The name of a file that has changed since the last answer, or since the beginning; several changes at once are one. */
	async next(): Promise<string> {
		let last = this.#seen;
		for (let pause = PAUSE_MS; ; ) {
			await this.#wait(pause);
			const start = performance.now();
			const now = lookAt(this.#paths);
			pause = Math.max(PAUSE_MS, PAUSE_IN_LOOKS * (performance.now() - start));
			const changed = changedBetween(this.#seen, now);
			if (changed !== undefined && changedBetween(last, now) === undefined) {
				this.#seen = now;
				return changed;
			}
			last = now;
		}
	}
}

function pauseFor(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

function lookAt(paths: readonly string[]): Look {
	const look = new Map<string, string>();
	const add = (name: string, path: string): void => {
		// It may have gone since the folder was read.
		const stats = statSync(path, { throwIfNoEntry: false });
		if (stats?.isFile()) look.set(name, `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`);
	};
	for (const path of paths) {
		if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
			const names = readdirSync(path, { recursive: true, encoding: "utf8" });
			for (const name of names) add(name, join(path, name));
		} else {
			add(basename(path), path);
		}
	}
	return look;
}

function changedBetween(before: Look, after: Look): string | undefined {
	for (const [name, state] of after) if (before.get(name) !== state) return name;
	for (const name of before.keys()) if (!after.has(name)) return name;
	return undefined;
}
