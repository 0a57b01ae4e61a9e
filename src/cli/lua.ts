// The Lua 5.1 command line: `lua [-e stat] [-l name] [-i] [-v] [--] [script [args]]`. Texts,
// order of work and exit status are native's, but `-v` prints on stdout: that is where
// Special:Version looks. Everything is synchronous and reads and writes bytes as latin1.

import { readFileSync } from "node:fs";
import {
	BUILTIN_ROW,
	callOne,
	collectWithWeakTables,
	cString,
	handleError,
	hostCall,
	index,
	keepTexts,
	LuaError,
	LuaFunction,
	LuaMemoryError,
	LuaState,
	LuaTable,
	type LuaValue,
	resultList,
	rowsOf,
	setIndex,
	toStringValue,
	tracebackOf,
} from "../engine/api.ts";
import { type BaseServices, loadSource, loadText, openBase, type SourceFile } from "../stdlib/base.ts";
import { openCoroutine } from "../stdlib/coroutine.ts";
import { openDebug } from "../stdlib/debug.ts";
import { systemBytes } from "../stdlib/environment.ts";
import { errorCode, errorText, pathBytes } from "../stdlib/errno.ts";
import { type IoLibrary, openIo } from "../stdlib/io.ts";
import { openMath } from "../stdlib/math.ts";
import { openOs } from "../stdlib/os.ts";
import { openPackage } from "../stdlib/package.ts";
import { onBrokenPipe } from "../stdlib/stream.ts";
import { openString } from "../stdlib/string.ts";
import { systemCalls } from "../stdlib/system.ts";
import { openTable } from "../stdlib/table.ts";
import { parseArguments } from "./arguments.ts";
import { runInteractive } from "./interactive.ts";

const VERSION = "Lua 5.1.5  Copyright (C) 1994-2012 Lua.org, PUC-Rio";
const SUCCESS = 0;
const FAILURE = 1;
/** What a shell shows for death by SIGPIPE. */
const BROKEN_PIPE = 141;

/** A running command line. */
export class LuaProgram {
	readonly state: LuaState;
	readonly io: IoLibrary;
	private readonly services: BaseServices;
	/** debug.traceback as it was at the start. */
	private readonly traceback: LuaValue;
	private readonly errorHandler: LuaValue;
	/** Goes in front of error messages; "" in interactive mode. */
	private name: string;

	/** `sink` takes what goes to the standard output, if that is not ours. */
	constructor(name: string, exit: (status: number) => never, sink?: (bytes: string) => void) {
		this.name = name;
		this.state = new LuaState();
		const { state } = this;
		keepTexts();
		this.services = {
			write: (bytes) => this.write(bytes),
			readSource: (path) => this.readSource(path),
			collect: collectWithWeakTables,
		};
		openBase(state, this.services);
		openCoroutine(state);
		openPackage(state, this.services);
		openTable(state);
		this.io = openIo(state, sink);
		onBrokenPipe(() => exit(BROKEN_PIPE));
		openOs(
			state,
			systemCalls((status) => {
				this.io.flushAll();
				return exit(status);
			}),
		);
		openString(state);
		openMath(state);
		this.traceback = openDebug(state).getStr("traceback");
		this.errorHandler = state.builtin("traceback", (message) => this.foreignTraceback(message));
	}

	/** Runs the program that the arguments ask for and gives its exit status. */
	run(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): number {
		let isDone = false;
		try {
			isDone = this.perform(args, environment);
		} catch (error) {
			// Of a handler of the globals' metatable, outside of all that is called.
			if (!(error instanceof LuaError)) throw error;
			this.report(error.value);
		}
		this.io.flushAll();
		return isDone ? SUCCESS : FAILURE;
	}

	private perform(
		args: readonly string[],
		environment: Readonly<Record<string, string | undefined>>,
	): boolean {
		if (!this.runInit(environment["LUA_INIT"])) return false;
		const parsed = parseArguments(args);
		if (parsed === undefined) {
			this.printUsage();
			return false;
		}
		const { actions, script, interactive, version } = parsed;
		if (version) this.write(`${VERSION}\n`);
		for (const action of actions) {
			const done =
				action.kind === "execute"
					? this.runText(action.text, "=(command line)")
					: this.call(this.global("require"), [action.text]);
			if (!done) return false;
		}
		if (script !== undefined) {
			const isStandardInput = args[script] === "-" && args[script - 1] !== "--";
			this.setArguments(args, script);
			const path = isStandardInput ? undefined : args[script];
			if (!this.runFile(path, args.slice(script + 1))) return false;
		}
		const idle = script === undefined && !version && !actions.some(({ kind }) => kind === "execute");
		if (interactive || (idle && process.stdin.isTTY)) {
			if (!interactive) this.write(`${VERSION}\n`);
			this.name = "";
			runInteractive(this);
		} else if (idle) {
			// Native forgets how that ended.
			this.runFile(undefined, []);
		}
		return true;
	}

