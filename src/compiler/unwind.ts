// What happens to an error on its way out: every Lua function it leaves adds a row to its
// trace, and a message that waits for names or for a position gets them from the first
// function that can tell. A function's position is its `pc`, a number of a site.

import { chunkId, ID_SIZE } from "../lua51/chunk-id.ts";
import {
	BUILTIN_ROW,
	LuaError,
	LuaMemoryError,
	type OperandFault,
	operandText,
	overflowError,
	TAIL_ROW,
} from "../lua51/error.ts";
import type { ObjectName, Proto, Site } from "../lua51/proto.ts";
import type { LuaFunction } from "../lua51/value.ts";
import { limits } from "./limits.ts";

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
	const inner = error.trace?.row.kind;
	if (error.operand !== undefined) {
		error.value = faultAt(proto, pc, error.operand);
		error.operand = undefined;
		error.level = 0;
	}
	if (error.argument !== undefined) nameArgument(error, site);
	// A Lua function called in tail position has replaced this one.
	if (site.call === "tail" && (inner === "lua" || inner === "tail")) {
		error.leave(TAIL_ROW);
		if (error.level > 0) error.level--;
		return error;
	}
	error.leave({ kind: "lua", closure, pc });
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
	error.leave(BUILTIN_ROW);
	if (error.level > 0) error.level--;
	return error;
}

/** Completes a message for which no Lua function can give names. */
export function resolveUnnamed(error: LuaError): void {
	if (error.operand !== undefined) {
		error.value = operandText(error.operand, undefined);
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

/** The whole message for an operation that failed in a function. */
function faultAt(proto: Proto, pc: number, fault: OperandFault): string {
	const { lastFault } = proto;
	if (
		lastFault !== undefined &&
		lastFault.pc === pc &&
		lastFault.type === fault.type &&
		lastFault.verb === fault.verb &&
		lastFault.operand === fault.operand
	) {
		return lastFault.message;
	}
	const { verb, type, operand } = fault;
	const message = positionAt(proto, pc) + operandText(fault, nameAt(proto.sites[pc] as Site, operand));
	proto.lastFault = { pc, verb, type, operand, message };
	return message;
}

function nameAt({ first, second }: Site, operand: OperandFault["operand"]): ObjectName | undefined {
	if (operand === "first") return first;
	if (operand === "none") return undefined;
	return typeof second === "function" ? second() : second;
}

/** "chunk:line: " */
function positionAt(proto: Proto, pc: number): string {
	if (proto.lastPosition?.pc !== pc) {
		const text = `${chunkId(proto.chunkName, ID_SIZE)}:${proto.sites[pc]?.line ?? "?"}: `;
		proto.lastPosition = { pc, text };
	}
	return proto.lastPosition.text;
}

/** Puts "chunk:line:" in front of a message. */
export function addPosition(error: LuaError, closure: LuaFunction, pc: number): void {
	const proto = closure.p;
	const text = typeof error.value === "string" ? error.value : undefined;
	if (text === undefined || proto === undefined) return;
	error.value = positionAt(proto, pc) + text;
}
