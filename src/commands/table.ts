// The commands in bin: what they take, mean and end with. Help texts, manual pages, completion for shells
// and the reading of command lines come from this table.

/** What a shell may offer for a value or an operand: files, those with an ending, folders, or words. */
export type Completes = "file" | "folder" | { readonly suffix: string } | readonly string[];

export interface Option {
	readonly name: string;
	/** Stands for the value in help texts; missing where there is none. */
	readonly value?: string;
	/** The value may be missing, and follows "=" else. */
	readonly isOptional?: boolean;
	/** The option may be given again, and each time counts. */
	readonly isRepeatable?: boolean;
	/** All that follows is for another command. */
	readonly endsOptions?: boolean;
	readonly completes?: Completes;
	readonly text: string;
}

/** A name and what it means. */
export type Meaning = readonly [name: string, text: string];

export interface Command {
	readonly name: string;
	/** One line, without a full stop. */
	readonly summary: string;
	/** Without the command's name. */
	readonly synopsis: readonly string[];
	readonly description: string;
	/** Words that say what to do. */
	readonly subcommands?: readonly Meaning[];
	readonly options: readonly Option[];
	/** Options end at the first operand: what follows it belongs to a program. */
	readonly endsAtOperand?: boolean;
	readonly operands: Completes;
	readonly environment: readonly Meaning[];
	readonly statuses: readonly Meaning[];
	/** Below docs/. */
	readonly document: string;
}

/** What each of them has, but `lua`, which takes what lua5.1 takes. */
const COMMON_OPTIONS: readonly Option[] = [
	{ name: "--help", text: "print this" },
	{ name: "--version", text: "print the version" },
];
const NODE: Meaning = ["SCRIBUNTO_LUA_NODE", "the Node to use, if not the one in PATH"];
const RUNTIME_DIRECTORY: Meaning = [
	"SCRIBUNTO_LUA_RUNTIME_DIR",
	"where launchers and pool meet, if not in the usual place",
];
const USAGE_STATUS: Meaning = ["2", "a wrong command line"];
const NO_NODE_STATUS: Meaning = ["70", "no Node, or dist is missing"];