	// -- Steps -----------------------------------------------------------------------------

	private runInit(init: string | undefined): boolean {
		if (init === undefined) return true;
		const text = systemBytes(init);
		return text.startsWith("@") ? this.runFile(text.slice(1), []) : this.runText(text, "=LUA_INIT");
	}

	private runText(text: string, chunkName: string): boolean {
		return this.runChunk(loadText(this.state, text, chunkName), []);
	}

	private runFile(path: string | undefined, args: readonly string[]): boolean {
		return this.runChunk(loadSource(this.state, this.services, path), args);
	}

	private runChunk(chunk: ReturnType<typeof loadText>, args: readonly string[]): boolean {
		if ("main" in chunk) return this.call(chunk.main, args);
		this.report(chunk.error);
		return false;
	}

	/** The table `arg`: the script at 0, its arguments from 1, what came before at -1 and below. */
	private setArguments(args: readonly string[], script: number): void {
		const table = LuaTable.sized(args.length - script - 1, script + 2);
		table.setInt(-script - 1, this.name);
		args.forEach((text, i) => {
			table.setInt(i - script, text);
		});
		setIndex(this.state.threadGlobals, "arg", table);
	}

	/** As lua_getglobal: setfenv(0) may have given the thread other globals. */
	global(name: string): LuaValue {
		return index(this.state.threadGlobals, name);
	}

	/** Calls a function and reports its error, if any. */
	private call(f: LuaValue, args: readonly LuaValue[]): boolean {
		return this.callForResults(f, args) !== undefined;
	}

	callForResults(f: LuaValue, args: readonly LuaValue[]): readonly LuaValue[] | undefined {
		const outcome = hostCall(this.state, f, ...args);
		if (outcome.ok) return resultList(outcome.results);
		this.report(this.withTraceback(outcome.error));
		return undefined;
	}

	/** What native's handler makes of an error: a message gets a traceback by debug.traceback. */
	private withTraceback(error: LuaError): LuaValue {
		const text = toStringValue(error.value);
		if (text === undefined || error instanceof LuaMemoryError) return error.value;
		const debug = this.state.threadGlobals.getStr("debug");
		if (!(debug instanceof LuaTable) || debug.getStr("traceback") !== this.traceback)
			return handleError(error, this.errorHandler).value;
		// Level 2: native's rows 0 and 1 are debug.traceback and the handler that called it.
		const rows = [BUILTIN_ROW, BUILTIN_ROW, ...rowsOf(error.trace), BUILTIN_ROW];
		return `${text}\n${tracebackOf(rows, 2)}`;
	}

	/** That handler as a function, which is called where the error was raised. */
	private foreignTraceback(message: LuaValue): LuaValue {
		const debug = this.global("debug");
		if (toStringValue(message) === undefined || !(debug instanceof LuaTable)) return message;
		const traceback = index(debug, "traceback");
		return traceback instanceof LuaFunction ? callOne(traceback, message, 2) : message;
	}

	// -- Output ----------------------------------------------------------------------------

	/** Like C's printf, whose failures nobody looks at. */
	write(bytes: string): void {
		try {
			this.io.standardOutput.write(bytes);
		} catch (thrown) {
			errorCode(thrown);
		}
	}

	report(value: LuaValue): void {
		if (value === undefined) return;
		this.printMessage(toStringValue(value) ?? "(error object is not a string)");
	}

	printMessage(text: string): void {
		const [shown] = text.split("\0", 1); // C prints up to a zero byte
		this.io.standardError.write(this.name === "" ? `${shown}\n` : `${this.name}: ${shown}\n`);
	}

	private printUsage(): void {
		this.io.standardError.write(
			`usage: ${this.name} [options] [script [args]].\n` +
				"Available options are:\n" +
				"  -e stat  execute string 'stat'\n" +
				"  -l name  require library 'name'\n" +
				"  -i       enter interactive mode after executing 'script'\n" +
				"  -v       show version information\n" +
				"  --       stop handling options\n" +
				"  -        execute stdin and stop handling options\n",
		);
	}

	private readSource(path: string | undefined): SourceFile {
		if (path === undefined) return { text: this.io.standardInput.read(Number.POSITIVE_INFINITY) };
		try {
			return { text: readFileSync(pathBytes(path), "latin1") };
		} catch (thrown) {
			const code = errorCode(thrown);
			const verb = code === "EISDIR" ? "read" : "open";
			return { error: `cannot ${verb} ${cString(path)}: ${errorText(code)}` };
		}
	}
}

/** Runs the command line; `args` (bytes) without the program's own name. */
export function luaMain(args: readonly string[], name: string, exit: (status: number) => never): never {
	return exit(new LuaProgram(name, exit).run(args, process.env));
}
