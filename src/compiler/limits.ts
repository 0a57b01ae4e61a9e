// Native's limits on calls, counted where they can be reached. One process runs one Lua
// program at a time, so these counters are the process's.

/** Native's limit on nested C calls (LUAI_MAXCCALLS); its main program takes one that we do not count. */
export const MAX_C_CALLS = 199;

/** Error handlers may go beyond it, to this. */
export const MAX_HANDLER_C_CALLS = 224;

/**
 * Calls that a fresh native thread nests. Its list of calls doubles in size until it would pass
 * LUAI_MAXCALLS, which is an error; what its main program takes is taken off.
 */
export const FIRST_MAX_DEPTH = 16383;
/**
 * An error doubles the list, which then has room for a handler; who catches the error makes it as long
 * as LUAI_MAXCALLS allows, unless he needs it all.
 */
export const LATER_MAX_DEPTH = 19999;

export function doubledDepth(maxDepth: number): number {
	return 2 * maxDepth + 1;
}

/** From this depth on a tail call really replaces its caller (tail-call.ts). */
export const TAIL_DEPTH = 150;

export const limits = {
	/** Activations of Lua functions that contain calls, of builtins that call back, and calls of metamethods. */
	depth: 0,
	/** How many of them there may be, with the surplus; each coroutine has its own number. */
	maxDepth: FIRST_MAX_DEPTH,
	/**
	 * How many of them native does not count: functions that a tail call has replaced (below TAIL_DEPTH ours stay), and
	 * calls of metamethods by functions that count themselves. It is worked out where the stack seems full.
	 */
	surplus: 0,
	/** Calls from builtins and metamethods into Lua. */
	cCalls: 0,
	/** From which number of them on enterC looks closer: none are possible where the stack is full. */
	maxCCalls: MAX_C_CALLS,
	/** False while no error is on its way as a result: `return f()` need not look at what it returns then. */
	raised: false,
};

/** Where native's stack ends. */
export function nativeMaxDepth(): number {
	return limits.maxDepth - limits.surplus;
}

/** From now on native's stack ends at `maxDepth`, and ours has `surplus` more. */
export function setMaxDepth(maxDepth: number, surplus: number): void {
	limits.maxDepth = maxDepth + surplus;
	limits.surplus = surplus;
}

/** Starts counting for a new session. */
export function resetLimits(): void {
	limits.depth = 0;
	limits.maxDepth = FIRST_MAX_DEPTH;
	limits.surplus = 0;
	limits.cCalls = 0;
	limits.maxCCalls = MAX_C_CALLS;
	limits.raised = false;
}
