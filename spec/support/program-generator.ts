// Random Lua 5.1 programs from a list of choices. Every decision takes the next number of the list, and
// 0 is always the simplest one, so that a shorter list with smaller numbers gives a simpler program: this
// is what fast-check shrinks. Expressions have a wished kind that is kept most of the time: programs that
// fail at their first operation test little, programs that never fail test no error texts.
//
// Bounded by construction: every loop and function begins with tick(), which ends a program that takes too
// long, and cut() keeps assigned strings short (spec/support/program-harness.lua has both). Nothing that
// depends on addresses is made: keys go through key(), results through out().

import {
	ExpressionGenerator,
	type Kind,
	MAX_BLOCK_DEPTH,
	type Scope,
	type Variable,
} from "./program-expressions.ts";

import { STATEMENTS } from "./program-templates.ts";
import { EVENTS, FIELDS, PATTERNS, STRAY_TOKENS } from "./program-vocabulary.ts";

export function generateProgram(choices: readonly number[]): string {
	const source = new Generator(choices).program();
	// Some with a mistake, for the texts of syntax errors.
	const [first = 0, second = 0, third = 0] = choices.slice(-3);
	return first < 240 ? source : withMistake(source, second * 256 + third, first);
}

/** One token left out, doubled, swapped with the next or replaced. */
function withMistake(source: string, place: number, kind: number): string {
	const tokens = source.match(TOKENS) ?? [];
	const at = place % Math.max(tokens.length, 1);
	const token = tokens[at] ?? "";
	const stray = ` ${STRAY_TOKENS[place % STRAY_TOKENS.length]} `;
	const instead =
		[[], [token, token], [tokens[at + 1] ?? "", token], [stray], [token, stray]][kind % 5] ?? [];
	return [...tokens.slice(0, at), ...instead, ...tokens.slice(at + (kind % 5 === 2 ? 2 : 1))].join("");
}

/** White space and tokens, well enough. */
export const TOKENS = /\s+|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[\w.]+|./gs;

class Generator extends ExpressionGenerator {
	program(): string {
		const scope: Scope = { variables: [], varargs: true, inLoop: false, depth: 0 };
		const lines: string[] = [];
		while (!this.isDone()) {
			// An error ends what it is in: not always the whole program.
			const inside = { ...scope, variables: [...scope.variables] };
			lines.push(
				this.rarely(3) ? this.statement(scope) : `try(function(...) ${this.statement(inside)} end, 1, 'v')`,
			);
		}
		lines.push("out(pcall(F, 1, 'a', T))");
		return `${lines.join(";\n")}\n`;
	}

	// -- Statements ---------------------------------------------------------------

	private block(scope: Scope, extra: readonly Variable[] = [], change: Partial<Scope> = {}): string {
		const inner: Scope = {
			...scope,
			...change,
			variables: [...scope.variables, ...extra],
			depth: scope.depth + 1,
		};
		const count = 1 + this.pick(3);
		const lines: string[] = [];
		for (let line = 0; line < count; line++) lines.push(this.statement(inner));
		const last = this.pick(8);
		if (last >= 6) lines.push(`return ${this.expressions(inner, 2)}`);
		else if (last === 5 && inner.inLoop) lines.push("break");
		return `\n${lines.join(";\n")}\n`;
	}

