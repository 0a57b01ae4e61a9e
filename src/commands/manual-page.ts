// Manual pages, in roff's man macros.

import { COMMANDS, type Command, type Meaning, type Option } from "./table.ts";

/** What the package calls a command, so that it hides no system's `lua`. */
export function packageName(name: string): string {
	return `scribunto-${name}`;
}

/** The page of a command under the package's name for it. */
export function manualPage(command: Command, version: string): string {
	const { name, summary, synopsis, description, subcommands = [], options, environment, statuses } = command;
	const title = packageName(name);
	const others = COMMANDS.filter((each) => each !== command).map((each) => packageName(each.name));
	const lines = [
		`.TH ${escaped(title.toUpperCase())} 1 "" "scribunto\\-fengari ${version}" "User Commands"`,
		".SH NAME",
		`${escaped(title)} \\- ${escaped(summary)}`,
		".SH SYNOPSIS",
		...synopsis.flatMap((line, index) => [
			...(index === 0 ? [] : [".br"]),
			`\\fB${escaped(title)}\\fR ${escaped(line)}`,
		]),
		".SH DESCRIPTION",
		escaped(description),
		...(name === "lua" ? [] : [".PP", `In a clone of the repository it is bin/${escaped(name)}.`]),
		...section("COMMANDS", subcommands.map(termOf)),
		...section(
			"OPTIONS",
			options.map((option) => [optionTerm(option), option.text] as const),
		),
		...section("EXIT STATUS", statuses.map(termOf)),
		...section("ENVIRONMENT", environment.map(termOf)),
		".SH SEE ALSO",
		...others.map((other, index) => `.BR ${escaped(other)} (1)${index < others.length - 1 ? " ," : ""}`),
		".PP",
		`docs/${escaped(command.document)} of the repository`,
	];
	return `${lines.join("\n")}\n`;
}

function section(title: string, meanings: readonly Meaning[]): string[] {
	if (meanings.length === 0) return [];
	return [`.SH ${title}`, ...meanings.flatMap(([term, text]) => [".TP", term, escaped(text)])];
}

function termOf([name, text]: Meaning): Meaning {
	return [`\\fB${escaped(name)}\\fR`, text];
}

function optionTerm({ name, value, isOptional, endsOptions }: Option): string {
	const bold = `\\fB${escaped(name)}\\fR`;
	if (endsOptions === true) return `${bold} ...`;
	if (value === undefined) return bold;
	const italic = `\\fI${escaped(value)}\\fR`;
	return isOptional === true ? `${bold}[=${italic}]` : `${bold} ${italic}`;
}

/** A "-" that stays one, and no request of roff's at the beginning of a line. */
function escaped(text: string): string {
	return text
		.replaceAll("\\", "\\e")
		.replaceAll("-", "\\-")
		.replace(/^(?=[.'])/, "\\&");
}
