// The expressions of random programs (program-generator.ts): a wished kind is kept most of the time.

import { EXPRESSIONS, WORDS } from "./program-templates.ts";
import {
	ARITHMETIC,
	COMPARISONS,
	FIELDS,
	FORMATS,
	NAMES,
	NUMBERS,
	PATTERNS,
	STRINGS,
} from "./program-vocabulary.ts";

export type Kind = "any" | "number" | "string" | "table" | "boolean" | "function";

export interface Variable {
	readonly name: string;
	readonly kind: Kind;
}

export interface Scope {
	readonly variables: Variable[];
	/** Whether `...` may be used. */
	readonly varargs: boolean;
	readonly inLoop: boolean;
	readonly depth: number;
}

const GLOBALS: readonly Variable[] = [
	{ name: "N", kind: "number" },
	{ name: "S", kind: "string" },
	{ name: "T", kind: "table" },
	{ name: "F", kind: "function" },
	{ name: "M", kind: "table" },
	{ name: "G", kind: "any" },
	{ name: "eval", kind: "any" },
	{ name: "undefined", kind: "any" },
];
const MAX_EXPRESSION_DEPTH = 4;
/** How deep blocks nest. */
export const MAX_BLOCK_DEPTH = 4;

export abstract class ExpressionGenerator {
	private readonly choices: readonly number[];
	private position = 0;
	private names = 0;

	constructor(choices: readonly number[]) {
		this.choices = choices;
	}

	/** Parameters, body and `end` of a function. */
	protected abstract functionBody(scope: Scope, extra: readonly Variable[]): string;

	// -- Choices ----------------------------------------------------------------

	protected pick(count: number): number {
		const choice = this.choices[this.position] ?? 0;
		this.position++;
		return choice % count;
	}

	protected of<Item>(items: readonly Item[]): Item {
		return items[this.pick(items.length)] as Item;
	}

	/** Whether all choices are used up. */
	protected isDone(): boolean {
		return this.position >= this.choices.length;
	}

	/** True once in `count` times, and when the choices have run out. */
	protected simply(count: number): boolean {
		return this.pick(count) === 0;
	}

	/** True once in `count` times; false when the choices have run out. */
	protected rarely(count: number): boolean {
		return this.pick(count) === count - 1;
	}

	/** White space: now and then a line end, for the lines in messages. */
	protected gap(): string {
		return this.rarely(12) ? "\n" : " ";
	}

	protected freshName(): string {
		if (this.rarely(3)) return this.of(NAMES);
		this.names++;
		return `v${this.names}`;
	}

	// -- Expressions ----------------------------------------------------------------

	protected kind(): Kind {
		return this.of(["number", "string", "table", "function", "any", "boolean", "number"]);
	}

	protected expressions(scope: Scope, most: number): string {
		const parts = [this.expression(scope, this.kind(), 3)];
		while (parts.length < most && this.rarely(3)) parts.push(this.expression(scope, this.kind(), 3));
		if (scope.varargs && this.rarely(8)) parts.push("...");
		return parts.join(`,${this.gap()}`);
	}

	protected arguments(scope: Scope): string {
		const parts: string[] = [];
		const count = this.pick(3);
		for (let i = 0; i < count; i++) parts.push(this.expression(scope, this.kind(), 2));
		if (scope.varargs && this.rarely(6)) parts.push("...");
		return parts.join(`,${this.gap()}`);
	}

	protected key(scope: Scope): string {
		switch (this.pick(5)) {
			case 0:
				return this.of(["1", "2", "3", "0", "-1", "1.5", "4", "8", "100"]);
			case 1:
				return this.of(STRINGS);
			case 2:
				return `'${this.of(FIELDS)}'`;
			case 3:
				return this.expression(scope, "number", 1);
			default:
				return `key(${this.expression(scope, "any", 1)})`;
		}
	}

	protected condition(scope: Scope): string {
		return this.rarely(4) ? this.expression(scope, "any", 2) : this.expression(scope, "boolean", 2);
	}

	protected variable(scope: Scope, kind: Kind): Variable | undefined {
		const all = [...scope.variables, ...GLOBALS];
		const fitting = all.filter((variable) => variable.kind === kind || kind === "any");
		if (fitting.length === 0) return undefined;
		// The newest first: 0 is the nearest.
		return fitting[fitting.length - 1 - this.pick(fitting.length)];
	}

	/** What may stand before a field, index or call. */
	protected prefix(scope: Scope, kind: Kind): string {
		if (this.rarely(12)) return `(${this.expression(scope, "any", 2)})`;
		const variable = this.variable(scope, this.rarely(12) ? "any" : kind);
		const name = variable?.name ?? "T";
		if (this.rarely(8)) return `${name}.${this.of(FIELDS)}`;
		return name;
	}

	protected callable(scope: Scope): string {
		return this.rarely(6) ? `${this.prefix(scope, "table")}.${this.of(FIELDS)}` : this.prefixName(scope);
	}

