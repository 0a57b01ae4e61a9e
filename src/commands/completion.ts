// What bash, zsh and fish offer behind a command: its options, their values, its operands. The commands
// are known by their names in bin and in the package; `lua` by the latter only, since it may be another's.

import { packageName } from "./manual-page.ts";
import { COMMANDS, type Command, type Completes, type Option } from "./table.ts";

const MADE_FROM = "# Made from src/commands/table.ts when the package was built.";

function namesOf({ name }: Command): readonly string[] {
	return name === "lua" ? [packageName(name)] : [name, packageName(name)];
}

/** In single quotes, for any shell but fish. */
function quoted(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Options that a shell may offer: not "-" and "--". */
function named({ options }: Command): readonly Option[] {
	return options.filter(({ name }) => /\w/.test(name));
}

/** Options whose value stands in the next word. */
function withValue({ options }: Command): readonly Option[] {
	return options.filter(({ value, isOptional }) => value !== undefined && isOptional !== true);
}

// -- bash ----------------------------------------------------------------------------------------

/** To be sourced, or put where bash-completion looks. */
export function bashCompletion(): string {
	const parts = [
		`${MADE_FROM}

# For what kind of thing ("file", "folder", an ending), and what there is of it already.
_scribunto_files() {
	compopt -o filenames 2>/dev/null
	case $1 in
	file) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	folder) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -X "!*$1" -- "$2"; compgen -d -- "$2") ;;
	esac
}
`,
		...COMMANDS.map(bashFunction),
	];
	return parts.join("\n");
}

function bashFunction(command: Command): string {
	const identifier = `_${packageName(command.name).replaceAll("-", "_")}`;
	const cases = withValue(command).map(
		({ name, completes }) => `\t${name}) ${bashOffer(completes)}; return ;;\n`,
	);
	const words = named(command)
		.map(({ name }) => name)
		.join(" ");
	return `${identifier}() {
	local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	case $before in
${cases.join("")}	esac
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W ${quoted(words)} -- "$word") ;;
	*) ${bashOffer(command.operands)} ;;
	esac
}
complete -F ${identifier} ${namesOf(command).join(" ")}
`;
}

function bashOffer(completes: Completes | undefined): string {
	if (completes === undefined) return ":";
	if (typeof completes === "string") return `_scribunto_files ${completes} "$word"`;
	if ("suffix" in completes) return `_scribunto_files ${completes.suffix} "$word"`;
	return `mapfile -t COMPREPLY < <(compgen -W ${quoted(completes.join(" "))} -- "$word")`;
}

// -- zsh -----------------------------------------------------------------------------------------

/** A file `_scribunto-lua` in a folder of $fpath. */
export function zshCompletion(): string {
	const names = COMMANDS.flatMap(namesOf).join(" ");
	return `#compdef ${names}
${MADE_FROM}

case \${service#scribunto-} in
${COMMANDS.map(zshCase).join("")}esac
`;
}

function zshCase(command: Command): string {
	const specifications = [...named(command).map(zshOption), zshOperands(command)];
	return `${command.name})
	_arguments ${specifications.map((each) => `\\\n\t\t${quoted(each)}`).join(" ")}
	;;
`;
}

function zshOption({ name, value, text, completes, isOptional, isRepeatable }: Option): string {
	const repeats = isRepeatable === true ? "*" : "";
	const meaning = `[${zshText(text)}]`;
	if (value === undefined) return `${repeats}${name}${meaning}`;
	const sign = isOptional === true ? "=-" : "";
	const colon = isOptional === true ? "::" : ":";
	return `${repeats}${name}${sign}${meaning}${colon}${zshText(value)}:${zshAction(completes)}`;
}

function zshOperands({ operands, subcommands }: Command): string {
	if (subcommands === undefined) return `*: :${zshAction(operands)}`;
	const words = subcommands.map(([word, text]) => `${word}\\:"${zshText(text)}"`);
	return `1: :((${words.join(" ")}))`;
}

function zshAction(completes: Completes | undefined): string {
	if (completes === undefined) return " ";
	if (completes === "file") return "_files";
	if (completes === "folder") return "_files -/";
	return "suffix" in completes ? `_files -g "*${completes.suffix}"` : `(${completes.join(" ")})`;
}

/** Brackets and colons mean something to _arguments. */
function zshText(text: string): string {
	return text.replace(/[[\]:\\]/g, "\\$&");
}

// -- fish ----------------------------------------------------------------------------------------

/** A file in fish's conf.d. */
export function fishCompletion(): string {
	const lines = COMMANDS.flatMap((command) =>
		namesOf(command).flatMap((name) => [
			`complete -c ${name} ${fishOffer(command.operands)}`,
			...(command.subcommands ?? []).map(
				([word, text]) => `complete -c ${name} -n __fish_use_subcommand -xa ${word} -d ${fishQuoted(text)}`,
			),
			...named(command).map((option) => fishOption(name, option)),
		]),
	);
	return `${MADE_FROM}\n\n${lines.join("\n")}\n`;
}

function fishOption(command: string, { name, value, text, completes, isOptional }: Option): string {
	const word = name.replace(/^-+/, "");
	const kind = name.startsWith("--") ? "-l" : "-s";
	const takes = value === undefined || isOptional === true ? "" : ` ${fishOffer(completes)}`;
	return `complete -c ${command} ${kind} ${word}${takes} -d ${fishQuoted(text)}`;
}

function fishOffer(completes: Completes | undefined): string {
	if (completes === undefined) return "-x";
	if (completes === "file") return "-r -F";
	if (completes === "folder") return "-xa '(__fish_complete_directories)'";
	return "suffix" in completes ? `-k -xa '(__fish_complete_suffix ${completes.suffix})'` : "-f";
}

function fishQuoted(text: string): string {
	return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
