// A session's limit of memory: how much Lua data there may be, as native would count it. Three
// answers, of which each costs more and knows more:
//
//   1. What was known to live, and all that was allocated since.
//   2. What V8's heap has grown by since the session began, after a collection, times what a byte of it is natively.
//   3. What really lives, by native's sizes (live-data.ts), which also tells the ratio for the one before.
//
// Nobody gets the error but by the third, or by what is asked for being too much in itself. Beside native's limit
// there is one of V8's heap, for what native would have room for and this process has not.

import { getHeapStatistics } from "node:v8";
import { LuaMemoryError } from "../lua51/error.ts";
import { addWatch, forgetJoined, memory, removeWatch, type Watch } from "../lua51/memory.ts";
import { collectGarbage } from "./garbage.ts";
import { measureLiveData } from "./live-data.ts";

// -- Tunables ---------------------------------------------------------------------------------

/** Of what is left, so much may be noted before the next look, which takes some microseconds: not all is noted. */
const SHARE = 1 / 16;
/** But so much of the limit at least. */
const LEAST_SHARE = 1 / 256;
const MOST = 2 ** 26;
/** So much of the limit may be allocated between two collections, which take long. */
const COLLECT_SHARE = 1 / 12;

/** A byte in V8's heap is hardly ever more bytes natively than this (records of 9 fields are). */
const MOST_RATIO = 4;
const LEAST_RATIO = 1 / 4;
/** A byte of what allocations do not note: short strings. */
const UNNOTED_RATIO = 2;
/** Natively garbage that has not been found takes memory too; with what malloc cannot use, this much (measured). */
const GARBAGE = 1 / 10;
/** As long as the worst ratio gives this share of the limit, nothing needs to be counted. */
const UNCOUNTED_SHARE = 1 / 2;
/** Where V8's heap has grown by more, what lives in it is not counted: that would take seconds. */
const COUNTABLE = 2 ** 27;

// -- The limit --------------------------------------------------------------------------------

export interface MemoryLimit {
	/** Bytes of Lua data, as native would count them. */
	readonly native: number;
	/** Bytes by which V8's heap may grow. */
	readonly heap: number;
}

/** Bytes that live and dead objects take, those of long strings and buffers outside the heap too. */
function used(): number {
	const { used_heap_size, external_memory } = getHeapStatistics();
	return used_heap_size + external_memory;
}

/** The least that has been in use when a session began. */
let floor = Number.POSITIVE_INFINITY;

let watch: Watch | undefined;

/** From now on the program may have so much more than there is now; undefined for any amount. */
export function limitMemory(limit: MemoryLimit | undefined): void {
	removeWatch(watch);
	watch = undefined;
	forgetJoined();
	if (limit === undefined) return;
	// What lies about from earlier sessions is no part of this one, nor may it stand for what this one frees.
	if (floor === Number.POSITIVE_INFINITY || used() > floor * 1.5) {
		collectGarbage();
		floor = used();
	}
	const start = Math.min(floor, used());
	const look = new Look(limit, () => used() - start);
	memory.joinedUpTo = limit.native * UNCOUNTED_SHARE;
	memory.lookAtJoined = () => look.look(0);
	watch = look;
	addWatch(watch);
}

/** So much is noted before the budget of the heap is asked for, which few programs ever need. */
const BEFORE_BUDGET = 2 ** 22;

/**
 * From now on V8's heap may have as many bytes in use as `budget` tells at the first look. For a process of
 * its own, which has nothing but its own memory to bound it.
 */
export function limitHeap(budget: () => number): void {
	let look: Look | undefined;
	addWatch({
		left: BEFORE_BUDGET,
		look(wanted) {
			look ??= new Look({ native: Number.MAX_SAFE_INTEGER, heap: budget() }, used);
			try {
				look.look(wanted);
			} finally {
				this.left = look.left;
			}
		},
	});
}

// -- Looking ----------------------------------------------------------------------------------

class Look implements Watch {
	readonly #limit: MemoryLimit;
	/** Bytes that V8's heap has grown by. */
	readonly #grown: () => number;

	/** What lived natively, and the growth, when it was last looked at after a collection. */
	#live = 0;
	#grownThen = 0;
	/** Noted allocations since, up to the last look. */
	#noted = 0;
	/** What `left` was after the last look. */
	#allowed = 0;
	left = 0;

	/** Bytes natively for a byte of growth, when that was last counted. */
	#ratio = MOST_RATIO;
	/** The growth up to which that is relied on. */
	#reliedUpTo: number;

	constructor(limit: MemoryLimit, grown: () => number) {
		this.#limit = limit;
		this.#grown = grown;
		this.#reliedUpTo = (limit.native * UNCOUNTED_SHARE) / MOST_RATIO;
		this.#allow(grown());
	}

	/** To be called when `wanted` bytes, already noted, are about to be allocated. */
	look(wanted: number): void {
		const { native, heap } = this.#limit;
		if (wanted > native) this.#refuse();
		this.#noted += this.#allowed - this.left;
		const grown = this.#grown();
		const since = wanted + Math.max(this.#noted, (grown - this.#grownThen) * this.#ratio);
		if (
			grown + wanted <= heap &&
			memory.joinedBytes <= memory.joinedUpTo &&
			(this.#upperBound(grown) + wanted <= native || since < native * COLLECT_SHARE)
		) {
			this.#allow(grown);
		} else {
			this.#collect(wanted);
		}
	}

	/** What lives natively is hardly more, garbage counted as if it lived. */
	#upperBound(grown: number): number {
		return this.#live + Math.max(this.#noted, (grown - this.#grownThen) * UNNOTED_RATIO);
	}

	#collect(wanted: number): void {
		const { native, heap } = this.#limit;
		memory.joined = "";
		collectGarbage();
		const grown = this.#grown();
		if (grown + wanted > heap) this.#refuse();
		const isReliable = grown <= this.#reliedUpTo && memory.joinedBytes <= memory.joinedUpTo;
		let live = Math.max(grown, 0) * this.#ratio;
		if (!isReliable || live + wanted > native) live = this.#count(grown, wanted);
		this.#live = live;
		this.#grownThen = grown;
		this.#noted = 0;
		this.#allow(grown);
	}

	#count(grown: number, wanted: number): number {
		const { native } = this.#limit;
		const counted = grown < COUNTABLE ? measureLiveData(native, this.#grown) : undefined;
		const live = counted === undefined ? grown : counted * (1 + GARBAGE);
		if (live + wanted > native) this.#refuse();
		this.#ratio = Math.min(Math.max(live / Math.max(grown, 1), LEAST_RATIO), MOST_RATIO);
		this.#reliedUpTo = Math.max(2 * grown, this.#reliedUpTo);
		// What has been joined is mostly garbage where little lives: then less and less often.
		const joined = memory.joinedBytes;
		memory.joinedUpTo = joined + (live < native / 4 ? Math.max(3 * joined, native) : native - live);
		return live;
	}

	/** Lets the program go on until the next look. */
	#allow(grown: number): void {
		const { native, heap } = this.#limit;
		const left = Math.min(native - this.#upperBound(grown), heap - grown) * SHARE;
		const least = Math.min(native, heap) * LEAST_SHARE;
		this.#allowed = Math.floor(Math.min(Math.max(left, least), MOST)); // a small integer: V8 keeps no box for it
		this.left = this.#allowed;
	}

	#refuse(): never {
		this.#allowed = Math.floor(Math.min(this.#limit.native, this.#limit.heap) * LEAST_SHARE);
		this.left = this.#allowed;
		throw new LuaMemoryError();
	}
}