	private statement(scope: Scope): string {
		const nested = scope.depth < MAX_BLOCK_DEPTH;
		switch (this.pick(nested ? 46 : 9)) {
			case 36:
			case 37:
			case 38:
			case 39:
			case 40:
			case 41:
			case 42:
			case 43:
			case 44:
				return this.templateStatement(scope);
			case 45:
				return `out(${this.anyExpression(scope, 2)}, ${this.anyExpression(scope, 2)})`;
			case 0:
				return `out(${this.expressions(scope, 3)})`;
			case 1:
			case 2:
				return this.localStatement(scope);
			case 3:
			case 4:
				return this.assignment(scope);
			case 5:
				return `try(function(...)${this.gap()}return ${this.expressions(scope, 2)} end)`;
			case 6:
				return this.libraryStatement(scope);
			case 7:
				return `${this.callable(scope)}(${this.arguments(scope)})`;
			case 8:
				return this.metatableStatement(scope);
			case 9:
				return this.ifStatement(scope);
			case 10:
				return this.numericFor(scope);
			case 11:
			case 12:
				return this.genericFor(scope);
			case 13: {
				const counter = this.freshName();
				const body = this.block(scope, [{ name: counter, kind: "number" }], { inLoop: true });
				const condition = this.condition(scope);
				return `local ${counter} = 0${this.gap()}while ${condition} and ${counter} ~= 4 do tick() ${counter} = ${counter} + 1${body}end`;
			}
			case 14: {
				const name = this.freshName();
				const body = this.repeatBody(scope, name);
				return body;
			}
			case 15:
				return `do${this.block(scope)}end`;
			case 16:
			case 17:
			case 18:
				return this.functionStatement(scope);
			case 19:
			case 20:
				return `try(function(...) tick()${this.block(scope, [], { varargs: true, inLoop: false })}end, ${this.expressions(scope, 2)})`;
			case 21:
				return this.coroutineStatement(scope);
			case 22:
				return `trace(function() tick()${this.block(scope, [], { varargs: false, inLoop: false })}end)`;
			case 23: {
				const body = this.functionBody(scope, []);
				return `out(setfenv(function${body}, ${this.of(["E", "setmetatable({}, {__index = E})", "{out = out, tick = tick}"])})(${this.arguments(scope)}))`;
			}
			case 24:
				return `out(loadstring([==[return ${this.expression({ ...scope, variables: [], varargs: true }, "any", 2)}]==], '=inner')(${this.arguments(scope)}))`;
			case 25:
				return this.recursion(scope);
			case 26:
				return this.generator(scope);
			case 27:
				return `out(pcall(error, ${this.expression(scope, "any", 2)}, ${this.of(["0", "1", "2", "nil", "3"])}))`;
			case 28:
				return `assert(${this.expression(scope, "any", 2)}, ${this.expression(scope, "string", 1)})`;
			case 29:
				return `error(${this.expression(scope, "string", 2)}, ${this.of(["1", "2", "0", "3", "nil"])})`;
			case 30: {
				const name = this.freshName();
				const base = this.expression(scope, "table", 1);
				scope.variables.push({ name, kind: "table" });
				return `local ${name} = setmetatable(${this.tableExpression(scope, 1)}, {__index = ${base}${this.rarely(3) ? `, __newindex = ${base}` : ""}})`;
			}
			case 31:
				return `out((debug.traceback('t', ${this.of(["1", "2", "0"])}):gsub("%[C%]: in function 'pcall'.*", "")))`;
			case 32:
				return `out(debug.getinfo(${this.of(["1", "2", "3"])}, 'l').currentline, debug.getinfo(1, 'n').name)`;
			case 33:
				return `${this.prefix(scope, "table")}.${this.of(FIELDS)} = {${this.of(FIELDS)} = ${this.expression(scope, "any", 2)}}`;
			default:
				return `out(${this.callExpression(scope, 2)})`;
		}
	}

	private templateStatement(scope: Scope): string {
		const template = this.of(STATEMENTS);
		// What a template declares is seen in its own holes only: where it ends is not for this to know.
		const inner: Scope = { ...scope, varargs: false, inLoop: false, variables: [...scope.variables] };
		const name = this.freshName();
		return this.fill(template, inner, 2, (hole) => {
			if (hole === "block") return `${this.statement({ ...inner, depth: scope.depth + 2 })};`;
			inner.variables.push({ name, kind: "any" });
			return name;
		});
	}

	/** A function that calls itself a few times, in the middle or at its end. */
	private recursion(scope: Scope): string {
		const name = this.freshName();
		const count: Variable = { name: "n", kind: "number" };
		const inner: Scope = {
			...scope,
			variables: [...scope.variables, count],
			varargs: false,
			inLoop: false,
			depth: scope.depth + 1,
		};
		const body = this.statement(inner);
		const value = this.expression(inner, "any", 2);
		const again = this.of([
			`return ${name}(n - 1, x)`,
			`return ${value}, ${name}(n - 1, x)`,
			`local r = ${name}(n - 1, n) return r`,
			`return (${name}(n - 1, ${value}))`,
			`return ${name}(n - 1, x) and ${value}`,
		]);
		scope.variables.push({ name, kind: "function" });
		return `local function ${name}(n, x) tick()\nif (tonumber(n) or 0) <= 0 then return x, ${value} end\n${body}\n${again}\nend\nout(${name}(${this.of(["2", "3", "0", "5"])}, ${this.expression(scope, "any", 1)}))`;
	}

	/** A coroutine as an iterator. */
	private generator(scope: Scope): string {
		const [i, v] = [this.freshName(), this.freshName()];
		const inside = {
			...scope,
			varargs: false,
			inLoop: true,
			depth: scope.depth + 1,
			variables: [...scope.variables, { name: "i", kind: "number" as const }],
		};
		const made = this.statement(inside);
		const yielded = this.expressions(inside, 2);
		const body = this.block(
			scope,
			[
				{ name: i, kind: "any" },
				{ name: v, kind: "any" },
			],
			{ inLoop: true },
		);
		return `for ${i}, ${v} in coroutine.wrap(function() for i = 1, 3 do tick()\n${made}\ncoroutine.yield(${yielded}) end end) do tick()${body}end`;
	}

