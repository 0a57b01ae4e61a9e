/** The prompt of lua-run -i: lines with history and completion on a terminal, plain lines through a pipe. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { openInterop } from "../host/interop.ts";
import type { Output } from "./cli.ts";
import { toBytes } from "./php-array.ts";
import { PromptSession } from "./prompt-session.ts";
import type { OfflineRun } from "./run.ts";
import { failureText } from "./script-failure.ts";

const PROMPT = "> ";
const MORE_PROMPT = ">> ";
const HISTORY_LENGTH = 1000;
const PRIVATE_FILE = 0o600;

/** Where the history is kept; undefined: nowhere. */
function historyFile(environment: Readonly<Record<string, string | undefined>>): string | undefined {
	const given = environment["SCRIBUNTO_LUA_HISTORY"];
	if (given !== undefined) return given === "" ? undefined : given;
	const state = environment["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
	return join(state, "scribunto-fengari", "history");
}

/** Reads, evaluates and prints until the input ends. `module`: its name without namespace; it is known as `p`. */
export async function runPrompt(run: OfflineRun, module: string | undefined, output: Output): Promise<void> {
	const session = new PromptSession(run, (bytes) => output.out(bytes));
	session.define("js", openInterop(session.state));
	if (module !== undefined) {
		const broken = run.compile(module);
		if (broken !== undefined) output.error(toBytes(`${failureText(broken)}\n`));
		else {
			const loaded = session.loadModule(toBytes(`Module:${module}`));
			if (loaded.kind === "error") output.error(`${loaded.output}\n`);
		}
	}
	const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
	const file = isTerminal ? historyFile(process.env) : undefined;
	const lines = createInterface({
		input: process.stdin,
		output: isTerminal ? process.stdout : undefined,
		terminal: isTerminal,
		history: readHistory(file),
		historySize: HISTORY_LENGTH,
		removeHistoryDuplicates: true,
		completer: (line: string) => session.complete(toBytes(line)),
		prompt: PROMPT,
	});
	if (isTerminal)
		output.out("lua-run: the end of input (Ctrl-D) leaves, p is the module, js is JavaScript\n");
	await readLines(session, lines, output, isTerminal, file);
}

async function readLines(
	session: PromptSession,
	lines: Interface,
	output: Output,
	isTerminal: boolean,
	file: string | undefined,
): Promise<void> {
	let text = "";
	lines.on("SIGINT", () => {
		text = "";
		output.out("\n");
		lines.setPrompt(PROMPT);
		lines.prompt();
	});
	if (isTerminal) lines.prompt();
	for await (const line of lines) {
		appendHistory(file, line);
		text = text === "" ? line : `${text}\n${line}`;
		// While a chunk runs, Ctrl-C has to end the program: nobody could read the key.
		if (isTerminal) process.stdin.setRawMode(false);
		const evaluation = session.evaluate(toBytes(text));
		if (isTerminal) process.stdin.setRawMode(true);
		lines.setPrompt(evaluation.kind === "incomplete" ? MORE_PROMPT : PROMPT);
		if (evaluation.kind !== "incomplete") {
			text = "";
			if (evaluation.kind === "error") output.error(`${evaluation.output}\n`);
			else if (evaluation.output !== "") output.out(`${evaluation.output}\n`);
			output.error(session.takeLog());
		}
		if (isTerminal) lines.prompt();
	}
	if (text !== "") {
		const evaluation = session.evaluate(toBytes(text));
		if (evaluation.kind === "incomplete") output.error("stdin: the last statement is not complete\n");
	}
	if (isTerminal) output.out("\n");
}

/** The newest first, as readline wants it. A history that cannot be read is none. */
function readHistory(file: string | undefined): string[] {
	if (file === undefined || !existsSync(file)) return [];
	try {
		const lines = readFileSync(file, "utf8")
			.split("\n")
			.filter((line) => line !== "");
		const kept = lines.slice(-HISTORY_LENGTH);
		if (kept.length < lines.length) writeFileSync(file, `${kept.join("\n")}\n`, { mode: PRIVATE_FILE });
		return kept.reverse();
	} catch {
		return [];
	}
}

function appendHistory(file: string | undefined, line: string): void {
	if (file === undefined || line.trim() === "") return;
	try {
		mkdirSync(dirname(file), { recursive: true });
		appendFileSync(file, `${line}\n`, { mode: PRIVATE_FILE });
	} catch {
		// No history then.
	}
}
