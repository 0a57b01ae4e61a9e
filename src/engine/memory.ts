// A session's limit of memory: what V8's heap has grown by since the session began, after a
// collection if need be, is taken for what native would have allocated.

import { getHeapStatistics } from "node:v8";
import { LuaMemoryError } from "../lua51/error.ts";
import { addWatch, memory, removeWatch, type Watch } from "../lua51/memory.ts";
import { collectGarbage } from "./garbage.ts";

/** Of what is left, so much may be allocated before the next look: an estimate may be too low. */
const SHARE = 1 / 4;
/** But so much of the limit at least, since a look may cost a collection. */
const LEAST_SHARE = 1 / 32;
const MOST = 2 ** 26;

/** Bytes that live and dead objects take, those of long strings and buffers outside the heap too. */
function used(): number {
	const { used_heap_size, external_memory } = getHeapStatistics();
	return used_heap_size + external_memory;
}

/** The least that has been in use when a session began. */
let floor = Number.POSITIVE_INFINITY;

let watch: Watch | undefined;

/** From now on the program may have `limit` bytes more than there are now; undefined for any number. */
export function limitMemory(limit: number | undefined): void {
	removeWatch(watch);
	watch = undefined;
	memory.joined = "";
	if (limit === undefined) return;
	// What lies about from earlier sessions is no part of this one, nor may it stand for what this one frees.
	if (floor === Number.POSITIVE_INFINITY || used() > floor * 1.5) {
		collectGarbage();
		floor = used();
	}
	const start = Math.min(floor, used());
	const allowed = (live: number) => Math.min(Math.max((limit - live) * SHARE, limit * LEAST_SHARE), MOST);
	watch = {
		left: allowed(0),
		look(wanted) {
			let live = used() - start;
			if (live + wanted > limit) {
				memory.joined = "";
				collectGarbage();
				live = used() - start;
				if (live + wanted > limit) {
					this.left = limit * LEAST_SHARE;
					throw new LuaMemoryError();
				}
			}
			this.left = allowed(live);
		},
	};
	addWatch(watch);
}
