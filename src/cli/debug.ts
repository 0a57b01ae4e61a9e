// bin/lua-debug: a Lua program or a recorded session under the debugger, steered from the terminal or
// by a client of the Debug Adapter Protocol. And what bin/lua does when SCRIBUNTO_LUA_DEBUG is set:
// the same session as always, with an adapter that a client may come to.

import { readSync } from "node:fs";
import { join } from "node:path";
import {
	type Arguments,
	parseArguments,
	STATUS_USAGE,
	selfDescription,
	UsageError,
	usageComplaint,
} from "../commands/command-line.ts";
import { OutputError, STDERR, STDOUT, waitForPipe, writeBytes, writeText } from "../commands/output.ts";
import { type Address, AddressError, parseAddress } from "../debugger/address.ts";
import { AdapterError, DapFront } from "../debugger/dap-front.ts";
import { Debugger, type Front, type Program } from "../debugger/debugger.ts";
import { TerminalFront } from "../debugger/terminal.ts";
import { runMain } from "../offline/cli.ts";
import { isPeerCommand, runSession, type SessionEnding } from "../peer/peer.ts";
import { readTranscript, TroubleError, treeFor, withModulesOf } from "../replay/command.ts";
import { PlaybackChannel } from "../replay/playback-channel.ts";
import { systemBytes } from "../stdlib/environment.ts";
import { LuaProgram } from "./lua.ts";
import { servePipes } from "./program.ts";

const COMMAND = "lua-debug";
const SUCCESS = 0;
const FAILURE = 1;
/** A peer waits so long for a client, in seconds. */
const DEFAULT_WAIT = 60;
/** The folder of package.json. */
const PACKAGE = join(__dirname, "..");

// -- What can be debugged -----------------------------------------------------------------------

/** What is to be done when the program itself ends the process. */
type Ending = (status: number) => void;

/** Something to run; the result is an exit status. */
interface Target extends Program {
	/** `sink` takes the standard output, if that belongs to a client. */
	run(ending: Ending, sink?: (bytes: string) => void): number | Promise<number>;
}

/** Scribunto gives modules names with "=", and its libraries names of files. */
function isScribuntoLibrary(chunkName: string): boolean {
	return chunkName.startsWith("@");
}

function luaTarget(args: readonly string[]): Target {
	let program: LuaProgram | undefined;
	return {
		isLibrary: () => false,
		run(ending, sink) {
			const exit = (status: number): never => {
				ending(status);
				return process.exit(status);
			};
			program = new LuaProgram("lua5.1", exit, sink);
			return program.run(args.map(systemBytes), process.env);
		},
		flush: () => program?.io.flushAll(),
	};
}

function sessionTarget(serve: () => SessionEnding): Target {
	return {
		isLibrary: isScribuntoLibrary,
		run() {
			const { status, message } = serve();
			if (message !== "") writeBytes(STDERR, `${message}\n`);
			return status;
		},
		flush: () => {},
	};
}

function replayTarget(path: string, { scribunto, modules }: Options): Target {
	const tell = (text: string) => writeError(`${COMMAND}: ${text}`);
	const { header, entries } = readTranscript(path, tell);
	const channel = new PlaybackChannel(withModulesOf(modules, entries, tell));
	const { mainFile, includes } = treeFor(header, { scribunto, root: PACKAGE }, tell);
	// The module's clock.
	if (header.timeZone !== undefined) process.env["TZ"] = header.timeZone;
	const args = [mainFile, includes, String(header.interpreterId), String(header.intSize)];
	const session = sessionTarget(() => runSession(args.map(systemBytes), channel));
	return {
		...session,
		async run(ending) {
			const status = await session.run(ending);
			if (channel.divergence === undefined) return status;
			writeError(`lua-debug: message ${channel.divergence} went another way than recorded`);
			return FAILURE;
		},
	};
}

