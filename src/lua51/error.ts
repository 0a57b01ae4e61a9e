// How a Lua error travels: as an object of this class and of no other, which a function returns
// instead of its results where whoever has called can tell, and throws where not. Throwing costs
// some ten times as much as returning.
// Where it was raised is not known when it is raised (a call keeps no record, so that
// calls stay cheap): every Lua function it unwinds through tells its position
// (compiler/unwind.ts), and a message that still waits for "chunk:line:" gets it there.

import { Pending } from "./pending.ts";
import type { ObjectName } from "./proto.ts";
import type { LuaFunction, LuaValue } from "./value.ts";

/** One row of a traceback, innermost first. */
export type TraceRow =
	/** A Lua function stopped at call or operation number `pc` of its prototype. */
	| { readonly kind: "lua"; readonly closure: LuaFunction; readonly pc: number }
	/** A builtin; `closure` is undefined when nobody needed to know it. */
	| { readonly kind: "builtin" }
	/** A function that was replaced by a tail call (Lua 5.1 §2.5.8). */
	| { readonly kind: "tail" };

export const BUILTIN_ROW: TraceRow = { kind: "builtin" };
export const TAIL_ROW: TraceRow = { kind: "tail" };
/** The same of a function that a tail call natively replaces, but which still runs here. */
export const REPLACED_ROW: TraceRow = { kind: "tail" };

/** Rows of an error on its way, outermost first: most are never looked at, and a list of these is quicker than an array. */
export interface ErrorTrace {
	readonly row: TraceRow;
	readonly inner: ErrorTrace | undefined;
}

/** "attempt to index local 'x' (a nil value)", before anybody knows the name. */
export interface OperandFault {
	readonly verb: string;
	/** Of the value that cannot be used so. */
	readonly type: string;
	/** Which of the site's names is meant. */
	readonly operand: "first" | "second" | "none";
}

/** The text of a fault once its operand's name is known. */
export function operandText({ verb, type }: OperandFault, name: ObjectName | undefined): string {
	if (name === undefined) return `attempt to ${verb} a ${type} value`;
	return `attempt to ${verb} ${name.kind} '${name.name}' (a ${type} value)`;
}

/** Builds an argument error's text once the call site's name for the builtin is known. */
export type ArgumentMessage = (name: string, isMethod: boolean) => string;

export class LuaError extends Pending {
	value: LuaValue;
	/**
	 * How many functions must still be unwound until the one whose position goes in front
	 * of the message; 0 when the message is final. A builtin raises with 1: its caller.
	 */
	level: number;
	/** Set for "bad argument" errors until the call site's name for the builtin is known. */
	argument: ArgumentMessage | undefined;
	/** Set for "attempt to ..." errors until the site's names for the operands are known. */
	operand: OperandFault | undefined;
	/** How many calls the stack had room for, where it was full; 0 for other errors. */
	fullAt = 0;
	/** No handler is called for it: it comes of handlers that fail. */
	isFinal = false;
	/** How many C calls were nested where it was raised; known when it is caught. */
	cCalls = 0;
	/** What it has left so far. */
	trace: ErrorTrace | undefined;

	constructor(value: LuaValue, level: number, trace: ErrorTrace | undefined = undefined) {
		super();
		this.value = value;
		this.level = level;
		this.argument = undefined;
		this.operand = undefined;
		this.trace = trace;
	}

	/** It leaves one more function. */
	leave(row: TraceRow): void {
		this.trace = { row, inner: this.trace };
	}
}

/** The rows of a trace, innermost first. */
export function rowsOf(trace: ErrorTrace | undefined): TraceRow[] {
	const rows: TraceRow[] = [];
	for (let rest = trace; rest !== undefined; rest = rest.inner) rows.push(rest.row);
	return rows.reverse();
}

/** Of an error that a builtin raises. */
const BUILTIN_TRACE: ErrorTrace = { row: BUILTIN_ROW, inner: undefined };

/** An error raised by a builtin, positioned at its caller (luaL_error). */
export function builtinError(message: string): LuaError {
	return new LuaError(message, 1, BUILTIN_TRACE);
}

/** An error with any value and no position added to it. */
export function valueError(value: LuaValue): LuaError {
	return new LuaError(value, 0, BUILTIN_TRACE);
}

/** Raised by `error(message, level)`; level 1 is the caller of `error`. */
export function leveledError(message: string, level: number): LuaError {
	return new LuaError(message, level, BUILTIN_TRACE);
}

/** An error of the running function itself: its position is added (luaG_runerror). */
export function runtimeError(message: string): LuaError {
	return new LuaError(message, 1);
}

/** Too many nested calls: more than `fullAt`. */
export function overflowError(fullAt: number): LuaError {
	const error = runtimeError("stack overflow");
	error.fullAt = fullAt;
	return error;
}

/** What becomes of errors in error handlers when there is no room for more of them. */
export function handlingError(): LuaError {
	const error = valueError("error in error handling");
	error.isFinal = true;
	return error;
}

/** Native's memory error: no position, no handler, no trace. */
export class LuaMemoryError extends LuaError {
	constructor() {
		super("not enough memory", 0);
	}
}

/** luaL_argerror: "bad argument #1 to 'name' (text)"; the name is the call site's. */
export function argumentError(position: number, text: string): LuaError {
	const error = new LuaError(undefined, 1, BUILTIN_TRACE);
	error.argument = (name, isMethod) => {
		const shown = isMethod ? position - 1 : position;
		if (shown === 0) return `calling '${name}' on bad self (${text})`;
		return `bad argument #${shown} to '${name}' (${text})`;
	};
	return error;
}
