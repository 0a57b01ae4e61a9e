// Calls other than those that the emitted code makes itself: metamethods, and builtins that
// call back. These are native's "C calls", of which 200 may nest.

import { handlingError, LuaError, type OperandFault, overflowError, runtimeError } from "../lua51/error.ts";
import { type MaybePending, Pending } from "../lua51/pending.ts";
import { TailCall } from "../lua51/tail-call.ts";
import {
	anyValues,
	isFunction,
	LuaFunction,
	type LuaResult,
	type LuaValue,
	type NativeFunction,
	typeName,
} from "../lua51/value.ts";
import { finishTailCall } from "./finish-tail-call.ts";
import {
	doubledDepth,
	LATER_MAX_DEPTH,
	limits,
	MAX_C_CALLS,
	MAX_HANDLER_C_CALLS,
	nativeMaxDepth,
	setMaxDepth,
	TAIL_DEPTH,
} from "./limits.ts";
import { metamethod } from "./metatables.ts";
import { leaveBuiltin, leaveFunction } from "./unwind.ts";

// -- Results --------------------------------------------------------------------------

// A list that begins with a value is no Pending, which has no elements: that is seen sooner than its class.

/** The first value of an array result. */
export function first(result: readonly LuaValue[]): LuaValue {
	const value = result[0];
	if (value !== undefined || !(result instanceof Pending)) return value;
	const final = finishTailCall(result);
	return Array.isArray(final) ? final[0] : (final as LuaValue);
}

/** For emitted code: the first value of a call's array result, or the error with which the function ends too. */
export function single(result: readonly LuaValue[], closure: LuaFunction, pc: number): LuaValue | LuaError {
	const value = result[0];
	if (value !== undefined) return value;
	return result instanceof LuaError ? leaveFunction(result, closure, pc) : first(result);
}

/** All values of a result. */
export function list(result: LuaResult): readonly LuaValue[] {
	// As `isList` in expressions.ts, which is sooner than `Array.isArray` where V8 has not optimized.
	const values = result as readonly LuaValue[];
	if (typeof result !== "object" || values.length === undefined) return anyValues(result as LuaValue);
	if (values[0] !== undefined || !(values instanceof Pending)) return values;
	const final = finishTailCall(values);
	return Array.isArray(final) ? final : anyValues(final as LuaValue);
}

// -- What can be called ---------------------------------------------------------------------

function callHandler(value: LuaValue): LuaFunction | undefined {
	const handler = metamethod(value, "__call");
	return handler instanceof LuaFunction ? handler : undefined;
}

/** An operation that `value` does not have; the name is that of the site's `operand`. */
export function typeError(verb: string, value: LuaValue, operand: OperandFault["operand"]): LuaError {
	const error = runtimeError("");
	error.operand = { verb, type: typeName(value), operand };
	return error;
}

/** Not in the class below: strict code, as in classes, hides its callers from call-stack.ts. */
function callWithObject(this: CalledObject, ...args: LuaValue[]): LuaResult {
	return calledHandler(this).fn(this.object, ...args);
}

/** Stands for a value that is no function: is called through its `__call` handler, if it has one by then. */
export class CalledObject extends LuaFunction {
	readonly object: LuaValue;

	constructor(object: LuaValue) {
		// (Nobody asks a stand-in for its environment.)
		super(callWithObject as NativeFunction, undefined as never, undefined, "");
		this.object = object;
	}
}

/** The handler that a call of the stand-in calls, with the object in front. */
export function calledHandler({ object }: CalledObject): LuaFunction {
	const handler = callHandler(object);
	if (handler === undefined) throw typeError("call", object, "first");
	return handler;
}

/**
 * A function that stands for calling `value`. Emitted code asks before the arguments are evaluated, but native looks
 * for a handler, and complains, after: so the stand-in does.
 */
export function callable(value: LuaValue): LuaFunction {
	return value instanceof LuaFunction ? value : new CalledObject(value);
}

/** The same for what native calls without knowing its name: metamethods. */
export function callableUnnamed(value: LuaValue): LuaFunction {
	if (value instanceof LuaFunction || callHandler(value) !== undefined) {
		return callable(value);
	}
	throw typeError("call", value, "none");
}

/** The same for the iterator of a loop, whose name is the site's second. */
export function callableIterator(value: LuaValue): LuaFunction {
	if (value instanceof LuaFunction || callHandler(value) !== undefined) {
		return callable(value);
	}
	throw typeError("call", value, "second");
}

/**
 * What a function calls that is the last for which there is room. What cannot be called at all fails as
 * everywhere; the other failure too comes after the arguments.
 */
export function calleeBeyond(value: LuaValue): LuaFunction {
	if (!(value instanceof LuaFunction) && callHandler(value) === undefined) {
		return callable(value);
	}
	return new LuaFunction(stackOverflow, undefined as never, undefined, "");
}

