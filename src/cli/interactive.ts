// The prompt of `lua -i`: reads a line, or several while the statement is not complete,
// and runs it; `=` in front means `return`. What a statement returns is printed.

import { type LuaFunction, type LuaValue, protectedCall, toStringValue } from "../engine/api.ts";
import { loadText } from "../stdlib/base.ts";
import type { LuaProgram } from "./lua.ts";

const LINE_LIMIT = 512;

/** A statement that more input could complete. */
const INCOMPLETE = /'<eof>'$/;

export function runInteractive(program: LuaProgram): void {
	for (let main = readStatement(program); main !== "end"; main = readStatement(program)) {
		if (main === "bad") continue;
		const results = program.callForResults(main, []);
		if (results !== undefined && results.length > 0) printResults(program, results);
	}
	program.write("\n");
}

/** "bad" for a statement that was reported as wrong. */
function readStatement(program: LuaProgram): LuaFunction | "bad" | "end" {
	let text = readLine(program, "_PROMPT", "> ");
	if (text === undefined) return "end";
	if (text.startsWith("=")) text = `return ${text.slice(1)}`;
	for (;;) {
		const chunk = loadText(program.state, text, "=stdin");
		if ("main" in chunk) return chunk.main;
		if (!INCOMPLETE.test(toStringValue(chunk.error) ?? "")) {
			program.report(chunk.error);
			return "bad";
		}
		const more = readLine(program, "_PROMPT2", ">> ");
		if (more === undefined) return "end";
		text += `\n${more}`;
	}
}

function readLine(program: LuaProgram, promptName: string, standardPrompt: string): string | undefined {
	const { io } = program;
	program.write(toStringValue(program.global(promptName)) ?? standardPrompt);
	io.standardOutput.flush();
	const line = io.standardInput.readLine(LINE_LIMIT);
	if (line === "") return undefined;
	// A terminal shows what is typed; elsewhere native's line editor does.
	if (!process.stdin.isTTY) program.write(line.endsWith("\n") ? line : `${line}\n`);
	return line.replace(/\n$/, "");
}

function printResults(program: LuaProgram, results: readonly LuaValue[]): void {
	const outcome = protectedCall(program.global("print"), ...results);
	if (outcome.ok) return;
	const text = toStringValue(outcome.error.value) ?? "(null)";
	program.printMessage(`error calling 'print' (${text})`);
}
