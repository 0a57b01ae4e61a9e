// Coroutines (Lua 5.1 §2.11), for the command line. A JavaScript function cannot be left and
// resumed, a generator can: functions that run inside a coroutine are compiled once more, as
// generators (compile.ts). As in native 5.1, only calls that Lua code itself makes can be
// yielded across; pcall, metamethods, iterators and other builtins cannot.

import { CalledObject, calledHandler, checkDepth, list } from "../compiler/call.ts";
import { extendRuntime, generatorFactory } from "../compiler/compile.ts";
import { tailRows, withTailRows } from "../compiler/finish-tail-call.ts";
import { FIRST_MAX_DEPTH, limits, MAX_C_CALLS, nativeMaxDepth, setMaxDepth } from "../compiler/limits.ts";
import { type Activation, ActivationStack, callUnobserved, observation } from "../compiler/observer.ts";
import { asLuaError, resolveUnnamed } from "../compiler/unwind.ts";
import { BUILTIN_ROW, LuaError, REPLACED_ROW, rowsOf, type TraceRow, valueError } from "../lua51/error.ts";
import type { Proto } from "../lua51/proto.ts";
import type { LuaTable } from "../lua51/table.ts";
import { TailCall } from "../lua51/tail-call.ts";
import { type LuaFunction, type LuaResult, LuaThread, type LuaValue, NONE } from "../lua51/value.ts";

type Body = Generator<readonly LuaValue[], LuaResult, readonly LuaValue[]>;

/** One running Lua function of a coroutine. */
export interface GeneratorFrame {
	readonly closure: LuaFunction;
	pc: number;
	/** How many functions it has replaced by tail calls that `go` made. */
	tails: number;
}

export type CoroutineStatus = "suspended" | "running" | "normal" | "dead";

class Coroutine {
	readonly body: Body;
	status: CoroutineStatus = "suspended";
	started = false;
	/** Its running Lua functions, outermost first. */
	readonly frames: GeneratorFrame[] = [];
	depth = 0;
	maxDepth = FIRST_MAX_DEPTH;
	environment: LuaTable | undefined = environment;
	readonly activations = new ActivationStack();
	/** What it failed with. */
	error: LuaError | undefined = undefined;

	constructor(f: LuaFunction) {
		this.body = start(f);
	}
}

/** What new chunks get as their environment when setfenv(0) has changed it: each coroutine its own. */
let environment: LuaTable | undefined;

export function threadEnvironment(): LuaTable | undefined {
	return environment;
}

export function setThreadEnvironment(table: LuaTable | undefined): void {
	environment = table;
}

/** What getfenv(0) gives in a coroutine; undefined for the state's own globals. */
export function coroutineEnvironment(thread: LuaThread): LuaTable | undefined {
	return thread === runningThread() ? environment : coroutineOf(thread).environment;
}

export function setCoroutineEnvironment(thread: LuaThread, table: LuaTable): void {
	if (thread === runningThread()) environment = table;
	else coroutineOf(thread).environment = table;
}

/** The running coroutines, the main program not among them, innermost last. */
const running: { thread: LuaThread; coroutine: Coroutine }[] = [];

/** The builtin coroutine.yield, which `go` knows by its identity. */
let yieldFunction: unknown;

export function setYieldFunction(fn: unknown): void {
	yieldFunction = fn;
}

// -- What emitted generators call -------------------------------------------------------------

function* start(f: LuaFunction): Body {
	const args = yield NONE; // the first resume brings the arguments
	return yield* go(f, args);
}

/** What the next frame has for `tails`. */
let nextTails = 0;

function* go(callee: LuaFunction, args: readonly LuaValue[]): Body {
	let result: LuaResult = yield* goTail(callee, args);
	if (!(result instanceof TailCall)) return result;
	let tails = 0;
	try {
		while (result instanceof TailCall) {
			tails += result.depth - limits.depth;
			nextTails = tails;
			result = yield* goTail(result.callee, result.args);
		}
		if (result instanceof LuaError) throw result;
	} catch (thrown) {
		throw withTailRows(thrown, tails);
	}
	return result;
}

function* goTail(callee: LuaFunction, args: readonly LuaValue[]): Body {
	checkDepth();
	if (callee.p !== undefined) {
		return yield* generatorFactory(callee.p as Proto).call(undefined, callee, ...callee.upvalues)(...args);
	}
	if (!(callee instanceof CalledObject)) nextTails = 0;
	if (callee.fn === yieldFunction) {
		const values = yield args;
		return values.length === 1 ? values[0] : values;
	}
	if (callee instanceof CalledObject) return yield* goTail(calledHandler(callee), [callee.object, ...args]);
	return observation.observer === undefined ? callee.fn(...args) : callUnobserved(callee, args);
}

function enterFrame(closure: LuaFunction, activation?: Activation): GeneratorFrame {
	const frame = activation ?? { closure, pc: 0, tails: 0 };
	frame.tails = nextTails;
	nextTails = 0;
	running.at(-1)?.coroutine.frames.push(frame);
	return frame;
}