/** What a tail call calls when the plain call would nest too deep or is not of a function. */
export function tailCallee(value: LuaValue): LuaFunction {
	const callee = callable(value);
	// A builtin cannot nest, and what cannot be called fails in this function, not in its caller.
	const f = callee instanceof CalledObject ? callHandler(callee.object) : callee;
	if (limits.depth < TAIL_DEPTH || f?.p === undefined) return callee;
	return new LuaFunction((...args) => new TailCall(callee, args, limits.depth), callee.env, undefined, "");
}

// -- Calls that count --------------------------------------------------------------------

/** What call-stack.ts can do, which needs this file: count those of the counted calls that native does not count. */
export const callStack = { countSurplus: (): number => 0 };

/** Where the stack seems full: makes room for calls that native does not count. False if there are no more of them. */
export function findRoom(): boolean {
	const { surplus } = limits;
	setMaxDepth(nativeMaxDepth(), callStack.countSurplus());
	return limits.surplus > surplus;
}

/** Calls a function where the stack seems full. What is found to make room stays as long as the call. */
export function callWhereFull(callee: LuaFunction, args: readonly LuaValue[]): LuaResult {
	const { surplus } = limits;
	checkDepth();
	const result = callee.fn(...args);
	setMaxDepth(nativeMaxDepth(), surplus);
	return result;
}

/** One call more than native has room for. */
export function stackOverflow(): never {
	const maxDepth = nativeMaxDepth();
	if (maxDepth > LATER_MAX_DEPTH) throw handlingError();
	setMaxDepth(doubledDepth(maxDepth), limits.surplus);
	throw overflowError(maxDepth);
}

/** Counts a call that C makes. */
export function enterC(): void {
	if (++limits.cCalls >= limits.maxCCalls) checkCCalls();
}

/** What `enterC` does at the limit. Callers that are called often count themselves, and save a call where V8 has not optimized. */
export function checkCCalls(): void {
	if (limits.cCalls === MAX_C_CALLS) throw runtimeError("C stack overflow");
	if (limits.cCalls >= MAX_HANDLER_C_CALLS) throw handlingError();
	checkDepth();
}

/** Fails where there is no room for the function that is to be called, which need not count itself. */
export function checkDepth(): void {
	if (limits.depth >= limits.maxDepth && !(findRoom() && limits.depth < limits.maxDepth)) stackOverflow();
}

export function leaveC(): void {
	limits.cCalls--;
}

/**
 * Calls a metamethod for an operation of the running function. That may be one that does not count itself, so it is
 * counted here; if it does, that is found where the stack seems full: call-stack.ts finds these calls by their name.
 */
export function callMeta(handler: LuaValue, a: LuaValue, b: LuaValue): LuaValue {
	if (++limits.cCalls >= limits.maxCCalls) checkCCalls();
	const callee = isFunction(handler) ? handler : callableUnnamed(handler);
	const result = ++limits.depth < limits.maxDepth ? callee.fn(a, b) : callWhereFull(callee, [a, b]);
	const isList = typeof result === "object" && (result as LuaValue[]).length !== undefined;
	const value = isList ? first(result as LuaValue[]) : (result as LuaValue);
	limits.depth--;
	limits.cCalls--;
	return value;
}

/** The same for `__newindex`. */
export function callMetaThree(handler: LuaValue, a: LuaValue, b: LuaValue, c: LuaValue): void {
	if (++limits.cCalls >= limits.maxCCalls) checkCCalls();
	const callee = isFunction(handler) ? handler : callableUnnamed(handler);
	const result = ++limits.depth < limits.maxDepth ? callee.fn(a, b, c) : callWhereFull(callee, [a, b, c]);
	if ((result as MaybePending)?.isPending !== undefined) finishTailCall(result);
	limits.depth--;
	limits.cCalls--;
}

/** An operation that a builtin does: its errors have no position and no names. Found in a JavaScript stack by its name too. */
export function asBuiltin<T>(operation: () => T): T {
	try {
		return operation();
	} catch (error) {
		throw leaveBuiltin(error);
	}
}

/**
 * A call made by a builtin. The name matters: engine/call-stack.ts finds the builtin in a
 * JavaScript stack by it.
 */
export function callFromBuiltin(callee: LuaValue, ...args: LuaValue[]): LuaResult {
	try {
		if (++limits.cCalls >= limits.maxCCalls) checkCCalls();
		const f = isFunction(callee) ? callee : callableUnnamed(callee);
		const result = ++limits.depth < limits.maxDepth ? f.fn(...args) : callWhereFull(f, args);
		const isPending = (result as MaybePending)?.isPending !== undefined;
		const final = isPending ? finishTailCall(result) : result;
		limits.depth--;
		limits.cCalls--;
		return final;
	} catch (error) {
		throw leaveBuiltin(error);
	}
}
