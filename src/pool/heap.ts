/**
 * A worker's memory between sessions, when nobody waits for it: garbage is collected before it has become
 * much, and compiled code that sessions have left is let go when it takes more than was allowed. (V8 would
 * do the one when it has to, which may be in a session, and in a worker of few large sessions hardly ever.)
 */
import { getHeapStatistics } from "node:v8";
import { collectGarbage, dropCode } from "../engine/api.ts";

/** Garbage that may lie about. */
const GARBAGE = 24 * 2 ** 20;
/** Code is dropped down to this part of what is allowed, so that it need not be soon again. */
const KEPT = 0.75;

export class WorkerHeap {
	readonly #codeBytes: number;
	readonly #base = used();
	#next = this.#base + GARBAGE;

	/** Made before the first session: what there is then, stays. `codeBytes` may be added to it. */
	constructor(codeBytes: number) {
		this.#codeBytes = codeBytes;
	}

	tidy(): void {
		if (used() < this.#next) return;
		collectGarbage();
		const code = used() - this.#base;
		if (code > this.#codeBytes) {
			dropCode(1 - (KEPT * this.#codeBytes) / code);
			collectGarbage();
		}
		this.#next = used() + GARBAGE;
	}
}

function used(): number {
	const { used_heap_size, external_memory } = getHeapStatistics();
	return used_heap_size + external_memory;
}