function leaveFrame(_frame: GeneratorFrame): void {
	running.at(-1)?.coroutine.frames.pop();
	// What was found to make room may be gone (callWhereFull does that for other functions).
	if (limits.surplus > 0) setMaxDepth(nativeMaxDepth(), 0);
}

extendRuntime({ go, goTail, enterFrame, leaveFrame });

// -- The library's view ------------------------------------------------------------------------

export function createCoroutine(f: LuaFunction): LuaThread {
	return new LuaThread(new Coroutine(f));
}

function coroutineOf(thread: LuaThread): Coroutine {
	return thread.payload as Coroutine; // every LuaThread is made by createCoroutine
}

export function coroutineStatus(thread: LuaThread): CoroutineStatus {
	return coroutineOf(thread).status;
}

export function runningThread(): LuaThread | undefined {
	return running.at(-1)?.thread;
}

/** How many coroutines stand on the running one's, which are resumed from it; undefined if it is not started or not alive. */
export function coroutinesAbove(thread: LuaThread): number | undefined {
	const position = running.findIndex((each) => each.thread === thread);
	return position < 0 ? undefined : running.length - 1 - position;
}

/** The running Lua functions, outermost first, of each coroutine that has begun and waits for another, and of the running one. */
export function runningFrames(): (readonly GeneratorFrame[])[] {
	return running.map(({ coroutine }) => coroutine.frames);
}

/** What to throw when yield is called where the coroutine cannot be left. */
export function yieldRefused(): LuaError {
	return valueError("attempt to yield across metamethod/C-call boundary");
}

export type Resumed =
	| { readonly ok: true; readonly values: readonly LuaValue[] }
	| { readonly ok: false; readonly error: LuaError };

/** Starts or continues a coroutine until it yields, ends or fails. */
export function resume(thread: LuaThread, args: readonly LuaValue[]): Resumed {
	const coroutine = coroutineOf(thread);
	if (coroutine.status !== "suspended") {
		return { ok: false, error: new LuaError(`cannot resume ${coroutine.status} coroutine`, 0) };
	}
	if (limits.cCalls >= MAX_C_CALLS) {
		// Native puts the message in the place of the function that was to be started.
		if (!coroutine.started) coroutine.status = "dead";
		return { ok: false, error: new LuaError("C stack overflow", 0) };
	}
	const outer = running.at(-1)?.coroutine;
	const { depth, maxDepth, surplus, cCalls } = limits;
	if (outer !== undefined) outer.status = "normal";
	coroutine.status = "running";
	running.push({ thread, coroutine });
	enterStack(coroutine.activations);
	limits.depth = coroutine.depth;
	setMaxDepth(coroutine.maxDepth, 0);
	limits.cCalls++;
	const outerEnvironment = environment;
	if (outer !== undefined) outer.environment = environment;
	environment = coroutine.environment;
	try {
		if (!coroutine.started) {
			coroutine.started = true;
			coroutine.body.next(NONE);
		}
		const step = coroutine.body.next(args);
		coroutine.status = step.done === true ? "dead" : "suspended";
		return { ok: true, values: list(step.value) };
	} catch (thrown) {
		coroutine.status = "dead";
		const error = asLuaError(thrown);
		if (error === undefined) throw thrown;
		resolveUnnamed(error);
		coroutine.error = error;
		return { ok: false, error };
	} finally {
		running.pop();
		leaveStack(coroutine.activations);
		coroutine.environment = environment;
		environment = outer === undefined ? outerEnvironment : outer.environment;
		coroutine.depth = limits.depth;
		coroutine.maxDepth = nativeMaxDepth();
		limits.depth = depth;
		limits.maxDepth = maxDepth;
		limits.surplus = surplus;
		limits.cCalls = cCalls;
		if (outer !== undefined) outer.status = "running";
	}
}

/** What observers see as running is the coroutine's from now on. */
function enterStack(stack: ActivationStack): void {
	const outer = observation.stack;
	stack.resumer = outer;
	stack.base = outer.base + (outer.top?.depth ?? 0);
	observation.stack = stack;
}

function leaveStack(stack: ActivationStack): void {
	if (stack.resumer !== undefined) observation.stack = stack.resumer;
	stack.resumer = undefined;
}

/** A function's row, and those of the functions it has replaced. */
export function frameRows({ closure, pc, tails }: GeneratorFrame, inner: TraceRow | undefined): TraceRow[] {
	const isReplaced = inner !== undefined && inner.kind !== "builtin" && closure.p?.sites[pc]?.call === "tail";
	return [isReplaced ? REPLACED_ROW : { kind: "lua", closure, pc }, ...tailRows(tails)];
}

/** The rows of the stack of a coroutine that does not run, innermost first. */
export function coroutineRows(thread: LuaThread): TraceRow[] {
	const { frames, error, status } = coroutineOf(thread);
	if (error !== undefined) return rowsOf(error.trace);
	const rows: TraceRow[] = [];
	// What stands above a suspended coroutine's functions is `yield`.
	if (status === "suspended" && frames.length > 0) rows.push(BUILTIN_ROW);
	for (const frame of [...frames].reverse()) rows.push(...frameRows(frame, rows.at(-1)));
	return rows;
}
