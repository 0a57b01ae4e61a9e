// The Lua call stack, read off the JavaScript stack when somebody asks for it (levels of
// error, getfenv and setfenv, debug.traceback, getinfo). Calls keep no record, so that they
// cost nothing; asking costs some tens of microseconds.
//
// A JavaScript frame is a Lua function's when its script is SCRIPT_NAME: `this` is then the
// closure (emitted code is sloppy and calls as f.fn(...)), and the position tells the site by
// the /*pc*/ marker in front of the call. A frame of `callFromBuiltin`, `protectedCall` or
// `runHandler` stands for the builtin that called back.

import { callFromBuiltin } from "../compiler/call.ts";
import { SCRIPT_NAME } from "../compiler/compile.ts";
import type { TraceRow } from "../lua51/error.ts";
import type { Proto } from "../lua51/proto.ts";
import { LuaFunction } from "../lua51/value.ts";
import { handlerRows, protectedCall, runHandler } from "./protected-call.ts";

const BUILTIN_FRAMES: ReadonlySet<string> = new Set([
	callFromBuiltin.name,
	protectedCall.name,
	runHandler.name,
]);

const markers = new WeakMap<Proto, Map<number, number>>();

/** Offset of each call's `fn` in the emitted text -> its pc. */
function markersOf(proto: Proto): Map<number, number> {
	let known = markers.get(proto);
	if (known === undefined) {
		known = new Map();
		for (const found of proto.source.matchAll(/\/\*(\d+)\*\/\./g)) {
			known.set(found.index + found[0].length, Number(found[1]));
		}
		markers.set(proto, known);
	}
	return known;
}

/** The JavaScript frames of the running call, innermost first. */
function capture(): NodeJS.CallSite[] {
	const { prepareStackTrace, stackTraceLimit } = Error;
	Error.stackTraceLimit = Number.POSITIVE_INFINITY;
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
 * Rows of what an error handler was called for follow the handler's own.
 */
export function runningRows(): TraceRow[] {
	const rows: TraceRow[] = [];
	let handler = handlerRows.length;
	for (const frame of capture()) {
		if (frame.getFileName() === SCRIPT_NAME) {
			const row = luaRow(frame, rows.at(-1));
			if (row !== undefined) rows.push(row);
			continue;
		}
		const name = frame.getFunctionName();
		if (name === null || !BUILTIN_FRAMES.has(name)) continue;
		if (name === runHandler.name) {
			// The protected call that it makes is no builtin of its own: native's handler stands
			// right above the function that raised the error.
			rows.pop();
			rows.push(...(handlerRows[--handler] ?? []));
		}
		rows.push({ kind: "builtin" });
	}
	return rows;
}

function luaRow(frame: NodeJS.CallSite, inner: TraceRow | undefined): TraceRow | undefined {
	const closure: unknown = frame.getThis();
	if (!(closure instanceof LuaFunction) || closure.p === undefined) return undefined;
	const pc = markersOf(closure.p).get(frame.getPosition()) ?? -1;
	const isTail = closure.p.sites[pc]?.call === "tail";
	if (isTail && inner !== undefined && inner.kind !== "builtin") return { kind: "tail" };
	return { kind: "lua", closure, pc };
}
