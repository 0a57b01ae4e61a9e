/** What a launcher's `ulimit -v` means for its session and for the process that serves it. */
import type { MemoryLimit } from "../engine/api.ts";
import type { PoolSettings } from "./settings.ts";

const MEGABYTE = 1024 * 1024;

/** Address space of the native binary itself, its stack and libraries: what it leaves is for Lua (measured). */
const NATIVE_SIZE = 4.5 * MEGABYTE;
/** A worker without a session, with room for garbage not yet collected. */
const WORKER_SIZE = 320 * MEGABYTE;
/** One that has this much without a session is too large for the next one, whose limit it would be near. */
export const LARGEST_IDLE = 256 * MEGABYTE;
/** How many bytes of V8's heap may stand for a byte of native's, and of the process before the session is past saving. */
const HEAP_RATIO = 3;
const WORST_RATIO = 4;
/** The heap's share of a worker's memory cap. */
const HEAP_SHARE = 2 / 5;

export interface MemoryLimits {
	/** What the session keeps itself. */
	readonly lua: MemoryLimit;
	/** Bytes of resident memory at which the worker is killed. */
	readonly process: number;
}

export function memoryLimits(addressSpace: number | undefined, { memory_cap }: PoolSettings): MemoryLimits {
	const cap = memory_cap * MEGABYTE;
	const most = cap * HEAP_SHARE;
	// (A number, since it is sent as JSON.)
	if (addressSpace === undefined)
		return { lua: { native: Number.MAX_SAFE_INTEGER, heap: most }, process: cap };
	const native = Math.max(addressSpace - NATIVE_SIZE, MEGABYTE);
	return {
		lua: { native, heap: Math.min(HEAP_RATIO * native, most) },
		process: Math.min(cap, WORKER_SIZE + WORST_RATIO * native),
	};
}
