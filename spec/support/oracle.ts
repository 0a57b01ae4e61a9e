// The oracle: the same Lua program under native `lua5.1` and under our `bin/lua`, in the same
// folder, with the same script name, arguments, input and environment. What both print can then
// be compared as text; only the program's own name in front of an uncaught error may differ.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fromRoot } from "./root.ts";

export type Engine = "native" | "ours";

export interface LuaRun {
	/** Bytes as a latin1 string. */
	readonly stdout: string;
	/** Bytes as a latin1 string, the program's own name made the same. */
	readonly stderr: string;
	readonly status: number | null;
	/** The signal that ended it; SIGTERM also when it took too long. */
	readonly signal: string | null;
}

export interface LuaRunOptions {
	readonly args?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** Bytes for stdin, as a latin1 string. */
	readonly input?: string;
	readonly timeoutMs?: number;
	/** Kilobytes of address space for native, which has no limit of its own. */
	readonly nativeMemory?: number;
}

const COMMAND: Readonly<Record<Engine, string>> = { native: "lua5.1", ours: fromRoot("bin", "lua") };
const TIMEOUT_MS = 120_000;
const OUTPUT_LIMIT = 256 * 1024 * 1024;
const PROGRAM_NAME = /^(?:\S*\/)?lua(?:5\.1)?: /gm;

/** Runs `lua ARGS...` in `folder`. */
export function runCommand(
	engine: Engine,
	folder: string,
	args: readonly string[],
	options: LuaRunOptions = {},
): LuaRun {
	// A fixed zone and locale, and nothing that makes native read other files.
	const { LUA_INIT: _init, LUA_PATH: _path, LUA_CPATH: _cpath, ...inherited } = process.env;
	const { nativeMemory } = options;
	const command =
		engine === "native" && nativeMemory !== undefined
			? ["sh", "-c", `ulimit -v ${nativeMemory}; exec "$0" "$@"`, COMMAND.native]
			: [COMMAND[engine]];
	const ended = spawnSync(command[0] as string, [...command.slice(1), ...args], {
		cwd: folder,
		encoding: "latin1",
		input: options.input ?? "",
		env: { ...inherited, TZ: "UTC", LC_ALL: "C", ...options.env },
		timeout: options.timeoutMs ?? TIMEOUT_MS,
		maxBuffer: OUTPUT_LIMIT,
	});
	// A program that ends by itself when its time is up has no signal.
	const timedOut = (ended.error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT";
	if (ended.error !== undefined && ended.signal === null && !timedOut) throw ended.error;
	return {
		stdout: ended.stdout,
		stderr: ended.stderr.replace(PROGRAM_NAME, "lua: "),
		status: ended.status,
		signal: timedOut ? "SIGTERM" : ended.signal,
	};
}

/**
 * Runs a Lua file. Its first lines may ask for an environment or arguments:
 * `-- env: TZ=America/New_York` and `-- args: a b`.
 */
export function runFile(engine: Engine, path: string, options: LuaRunOptions = {}): LuaRun {
	const head = readFileSync(path, "latin1").split("\n", 5);
	const env: Record<string, string> = {};
	const args: string[] = [];
	for (const line of head) {
		const [, kind, text] = /^-- (env|args): (.*)$/.exec(line) ?? [];
		if (kind === "env")
			for (const pair of words(text)) env[pair.split("=")[0] ?? ""] = pair.replace(/^\w+=/, "");
		if (kind === "args") args.push(...words(text));
	}
	return runCommand(engine, dirname(path), [basename(path), ...args, ...(options.args ?? [])], {
		...options,
		env: { ...env, ...options.env },
	});
}

/** Runs source text (latin1) as a file called `chunk.lua`. */
export function runSource(engine: Engine, source: string, options: LuaRunOptions = {}): LuaRun {
	const folder = mkdtempSync(join(tmpdir(), "sf-oracle-"));
	try {
		writeFileSync(join(folder, "chunk.lua"), source, "latin1");
		return runCommand(engine, folder, ["chunk.lua", ...(options.args ?? [])], options);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** The same file under both. */
export function runBoth(path: string, options: LuaRunOptions = {}): Readonly<Record<Engine, LuaRun>> {
	return { native: runFile("native", path, options), ours: runFile("ours", path, options) };
}

function words(text: string | undefined): string[] {
	return (text ?? "").split(" ").filter((word) => word !== "");
}
