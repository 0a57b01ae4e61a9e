// Where profiles go: five files for each session, in a folder that somebody named. PHP kills most
// sessions when their page is done, so the files are written while the session lives, again and
// again, each as a whole: a reader never sees half of one. Pages may be private, so the folder and the files are the
// user's alone.

import { closeSync, lstatSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkOwnFolder, putOwnFile } from "../files/own-folder.ts";
import { flameGraph } from "./flame-graph.ts";
import type { Profiler } from "./profiler.ts";
import { speedscopeFile } from "./speedscope.ts";
import { collapsedStacks, coverage, profileTable } from "./texts.ts";

const SUFFIXES = ["speedscope.json", "folded", "txt", "lcov", "html"] as const;
/** What the profiles in a folder may take, if nobody says so. */
const USUAL_MEGABYTES = 1000;
const MEGABYTE = 1e6;
/** Names differ by time and process already. */
const MAX_NAMES = 100;
/** Microseconds that writing may always take; beyond that, so much of the session's time. */
const FREE_TIME = 500_000;
const SHARE = 0.2;
/** With so many times the events of the last writing, files are written whatever that takes. */
const GROWTH = 1.1;
/** A program that does not come to an end is written so often. */
const INTERVAL = 1e6;

export interface ProfileSettings {
	readonly folder: string;
	/** That all profiles in the folder may take before a new one is refused. */
	readonly megabytes?: number;
	/** A chunk's file for the coverage; undefined leaves the chunk out. */
	fileOf(chunkName: string): string | undefined;
	/** Told once, when the files cannot be written. */
	warn(text: string): void;
}

export class ProfileFiles {
	readonly #profiler: Profiler;
	readonly #settings: ProfileSettings;
	/** Path of the files, without what tells them apart. */
	readonly #path: string;
	/** The profiler's events at the last writing. */
	#events = 0;
	#hasFailed = false;
	readonly #start = performance.now();
	/** Milliseconds spent with writing. */
	#spent = 0;

	/**
	 * Makes the folder, if it is not there, and the first file. Throws Node's errors, and an Error that says why when
	 * the folder is not the user's alone, or full.
	 */
	constructor(profiler: Profiler, settings: ProfileSettings) {
		this.#profiler = profiler;
		this.#settings = settings;
		const folder = resolve(settings.folder);
		makeFolder(folder);
		const { megabytes = USUAL_MEGABYTES } = settings;
		if (sizeOfProfiles(folder) >= megabytes * MEGABYTE) {
			throw new Error(`the profiles in ${folder} take ${megabytes} MB, which is the limit`);
		}
		this.#path = freePath(folder);
	}

	/**
	 * To be called when nothing is running: writes, unless that would take too much of the session's time. But
	 * never is more than a part of a profile missing: beginnings have many such moments, and use the time up.
	 */
	checkpoint(): void {
		const allowed = Math.max(FREE_TIME / 1000, (performance.now() - this.#start) * SHARE);
		const hasGrown = this.#profiler.events > this.#events * GROWTH;
		if (hasGrown || this.#spent < allowed) this.write();
	}

	/** Writes from time to time while a program runs, too: it may be killed. */
	watch(): void {
		const delay = Math.max(INTERVAL, (this.#spent * 1000) / SHARE);
		this.#profiler.setAlarm(delay, () => {
			this.checkpoint();
			this.watch();
		});
	}

	/** Writes what there is. */
	write(): void {
		const { events, tree, frames } = this.#profiler;
		if (events === this.#events || this.#hasFailed) return;
		const start = performance.now();
		this.#events = events;
		const title = `Lua, ${new Date().toISOString()}`;
		try {
			this.#put("speedscope.json", JSON.stringify(speedscopeFile(tree, title)));
			this.#put("folded", collapsedStacks(tree));
			this.#put("txt", profileTable(frames, tree));
			this.#put(
				"lcov",
				coverage(frames.chunks, (name) => this.#settings.fileOf(name)),
			);
			this.#put("html", flameGraph(tree, title));
		} catch (error) {
			this.#hasFailed = true;
			this.#settings.warn(`the profile cannot be written: ${(error as Error).message}`);
		}
		this.#spent += performance.now() - start;
	}

	#put(suffix: (typeof SUFFIXES)[number], text: string): void {
		const path = `${this.#path}.${suffix}`;
		putOwnFile(path, `${path}.new`, Buffer.from(text, "utf8"));
	}
}

/** Only the last part of the path. */
function makeFolder(folder: string): void {
	try {
		mkdirSync(folder, 0o700);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
	checkOwnFolder(folder);
}

function sizeOfProfiles(folder: string): number {
	let size = 0;
	for (const name of readdirSync(folder)) {
		if (SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`)))
			size += lstatSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
	}
	return size;
}

function freePath(folder: string): string {
	const start = new Date().toISOString().replace(/[-:]/g, "");
	for (let count = 1; ; count++) {
		const path = join(folder, `${start}-${process.pid}${count === 1 ? "" : `-${count}`}`);
		try {
			closeSync(openSync(`${path}.txt`, "wx", 0o600));
			return path;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EEXIST" || count === MAX_NAMES) throw error;
		}
	}
}
