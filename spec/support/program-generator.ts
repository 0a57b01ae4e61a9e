// Random Lua 5.1 programs from a list of choices. Every decision takes the next number of the list, and
// 0 is always the simplest one, so that a shorter list with smaller numbers gives a simpler program: this
// is what fast-check shrinks. Expressions have a wished kind that is kept most of the time: programs that
// fail at their first operation test little, programs that never fail test no error texts.
//
// Bounded by construction: every loop and function begins with tick(), which ends a program that takes too
// long, and cut() keeps assigned strings short (spec/support/program-harness.lua has both). Nothing that
// depends on addresses is made: keys go through key(), results through out().

type Kind = "any" | "number" | "string" | "table" | "boolean" | "function";

interface Variable {
	readonly name: string;
	readonly kind: Kind;
}

interface Scope {
	readonly variables: Variable[];
	/** Whether `...` may be used. */
	readonly varargs: boolean;
	readonly inLoop: boolean;
	readonly depth: number;
}

const NAMES = [
	"a",
	"b",
	"c",
	"d",
	"x",
	"y",
	"self",
	"this",
	"arguments",
	"constructor",
	"__proto__",
	"new",
	"goto",
];
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
const FIELDS = ["x", "y", "z", "n", "k", "f", "m", "length", "constructor", "__index", "hasOwnProperty"];
const NUMBERS = [
	"1",
	"0",
	"2",
	"3",
	"-1",
	"0.5",
	"10",
	"7",
	"255",
	"256",
	"1e15",
	"2^53",
	"-0",
	"1/0",
	"1e100",
	"0x10",
	"2147483648",
	"4",
	"5",
	"-2.5",
	"1e-5",
	"-1/0",
	"8",
	"100",
];
const STRINGS = [
	"'a'",
	"''",
	"'10'",
	"'abc'",
	"'x'",
	"'0x10'",
	"' 7 '",
	"'1e1'",
	"'a\\0b'",
	"'\\n'",
	"[[long]]",
	"'hello world'",
	"'%d'",
	"'n'",
	"'\\255'",
	"'key=value'",
	'"q\\"q"',
	"'nil'",
	"'__index'",
	"'1'",
];
const PATTERNS = [
	"'.'",
	"'%a+'",
	"'(.)(.)'",
	"'%d*'",
	"'^a'",
	"'b$'",
	"'[^b]'",
	"'()'",
	"'%w'",
	"'a-'",
	"''",
	"'%b()'",
	"'%f[%w]'",
	"'(a)%1'",
	"'%s*'",
	"'[a-'",
	"'(a'",
	"'%'",
	"'l+'",
];
const FORMATS = [
	"'%d'",
	"'%s'",
	"'%5.2f'",
	"'%x'",
	"'%q'",
	"'%g'",
	"'%-5s|'",
	"'%05d'",
	"'%c'",
	"'%e'",
	"'%i%%'",
	"'%.3s'",
	"'%+d'",
];
const ARITHMETIC = ["+", "-", "*", "/", "%", "^"];
const COMPARISONS = ["==", "~=", "<", "<=", ">", ">="];
const EVENTS = [
	"__index",
	"__newindex",
	"__add",
	"__sub",
	"__mul",
	"__unm",
	"__concat",
	"__call",
	"__eq",
	"__lt",
	"__le",
	"__tostring",
	"__div",
	"__mod",
	"__pow",
	"__len",
];
const MAX_EXPRESSION_DEPTH = 4;
const MAX_BLOCK_DEPTH = 4;

export function generateProgram(choices: readonly number[]): string {
	return new Generator(choices).program();
}

class Generator {
	private readonly choices: readonly number[];
	private position = 0;
	private names = 0;

	constructor(choices: readonly number[]) {
		this.choices = choices;
	}

	program(): string {
		const scope: Scope = { variables: [], varargs: true, inLoop: false, depth: 0 };
		const lines: string[] = [];
		while (this.position < this.choices.length) {
			// An error ends what it is in: not always the whole program.
			const inside = { ...scope, variables: [...scope.variables] };
			lines.push(
				this.rarely(3) ? this.statement(scope) : `try(function(...) ${this.statement(inside)} end, 1, 'v')`,
			);
		}
		lines.push("out(pcall(F, 1, 'a', T))");
		return `${lines.join(";\n")}\n`;
	}

	// -- Choices ----------------------------------------------------------------

	private pick(count: number): number {
		const choice = this.choices[this.position] ?? 0;
		this.position++;
		return choice % count;
	}