	private repeatBody(scope: Scope, counter: string): string {
		const inside = this.freshName();
		const variables: Variable[] = [{ name: counter, kind: "number" }];
		const inner: Scope = {
			...scope,
			variables: [...scope.variables, ...variables],
			inLoop: true,
			depth: scope.depth + 1,
		};
		const first = `local ${inside} = ${this.expression(scope, "any", 2)};`;
		inner.variables.push({ name: inside, kind: "any" });
		const second = this.statement(inner);
		return `local ${counter} = 0${this.gap()}repeat tick() ${counter} = ${counter} + 1\n${first}\n${second}\nuntil ${this.condition(inner)} or ${counter} == 4`;
	}

	private localStatement(scope: Scope): string {
		const count = 1 + (this.rarely(3) ? 1 + this.pick(2) : 0);
		const kinds: Kind[] = [];
		const values: string[] = [];
		for (let i = 0; i < count; i++) {
			const kind = this.kind();
			kinds.push(kind);
			values.push(this.assigned(scope, kind));
		}
		// Too few or too many values now and then.
		if (this.rarely(6)) values.pop();
		if (this.rarely(8))
			values.push(
				this.rarely(2) ? this.callExpression(scope, 1) : "...".slice(0, scope.varargs ? 3 : 0) || "nil",
			);
		const names = kinds.map(() => this.freshName());
		const text =
			values.length === 0
				? `local ${names.join(", ")}`
				: `local ${names.join(", ")}${this.gap()}= ${values.join(`,${this.gap()}`)}`;
		names.forEach((name, index) => {
			scope.variables.push({ name, kind: kinds[index] ?? "any" });
		});
		return text;
	}

	private assignment(scope: Scope): string {
		const count = 1 + (this.rarely(3) ? 1 + this.pick(2) : 0);
		const targets: string[] = [];
		const values: string[] = [];
		for (let i = 0; i < count; i++) {
			const target = this.target(scope);
			targets.push(target.text);
			values.push(this.assigned(scope, target.kind));
		}
		if (values.length > 1 && this.rarely(4)) values.pop();
		return `${targets.join(`,${this.gap()}`)}${this.gap()}= ${values.join(`,${this.gap()}`)}`;
	}

	private target(scope: Scope): { readonly text: string; readonly kind: Kind } {
		switch (this.pick(6)) {
			case 0:
			case 1: {
				const variable = this.variable(scope, this.kind());
				if (variable !== undefined) return { text: variable.name, kind: variable.kind };
				return { text: "G", kind: "any" };
			}
			case 2:
				return { text: this.of(["G", "eval", "undefined", "N", "S"]), kind: "any" };
			case 3:
			case 4:
				return { text: `${this.prefix(scope, "table")}.${this.of(FIELDS)}`, kind: "any" };
			default:
				return { text: `${this.prefix(scope, "table")}[ ${this.key(scope)} ]`, kind: "any" };
		}
	}

	/** A value for a variable that outlives the statement: strings must not grow without end. */
	private assigned(scope: Scope, kind: Kind): string {
		const text = this.expression(scope, kind, 3);
		return text.includes("..") || text.includes("rep") || text.includes("concat") || text.includes("gsub")
			? `cut(${text})`
			: text;
	}

	private ifStatement(scope: Scope): string {
		let text = `if ${this.condition(scope)}${this.gap()}then${this.block(scope)}`;
		if (this.rarely(3)) text += `elseif ${this.condition(scope)} then${this.block(scope)}`;
		if (this.rarely(2)) text += `else${this.block(scope)}`;
		return `${text}end`;
	}

	private numericFor(scope: Scope): string {
		const name = this.freshName();
		const [first, last] = [this.of(["1", "0", "3", "-1", "0.5"]), this.of(["3", "1", "2", "-2", "1.5", "0"])];
		const bounds = this.rarely(10)
			? `${this.expression(scope, "any", 2)}, 3`
			: `${first},${this.gap()}${last}`;
		const step = this.rarely(3) ? `, ${this.of(["1", "-1", "0.5", "2", "-0.7", "'1'"])}` : "";
		const body = this.block(scope, [{ name, kind: "number" }], { inLoop: true });
		return `for ${name} = ${bounds}${step} do tick()${body}end`;
	}

