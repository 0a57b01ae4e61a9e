// How programs run in V8.
//
// When it is to optimize: later than it does by itself, since most of what a page runs runs a few times
// only, and optimizing is work of other threads, whose CPU time counts.

import { setFlagsFromString } from "node:v8";

const FLAG = "--interrupt-budget";
/** Bytes of bytecode that a function must have run. V8's own number is a fifth of it. */
const INTERRUPT_BUDGET = 300_000;
/** The last Node whose V8 has the flag. Later ones count calls, and wait long by themselves. */
const LAST_NODE = 21;

/**
 * To be called when a program starts: as a command line's flag it would end a Node that does not know it.
 * Another number on the command line stays.
 */
export function delayOptimization(): void {
	if (Number.parseInt(process.versions.node, 10) > LAST_NODE) return;
	if (process.execArgv.some((flag) => flag.startsWith(`${FLAG}=`))) return;
	setFlagsFromString(`${FLAG}=${INTERRUPT_BUDGET}`);
}

/**
 * Runs a program's synchronous part when the script that calls this has ended. In a microtask V8 need not note
 * where an exception was thrown, in case that nobody catches it, so a Lua error that is thrown costs half.
 */
export function runFast(main: () => void): void {
	queueMicrotask(main);
}
