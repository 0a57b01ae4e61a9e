/** The options of lua-run. */
import { type Arguments, UsageError } from "../commands/command-line.ts";
import type { Argument } from "./frame.ts";

export interface CommandLine {
	readonly mode: "call" | "test" | "interactive";
	/** MODULE.lua and FUNCTION, or the test modules. */
	readonly operands: readonly string[];
	readonly scribunto: string | undefined;
	readonly modules: string | undefined;
	readonly data: string | undefined;
	readonly args: readonly Argument[];
	readonly parentArgs: readonly Argument[];
	readonly title: string | undefined;
	readonly time: number | undefined;
	readonly watch: boolean;
	readonly junit: string | undefined;
	/** A folder for profiles. */
	readonly profile: string | undefined;
}

function argumentOf(text: string): Argument {
	const at = text.indexOf("=");
	return at < 0 ? { name: undefined, value: text } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** Throws UsageError. */
export function commandLineFrom(given: Arguments): CommandLine {
	const { operands } = given;
	const timeText = given.one("--time");
	const time = timeText === undefined ? undefined : Date.parse(timeText);
	if (Number.isNaN(time)) throw new UsageError(`--time: ${timeText} is no time`);
	const mode = modeOf(given);
	checkOperands(mode, operands);
	if (given.has("--junit") && mode !== "test") throw new UsageError("--junit goes with --test");
	if (given.has("--watch") && mode === "interactive") throw new UsageError("--watch does not go with -i");
	if (given.has("--profile") && mode === "interactive") throw new UsageError("--profile does not go with -i");
	return {
		mode,
		operands,
		scribunto: given.one("--scribunto"),
		modules: given.one("--modules"),
		data: given.one("--data"),
		args: given.all("--arg").map(argumentOf),
		parentArgs: given.all("--parent-arg").map(argumentOf),
		title: given.one("--title"),
		time,
		watch: given.has("--watch"),
		junit: given.one("--junit"),
		profile: given.one("--profile"),
	};
}

function modeOf(given: Arguments): CommandLine["mode"] {
	if (given.has("--test") && given.has("-i")) throw new UsageError("--test does not go with -i");
	if (given.has("--test")) return "test";
	return given.has("-i") ? "interactive" : "call";
}

function checkOperands(mode: CommandLine["mode"], operands: readonly string[]): void {
	if (mode === "call" && operands.length !== 2) throw new UsageError("a module and a function are wanted");
	if (mode === "test" && operands.length === 0) throw new UsageError("--test wants a module");
	if (mode === "interactive" && operands.length > 1) throw new UsageError("-i takes one module at most");
}
