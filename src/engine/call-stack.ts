// The Lua call stack, read off the JavaScript stack when somebody asks for it (levels of
// error, getfenv and setfenv, debug.traceback, getinfo). Calls keep no record, so that they
// cost nothing; asking costs some tens of microseconds.
//
// A JavaScript frame is a Lua function's when its script is SCRIPT_NAME: `this` is then the
// closure (emitted code is sloppy and calls as f.fn(...)), and the position tells the site by
// the last `/*pc*/` or `pc = ` in front of it. A frame of `callFromBuiltin`, `asBuiltin`, `protectedCall`
// or `runHandler` stands for the builtin that called back.

import { asBuiltin, callFromBuiltin, callMeta, callMetaThree, callStack } from "../compiler/call.ts";
import { GENERATOR_NAME, SCRIPT_NAME } from "../compiler/compile.ts";
import { finishTailCall, tailCounts, tailRows } from "../compiler/finish-tail-call.ts";
import { TAIL_DEPTH } from "../compiler/limits.ts";
import { BUILTIN_ROW, REPLACED_ROW, rowsOf, type TraceRow } from "../lua51/error.ts";
import type { Proto } from "../lua51/proto.ts";
import { LuaFunction, type LuaThread } from "../lua51/value.ts";
import {
	coroutineRows,
	coroutinesAbove,
	frameRows,
	resume,
	runningFrames,
	runningThread,
} from "./coroutine.ts";
import { handlerTraces } from "./handler-traces.ts";

/** Functions of protected-call.ts, which needs this file and so cannot be imported. */
const PROTECTED_CALL = "protectedCall";
const RUN_HANDLER = "runHandler";

const BUILTIN_FRAMES: ReadonlySet<string> = new Set([
	callFromBuiltin.name,
	asBuiltin.name,
	PROTECTED_CALL,
	RUN_HANDLER,
]);

const METAMETHOD_FRAMES: ReadonlySet<string> = new Set([callMeta.name, callMetaThree.name]);

/** More JavaScript frames than calls down to TAIL_DEPTH take: a builtin that calls back has up to ten. */
const OUTERMOST_FRAMES = 20 * TAIL_DEPTH;

/** About as many JavaScript frames as a row takes where builtins call back; most take one. */
const FRAMES_PER_ROW = 8;

/** Places in the emitted text that tell the pc of what follows: offsets ascending, and the pcs. */
interface Markers {
	readonly offsets: number[];
	readonly pcs: number[];
}

const markers = new WeakMap<Proto, Markers>();

function markersOf(proto: Proto): Markers {
	let known = markers.get(proto);
	if (known === undefined) {
		known = { offsets: [], pcs: [] };
		for (const found of proto.source.matchAll(/\/\*(\d+)\*\/|pc = (\d+)[,;)]/g)) {
			known.offsets.push(found.index);
			known.pcs.push(Number(found[1] ?? found[2]));
		}
		markers.set(proto, known);
	}
	return known;
}

/** The pc at an offset: that of the last marker before it. */
function pcAt(proto: Proto, offset: number): number {
	const { offsets, pcs } = markersOf(proto);
	let low = 0;
	let high = offsets.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((offsets[middle] as number) < offset) low = middle + 1;
		else high = middle;
	}
	return pcs[low - 1] ?? -1;
}

/** The JavaScript frames of the running call, innermost first: at most `count` of them. */
function capture(count = Number.POSITIVE_INFINITY): NodeJS.CallSite[] {
	const { prepareStackTrace, stackTraceLimit } = Error;
	Error.stackTraceLimit = count;
	Error.prepareStackTrace = (_, frames) => frames;
	const holder: { stack?: unknown } = {};
	Error.captureStackTrace(holder, capture);
	const frames = holder.stack as NodeJS.CallSite[];
	Error.prepareStackTrace = prepareStackTrace;
	Error.stackTraceLimit = stackTraceLimit;
	return frames;
}

/**
 * The rows of the running Lua stack, innermost first, without the builtin that asks.
 * Rows of what an error handler was called for follow the handler's own. `above`: how many
 * coroutines are passed over, each of them a stack of its own; what resumed the last is left out too.
 */
