// How tools look on while Lua code runs: debugger, profiler. Functions of chunks that the observer
// has asked for are compiled with calls of the helpers below; all others stay as they are, so
// nobody pays who does not look. An observer works inside the running program: what it does in
// an event is over before the program goes on.
//
//   enter ── line ── line ── enterUnobserved ── leaveUnobserved ── line ── failed? ── leave
//
// An observer may run Lua code in an event; it gets events of that too, if the code is observed.

import { LuaError } from "../lua51/error.ts";
import type { Observation, Proto } from "../lua51/proto.ts";
import { LuaFunction, type LuaResult, type LuaValue } from "../lua51/value.ts";
import { CalledObject } from "./call.ts";
import { unwind } from "./unwind.ts";

export interface Observer {
	/** What it wants to see of a chunk that is about to be parsed. */
	wants(chunkName: string): Observation | undefined;
	/** A chunk that it wants to see has been parsed. Its functions have no points until they are compiled. */
	loaded?(proto: Proto, text: string): void;
	/** A function begins; its parameters are there, no line has been reached. */
	enter(activation: Activation): void;
	/** A function ends: by returning, by an error, or because the session ends. */
	leave(activation: Activation): void;
	/**
	 * A line is reached: another one than before, or the same one by a jump backwards. The `end` of a
	 * function counts, that of the main chunk does not.
	 */
	line(activation: Activation, line: number): void;
	/** The function is about to call one that is not observed: a builtin, or one of another chunk. */
	enterUnobserved?(activation: Activation, callee: LuaFunction): void;
	/** The call is over, by returning or by an error. */
	leaveUnobserved?(activation: Activation, callee: LuaFunction): void;
	/** An error leaves its first observed function: nothing of the stack has been left yet. */
	failed?(activation: Activation, error: LuaError): void;
}

/** Reads a local variable by its id, or sets it. */
type Access = (id: number, sets: boolean, value: LuaValue) => LuaValue;

/** One running call of an observed function. */
export class Activation {
	readonly closure: LuaFunction;
	readonly proto: Proto;
	/** The next observed function outside, in the same coroutine. */
	readonly caller: Activation | undefined;
	/** How many observed functions of its coroutine run, with this one. */
	readonly depth: number;
	/** The values of `...`, when variables are observed. */
	readonly varargs: readonly LuaValue[];
	readonly access: Access | undefined;
	/** Number of the site, as in unwind.ts. */
	pc = 0;
	/** Number of the last point; -1 before the first. */
	point = -1;
	/** Of the last point; the function's first line before that. */
	line: number;
	/** The function that it is calling, if that is not observed. */
	unobserved: LuaFunction | undefined = undefined;
	/** How many functions it has replaced by tail calls (coroutine.ts counts them). */
	tails = 0;

	constructor(
		closure: LuaFunction,
		caller: Activation | undefined,
		varargs: readonly LuaValue[],
		access: Access | undefined,
	) {
		this.closure = closure;
		this.proto = closure.p as Proto; // emitted code belongs to a proto
		this.caller = caller;
		this.depth = caller === undefined ? 1 : caller.depth + 1;
		this.varargs = varargs;
		this.access = access;
		this.line = this.proto.facts.lineDefined;
	}
}

/** The activations of one coroutine, or of the main program. */
export class ActivationStack {
	/** The innermost. */
	top: Activation | undefined = undefined;
	/** Whose function has resumed this coroutine. */
	resumer: ActivationStack | undefined = undefined;
	/** How many activations there are in all resumers. */
	base = 0;
}

export const observation: { observer: Observer | undefined; stack: ActivationStack } = {
	observer: undefined,
	stack: new ActivationStack(),
};

/** An error passes many functions; the first tells the observer. */
let told = new WeakSet<LuaError>();

/** Begins with nothing running. */
export function resetActivations(): void {
	observation.stack = new ActivationStack();
	told = new WeakSet();
}

// -- What emitted code calls -------------------------------------------------------------------

export function enterActivation(
	closure: LuaFunction,
	varargs: readonly LuaValue[],
	access: Access | undefined,
): Activation {
	const { stack } = observation;
	const activation = new Activation(closure, stack.top, varargs, access);
	stack.top = activation;
	observation.observer?.enter(activation);
	return activation;
}

export function leaveActivation(activation: Activation): void {
	observation.observer?.leave(activation);
	observation.stack.top = activation.caller;
}

/** The point is reached. */
export function reach(activation: Activation, number: number): void {
	const { line } = activation.proto.points[number] as { line: number };
	const isNew = line !== activation.line || number <= activation.point || activation.point < 0;
	activation.point = number;
	if (!isNew) return;
	activation.line = line;
	observation.observer?.line(activation, line);
}

/** The error to throw on from an observed function. */
export function failActivation(thrown: unknown, activation: Activation): unknown {
	const error = unwind(thrown, activation.closure, activation.pc);
	if (error instanceof LuaError && !told.has(error)) {
		told.add(error);
		observation.observer?.failed?.(activation, error);
	}
	return error;
}

const standIns = new WeakMap<LuaFunction, LuaFunction>();

/** What an observed function calls in place of `callee`, so that the observer is told. */
export function observedCallee(callee: LuaFunction): LuaFunction {
	if (callee.p?.observation !== undefined || callee instanceof CalledObject) return callee;
	let standIn = standIns.get(callee);
	if (standIn === undefined) {
		const call = (...args: LuaValue[]) => callUnobserved(callee, args);
		standIn = new LuaFunction(call, callee.env, undefined, callee.name);
		standIns.set(callee, standIn);
	}
	return standIn;
}

export function callUnobserved(callee: LuaFunction, args: readonly LuaValue[]): LuaResult {
	const { observer, stack } = observation;
	const activation = stack.top;
	if (activation === undefined) return callee.fn(...args);
	const outer = activation.unobserved;
	activation.unobserved = callee;
	observer?.enterUnobserved?.(activation, callee);
	try {
		return callee.fn(...args);
	} finally {
		activation.unobserved = outer;
		observer?.leaveUnobserved?.(activation, callee);
	}
}
