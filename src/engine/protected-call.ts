// pcall and xpcall (Lua 5.1 §5.1), and the same for hosts.

import { callableUnnamed, callStack, callWhereFull, checkCCalls } from "../compiler/call.ts";
import { finishTailCall } from "../compiler/finish-tail-call.ts";
import {
	doubledDepth,
	FIRST_MAX_DEPTH,
	LATER_MAX_DEPTH,
	limits,
	MAX_C_CALLS,
	MAX_HANDLER_C_CALLS,
	nativeMaxDepth,
	setMaxDepth,
} from "../compiler/limits.ts";
import { addPosition, asLuaError, resolveUnnamed } from "../compiler/unwind.ts";
import { LuaError, LuaMemoryError, rowsOf, type TraceRow } from "../lua51/error.ts";
import type { MaybePending } from "../lua51/pending.ts";
import { TailCall } from "../lua51/tail-call.ts";
import { isFunction, LuaFunction, type LuaResult, type LuaValue } from "../lua51/value.ts";
import { firstRows } from "./call-stack.ts";
import { handlerTraces } from "./handler-traces.ts";

export type Outcome =
	| { readonly ok: true; readonly results: LuaResult }
	| { readonly ok: false; readonly error: LuaError };

/** Calls `f`; an error of the Lua program is a result. Errors of ours go on as exceptions. */
export function protectedCall(f: LuaValue, ...args: LuaValue[]): Outcome {
	const { depth, cCalls } = limits;
	const handlers = handlerTraces.length;
	let error: LuaError | undefined;
	try {
		if (++limits.cCalls >= limits.maxCCalls) checkCCalls();
		const callee = isFunction(f) ? f : callableUnnamed(f);
		let results = ++limits.depth < limits.maxDepth ? callee.fn(...args) : callWhereFull(callee, args);
		const isPending = (results as MaybePending)?.isPending !== undefined;
		if (isPending && results instanceof TailCall) results = finishTailCall(results);
		if (!isPending || !(results instanceof LuaError)) {
			limits.depth = depth;
			limits.cCalls = cCalls;
			return { ok: true, results };
		}
		error = results;
	} catch (thrown) {
		error = asLuaError(thrown);
		if (error === undefined) {
			limits.depth = depth;
			limits.cCalls = cCalls;
			throw thrown;
		}
	}
	limits.raised = false;
	error.cCalls = limits.cCalls;
	limits.depth = depth;
	limits.cCalls = cCalls;
	shortenStack();
	if (handlerTraces.length > handlers) handlerTraces.length = handlers;
	resolveUnnamed(error);
	// The first level is the protected call's own, which has no position.
	if (error.level > 1) addOuterPosition(error);
	return { ok: false, error };
}

/** After an error has been caught. The builtin itself takes a level. */
function shortenStack(): void {
	const maxDepth = nativeMaxDepth();
	const isLonger = limits.depth + 1 < LATER_MAX_DEPTH && maxDepth > LATER_MAX_DEPTH;
	setMaxDepth(isLonger ? LATER_MAX_DEPTH : maxDepth, 0);
}

/** `pcall(error, "m", 2)`: the position is that of a function that still runs. */
function addOuterPosition(error: LuaError): void {
	const row = firstRows(error.level)[error.level - 1];
	error.level = 0;
	addRowPosition(error, row);
}

function addRowPosition(error: LuaError, row: TraceRow | undefined): void {
	if (row?.kind === "lua") addPosition(error, row.closure, row.pc);
}

/**
 * Calls `f` and, on an error, `handler` with the error's value as if at the point of the
 * error: a traceback made there shows the functions that have been left already.
 */
export function protectedCallWithHandler(f: LuaValue, handler: LuaValue): Outcome {
	const outcome = protectedCall(f);
	return outcome.ok ? outcome : { ok: false, error: handleError(outcome.error, handler) };
}

/** Calls `handler` with the value of an error that has been caught, as above; gives the error with the handler's result. */
export function handleError(caught: LuaError, handler: LuaValue): LuaError {
	if (caught instanceof LuaMemoryError) return caught;
	if (!(handler instanceof LuaFunction)) {
		caught.value = "error in error handling";
		return caught;
	}
	let error = caught;
	const { cCalls, depth } = limits;
	let overflows = 0;
	// Native's handler stands on what failed, not where ours has been unwound to; no builtin calls it.
	let standing = depth + callsOf(error);
	// Native calls the handler as one more C call of what failed, and again for the handler's
	// own error, until there is no room for C calls.
	for (let level = error.cCalls + 1; level < MAX_HANDLER_C_CALLS && !error.isFinal; ) {
		if (level === MAX_C_CALLS) {
			error = cStackOverflow(error);
			level++;
			continue;
		}
		if (error.fullAt > 0 && ++overflows > 2) break;
		limits.cCalls = level - 1;
		if (error.fullAt >= FIRST_MAX_DEPTH) {
			const surplus = callStack.countSurplus();
			standing = error.fullAt - 1 + surplus;
			setMaxDepth(doubledDepth(error.fullAt), surplus);
		}
		limits.depth = standing;
		const handled = runHandler(handler, error);
		limits.cCalls = cCalls;
		if (handled.ok) {
			error.value = Array.isArray(handled.results) ? handled.results[0] : (handled.results as LuaValue);
			limits.depth = depth;
			shortenStack();
			return error;
		}
		// The next one stands on the one that failed.
		const rows = rowsOf(error.trace);
		error = handled.error;
		standing += callsOf(error);
		for (const row of rows) error.leave(row);
		level = error.cCalls + 1;
	}
	limits.depth = depth;
	shortenStack();
	error.value = "error in error handling";
	return error;
}

/** How many of the calls that an error has ended native counts. */
function callsOf({ trace }: LuaError): number {
	let count = 0;
	for (let rest = trace; rest !== undefined; rest = rest.inner) if (rest.row.kind !== "tail") count++;
	return count;
}

/** The call of the handler was one too many: an error at the same place. */
function cStackOverflow({ trace }: LuaError): LuaError {
	const error = new LuaError("C stack overflow", 0, trace);
	addRowPosition(error, rowsOf(trace)[0]);
	return error;
}

/** Runs an error handler; call-stack.ts knows it by its name. */
export function runHandler(handler: LuaValue, error: LuaError): Outcome {
	handlerTraces.push(error.trace);
	const outcome = protectedCall(handler, error.value);
	handlerTraces.pop();
	// The level above the handler is what failed, not a protected call.
	if (!outcome.ok && outcome.error.level === 1) addRowPosition(outcome.error, rowsOf(error.trace)[0]);
	return outcome;
}
