/** Script errors as Scribunto shows them: the text of the red line, and the backtrace behind it. */
import { LOCATED, LuaScriptError } from "./conversation.ts";
import { luaTypeName, type PhpArray, phpText, toText } from "./php-array.ts";

/** An error that is shown as a script error without a place in Lua, such as a module that is not there. */
export class ScriptError extends Error {
	override readonly name = "ScriptError";
}

export interface FailureRow {
	readonly source: string;
	/** 0 where there is none, as in builtins. */
	readonly line: number;
	readonly what: string;
	/** The function's name, where the caller knows one. */
	readonly name: string | undefined;
}

export interface ScriptFailure {
	/** Unicode, one line: "Lua error in Module:X at line 3: boom." */
	readonly message: string;
	/** The chunk and line of the error, where its text begins with them. */
	readonly module: string | undefined;
	readonly line: number | undefined;
	/** What was raised, without its place. */
	readonly detail: string;
	readonly trace: readonly FailureRow[];
}

/** Undefined for what is no script's error. */
export function failureOf(thrown: unknown): ScriptFailure | undefined {
	if (thrown instanceof ScriptError) {
		return { message: thrown.message, module: undefined, line: undefined, detail: thrown.message, trace: [] };
	}
	if (!(thrown instanceof LuaScriptError)) return undefined;
	const text =
		typeof thrown.value === "object"
			? `(error object is a ${luaTypeName(thrown.value)} value)`
			: cleanedUp(phpText(thrown.value));
	const trace = (thrown.trace ?? []).map(rowOf);
	const [, module, line, rest] = LOCATED.exec(text) ?? [];
	if (module === undefined || rest === undefined) {
		return { message: `Lua error: ${text}.`, module: undefined, line: undefined, detail: text, trace };
	}
	const message = `Lua error in ${module} at line ${line}: ${rest}.`;
	return { message, module, line: Number(line), detail: rest, trace };
}

function rowOf(row: PhpArray): FailureRow {
	const hasName = phpText(row.get("namewhat")) !== "";
	return {
		source: cleanedUp(phpText(row.get("short_src"))),
		line: Math.max(Number(row.get("currentline") ?? 0), 0),
		what: phpText(row.get("what")),
		name: hasName ? cleanedUp(phpText(row.get("name"))) : undefined,
	};
}

/** The message and the backtrace, a line each. */
export function failureText({ message, trace }: ScriptFailure): string {
	const lines = trace.map(({ source, line, what, name }) => {
		const place = line > 0 ? `${source}:${line}` : source;
		const where = name !== undefined ? `in function "${name}"` : what === "main" ? "in main chunk" : "?";
		return `    ${place}: ${where}`;
	});
	return [message, ...(lines.length > 0 ? ["Backtrace:", ...lines] : [])].join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML does not have
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** UtfNormal's cleanUp: what a page can show of bytes. */
function cleanedUp(bytes: string): string {
	return toText(bytes).replace(FORBIDDEN, "\ufffd").normalize("NFC");
}

/** htmlspecialchars. */
export function escapeHtml(text: string): string {
	return text
		.replace(/&/g, "&amp;")
		.replace(/"/g, "&quot;")
		.replace(/'/g, "&#039;")
		.replace(/</g, "&lt;")
		.replace(/>/g, "&gt;");
}