/** A command line of lua-run: with the libraries of a Scribunto tree, and without a wiki. */
function offlineTarget(args: readonly string[]): Target {
	return {
		isLibrary: isScribuntoLibrary,
		run: (_, sink) =>
			runMain(args, PACKAGE, {
				out: sink ?? ((bytes) => writeBytes(STDOUT, bytes)),
				error: (bytes) => writeBytes(STDERR, bytes),
			}),
		flush: () => {},
	};
}

// -- A session that PHP has started ------------------------------------------------------------

/** The seconds that SCRIBUNTO_LUA_DEBUG_WAIT says. Throws an Error when it says something else. */
function waitingTime(text: string): number {
	if (text === "") return DEFAULT_WAIT;
	if (!/^\d+(\.\d+)?$/.test(text)) {
		throw new Error(`no debugger: SCRIBUNTO_LUA_DEBUG_WAIT is ${text}, and seconds are wanted`);
	}
	return Number(text);
}

/** Runs `args` as bin/lua does, with an adapter on the address. Nothing keeps the session from running. */
async function runDebugged(addressText: string, args: readonly string[]): Promise<never> {
	const isPeer = isPeerCommand(args.map(systemBytes));
	const target = isPeer ? sessionTarget(() => servePipes(args.map(systemBytes))) : luaTarget(args);
	let seconds: number;
	let front: DapFront;
	try {
		seconds = waitingTime(process.env["SCRIBUNTO_LUA_DEBUG_WAIT"] ?? "");
		front = new DapFront(parseAddress(addressText), () => process.exit(FAILURE));
	} catch (error) {
		writeError(`lua: ${(error as Error).message}`); // what these three throw
		process.exit(await target.run(() => {}));
	}
	const core = connect(front, target);
	writeError(`lua: waiting ${seconds} s for a debugger on ${front.address}`);
	front.waitForClient(seconds * 1000);
	core.start();
	const ending = (status: number) => front.ended(status);
	const status = await target.run(ending);
	ending(status);
	process.exit(status);
}

function connect(front: Front & { connect(core: Debugger): void }, target: Target): Debugger {
	const core = new Debugger(front, target);
	front.connect(core);
	return core;
}

// -- bin/lua-debug -------------------------------------------------------------------------------

interface Options {
	readonly dap: Address | undefined;
	readonly replay: string | undefined;
	readonly scribunto: string | undefined;
	/** A folder of modules that go before the recorded ones. */
	readonly modules: string | undefined;
	readonly libraries: boolean;
	/** The rest is for lua-run. */
	readonly offline: boolean;
	/** The Lua file and its arguments. */
	readonly rest: readonly string[];
}

/** Standard input and output without one. */
function addressFrom(text: string): Address {
	if (text === "") return { input: 0, output: 1 };
	try {
		return parseAddress(text);
	} catch (error) {
		throw error instanceof AddressError ? new UsageError(error.message) : error;
	}
}

function optionsFrom(given: Arguments): Options {
	const address = given.one("--dap");
	return {
		dap: address === undefined ? undefined : addressFrom(address),
		replay: given.one("--replay"),
		scribunto: given.one("--scribunto"),
		modules: given.one("--modules"),
		libraries: given.has("--libraries"),
		offline: given.has("--run"),
		rest: given.operands,
	};
}

async function runCommand(args: readonly string[]): Promise<number> {
	const given = parseArguments(COMMAND, args);
	const description = selfDescription(COMMAND, given, PACKAGE);
	if (description !== undefined) {
		writeText(STDOUT, description);
		return SUCCESS;
	}
	const options = optionsFrom(given);
	const target = targetOf(options);
	if (options.dap !== undefined) return serveClient(options, options.dap, target);
	if (target === undefined)
		throw new UsageError("which FILE.lua, --replay RECORDING or --run MODULE.lua FUNCTION?");
	return runInTerminal(options, target);
}

