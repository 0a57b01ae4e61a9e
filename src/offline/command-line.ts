/** The options of lua-run. */
import type { Argument } from "./frame.ts";

export interface CommandLine {
	readonly mode: "call" | "test" | "interactive" | "help" | "version";
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

/** A command line that cannot be understood. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

export const USAGE = `usage: lua-run [options] MODULE.lua FUNCTION
       lua-run [options] --test MODULE.lua...
       lua-run [options] -i [MODULE.lua]

Runs a function of a Scribunto module as {{#invoke:}} does, without MediaWiki.

  --scribunto DIR      use Scribunto's own libraries (the extension's folder)
  --modules DIR        where require finds modules (default: MODULE.lua's folder)
  --data FILE          what only a wiki knows: pages, messages, site (JSON, or a folder)
  --arg NAME=VALUE     an argument of the call; without NAME= the next numbered one
  --parent-arg N=V     an argument of the template around the call
  --title TITLE        the page that is viewed
  --time TIME          the time of the view (such as 2024-02-29T12:00:00Z)
  --watch              run again whenever a module or the data changes
  --test               run the tests of ScribuntoUnit modules, print TAP
  --junit FILE         with --test: write JUnit's XML too
  --profile DIR        write a profile and the coverage of each run
  -i                   a prompt in the environment of a module
  --help, --version

Exit status: 0; 1 a script error or a failed test; 64 wrong usage; 66 a file is missing.
`;

const WITH_VALUE = new Set([
	"--scribunto",
	"--modules",
	"--data",
	"--arg",
	"--parent-arg",
	"--title",
	"--time",
	"--junit",
	"--profile",
]);

function argumentOf(text: string): Argument {
	const at = text.indexOf("=");
	return at < 0 ? { name: undefined, value: text } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** Throws UsageError. */
export function parseCommandLine(given: readonly string[]): CommandLine {
	const values = new Map<string, string[]>();
	const operands: string[] = [];
	const flags = new Set<string>();
	for (let i = 0; i < given.length; i++) {
		const word = given[i]!;
		if (word === "--") {
			operands.push(...given.slice(i + 1));
			break;
		}
		if (!word.startsWith("-") || word === "-") {
			operands.push(word);
			continue;
		}
		const at = word.startsWith("--") ? word.indexOf("=") : -1;
		const name = at < 0 ? word : word.slice(0, at);
		if (WITH_VALUE.has(name)) {
			const value = at < 0 ? given[++i] : word.slice(at + 1);
			if (value === undefined) throw new UsageError(`${name} wants a value`);
			values.set(name, [...(values.get(name) ?? []), value]);
		} else if (at < 0 && FLAGS.has(name)) flags.add(name);
		else throw new UsageError(`unknown option ${name}`);
	}
	const one = (name: string): string | undefined => values.get(name)?.at(-1);
	const timeText = one("--time");
	const time = timeText === undefined ? undefined : Date.parse(timeText);
	if (Number.isNaN(time)) throw new UsageError(`--time: ${timeText} is no time`);
	const mode = modeOf(flags);
	checkOperands(mode, operands);
	if (one("--junit") !== undefined && mode !== "test") throw new UsageError("--junit goes with --test");
	if (flags.has("--watch") && mode === "interactive") throw new UsageError("--watch does not go with -i");
	if (one("--profile") !== undefined && mode === "interactive")
		throw new UsageError("--profile does not go with -i");
	return {
		mode,
		operands,
		scribunto: one("--scribunto"),
		modules: one("--modules"),
		data: one("--data"),
		args: (values.get("--arg") ?? []).map(argumentOf),
		parentArgs: (values.get("--parent-arg") ?? []).map(argumentOf),
		title: one("--title"),
		time,
		watch: flags.has("--watch"),
		junit: one("--junit"),
		profile: one("--profile"),
	};
}

const FLAGS = new Set(["--watch", "--test", "-i", "--help", "-h", "--version"]);

function modeOf(flags: ReadonlySet<string>): CommandLine["mode"] {
	if (flags.has("--help") || flags.has("-h")) return "help";
	if (flags.has("--version")) return "version";
	if (flags.has("--test") && flags.has("-i")) throw new UsageError("--test does not go with -i");
	if (flags.has("--test")) return "test";
	return flags.has("-i") ? "interactive" : "call";
}

function checkOperands(mode: CommandLine["mode"], operands: readonly string[]): void {
	if (mode === "call" && operands.length !== 2) throw new UsageError("a module and a function are wanted");
	if (mode === "test" && operands.length === 0) throw new UsageError("--test wants a module");
	if (mode === "interactive" && operands.length > 1) throw new UsageError("-i takes one module at most");
}
