// What a command prints when it is asked for --help.

import type { Command, Meaning, Option } from "./table.ts";

const WIDTH = 90;
/** A longer name stands on a line of its own. */
const LONGEST_NAME = 22;

export function helpText({
	name,
	synopsis,
	description,
	subcommands = [],
	options,
	statuses,
}: Command): string {
	const usage = synopsis.map((line, index) => `${index === 0 ? "usage:" : "      "} ${name} ${line}`);
	const parts = [usage, folded(description, WIDTH)];
	if (subcommands.length > 0) parts.push(list(subcommands));
	parts.push(list(options.map((option) => [optionLabel(option), option.text] as const)));
	parts.push(["Exit status:", ...list(statuses)]);
	return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** An option as one writes it. */
function optionLabel({ name, value, isOptional, endsOptions }: Option): string {
	if (endsOptions === true) return `${name} ...`;
	if (value === undefined) return name;
	return isOptional === true ? `${name}[=${value}]` : `${name} ${value}`;
}

function list(meanings: readonly Meaning[]): string[] {
	const width = Math.min(LONGEST_NAME, Math.max(...meanings.map(([name]) => name.length)));
	return meanings.flatMap(([name, text]) => {
		const lines = folded(text, WIDTH - width - 4).map((line) => `  ${"".padEnd(width)}  ${line}`);
		const [first = ""] = lines;
		if (name.length > width) return [`  ${name}`, ...lines];
		return [`  ${name.padEnd(width)}${first.slice(width + 2)}`, ...lines.slice(1)];
	});
}

/** A text in lines of at most so many characters. */
function folded(text: string, width: number): string[] {
	const lines: string[] = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line !== "" && line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else line = line === "" ? word : `${line} ${word}`;
	}
	return [...lines, line];
}
