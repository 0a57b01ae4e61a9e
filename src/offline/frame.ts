/** MediaWiki's parser frames: the arguments that a module or a template was called with. Texts are bytes. */
import { type PhpArray, phpKey } from "./php-array.ts";
import type { Title } from "./title.ts";

export class ParserFrame {
	readonly title: Title;
	readonly parent: ParserFrame | undefined;
	readonly depth: number;
	/** Numbered ones first, as PHP lists them. */
	readonly args: PhpArray;
	/** Templates that are being expanded, by key: one must not be expanded in itself. */
	readonly open: ReadonlySet<string>;

	constructor(
		title: Title,
		parent: ParserFrame | undefined,
		args: PhpArray,
		open: ReadonlySet<string> = new Set(),
	) {
		this.title = title;
		this.parent = parent;
		this.depth = parent === undefined ? 0 : parent.depth + 1;
		this.args = args;
		this.open = open;
	}

	argument(name: string): string | undefined {
		const value = this.args.get(phpKey(name));
		return typeof value === "string" ? value : undefined;
	}
}

/** PHP's trim(). */
export function trim(text: string): string {
	return text.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, "");
}

/** One argument of a call: a name where there was an equals sign. */
export interface Argument {
	readonly name: string | undefined;
	readonly value: string;
}

/** Arguments as a frame has them: named values without the space around them, the last of a name. */
export function frameArguments(given: readonly Argument[]): PhpArray {
	const numbered: PhpArray = new Map();
	const named: PhpArray = new Map();
	let count = 0;
	for (const { name, value } of given) {
		if (name === undefined) {
			count++;
			numbered.set(count, value);
			named.delete(count);
		} else {
			const key = phpKey(trim(name));
			named.delete(key);
			named.set(key, trim(value));
			numbered.delete(key);
		}
	}
	return new Map([...numbered, ...named]);
}

/** The same of a table that came from Lua. */
export function frameArgumentsOf(table: PhpArray): PhpArray {
	const numbered = [...table].filter(([key]) => typeof key === "number");
	const named = [...table].filter(([key]) => typeof key === "string");
	return new Map([
		...numbered,
		...named.map(([key, value]) => [key, typeof value === "string" ? trim(value) : value] as const),
	]);
}
