// Random functions that are never run: everything that the grammar has, in all combinations, for what
// native's compiler makes of it. Made from a list of choices, as random programs are.

interface Scope {
	readonly names: readonly string[];
	readonly hasVarargs: boolean;
	readonly inLoop: boolean;
	readonly depth: number;
}

const NAMES = ["a", "b", "c", "d", "e"];
const CONSTANTS = ["nil", "true", "false", "1", "2", "0", "-1", "0.5", "'x'", "'y'", "''"];
const OPERATORS = ["and", "or", "==", "~=", "<", "<=", ">", ">=", "..", "+", "-", "*", "/", "%", "^"];
const MAX_DEPTH = 5;
/** Around the number of constants up to which they can be operands. */
const CONSTANT_COUNTS = [0, 0, 0, 0, 200, 245, 250, 252, 253, 254, 255, 256, 257, 270];
const ITEM_COUNTS = [0, 1, 2, 3, 49, 50, 51, 52, 99, 100, 101, 150];

/** A function without name, as source text. */
export function randomFunction(choices: readonly number[]): string {
	return new SyntaxGenerator(choices).whole();
}

class SyntaxGenerator {
	private readonly choices: readonly number[];
	private position = 0;

	constructor(choices: readonly number[]) {
		this.choices = choices;
	}

	whole(): string {
		const scope: Scope = { names: [], hasVarargs: true, inLoop: false, depth: 0 };
		const count = this.of(CONSTANT_COUNTS);
		const constants = Array.from({ length: count }, (_, index) => `k = k${index}`);
		return `function(...) ${constants.join(" ")} ${this.statements(scope, true)} end`;
	}

	private pick(count: number): number {
		return (this.choices[this.position++] ?? 0) % count;
	}

	private of<Item>(items: readonly Item[]): Item {
		return items[this.pick(items.length)] as Item;
	}

	private get isDone(): boolean {
		return this.position >= this.choices.length;
	}

	// -- Statements ---------------------------------------------------------------

	private block(scope: Scope, names: readonly string[] = [], inLoop = scope.inLoop): string {
		const inner = { ...scope, names: [...scope.names, ...names], inLoop, depth: scope.depth + 1 };
		return this.statements(inner, false);
	}

	private statements(outer: Scope, all: boolean): string {
		let scope = outer;
		const lines: string[] = [];
		const count = this.pick(4);
		while (all ? !this.isDone : lines.length < count) {
			const { text, names } = this.statement(scope);
			lines.push(text);
			scope = { ...scope, names: [...scope.names, ...names] };
			// Few enough for native's limits.
			if (scope.names.length > 150) break;
		}
		const last = this.pick(8);
		if (last === 6) lines.push(`return ${this.pick(3) === 0 ? "" : this.list(scope)}`);
		if (last === 7 && scope.inLoop) lines.push("break");
		return lines.join("; ");
	}

	/** A statement and the local variables that it declares. */
	private statement(scope: Scope): { text: string; names: readonly string[] } {
		if (scope.depth > MAX_DEPTH) return { text: this.simple(scope), names: [] };
		switch (this.pick(14)) {
			case 0:
			case 1: {
				const names = Array.from({ length: 1 + this.pick(3) }, () => this.of(NAMES));
				const values = this.pick(3) === 0 ? "" : ` = ${this.list(scope)}`;
				return { text: `local ${names.join(", ")}${values}`, names };
			}
			case 2: {
				const name = this.of(NAMES);
				const inner = { ...scope, names: [...scope.names, name] };
				return { text: `local function ${name}${this.functionBody(inner)}`, names: [name] };
			}
			case 3:
				return { text: `do ${this.block(scope)} end`, names: [] };
			case 4:
				return { text: `while ${this.expression(scope)} do ${this.block(scope, [], true)} end`, names: [] };
			case 5: {
				const body = this.block(scope, [], true);
				// A variable of the body may be in the condition; after `break` or `return` it is none.
				return { text: `repeat ${body} until ${this.expression(scope)}`, names: [] };
			}
			case 6:
				return { text: this.repeatOfCaptured(scope), names: [] };
			case 7: {
				const name = this.of(NAMES);
				const step = this.pick(2) === 0 ? "" : `, ${this.expression(scope)}`;
				const range = `${this.expression(scope)}, ${this.expression(scope)}${step}`;
				return { text: `for ${name} = ${range} do ${this.block(scope, [name], true)} end`, names: [] };
			}
			case 8: {
				const names = Array.from({ length: 1 + this.pick(4) }, () => this.of(NAMES));
				const body = this.block(scope, names, true);
				return { text: `for ${names.join(", ")} in ${this.list(scope)} do ${body} end`, names: [] };
			}
			case 9:
			case 10: {
				const clauses = [`if ${this.expression(scope)} then ${this.block(scope)}`];
				while (this.pick(3) === 2) clauses.push(`elseif ${this.expression(scope)} then ${this.block(scope)}`);
				if (this.pick(2) === 1) clauses.push(`else ${this.block(scope)}`);
				return { text: `${clauses.join(" ")} end`, names: [] };
			}
			default:
				return { text: this.simple(scope), names: [] };
		}
	}

