/** What bin/lua-replay prints: a conversation, and the first answer that is another one. */
import type { Difference } from "./comparison.ts";
import { Conversation, type Message } from "./conversation.ts";
import type { Value } from "./expression-tree.ts";
import { block, escaped, type FunctionNames, inline } from "./print.ts";
import type { TranscriptEnd, TranscriptEntry } from "./transcript.ts";

const LINE_WIDTH = 160;
const INDENT = "  ";
/** Columns in front of a message. */
const MARGIN = " ".repeat(29);
const HEADING = "     #      at ms    took ms";

// -- The conversation -----------------------------------------------------------

/** One line for each message. */
export function* listLines(entries: readonly TranscriptEntry[]): Iterable<string> {
	yield HEADING;
	for (const { message } of messages(entries)) yield cut(messageLine(message));
	const end = endOf(entries);
	if (end !== undefined) yield endLine(end);
}

/** Each message with all that it holds; `only` is the number of the only one. */
export function* showLines(entries: readonly TranscriptEntry[], only: number | undefined): Iterable<string> {
	yield HEADING;
	for (const { message, names } of messages(entries)) {
		if (only !== undefined && message.number !== only) continue;
		yield cut(messageLine(message));
		for (const [key, value] of message.tree?.entries ?? []) {
			if (key !== "op")
				yield* block(`${String(key)} = `, value, names, MARGIN + INDENT.repeat(message.depth + 1));
		}
	}
	const end = endOf(entries);
	if (end !== undefined && only === undefined) yield endLine(end);
}

function* messages(
	entries: readonly TranscriptEntry[],
): Iterable<{ readonly message: Message; readonly names: FunctionNames }> {
	const conversation = new Conversation();
	for (const entry of entries) {
		const message = conversation.add(entry);
		if (message !== undefined) yield { message, names: conversation.names };
	}
}

function messageLine({ entry, number, depth, took, summary }: Message): string {
	const columns = [
		String(number).padStart(6),
		milliseconds(entry.time).padStart(10),
		(took === undefined ? "" : milliseconds(took)).padStart(10),
	];
	return `${columns.join(" ")} ${INDENT.repeat(depth)}${entry.source === "host" ? ">" : "<"} ${summary}`;
}

function milliseconds(microseconds: number): string {
	return (microseconds / 1000).toFixed(2);
}

function cut(line: string): string {
	return line.length <= LINE_WIDTH ? line : `${line.slice(0, LINE_WIDTH - 1)}…`;
}

function endOf(entries: readonly TranscriptEntry[]): TranscriptEnd | undefined {
	const last = entries.at(-1);
	if (last?.source !== "end") return undefined;
	try {
		return JSON.parse(last.body.toString("utf8")) as TranscriptEnd;
	} catch {
		return undefined;
	}
}

function endLine({ code, signal, reason }: TranscriptEnd): string {
	const how = reason ?? (signal ? `by ${signal}` : `with status ${String(code)}`);
	return `${MARGIN}! the ${reason === undefined ? "session" : "recording"} ended${reason === undefined ? "" : ":"} ${escaped(String(how))}`;
}

// -- A divergence -----------------------------------------------------------------

const MOST_DIFFERENCES = 10;
/** Characters of a string that are shown before and behind the place where it differs. */
const CONTEXT = 60;

/** The messages up to the one with this number (from 1), as whoever reads the report needs them. */
export function contextOf(
	entries: readonly TranscriptEntry[],
	number: number,
): { readonly message: Message | undefined; readonly names: FunctionNames } {
	for (const found of messages(entries)) if (found.message.number === number) return found;
	return { message: undefined, names: new Map() };
}

export function differenceLines(differences: readonly Difference[], names: FunctionNames): string[] {
	const lines = differences.slice(0, MOST_DIFFERENCES).flatMap((difference) => {
		const { path, expected, actual } = difference;
		if (typeof expected === "string" && typeof actual === "string")
			return textDifference(path, expected, actual);
		return [
			`  ${path === "" ? "the message" : path}`,
			`    recorded  ${shown(expected, names)}`,
			`    now       ${shown(actual, names)}`,
		];
	});
	const more = differences.length - MOST_DIFFERENCES;
	return more > 0 ? [...lines, `  and ${more} more differences in this message`] : lines;
}

function shown(value: Value, names: FunctionNames): string {
	return value === undefined ? "nothing" : cut(inline(value, names));
}

function textDifference(path: string, expected: string, actual: string): string[] {
	let at = 0;
	while (at < expected.length && expected[at] === actual[at]) at++;
	const line = expected.slice(0, at).split("\n").length;
	const start = characterStart(expected, Math.max(0, at - CONTEXT));
	const part = (text: string) => {
		const end = characterStart(text, Math.min(text.length, at + CONTEXT));
		return `${start > 0 ? "…" : ""}"${escaped(text.slice(start, end))}"${end < text.length ? "…" : ""}`;
	};
	const column = escaped(expected.slice(start, characterStart(expected, at))).length;
	return [
		`  ${path === "" ? "the message" : path}: differs from byte ${at + 1} on, in line ${line}`,
		`    recorded  ${part(expected)} of ${expected.length} bytes`,
		`    now       ${part(actual)} of ${actual.length} bytes`,
		`${" ".repeat(15 + (start > 0 ? 1 : 0) + column)}^`,
	];
}

/** A place in UTF-8 bytes where a character begins, so that a part of a text can be shown. */
function characterStart(bytes: string, at: number): number {
	let start = at;
	while (start > 0 && start < bytes.length && (bytes.charCodeAt(start) & 0xc0) === 0x80) start--;
	return start;
}