export const COMMANDS: readonly Command[] = [
	{
		name: "lua",
		summary: "Lua 5.1, for Scribunto and for itself",
		synopsis: ["[OPTION]... [SCRIPT [ARGUMENT]...]"],
		description:
			"Takes what lua5.1 takes. Started as MediaWiki's Scribunto starts its Lua, it serves a page view: in a Node of its own where the limit on address space allows, else in a worker of the pool.",
		options: [
			{ name: "-e", value: "STAT", isRepeatable: true, text: "execute STAT" },
			{ name: "-l", value: "NAME", isRepeatable: true, text: "require library NAME" },
			{ name: "-i", text: "a prompt after SCRIPT" },
			{ name: "-v", text: "print the version, on standard output" },
			{ name: "--", text: "end of options" },
			{ name: "-", text: "SCRIPT is the standard input" },
		],
		endsAtOperand: true,
		operands: { suffix: ".lua" },
		environment: [
			["LUA_INIT", "Lua text, or @FILE, that is executed first"],
			["LUA_PATH", "where require looks for modules"],
			["SCRIBUNTO_LUA_MODE", "direct, pool or auto (the default): Node, the pool, or what the limits allow"],
			NODE,
			RUNTIME_DIRECTORY,
			["SCRIBUNTO_LUA_RECORD", "a folder that gets a recording of each session"],
			["SCRIBUNTO_LUA_RECORD_EVERY", "one session of so many is recorded"],
			["SCRIBUNTO_LUA_RECORD_SIZE", "megabytes for all recordings"],
			["SCRIBUNTO_LUA_RECORD_MASK", "a regular expression for what recordings must not show"],
			["SCRIBUNTO_LUA_PROFILE", "a folder that gets a profile of each session"],
			["SCRIBUNTO_LUA_DEBUG", "where a debugger may come to"],
			["SCRIBUNTO_LUA_DEBUG_WAIT", "seconds to wait for a debugger"],
			["SCRIBUNTO_LUA_CACHE", "a folder for compiled modules, or off (docs/deploy)"],
			["SCRIBUNTO_LUA_SNAPSHOT", "off: start without the snapshot of lua-prepare"],
		],
		statuses: [
			["0", "success"],
			["1", "an error of the program, a wrong command line, or the end of a session by a fault"],
			["70", "there is no way to run: no Node, dist is missing, no pool and too low a limit"],
		],
		document: "deploy/README.md",
	},
	{
		name: "lua-debug",
		summary: "stop in Lua code, look at it, go on",
		synopsis: [
			"[OPTION]... FILE.lua [ARGUMENT]...",
			"[OPTION]... --replay RECORDING",
			"[OPTION]... --run [OPTION OF LUA-RUN]... MODULE.lua FUNCTION",
			"--dap[=ADDRESS]",
		],
		description:
			"Runs a Lua program, a recorded Scribunto session, or a function of a module without a wiki (as lua-run does) under the debugger. In the terminal it stops at the first line and takes commands; help lists them.",
		options: [
			{
				name: "--dap",
				value: "ADDRESS",
				isOptional: true,
				text: "speak the Debug Adapter Protocol on PORT, 127.0.0.1:PORT or /path/of/a/socket, without it on standard input and output",
			},
			{
				name: "--replay",
				value: "FILE",
				completes: { suffix: ".transcript" },
				text: "play the host's side of a recording",
			},
			{ name: "--run", endsOptions: true, text: "what follows is a command line of lua-run" },
			{
				name: "--scribunto",
				value: "DIR",
				completes: "folder",
				text: "Scribunto's includes folder, if not where the recording says",
			},
			{
				name: "--modules",
				value: "DIR",
				completes: "folder",
				text: "with --replay: take the modules that are in DIR from there",
			},
			{ name: "--libraries", text: "look into Scribunto's own libraries too" },
			...COMMON_OPTIONS,
		],
		endsAtOperand: true,
		operands: { suffix: ".lua" },
		environment: [NODE],
		statuses: [
			["0", "the program's own end, or that of whoever debugged it"],
			["1", "an error of the program, or what keeps it from running"],
			USAGE_STATUS,
			["65, 66, 73, 74", "with --run: what lua-run means by them"],
			NO_NODE_STATUS,
		],
		document: "debugging.md",
	},
	{
		name: "lua-doctor",
		summary: "check whether Scribunto's sessions can run here",
		synopsis: ["[OPTION]... [INCLUDES]"],
		description:
			"Checks Node, limits, pool and permissions, and makes a round trip under Scribunto's limits, with the tree whose includes folder is named. Says what to do about what it finds. To be run as the user that runs PHP.",
		options: [
			{
				name: "--memory-limit",
				value: "BYTES",
				text: "the wiki's memoryLimit, if not Scribunto's own, 52428800",
			},
			...COMMON_OPTIONS,
		],
		operands: "folder",
		environment: [NODE, RUNTIME_DIRECTORY],
		statuses: [["0", "all is well"], ["1", "something is wrong"], USAGE_STATUS],
		document: "deploy/README.md",
	},
	{
		name: "lua-pool",
		summary: "keep processes ready for Scribunto's sessions",
		synopsis: ["start|stop|status|reload|run"],
		description:
			"The pool runs sessions that lua cannot, since Scribunto's limits are too low for a Node. It belongs to the user that runs PHP.",
		subcommands: [
			["start", "start the pool in the background"],
			["run", "run it in the foreground, for systemd, OpenRC and containers"],
			["status", "show workers, sessions, CPU time, memory"],
			["reload", "read the settings again and replace the workers"],
			["stop", "end it and the sessions that it runs"],
		],
		options: [{ name: "--json", text: "with status: all figures, as JSON" }, ...COMMON_OPTIONS],
		operands: ["start", "run", "status", "reload", "stop"],
		environment: [
			NODE,
			RUNTIME_DIRECTORY,
			["SCRIBUNTO_POOL_CONFIG", "the settings, if not /etc/scribunto-lua/pool.conf"],
			["SCRIBUNTO_POOL_NAME", "a setting by its NAME in capitals, before the file's"],
		],
		statuses: [
			["0", "success"],
			["1", "there is no pool"],
			USAGE_STATUS,
			["70", "a fault, no Node, or dist is missing"],
			["73", "the runtime directory cannot be made, is not ours or has no room"],
			["74", "run: the runtime directory was removed, and cannot be made again"],
			["75", "run: a pool runs there already"],
			["78", "wrong settings"],
		],
		document: "deploy/README.md",
	},
	{
		name: "lua-prepare",
		summary: "make the snapshot that lua starts from",
		synopsis: ["[INCLUDES]..."],
		description:
			"The snapshot holds the program ready to run, and the compiled libraries of the Scribunto trees whose includes folders are named, else of those in the usual places. To be run again when Node or Scribunto were updated; without it starting takes longer, and nothing else changes.",
		options: COMMON_OPTIONS,
		operands: "folder",
		environment: [["SCRIBUNTO_LUA_NODE", "the Node that lua will use, if not the one in PATH"]],
		statuses: [["0", "success"], ["1", "no snapshot could be made"], USAGE_STATUS, NO_NODE_STATUS],
		document: "deploy/README.md",
	},
	{
		name: "lua-replay",
		summary: "play recorded sessions against a Lua and compare, or show them",
		synopsis: ["[OPTION]... FILE...", "--list FILE...", "--show [--message N] FILE..."],
		description:
			"Plays the host's side of recorded Scribunto sessions against a peer and compares every answer with the recorded one. FILE is a recording that SCRIBUNTO_LUA_RECORD has made; - is the standard input.",
		options: [
			{
				name: "--lua",
				value: "PATH",
				completes: "file",
				text: "the Lua to play against; without it bin/lua",
			},
			{
				name: "--scribunto",
				value: "DIR",
				completes: "folder",
				text: "the includes folder of the Scribunto to use; without it the one that was recorded",
			},
			{
				name: "--modules",
				value: "DIR",
				completes: "folder",
				text: "take the modules that are in DIR from there, and not from the recording",
			},
			{
				name: "--ignore",
				value: "REGEXP",
				isRepeatable: true,
				text: "leave out what matches in strings and numbers; may be given more than once",
			},
			{
				name: "--debug",
				value: "ADDRESS",
				text: "let a debugger come to the peer: PORT, or /path/of/a/socket",
			},
			{ name: "--list", text: "print the messages, one line each" },
			{ name: "--show", text: "print the messages with all that they hold" },
			{ name: "--message", value: "N", text: "of these, number N only" },
			...COMMON_OPTIONS,
		],
		operands: { suffix: ".transcript" },
		environment: [NODE],
		statuses: [
			["0", "all answers are the same"],
			["1", "one is not"],
			[
				"2",
				"trouble: a wrong command line, a file that is no recording or has nothing to play, a Lua that does not start, no Node",
			],
		],
		document: "recording.md",
	},
	{
		name: "lua-run",
		summary: "run a function of a Scribunto module without MediaWiki",
		synopsis: [
			"[OPTION]... MODULE.lua FUNCTION",
			"[OPTION]... --test MODULE.lua...",
			"[OPTION]... -i [MODULE.lua]",
		],
		description: "Runs a function of a Scribunto module as {{#invoke:}} does, without MediaWiki.",
		options: [
			{
				name: "--scribunto",
				value: "DIR",
				completes: "folder",
				text: "use Scribunto's own libraries (the extension's folder)",
			},
			{
				name: "--modules",
				value: "DIR",
				completes: "folder",
				text: "where require finds modules; without it MODULE.lua's folder",
			},
			{
				name: "--data",
				value: "FILE",
				completes: "file",
				text: "what only a wiki knows: pages, messages, site (JSON, or a folder)",
			},
			{
				name: "--arg",
				value: "NAME=VALUE",
				isRepeatable: true,
				text: "an argument of the call; without NAME= the next numbered one",
			},
			{
				name: "--parent-arg",
				value: "NAME=VALUE",
				isRepeatable: true,
				text: "an argument of the template around the call",
			},
			{ name: "--title", value: "TITLE", text: "the page that is viewed" },
			{ name: "--time", value: "TIME", text: "the time of the view (such as 2024-02-29T12:00:00Z)" },
			{ name: "--watch", text: "run again whenever a module or the data changes" },
			{ name: "--test", text: "run the tests of ScribuntoUnit modules, print TAP" },
			{ name: "--junit", value: "FILE", completes: "file", text: "with --test: write JUnit's XML too" },
			{
				name: "--profile",
				value: "DIR",
				completes: "folder",
				text: "write a profile and the coverage of each run",
			},
			{ name: "-i", text: "a prompt in the environment of a module" },
			...COMMON_OPTIONS,
		],
		operands: { suffix: ".lua" },
		environment: [NODE, ["SCRIBUNTO_LUA_HISTORY", "the file for the prompt's history; empty for none"]],
		statuses: [
			["0", "success"],
			["1", "a script error, or a failed test"],
			USAGE_STATUS,
			["65", "the data of --data is wrong"],
			["66", "a file is missing or cannot be read"],
			NO_NODE_STATUS,
			["73", "a file of --junit or --profile cannot be made"],
			["74", "standard output takes no more"],
		],
		document: "offline.md",
	},
];

export function commandNamed(name: string): Command {
	const found = COMMANDS.find((command) => command.name === name);
	if (found === undefined) throw new Error(`there is no command ${name}`);
	return found;
}