	/** A loop whose variable a closure keeps, with ways out of it. */
	private repeatOfCaptured(scope: Scope): string {
		const name = this.of(NAMES);
		const body = this.block(scope, [name], true);
		const keep = `k = function() return ${name} end`;
		const leave = this.pick(2) === 0 ? "" : `if ${this.expression(scope)} then break end`;
		return `repeat local ${name}; do ${body} end ${keep} ${leave} until ${this.expression(scope)}`;
	}

	private simple(scope: Scope): string {
		switch (this.pick(6)) {
			case 0:
				return this.call(scope, 2);
			case 1: {
				const path = [this.variable(scope), ...Array.from({ length: this.pick(3) }, () => this.of(NAMES))];
				const method = this.pick(3) === 0 ? `:${this.of(NAMES)}` : "";
				return `function ${path.join(".")}${method}${this.functionBody(scope)}`;
			}
			default: {
				const targets = Array.from({ length: 1 + this.pick(3) }, () => this.target(scope));
				return `${targets.join(", ")} = ${this.list(scope)}`;
			}
		}
	}

	private target(scope: Scope): string {
		switch (this.pick(4)) {
			case 0:
				return `${this.variable(scope)}.${this.of(NAMES)}`;
			case 1:
				return `${this.variable(scope)}[${this.expression(scope, 2)}]`;
			default:
				return this.variable(scope);
		}
	}

	// -- Expressions ---------------------------------------------------------------

	private variable(scope: Scope): string {
		// Half of them global.
		return this.pick(2) === 0 && scope.names.length > 0 ? this.of(scope.names) : this.of([...NAMES, "k"]);
	}

	private list(scope: Scope): string {
		const parts = [this.expression(scope)];
		while (this.pick(3) === 2) parts.push(this.expression(scope));
		return parts.join(", ");
	}

	private expression(scope: Scope, depth = 4): string {
		if (depth <= 0 || this.isDone) return this.pick(2) === 0 ? this.of(CONSTANTS) : this.variable(scope);
		const next = depth - 1;
		switch (this.pick(16)) {
			case 0:
			case 1:
				return this.variable(scope);
			case 2:
				return this.of(CONSTANTS);
			case 3:
				return `${this.of(["not ", "not ", "- ", "#"])}${this.expression(scope, next)}`;
			case 4:
			case 5:
				return `${this.expression(scope, next)} ${this.of(["and", "or"])} ${this.expression(scope, next)}`;
			case 6:
			case 7:
			case 8: {
				const parts = [this.expression(scope, next)];
				do parts.push(this.of(OPERATORS), this.expression(scope, next));
				while (this.pick(3) === 2);
				return parts.join(" ");
			}
			case 9:
			case 10:
				return `(${this.expression(scope, next)})`;
			case 11:
				return `(${this.expression(scope, next)})${this.suffix(scope, next)}`;
			case 12:
				return this.call(scope, next);
			case 13:
				return this.table(scope, next);
			case 14:
				if (scope.depth > MAX_DEPTH) return `${this.variable(scope)}.${this.of(NAMES)}`;
				return `function${this.functionBody(scope)}`;
			default:
				return scope.hasVarargs ? "..." : this.variable(scope);
		}
	}

	private call(scope: Scope, depth: number): string {
		let text = this.variable(scope);
		do text += this.suffix(scope, depth);
		while (this.pick(3) === 2);
		return text + this.arguments(scope, depth);
	}

	private suffix(scope: Scope, depth: number): string {
		switch (this.pick(4)) {
			case 0:
				return `.${this.of(NAMES)}`;
			case 1:
				return `[${this.expression(scope, depth)}]`;
			case 2:
				return `:${this.of(NAMES)}${this.arguments(scope, depth)}`;
			default:
				return this.arguments(scope, depth);
		}
	}

	private arguments(scope: Scope, depth: number): string {
		switch (this.pick(5)) {
			case 0:
				return "()";
			case 1:
				return "'x'";
			case 2:
				return this.table(scope, depth - 1);
			default: {
				const rest = this.pick(3) === 2 && scope.hasVarargs ? ", ..." : "";
				return `(${this.expression(scope, depth - 1)}${rest})`;
			}
		}
	}

	private table(scope: Scope, depth: number): string {
		const items = Array.from({ length: this.pick(20) === 19 ? this.of(ITEM_COUNTS) : this.pick(4) }, () => {
			switch (this.pick(5)) {
				case 0:
					return `${this.of(NAMES)} = ${this.expression(scope, depth - 1)}`;
				case 1:
					return `[${this.expression(scope, depth - 1)}] = ${this.expression(scope, depth - 1)}`;
				default:
					return this.expression(scope, depth - 1);
			}
		});
		return `{${items.join(", ")}${items.length > 0 && this.pick(4) === 3 ? ";" : ""}}`;
	}

	private functionBody(scope: Scope): string {
		const names = Array.from({ length: this.pick(4) }, () => this.of(NAMES));
		const hasVarargs = this.pick(3) === 2;
		const params = hasVarargs ? [...names, "..."] : names;
		const inner = { ...scope, hasVarargs };
		return `(${params.join(", ")}) ${this.block(inner, names, false)} end`;
	}
}
