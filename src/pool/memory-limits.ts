/** What a launcher's `ulimit -v` means for its session and for the process that serves it. */
import type { PoolSettings } from "./settings.ts";

const MEGABYTE = 1024 * 1024;

/** Address space of the native binary itself, its stack and libraries: what it leaves is for Lua (measured). */
const NATIVE_SIZE = 4.5 * MEGABYTE;
/** A worker without a session, with room for garbage not yet collected. */
const WORKER_SIZE = 320 * MEGABYTE;
/** One that has this much without a session is too large for the next one, whose limit it would be near. */
export const LARGEST_IDLE = 256 * MEGABYTE;
/** How many bytes of ours a byte of native's may become before the session is past saving. */
const WORST_RATIO = 4;

export interface MemoryLimits {
	/** Bytes of Lua data, as far as the session counts them itself. */
	readonly lua: number | undefined;
	/** Bytes of resident memory at which the worker is killed. */
	readonly process: number;
}

export function memoryLimits(addressSpace: number | undefined, { memory_cap }: PoolSettings): MemoryLimits {
	const cap = memory_cap * MEGABYTE;
	if (addressSpace === undefined) return { lua: undefined, process: cap };
	const lua = Math.max(addressSpace - NATIVE_SIZE, MEGABYTE);
	return { lua, process: Math.min(cap, WORKER_SIZE + WORST_RATIO * lua) };
}