function targetOf(options: Options): Target | undefined {
	const { replay, offline, rest } = options;
	if (offline) return offlineTarget(rest);
	if (replay !== undefined) return replayTarget(replay, options);
	return rest.length > 0 ? luaTarget(rest) : undefined;
}

async function runInTerminal({ libraries }: Options, target: Target): Promise<number> {
	const lines = new LineReader();
	const write = (text: string) => {
		target.flush();
		writeText(STDOUT, text);
	};
	const front = new TerminalFront({
		readLine(prompt) {
			if (process.stdin.isTTY) write(prompt);
			return lines.next();
		},
		write,
		quit() {
			target.flush();
			return process.exit(SUCCESS);
		},
	});
	const core = connect(front, target);
	core.looksAtLibraries = libraries;
	core.catches = "uncaught";
	core.pauses = true;
	core.start();
	const ending = (status: number) => write(`ended with status ${status}\n`);
	const status = await target.run(ending);
	ending(status);
	return status;
}

async function serveClient(options: Options, address: Address, given: Target | undefined): Promise<number> {
	const front = new DapFront(address, () => process.exit(FAILURE));
	const isOurs = !("input" in address);
	if (isOurs) writeError(`lua-debug: waiting for a debugger on ${front.address}`);
	let target = given;
	const core = new Debugger(front, {
		isLibrary: (name) => target?.isLibrary(name) === true,
		flush: () => target?.flush(),
	});
	front.connect(core);
	const beginning = front.waitForClient(Number.POSITIVE_INFINITY);
	core.looksAtLibraries ||= options.libraries;
	if (beginning === undefined) {
		writeError(`${COMMAND}: the client is gone, and has not said what to run`);
		return FAILURE;
	}
	const { program, args, recording, run } = beginning.launch;
	if (target === undefined && run !== undefined) target = offlineTarget(run);
	if (target === undefined && recording !== undefined) target = replayTarget(recording, options);
	if (target === undefined && program !== undefined) target = luaTarget([program, ...args]);
	if (target === undefined)
		throw new UsageError("the client names nothing to run: program, recording or run");
	core.start();
	const sink = (bytes: string) => front.output(Buffer.from(bytes, "latin1").toString("utf8"));
	const ending = (status: number) => front.ended(status);
	const status = await target.run(ending, isOurs ? undefined : sink);
	ending(status);
	return status;
}

/** Runs the program and ends the process. */
export async function runDebug(args: readonly string[]): Promise<never> {
	const address = process.env["SCRIBUNTO_LUA_DEBUG"];
	if (address !== undefined && address !== "") return runDebugged(address, args);
	try {
		return process.exit(await runCommand(args));
	} catch (error) {
		if (error instanceof UsageError) {
			writeText(STDERR, usageComplaint(COMMAND, error));
			return process.exit(STATUS_USAGE);
		}
		const isExpected = [AdapterError, OutputError, TroubleError].some((kind) => error instanceof kind);
		if (!isExpected && (error as NodeJS.ErrnoException).code === undefined) throw error;
		writeError(`${COMMAND}: ${(error as Error).message}`);
		return process.exit(FAILURE);
	}
}

// -- Input and output ----------------------------------------------------------------------------

function writeError(text: string): void {
	writeText(STDERR, `${text}\n`);
}

/** Lines from standard input, as they come. */
class LineReader {
	#text = "";

	next(): string | undefined {
		const piece = Buffer.alloc(4096);
		for (;;) {
			const end = this.#text.indexOf("\n");
			if (end >= 0) {
				const line = this.#text.slice(0, end);
				this.#text = this.#text.slice(end + 1);
				return line;
			}
			const count = readInput(piece);
			if (count === 0) return undefined;
			this.#text += piece.toString("utf8", 0, count);
		}
	}
}

/** Waits for input even where somebody made the terminal non-blocking. */
function readInput(piece: Buffer): number {
	for (;;) {
		try {
			return readSync(0, piece);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
			waitForPipe();
		}
	}
}
