// What happens to an error on its way out: every Lua function it leaves adds a row to its
// trace, and a message that waits for names or for a position gets them from the first
// function that can tell. A function's position is its `pc`, a number of a site.

import { chunkId, ID_SIZE } from "../lua51/chunk-id.ts";
import { LuaError, LuaMemoryError, overflowError, type TraceRow } from "../lua51/error.ts";
import type { Proto, Site } from "../lua51/proto.ts";
import type { LuaFunction } from "../lua51/value.ts";
import { limits } from "./limits.ts";

const BUILTIN_ROW: TraceRow = { kind: "builtin" };
const TAIL_ROW: TraceRow = { kind: "tail" };

/** What a Lua function that was stopped at `pc` by an exception returns. Emitted code calls it. */
export function unwind(thrown: unknown, closure: LuaFunction, pc: number): LuaError {
	const error = asLuaError(thrown);
	if (error === undefined) throw thrown;
	return leaveFunction(error, closure, pc);
}

/** The error that leaves a Lua function, in which a call or an operation at `pc` failed. */
export function leaveFunction(error: LuaError, closure: LuaFunction, pc: number): LuaError {
	limits.raised = true;
	const proto = closure.p as Proto; // emitted code belongs to a proto
	const site = proto.sites[pc] as Site;
	const { rows } = error;
	const inner = rows.at(-1)?.kind;
	if (error.operand !== undefined) {
		const { first, second } = site;
		error.value = error.operand(first, typeof second === "function" ? second() : second);
		error.operand = undefined;
	}
	if (error.argument !== undefined) nameArgument(error, site);
	// A Lua function called in tail position has replaced this one.
	if (site.call === "tail" && (inner === "lua" || inner === "tail")) {
		rows.push(TAIL_ROW);
		if (error.level > 0) error.level--;
		return error;
	}
	rows.push({ kind: "lua", closure, pc });
	if (error.level > 0 && --error.level === 0) addPosition(error, closure, pc);
	return error;
}

/** For a builtin: raises an error by returning this, which is faster than throwing it. */
export function raise(error: LuaError): LuaError {
	limits.raised = true;
	return error;
}

/** The error to throw on from a builtin that called back. */
export function leaveBuiltin(thrown: unknown): unknown {
	const error = asLuaError(thrown);
	if (error === undefined) return thrown;
	resolveUnnamed(error);
	error.rows.push(BUILTIN_ROW);
	if (error.level > 0) error.level--;
	return error;
}

/** Completes a message for which no Lua function can give names. */
export function resolveUnnamed(error: LuaError): void {
	if (error.operand !== undefined) {
		error.value = error.operand(undefined, undefined);
		error.operand = undefined;
	}
	if (error.argument !== undefined) {
		error.value = error.argument("?", false);
		error.argument = undefined;
	}
}

/** `thrown` as a Lua error; undefined when it is an error of ours, which no Lua code may see. */
export function asLuaError(thrown: unknown): LuaError | undefined {
	if (thrown instanceof LuaError) return thrown;
	if (!(thrown instanceof Error)) return undefined;
	// A RangeError, or a SyntaxError when there was no room to compile a regular expression.
	if (thrown.message.endsWith("Maximum call stack size exceeded")) return overflowError(limits.depth);
	// Node's buffers say it in an Error of their own.
	if (thrown.message.startsWith("Failed to allocate memory")) return new LuaMemoryError();
	if (!(thrown instanceof RangeError)) return undefined;
	// "Invalid string length", "Invalid array length" and the like: V8 cannot make it that large.
	return new LuaMemoryError();
}

function nameArgument(error: LuaError, site: Site): void {
	const build = error.argument;
	error.argument = undefined;
	if (build === undefined) return;
	error.value = build(
		site.call === undefined ? "?" : (site.first?.name ?? "?"),
		site.first?.kind === "method",
	);
}

/** Puts "chunk:line:" in front of a message. */
export function addPosition(error: LuaError, closure: LuaFunction, pc: number): void {
	const proto = closure.p;
	const text = typeof error.value === "string" ? error.value : undefined;
	if (text === undefined || proto === undefined) return;
	error.value = `${chunkId(proto.chunkName, ID_SIZE)}:${proto.sites[pc]?.line ?? "?"}: ${text}`;
}