	protected prefixName(scope: Scope): string {
		return this.variable(scope, this.rarely(12) ? "any" : "function")?.name ?? "F";
	}

	protected callExpression(scope: Scope, depth: number): string {
		if (this.rarely(4))
			return `${this.prefix(scope, "table")}:${this.of(FIELDS)}(${depth > 0 ? this.arguments(scope) : ""})`;
		return `${this.callable(scope)}(${depth > 0 ? this.arguments(scope) : ""})`;
	}

	protected expression(scope: Scope, wished: Kind, depth: number): string {
		const kind = this.rarely(14) ? "any" : wished;
		if (depth <= 0 || this.simply(6)) return this.terminal(scope, kind);
		const deeper = Math.min(depth, MAX_EXPRESSION_DEPTH) - 1;
		switch (kind) {
			case "number":
				return this.numberExpression(scope, deeper);
			case "string":
				return this.stringExpression(scope, deeper);
			case "boolean":
				return this.booleanExpression(scope, deeper);
			case "table":
				return this.tableExpression(scope, deeper);
			case "function":
				return this.rarely(3) && scope.depth < MAX_BLOCK_DEPTH
					? `function${this.functionBody(scope, [])}`
					: this.terminal(scope, kind);
			case "any":
				return this.anyExpression(scope, deeper);
		}
	}

	/** The text with its holes filled. What a statement alone can have is in `more`. */
	protected fill(template: string, scope: Scope, depth: number, more?: (hole: string) => string): string {
		return template.replaceAll(/<(\w+)>/g, (_, hole: string) => {
			const words = WORDS[hole];
			if (words !== undefined) return this.of(words);
			switch (hole) {
				case "any":
					return this.expression(scope, this.kind(), depth);
				case "number":
				case "string":
				case "table":
				case "function":
					return this.expression(scope, hole, depth);
				case "args":
					return this.expressions(scope, 3);
				case "prefix":
					return this.prefix(scope, "table");
				default:
					if (more === undefined) throw new Error(`no words for <${hole}>`);
					return more(hole);
			}
		});
	}

	protected anyExpression(scope: Scope, depth: number): string {
		switch (this.pick(18)) {
			case 12:
			case 13:
			case 14:
			case 15:
			case 16:
			case 17:
				return this.fill(this.of(EXPRESSIONS), { ...scope, varargs: false }, depth);
			case 9:
				return `unpack(${this.expression(scope, "table", depth)}${this.rarely(3) ? `, ${this.of(["1", "2", "0"])}, ${this.of(["2", "3", "1"])}` : ""})`;
			case 10:
				return `select(${this.of(["1", "2", "-1", "'#'", "3", "0"])}, ${this.expressions(scope, 3)})`;
			case 11:
				return `${this.prefix(scope, "table")}.${this.of(FIELDS)}.${this.of(FIELDS)}`;
			case 0:
				return this.terminal(scope, "any");
			case 1:
				return `${this.prefix(scope, "table")}${this.rarely(12) ? "\n" : ""}.${this.of(FIELDS)}`;
			case 2:
				return `${this.prefix(scope, "table")}[ ${this.key(scope)} ]`;
			case 3:
			case 4:
				return this.callExpression(scope, depth);
			case 5:
				return `${this.operand(scope, "any", depth)}${this.gap()}and ${this.operand(scope, "any", depth)}`;
			case 6:
				return `${this.operand(scope, "any", depth)} or${this.gap()}${this.operand(scope, "any", depth)}`;
			case 7:
				return `(${this.callExpression(scope, depth)})`;
			default:
				return this.expression(scope, this.kind(), depth);
		}
	}

	/** A subexpression: in parentheses where the operators around it could take it apart. */
	protected operand(scope: Scope, kind: Kind, depth: number): string {
		const text = this.expression(scope, kind, depth);
		if (/^[\w.]+$/.test(text) || (/^[\w.]+\([^()]*\)$/.test(text) && !text.startsWith("function")))
			return text;
		return this.rarely(4) && !text.startsWith("function") ? text : `(${text})`;
	}

	protected numberExpression(scope: Scope, depth: number): string {
		switch (this.pick(12)) {
			case 0:
			case 1:
			case 2:
			case 3:
				return `${this.operand(scope, "number", depth)}${this.gap()}${this.of(ARITHMETIC)}${this.gap()}${this.operand(scope, "number", depth)}`;
			case 4:
				return `#${this.operand(scope, this.rarely(2) ? "string" : "table", 1)}`;
			case 5:
				return `- ${this.operand(scope, "number", depth)}`;
			case 6:
				return `math.${this.of(["floor", "abs", "ceil", "sqrt"])}(${this.expression(scope, "number", depth)})`;
			case 7:
				return `math.${this.of(["max", "min", "fmod", "modf"])}(${this.expression(scope, "number", depth)}, ${this.expression(scope, "number", depth)})`;
			case 8:
				return `tonumber(${this.expression(scope, "string", depth)}${this.rarely(3) ? `, ${this.of(["10", "16", "2", "36"])}` : ""})`;
			case 9:
				return `select('#', ${this.expressions(scope, 2)})`;
			case 10:
				return `string.byte(${this.expression(scope, "string", depth)}, ${this.expression(scope, "number", 1)})`;
			default:
				return this.terminal(scope, "number");
		}
	}

