// Deep down, a tail call is made by the caller of the function that wanted it (lua51/tail-call.ts).
// Native counts the functions that were replaced so, and shows each as a "(tail call)" row. So the
// counts of the chains that run now are kept, innermost last: engine/call-stack.ts finds this
// function's frames by its name.

import { LuaError, TAIL_ROW, type TraceRow } from "../lua51/error.ts";
import { Pending } from "../lua51/pending.ts";
import { TailCall } from "../lua51/tail-call.ts";
import type { LuaFunction, LuaResult } from "../lua51/value.ts";
import { limits } from "./limits.ts";
import { asLuaError, leaveFunction } from "./unwind.ts";

/** A traceback shows the first and last rows only: more than this need not be told apart. */
const MAX_TAIL_ROWS = 10_000;

/** How many functions each running chain has replaced. */
export const tailCounts: number[] = [];

/** Makes the call, and those it turns into. Throws what is an error. */
export function finishTailCall(result: LuaResult): LuaResult {
	if (!(result instanceof Pending)) return result;
	if (result instanceof LuaError) throw result;
	let current: LuaResult = result;
	const place = tailCounts.length;
	tailCounts.push(0);
	try {
		while (current instanceof TailCall) {
			tailCounts[place]! += current.depth - limits.depth;
			current = current.callee.fn(...current.args);
		}
		if (current instanceof LuaError) throw current;
		return current;
	} catch (thrown) {
		throw withTailRows(thrown, tailCounts[place]!);
	} finally {
		tailCounts.length = place;
	}
}

/** The error to throw on from a place that made `count` tail calls for others. */
export function withTailRows(thrown: unknown, count: number): unknown {
	const error = asLuaError(thrown);
	if (error === undefined) return thrown;
	for (const row of tailRows(count)) error.leave(row);
	error.level = Math.max(0, error.level - count);
	return error;
}

export function tailRows(count: number): TraceRow[] {
	return new Array<TraceRow>(Math.min(count, MAX_TAIL_ROWS)).fill(TAIL_ROW);
}

/**
 * For emitted code: a statement's call at `pc` gave this, which is
 * pending. Makes it, or gives the error with which the function ends too.
 */
export function settle(result: Pending, closure: LuaFunction, pc: number): LuaError | undefined {
	if (result instanceof LuaError) return leaveFunction(result, closure, pc);
	finishTailCall(result);
	return undefined;
}
