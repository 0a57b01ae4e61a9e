// Native's limits on calls, counted where they can be reached. One process runs one Lua
// program at a time, so these counters are the process's.

/** Native's limit on nested C calls (LUAI_MAXCCALLS); its main program takes one that we do not count. */
export const MAX_C_CALLS = 199;

/** Calls that native nests (LUAI_MAXCALLS), but for those that its main program takes. */
export const MAX_DEPTH = 19996;

/** From this depth on a tail call really replaces its caller (tail-call.ts). */
export const TAIL_DEPTH = 150;

export const limits = {
	/** Activations of Lua functions that contain calls. */
	depth: 0,
	/** Calls from builtins and metamethods into Lua. */
	cCalls: 0,
};