	protected stringExpression(scope: Scope, depth: number): string {
		const text = () => this.expression(scope, "string", depth);
		const number = () => this.expression(scope, "number", 1);
		switch (this.pick(13)) {
			case 0:
			case 1:
			case 2:
				return `${this.operand(scope, "string", depth)}${this.gap()}..${this.gap()}${this.operand(scope, this.rarely(3) ? "number" : "string", depth)}`;
			case 3:
				return `string.sub(${text()}, ${number()}, ${number()})`;
			case 4:
				return `${this.operand(scope, "string", 0).replace(/^(['"[{].*)$/s, "($1)")}:${this.of(["upper", "lower", "reverse", "len", "nope", "byte"])}(${this.rarely(4) ? this.arguments(scope) : ""})`;
			case 5:
				return `string.rep(${text()}, ${this.of(["2", "0", "3", "-1", "1.5", "'2'"])})`;
			case 6:
				return `string.format(${this.of(FORMATS)}, ${this.rarely(3) ? this.expression(scope, "any", 1) : number()})`;
			case 7:
				return `string.gsub(${text()}, ${this.of(PATTERNS)}, ${this.of(["'%0%0'", "''", "'<%1>'", "string.upper", "{a = 'A', b = false}", "function(p) tick() return p end", "'%'"])})`;
			case 8:
				return `string.${this.of(["find", "match"])}(${text()}, ${this.of(PATTERNS)}${this.rarely(3) ? `, ${number()}` : ""})`;
			case 9:
				return `type(${this.expression(scope, "any", depth)})`;
			case 10:
				return `tostring(${this.expression(scope, "any", depth)})`;
			case 11:
				return `table.concat(${this.expression(scope, "table", 1)}, ${this.of(["','", "''", "1"])})`;
			default:
				return this.terminal(scope, "string");
		}
	}

	protected booleanExpression(scope: Scope, depth: number): string {
		switch (this.pick(8)) {
			case 0:
			case 1:
				return `${this.operand(scope, "number", depth)}${this.gap()}${this.of(COMPARISONS)} ${this.operand(scope, "number", depth)}`;
			case 2:
				return `${this.operand(scope, "string", depth)} ${this.of(COMPARISONS)} ${this.operand(scope, "string", depth)}`;
			case 3:
				return `${this.operand(scope, "any", depth)} ${this.of(["==", "~="])} ${this.operand(scope, "any", depth)}`;
			case 4:
				return `not ${this.operand(scope, "any", depth)}`;
			case 5:
				return `${this.operand(scope, "boolean", depth)}${this.gap()}and ${this.operand(scope, "boolean", depth)}`;
			case 6:
				return `${this.operand(scope, "boolean", depth)} or ${this.operand(scope, "boolean", depth)}`;
			default:
				return this.terminal(scope, "boolean");
		}
	}

	protected tableExpression(scope: Scope, depth: number): string {
		if (this.rarely(3)) return this.terminal(scope, "table");
		const items: string[] = [];
		const count = this.pick(5);
		for (let i = 0; i < count; i++) {
			switch (this.pick(4)) {
				case 0:
				case 1:
					items.push(this.expression(scope, this.kind(), depth));
					break;
				case 2:
					items.push(`${this.of(FIELDS)}${this.gap()}= ${this.expression(scope, this.kind(), depth)}`);
					break;
				default:
					items.push(`[ ${this.key(scope)} ] = ${this.expression(scope, this.kind(), depth)}`);
			}
		}
		if (scope.varargs && this.rarely(8)) items.push("...");
		return `{${items.join(`,${this.gap()}`)}}`;
	}

	protected terminal(scope: Scope, kind: Kind): string {
		if (!this.rarely(3)) {
			const variable = this.variable(scope, kind);
			if (variable !== undefined) return variable.name;
		}
		switch (kind) {
			case "number":
				return this.of(NUMBERS);
			case "string":
				return this.of(STRINGS);
			case "boolean":
				return this.of(["true", "false"]);
			case "table":
				return this.of(["{}", "T", "M", "{1, 2, 3}", "{x = 1, y = 2}", "{nil, 2}"]);
			case "function":
				return this.of([
					"F",
					"print",
					"string.upper",
					"function() end",
					"function(...) tick() return ... end",
					"math.floor",
					"select",
				]);
			case "any":
				return scope.varargs && this.rarely(4)
					? "(...)"
					: this.of(["nil", "1", "'a'", "true", "{}", "false", "N", "S", "0.5", "G"]);
		}
	}
}
