// How programs run in V8.
//
// When it is to optimize: later than it does by itself, since most of what a page runs runs a few times
// only, and optimizing is work of other threads, whose CPU time counts.

import { setFlagsFromString } from "node:v8";

/**
 * Before Node 22 V8 counts bytes of bytecode that a function has run (its own number is 67584), later calls, by
 * the function's length (3000). Since Node 24 a cheap optimizer comes before the dear one (400).
 */
function thresholds(node: number): readonly string[] {
	if (node < 22) return ["--interrupt-budget=300000"];
	if (node < 24) return ["--invocation-count-for-turbofan=6000"];
	return ["--invocation-count-for-maglev=1500", "--invocation-count-for-turbofan=50000"];
}

/**
 * To be called when a program starts: as a command line's flag it would end a Node that does not know it.
 * Another number on the command line stays.
 */
export function delayOptimization(): void {
	for (const threshold of thresholds(Number.parseInt(process.versions.node, 10))) {
		const name = threshold.slice(0, threshold.indexOf("=") + 1);
		if (!process.execArgv.some((flag) => flag.startsWith(name))) setFlagsFromString(threshold);
	}
}

/**
 * Runs a program's synchronous part when the script that calls this has ended. In a microtask V8 need not note
 * where an exception was thrown, in case that nobody catches it, so a Lua error that is thrown costs half.
 */
export function runFast(main: () => void): void {
	queueMicrotask(main);
}
