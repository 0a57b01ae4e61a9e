// Reads a command line by the table, and what all commands say alike about themselves.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { helpText } from "./help.ts";
import { commandNamed } from "./table.ts";

/** For a command line that cannot be understood. */
export const STATUS_USAGE = 2;

/** A command line that cannot be understood. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

export class Arguments {
	readonly #values: ReadonlyMap<string, readonly string[]>;
	/** What is no option: for a command that ends its options there, all that follows the first, too. */
	readonly operands: readonly string[];

	constructor(values: ReadonlyMap<string, readonly string[]>, operands: readonly string[]) {
		this.#values = values;
		this.operands = operands;
	}

	has(name: string): boolean {
		return this.#values.has(name);
	}

	/** All values of an option, in the order given. */
	all(name: string): readonly string[] {
		return this.#values.get(name) ?? [];
	}

	/** The last one; "" where the value is optional and was left out. */
	one(name: string): string | undefined {
		return this.all(name).at(-1);
	}
}

/** Throws UsageError. Values stand behind "=" or in the next word. */
export function parseArguments(name: string, args: readonly string[]): Arguments {
	const { options, endsAtOperand } = commandNamed(name);
	const values = new Map<string, string[]>();
	const operands: string[] = [];
	for (let at = 0; at < args.length; at++) {
		const word = args[at]!;
		if (word === "--") {
			operands.push(...args.slice(at + 1));
			break;
		}
		if (!word.startsWith("-") || word === "-") {
			operands.push(word);
			if (endsAtOperand !== true) continue;
			operands.push(...args.slice(at + 1));
			break;
		}
		const sign = word.startsWith("--") ? word.indexOf("=") : -1;
		const given = sign < 0 ? word : word.slice(0, sign);
		const option = options.find((each) => each.name === given);
		if (option === undefined) throw new UsageError(`there is no option ${given}`);
		let value = sign < 0 ? undefined : word.slice(sign + 1);
		if (option.value === undefined && value !== undefined) throw new UsageError(`${given} takes no value`);
		if (option.value !== undefined && option.isOptional !== true) value ??= args[++at];
		if (option.value !== undefined && option.isOptional !== true && value === undefined) {
			throw new UsageError(`${given} wants a value: ${option.value}`);
		}
		values.set(given, [...(values.get(given) ?? []), value ?? ""]);
		if (option.endsOptions === true) {
			operands.push(...args.slice(at + 1));
			break;
		}
	}
	return new Arguments(values, operands);
}

/** What is to be printed when a command is asked about itself; `root` is the folder of package.json. */
export function selfDescription(name: string, given: Arguments, root: string): string | undefined {
	if (given.has("--help")) return helpText(commandNamed(name));
	return given.has("--version") ? versionLine(name, root) : undefined;
}

function versionLine(name: string, root: string): string {
	const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
	return `${name} (scribunto-fengari) ${version}\n`;
}

/** What a command says on stderr about a command line that it cannot understand. */
export function usageComplaint(name: string, error: UsageError): string {
	return `${name}: ${error.message} (${name} --help tells more)\n`;
}