export function runningRows(above = 0, javaScriptFrames = capture()): TraceRow[] {
	let rows: TraceRow[] = [];
	let handler = handlerTraces.length;
	let chain = tailCounts.length;
	const stacks = runningFrames();
	let stack = stacks.length - 1;
	let frames = [...(stacks[stack] ?? [])];
	for (const frame of javaScriptFrames) {
		if (frame.getFileName() === SCRIPT_NAME) {
			const row = luaRow(frame, rows.at(-1));
			if (row !== undefined) rows.push(row);
			continue;
		}
		if (frame.getFileName() === GENERATOR_NAME) {
			const running = frames.pop();
			if (running !== undefined) rows.push(...frameRows(running, rows.at(-1)));
			continue;
		}
		const name = frame.getFunctionName();
		if (name === resume.name && frames.length === 0 && stack >= 0) {
			if (stacks.length - 1 - stack === above) break;
			frames = [...(stacks[--stack] ?? [])];
			rows = [];
			continue;
		}
		if (name === finishTailCall.name) rows.push(...tailRows(tailCounts[--chain] ?? 0));
		if (name === null || !BUILTIN_FRAMES.has(name)) continue;
		if (name === RUN_HANDLER) {
			// The protected call that it makes is no builtin of its own: native's handler stands
			// right above the function that raised the error.
			rows.pop();
			rows.push(...rowsOf(handlerTraces[--handler]));
		}
		rows.push(BUILTIN_ROW);
	}
	return rows;
}

/**
 * The same, but where the stack is deep not all of its rows: at least `count` and the one behind them,
 * whose call site names the last.
 */
export function firstRows(count: number): TraceRow[] {
	// The row of an error handler takes the place of the one before it, so the last row of a part may be none.
	const wanted = Math.max(count, 0) + 2;
	for (let limit = wanted * FRAMES_PER_ROW; ; limit *= 4) {
		const frames = capture(limit);
		const rows = runningRows(0, frames);
		if (rows.length >= wanted || frames.length < limit) return rows;
	}
}

/**
 * Calls of the running coroutine, or of the main program, that count here but not natively: functions that a tail call
 * has replaced, but which still run, and calls of metamethods by Lua functions that count themselves. The former stand
 * below TAIL_DEPTH, so there is no need to make rows of all frames of a full stack.
 */
callStack.countSurplus = () => {
	const frames = capture();
	const outermost = runningThread() === undefined ? frames.slice(-OUTERMOST_FRAMES) : frames;
	const replaced = runningRows(0, outermost).filter((row) => row === REPLACED_ROW).length;
	return replaced + countMetamethods(frames);
};

/** How many of the frames are calls of metamethods by Lua functions that count themselves. */
function countMetamethods(frames: readonly NodeJS.CallSite[]): number {
	const generators = [...(runningFrames().at(-1) ?? [])];
	const isMain = runningThread() === undefined;
	let count = 0;
	let isCalled = false;
	for (const frame of frames) {
		const name = frame.getFunctionName() ?? "";
		if (METAMETHOD_FRAMES.has(name)) isCalled = true;
		else if (BUILTIN_FRAMES.has(name)) isCalled = false;
		else if (name === resume.name && !isMain && generators.length === 0) break;
		else {
			const file = frame.getFileName();
			let closure: unknown;
			if (file === SCRIPT_NAME) closure = frame.getThis();
			else if (file === GENERATOR_NAME) closure = generators.pop()?.closure;
			if (!(closure instanceof LuaFunction)) continue;
			if (isCalled && closure.p?.facts.hasCalls === true) count++;
			isCalled = false;
		}
	}
	return count;
}

/** The rows of any coroutine's stack, innermost first; of one that runs or waits for another, what it called is the first. */
export function threadRows(thread: LuaThread): TraceRow[] {
	const above = coroutinesAbove(thread);
	return above === undefined ? coroutineRows(thread) : [BUILTIN_ROW, ...runningRows(above)];
}

function luaRow(frame: NodeJS.CallSite, inner: TraceRow | undefined): TraceRow | undefined {
	const closure: unknown = frame.getThis();
	if (!(closure instanceof LuaFunction) || closure.p === undefined) return undefined;
	const pc = pcAt(closure.p, frame.getPosition());
	const isTail = closure.p.sites[pc]?.call === "tail";
	if (isTail && inner !== undefined && inner.kind !== "builtin") return REPLACED_ROW;
	return { kind: "lua", closure, pc };
}