	private of<Item>(items: readonly Item[]): Item {
		return items[this.pick(items.length)] as Item;
	}

	/** True once in `count` times, and when the choices have run out. */
	private simply(count: number): boolean {
		return this.pick(count) === 0;
	}

	/** True once in `count` times; false when the choices have run out. */
	private rarely(count: number): boolean {
		return this.pick(count) === count - 1;
	}

	/** White space: now and then a line end, for the lines in messages. */
	private gap(): string {
		return this.rarely(12) ? "\n" : " ";
	}

	private freshName(): string {
		if (this.rarely(3)) return this.of(NAMES);
		this.names++;
		return `v${this.names}`;
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
		if (this.rarely(4)) lines.push(`return ${this.expressions(inner, 2)}`);
		else if (inner.inLoop && this.rarely(4)) lines.push("break");
		return `\n${lines.join(";\n")}\n`;
	}

	private statement(scope: Scope): string {
		const nested = scope.depth < MAX_BLOCK_DEPTH;
		switch (this.pick(nested ? 26 : 9)) {
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
			default:
				return `out(${this.callExpression(scope, 2)})`;
		}
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

	private functionBody(scope: Scope, extra: readonly Variable[]): string {
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

	// -- Expressions ----------------------------------------------------------------

	private kind(): Kind {
		return this.of(["number", "string", "table", "function", "any", "boolean", "number"]);
	}

	private expressions(scope: Scope, most: number): string {
		const parts = [this.expression(scope, this.kind(), 3)];
		while (parts.length < most && this.rarely(3)) parts.push(this.expression(scope, this.kind(), 3));
		if (scope.varargs && this.rarely(8)) parts.push("...");
		return parts.join(`,${this.gap()}`);
	}

	private arguments(scope: Scope): string {
		const parts: string[] = [];
		const count = this.pick(3);
		for (let i = 0; i < count; i++) parts.push(this.expression(scope, this.kind(), 2));
		if (scope.varargs && this.rarely(6)) parts.push("...");
		return parts.join(`,${this.gap()}`);
	}

	private key(scope: Scope): string {
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

	private condition(scope: Scope): string {
		return this.rarely(4) ? this.expression(scope, "any", 2) : this.expression(scope, "boolean", 2);
	}

	private variable(scope: Scope, kind: Kind): Variable | undefined {
		const all = [...scope.variables, ...GLOBALS];
		const fitting = all.filter((variable) => variable.kind === kind || kind === "any");
		if (fitting.length === 0) return undefined;
		// The newest first: 0 is the nearest.
		return fitting[fitting.length - 1 - this.pick(fitting.length)];
	}

	/** What may stand before a field, index or call. */
	private prefix(scope: Scope, kind: Kind): string {
		if (this.rarely(12)) return `(${this.expression(scope, "any", 2)})`;
		const variable = this.variable(scope, this.rarely(12) ? "any" : kind);
		const name = variable?.name ?? "T";
		if (this.rarely(8)) return `${name}.${this.of(FIELDS)}`;
		return name;
	}

	private callable(scope: Scope): string {
		return this.rarely(6) ? `${this.prefix(scope, "table")}.${this.of(FIELDS)}` : this.prefixName(scope);
	}

	private prefixName(scope: Scope): string {
		return this.variable(scope, this.rarely(12) ? "any" : "function")?.name ?? "F";
	}

	private callExpression(scope: Scope, depth: number): string {
		if (this.rarely(4))
			return `${this.prefix(scope, "table")}:${this.of(FIELDS)}(${depth > 0 ? this.arguments(scope) : ""})`;
		return `${this.callable(scope)}(${depth > 0 ? this.arguments(scope) : ""})`;
	}

	private expression(scope: Scope, wished: Kind, depth: number): string {
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

	private anyExpression(scope: Scope, depth: number): string {
		switch (this.pick(9)) {
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
	private operand(scope: Scope, kind: Kind, depth: number): string {
		const text = this.expression(scope, kind, depth);
		if (/^[\w.]+$/.test(text) || (/^[\w.]+\([^()]*\)$/.test(text) && !text.startsWith("function")))
			return text;
		return this.rarely(4) && !text.startsWith("function") ? text : `(${text})`;
	}

	private numberExpression(scope: Scope, depth: number): string {
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

	private stringExpression(scope: Scope, depth: number): string {
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

	private booleanExpression(scope: Scope, depth: number): string {
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

	private tableExpression(scope: Scope, depth: number): string {
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

	private terminal(scope: Scope, kind: Kind): string {
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