	private genericFor(scope: Scope): string {
		const [key, value] = [this.freshName(), this.freshName()];
		const table = this.rarely(8) ? this.expression(scope, "any", 1) : this.expression(scope, "table", 1);
		const iterator = this.of([
			`pairs(${table})`,
			`ipairs(${table})`,
			`next, ${table}`,
			`string.gmatch(${this.expression(scope, "string", 1)}, ${this.of(PATTERNS)})`,
			`range(${this.pick(4)})`,
		]);
		const kinds: Kind = iterator.startsWith("string")
			? "string"
			: iterator.startsWith("range")
				? "number"
				: "any";
		const variables: Variable[] = [
			{ name: key, kind: kinds },
			{ name: value, kind: "any" },
		];
		return `for ${key}, ${value} in ${iterator} do tick()${this.block(scope, variables, { inLoop: true })}end`;
	}

	private functionStatement(scope: Scope): string {
		switch (this.pick(5)) {
			case 0:
			case 1: {
				const name = this.freshName();
				scope.variables.push({ name, kind: "function" });
				return `local function ${name}${this.functionBody(scope, [])}`;
			}
			case 2:
				return `function ${this.of(["F", "G", "eval"])}${this.functionBody(scope, [])}`;
			case 3:
				return `function M.${this.of(FIELDS)}${this.functionBody(scope, [])}`;
			default:
				return `function M:${this.of(["m", "f", "constructor"])}${this.functionBody(scope, [{ name: "self", kind: "table" }])}`;
		}
	}

	protected override functionBody(scope: Scope, extra: readonly Variable[]): string {
		const parameters: Variable[] = [];
		const count = this.pick(3);
		for (let i = 0; i < count; i++)
			parameters.push({ name: this.of(["p", "q", "a", "b", "self", "arg"]), kind: this.kind() });
		const varargs = this.rarely(3);
		const list = [...parameters.map((parameter) => parameter.name), ...(varargs ? ["..."] : [])].join(", ");
		const body = this.block(scope, [...extra, ...parameters], { varargs, inLoop: false });
		const tail = body.includes("\nreturn")
			? ""
			: this.rarely(2)
				? ""
				: `do return ${this.expressions({ ...scope, varargs, variables: [...scope.variables, ...extra, ...parameters] }, 2)} end `;
		// A block may already end with return or break: what is added must come before its lines.
		return `(${list}) tick()${tail === "" ? body : `\nif ${this.condition(scope.varargs === varargs ? scope : { ...scope, varargs })} then ${tail}end${body}`}end`;
	}

	private metatableStatement(scope: Scope): string {
		const object = this.rarely(4) ? (this.variable(scope, "table")?.name ?? "T") : "M";
		const event = this.of(EVENTS);
		const result = this.expression(
			{
				...scope,
				varargs: false,
				variables: [...scope.variables, { name: "p", kind: "any" }, { name: "q", kind: "any" }],
			},
			"any",
			2,
		);
		const handler = this.rarely(6)
			? this.expression(scope, "any", 1)
			: `function(p, q) tick() return ${result} end`;
		return `meta(${object}).${event} = ${handler}`;
	}

	private coroutineStatement(scope: Scope): string {
		const name = this.freshName();
		const body = this.block(scope, [], { varargs: true, inLoop: false });
		const inner = this.expression(scope, "any", 1);
		const text = `local ${name} = coroutine.create(function(...) tick() local y = coroutine.yield(${inner})${body}end)\nresume(${name}, ${this.expression(scope, "any", 1)}) resume(${name}, ${this.expression(scope, "any", 1)}) resume(${name})`;
		return text;
	}

	private libraryStatement(scope: Scope): string {
		const table = this.expression(scope, "table", 1);
		switch (this.pick(6)) {
			case 0:
				return `table.insert(${table}, ${this.expression(scope, "any", 2)})`;
			case 1:
				// Not any number: native moves everything from the end down to a huge negative place.
				return `table.insert(${table}, ${this.of(["1", "2", "4", "0", "-1", "'3'", "1.5", "nil", "10"])}, ${this.expression(scope, "any", 1)})`;
			case 2:
				return `out(table.remove(${table}${this.rarely(2) ? `, ${this.expression(scope, "number", 1)}` : ""}))`;
			case 3:
				return `table.sort(${table}${this.rarely(2) ? ", function(p, q) tick() return p > q end" : ""})`;
			case 4:
				return `out(next(${table}${this.rarely(3) ? `, ${this.key(scope)}` : ""}))`;
			default:
				return `rawset(${table}, ${this.key(scope)}, ${this.expression(scope, "any", 1)})`;
		}
	}
}
