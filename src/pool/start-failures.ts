/**
 * Workers that end before they are ready, one after the other: the program was removed, the user has no process
 * left. They are tried again ever more rarely, so that neither processor nor log is filled.
 */

/** So many in a row are no accident. */
const MOST_IN_A_ROW = 5;
/** More of it does not help, when each of them says something else. */
const MOST_NEWS = 20;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30_000;

export class StartFailures {
	#inARow = 0;
	#delay = 0;
	#notBefore = 0;
	readonly #said = new Set<string>();

	/** `now` in milliseconds, as performance.now tells it. */
	note(now: number): void {
		this.#inARow++;
		// (Others that were started together with one that has failed are no reason to wait longer.)
		if (!this.isLasting || now < this.#notBefore) return;
		this.#delay = Math.min(this.#delay * 2 || FIRST_DELAY_MS, LONGEST_DELAY_MS);
		this.#notBefore = now + this.#delay;
	}

	/** A worker was ready, or there is another reason to begin anew. */
	forget(): void {
		this.#inARow = 0;
		this.#delay = 0;
		this.#notBefore = 0;
		this.#said.clear();
	}

	/** Is what a starting worker complains of something that none before it said? (Pieces, as they come.) */
	isNews(text: string): boolean {
		if (this.#said.has(text) || this.#said.size >= MOST_NEWS) return false;
		this.#said.add(text);
		return true;
	}

	/** No worker can be started, as far as can be told. */
	get isLasting(): boolean {
		return this.#inARow >= MOST_IN_A_ROW;
	}

	/** How many workers may be starting at a time, if at most `usual` as a rule. */
	mayStart(now: number, usual: number): number {
		if (now < this.#notBefore) return 0;
		return this.isLasting ? 1 : usual;
	}
}
