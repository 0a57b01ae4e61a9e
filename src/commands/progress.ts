// A line on the terminal that tells how far long work has come. There is none where stderr goes elsewhere, and
// none of work that is soon done; it is gone when the work is.

import { isatty } from "node:tty";
import { STDERR, writeText } from "./output.ts";

/** Milliseconds. */
const SOON = 1000;
const INTERVAL = 100;
/** A terminal's width is not asked for: most have so many columns. */
const WIDTH = 79;
const CLEAR_LINE = "\r\x1b[K";

export class Progress {
	readonly #write: ((text: string) => void) | undefined;
	readonly #clock: () => number;
	#next: number;
	#isShown = false;

	/** `write` is missing where nobody would see it. */
	constructor(write: ((text: string) => void) | undefined, clock: () => number = () => performance.now()) {
		this.#write = write;
		this.#clock = clock;
		this.#next = clock() + SOON;
	}

	static onTerminal(): Progress {
		return new Progress(isatty(STDERR) ? (text) => writeText(STDERR, text) : undefined);
	}

	/** Cheap to call for every step. */
	tell(what: string, done: number, total: number): void {
		if (this.#write === undefined || this.#clock() < this.#next) return;
		this.#next = this.#clock() + INTERVAL;
		this.#isShown = true;
		this.#write(`${CLEAR_LINE}${what}: ${done} of ${total}`.slice(0, WIDTH + CLEAR_LINE.length));
	}

	/** To be called before anything else is written. */
	clear(): void {
		if (this.#isShown) this.#write?.(CLEAR_LINE);
		this.#isShown = false;
	}
}
