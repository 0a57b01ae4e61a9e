// How much Lua data there may be in a process of its own, where no pool keeps Scribunto's limits: V8 ends the
// process when its heap or the address space (ulimit -v, Scribunto's memoryLimit) is used up, and knows of no
// error that a program could get. So the error must come before.

import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { readStatus } from "../peer/status.ts";

/** Of V8's own limit and of the address space that is left; the rest is for what collecting and growing take. */
const HEAP_SHARE = 0.75;
const SPACE_SHARE = 0.5;
/** Address space that V8 takes for new objects as they become many, whatever lives (bin/lua limits it). */
const NEW_SPACE = 24 * 2 ** 20;

/** Bytes of V8's heap that may be in use, buffers and long strings outside it included. */
export function heapBudget(): number {
	const { heap_size_limit, used_heap_size, external_memory } = getHeapStatistics();
	const inUse = used_heap_size + external_memory;
	const status = readStatus();
	const space = addressSpaceLimit();
	const left = status === undefined || space === undefined ? Number.POSITIVE_INFINITY : space - status.vsize;
	return Math.min(HEAP_SHARE * heap_size_limit, inUse + SPACE_SHARE * Math.max(left - NEW_SPACE, 0));
}

/** Bytes; undefined for any number of them, or where Linux's /proc is not. */
function addressSpaceLimit(): number | undefined {
	try {
		const limits = readFileSync("/proc/self/limits", "latin1");
		const soft = /^Max address space +(\d+)/m.exec(limits)?.[1];
		return soft === undefined ? undefined : Number(soft);
	} catch {
		return undefined;
	}
}
