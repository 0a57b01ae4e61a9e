// Lua 5.1 §8, the complete syntax, to a syntax tree.
//
// Lines. Native gives each instruction the line of the last token it had consumed when it
// made the instruction, and a variable or index expression becomes an instruction only when
// its value is needed ("settled" here): `a.b` in `f(a.b\n)` has the line of the `)`. Errors
// and tracebacks show these lines, so the parser settles at the same moments: after the
// operator for a left operand, after the comma for an argument, and so on.

import { ConstantTable } from "./constant-table.ts";
import { LuaError } from "./error.ts";
import { Lexer, T_EOF, T_NAME, T_NUMBER, T_STRING, tokenText } from "./lexer.ts";
import { pow } from "./libm.ts";
import {
	type AssignTarget,
	type BinaryNode,
	type Block,
	type ClosureNode,
	type Expression,
	FunctionNode,
	Local,
	type Statement,
	type StringNode,
	type TableItem,
} from "./syntax.ts";

// -- Limits of the native compiler ---------------------------------------------

const MAX_LOCALS = 200;
const MAX_UPVALUES = 60;
const MAX_REGISTERS = 250;
/** Nested syntax levels and C calls together (LUAI_MAXCCALLS). */
const MAX_LEVELS = 200;
const MAX_CONSTANTS = 262143;
const ITEMS_PER_FLUSH = 50;

// -- Operators --------------------------------------------------------------------

/** Left and right binding power, Lua 5.1 §2.5.6. */
const BINDING: ReadonlyMap<string, readonly [left: number, right: number]> = new Map([
	["or", [1, 1]],
	["and", [2, 2]],
	["<", [3, 3]],
	[">", [3, 3]],
	["<=", [3, 3]],
	[">=", [3, 3]],
	["~=", [3, 3]],
	["==", [3, 3]],
	["..", [5, 4]],
	["+", [6, 6]],
	["-", [6, 6]],
	["*", [7, 7]],
	["/", [7, 7]],
	["%", [7, 7]],
	["^", [10, 9]],
]);
const UNARY_BINDING = 8;

const BLOCK_END: ReadonlySet<string> = new Set(["else", "elseif", "end", "until", T_EOF]);

/** What the parser knows of a function while it reads its body. */
class Scope {
	readonly node: FunctionNode;
	readonly parent: Scope | undefined;
	/** Locals in scope, innermost last. */
	readonly active: Local[] = [];
	/** Declared but not yet in scope (the names of `local a, b` while their values are read). */
	pending = 0;
	/** Values that native would hold in registers beyond the active locals. */
	temporaries = 0;
	loops = 0;
	readonly constants = new Map<string | number, number>();

	constructor(node: FunctionNode, parent: Scope | undefined) {
		this.node = node;
		this.parent = parent;
	}
}

/**
 * Parses a chunk; throws a LuaError with native's message when it is not Lua 5.1.
 * `cCalls` is how many C calls native would be in: they leave less room for nesting.
 */
export function parseChunk(text: string, chunkName: string, cCalls: number): FunctionNode {
	return new Parser(new Lexer(text, chunkName), MAX_LEVELS - cCalls).chunk();
}

class Parser {
	private readonly lexer: Lexer;
	private scope: Scope;
	private levels = 0;
	private readonly maxLevels: number;

	constructor(lexer: Lexer, maxLevels: number) {
		this.lexer = lexer;
		this.maxLevels = maxLevels;
		const main = new FunctionNode(undefined, 0);
		main.isVararg = true;
		this.scope = new Scope(main, undefined);
	}

	chunk(): FunctionNode {
		this.lexer.next();
		const main = this.scope.node;
		main.body = this.block();
		if (this.lexer.token !== T_EOF) throw this.expected(T_EOF);
		main.lastLine = this.lexer.line;
		return main;
	}

	// -- Tokens -----------------------------------------------------------------

	private expected(token: string): LuaError {
		return this.lexer.error(`'${tokenText(token)}' expected`);
	}

	private accept(token: string): boolean {
		if (this.lexer.token !== token) return false;
		this.lexer.next();
		return true;
	}

	private require(token: string): void {
		if (this.lexer.token !== token) throw this.expected(token);
		this.lexer.next();
	}

	/** The `close` that belongs to the `open` on line `line`. */
	private close(close: string, open: string, line: number): void {
		if (this.lexer.token === close) {
			this.lexer.next();
			return;
		}
		if (line === this.lexer.line) throw this.expected(close);
		throw this.lexer.error(`'${tokenText(close)}' expected (to close '${open}' at line ${line})`);
	}

	private name(): string {
		if (this.lexer.token !== T_NAME) throw this.expected(T_NAME);
		const name = this.lexer.value;
		this.lexer.next();
		return name;
	}

	// -- Limits -----------------------------------------------------------------

	private enter(): void {
		if (++this.levels > this.maxLevels) throw this.lexer.plainError("chunk has too many syntax levels");
	}

	private leave(): void {
		this.levels--;
	}

	private limit(scope: Scope, count: number, limit: number, what: string): void {
		if (count <= limit) return;
		const where =
			scope.node.lineDefined === 0 ? "main function" : `function at line ${scope.node.lineDefined}`;
		throw this.lexer.plainError(`${where} has more than ${limit} ${what}`);
	}

	/** Notes that native would need `count` more registers from here on. */
	private hold(count: number): void {
		const scope = this.scope;
		scope.temporaries += count;
		if (scope.active.length + scope.temporaries >= MAX_REGISTERS) {
			throw this.lexer.error("function or expression too complex");
		}
	}

	private release(to: number): void {
		this.scope.temporaries = to;
	}

	// -- Variables ----------------------------------------------------------------

	private declare(name: string): Local {
		const scope = this.scope;
		this.limit(scope, scope.active.length + scope.pending + 1, MAX_LOCALS, "local variables");
		scope.pending++;
		return new Local(name, scope.node, scope.node.localCount++);
	}

	private activate(locals: readonly Local[]): void {
		const scope = this.scope;
		for (const local of locals) scope.active.push(local);
		scope.pending -= locals.length;
	}

	private resolve(name: string): Expression & AssignTarget {
		const local = this.findIn(this.scope, name);
		if (local === undefined) {
			this.constant(name);
			return { kind: "global", name, line: 0 };
		}
		local.used = true;
		return local.owner === this.scope.node ? { kind: "local", local } : { kind: "upvalue", local };
	}

	/** Finds a variable and makes it an upvalue of every function on the way. */
	private findIn(scope: Scope, name: string): Local | undefined {
		const active = scope.active;
		for (let i = active.length - 1; i >= 0; i--) {
			const local = active[i] as Local;
			if (local.name === name) return local;
		}
		if (scope.parent === undefined) return undefined;
		const outer = this.findIn(scope.parent, name);
		if (outer === undefined) return undefined;
		outer.captured = true;
		const node = scope.node;
		if (node.upvalueIndex(outer) < 0) {
			this.limit(scope, node.upvalues.length + 1, MAX_UPVALUES, "upvalues");
			node.upvalues.push(outer);
		}
		return outer;
	}

	private constant(value: string | number): number {
		const constants = this.scope.constants;
		const known = constants.get(value);
		if (known !== undefined) return known;
		const index = constants.size;
		if (index >= MAX_CONSTANTS) throw new LuaError("constant table overflow", 0, []);
		constants.set(value, index);
		return index;
	}

	private string(value: string): StringNode {
		return { kind: "string", value, constant: this.constant(value) };
	}

	// -- Blocks and statements -----------------------------------------------------

	/** A block up to its end token, which stays. */
	private block(): Block {
		const scope = this.scope;
		const visible = scope.active.length;
		const statements = this.statements();
		scope.active.length = visible;
		return { statements };
	}

	private statements(): Statement[] {
		const statements: Statement[] = [];
		this.enter();
		while (!BLOCK_END.has(this.lexer.token)) {
			const statement = this.statement();
			this.accept(";");
			this.release(0);
			statements.push(statement);
			if (statement.kind === "return" || statement.kind === "break") break;
		}
		this.leave();
		return statements;
	}

	private statement(): Statement {
		const lexer = this.lexer;
		const line = lexer.line;
		switch (lexer.token) {
			case "if":
				return this.ifStatement(line);
			case "while":
				return this.whileStatement(line);
			case "do": {
				lexer.next();
				const body = this.block();
				this.close("end", "do", line);
				return { kind: "do", body };
			}
			case "for":
				return this.forStatement(line);
			case "repeat":
				return this.repeatStatement(line);
			case "function":
				return this.functionStatement(line);
			case "local":
				lexer.next();
				return this.accept("function") ? this.localFunction() : this.localStatement();
			case "return":
				return this.returnStatement();
			case "break":
				lexer.next();
				if (this.scope.loops === 0) throw lexer.error("no loop to break");
				return { kind: "break" };
			default:
				return this.expressionStatement();
		}
	}

	private loopBody(): Block {
		this.scope.loops++;
		const body = this.block();
		this.scope.loops--;
		return body;
	}

	private condition(): Expression {
		return this.settled(this.expression());
	}

	private ifStatement(line: number): Statement {
		const clauses: { condition: Expression; body: Block }[] = [];
		let otherwise: Block | undefined;
		do {
			this.lexer.next();
			const condition = this.condition();
			this.require("then");
			clauses.push({ condition, body: this.block() });
		} while (this.lexer.token === "elseif");
		if (this.accept("else")) otherwise = this.block();
		this.close("end", "if", line);
		return { kind: "if", clauses, otherwise };
	}

	private whileStatement(line: number): Statement {
		this.lexer.next();
		const condition = this.condition();
		this.require("do");
		const body = this.loopBody();
		this.close("end", "while", line);
		return { kind: "while", condition, body };
	}

	private repeatStatement(line: number): Statement {
		const scope = this.scope;
		this.lexer.next();
		const visible = scope.active.length;
		scope.loops++;
		const statements = this.statements();
		this.close("until", "repeat", line);
		const condition = this.condition();
		scope.loops--;
		scope.active.length = visible;
		return { kind: "repeat", body: { statements }, condition };
	}

	private forStatement(line: number): Statement {
		this.lexer.next();
		const first = this.name();
		switch (this.lexer.token) {
			case "=":
				return this.numericFor(first, line);
			case ",":
			case "in":
				return this.genericFor(first, line);
			default:
				throw this.lexer.error("'=' or 'in' expected");
		}
	}

	private numericFor(name: string, line: number): Statement {
		const scope = this.scope;
		const visible = scope.active.length;
		const hidden = this.hidden("(for index)", "(for limit)", "(for step)");
		const variable = this.declare(name);
		this.lexer.next();
		const start = this.settled(this.expression());
		this.require(",");
		const limit = this.settled(this.expression());
		const step = this.accept(",") ? this.settled(this.expression()) : undefined;
		this.activate(hidden);
		this.require("do");
		const prepareLine = this.lexer.lastLine;
		this.activate([variable]);
		const body = this.loopBody();
		scope.active.length = visible;
		this.close("end", "for", line);
		return { kind: "numericFor", variable, start, limit, step, body, line: prepareLine };
	}

	private genericFor(first: string, forLine: number): Statement {
		const scope = this.scope;
		const visible = scope.active.length;
		const hidden = this.hidden("(for generator)", "(for state)", "(for control)");
		const variables = [this.declare(first)];
		while (this.accept(",")) variables.push(this.declare(this.name()));
		this.require("in");
		scope.node.hasCalls = true;
		const line = this.lexer.line;
		const values = this.expressionList();
		this.settle(values.at(-1));
		this.release(0);
		this.activate(hidden);
		this.require("do");
		this.activate(variables);
		const body = this.loopBody();
		scope.active.length = visible;
		this.close("end", "for", forLine);
		return { kind: "genericFor", variables, values, body, line };
	}

	/** The variables that native keeps for a loop; they count, but no name reaches them. */
	private hidden(...names: string[]): Local[] {
		return names.map((name) => this.declare(name));
	}

	private functionStatement(line: number): Statement {
		this.lexer.next();
		let target: Expression & AssignTarget = this.resolve(this.name());
		let isMethod = false;
		while (this.lexer.token === "." || this.lexer.token === ":") {
			isMethod = this.lexer.token === ":";
			this.settle(target);
			this.lexer.next();
			target = { kind: "index", object: target, key: this.string(this.name()), line: 0 };
			if (isMethod) break;
		}
		const value = this.functionBody(isMethod, line);
		this.assigned(target);
		return { kind: "assign", targets: [target], values: [value], line };
	}

	private localFunction(): Statement {
		const local = this.declare(this.name());
		this.activate([local]);
		const value = this.functionBody(false, this.lexer.line);
		local.functionNode = value.node;
		return { kind: "localFunction", local, value };
	}

	private localStatement(): Statement {
		const locals: Local[] = [];
		do {
			locals.push(this.declare(this.name()));
		} while (this.accept(","));
		let values: Expression[] = [];
		if (this.accept("=")) {
			values = this.expressionList();
			this.place(values);
		}
		this.release(0);
		this.activate(locals);
		return { kind: "localDeclaration", locals, values };
	}

	private returnStatement(): Statement {
		this.lexer.next();
		if (BLOCK_END.has(this.lexer.token) || this.lexer.token === ";") return { kind: "return", values: [] };
		const values = this.expressionList();
		if (values.length > 1) this.place(values);
		else this.settle(values[0]);
		return { kind: "return", values };
	}

	private expressionStatement(): Statement {
		const first = this.suffixedExpression();
		if (first.kind === "call" || first.kind === "method") return { kind: "callStatement", call: first };
		return this.assignment(first);
	}

	private assignment(first: Expression): Statement {
		const targets: AssignTarget[] = [this.target(first)];
		while (this.accept(",")) {
			const next = this.suffixedExpression();
			this.limit(this.scope, targets.length, this.maxLevels - this.levels, "variables in assignment");
			targets.push(this.target(next));
		}
		this.require("=");
		const values = this.expressionList();
		if (targets.length > 1 || values.length > 1) this.place(values);
		else this.settle(values.at(-1));
		for (const target of targets) this.assigned(target);
		return { kind: "assign", targets, values, line: this.lexer.lastLine };
	}

	private target(expression: Expression): AssignTarget {
		switch (expression.kind) {
			case "local":
			case "upvalue":
			case "global":
			case "index":
				return expression;
			default:
				throw this.lexer.error("syntax error");
		}
	}

	private assigned(target: AssignTarget): void {
		if (target.kind === "local" || target.kind === "upvalue") target.local.reassigned = true;
	}

	// -- Functions ---------------------------------------------------------------

	private functionBody(isMethod: boolean, line: number): ClosureNode {
		const outer = this.scope;
		const node = new FunctionNode(outer.node, line);
		outer.node.children.push(node);
		this.scope = new Scope(node, outer);
		this.require("(");
		if (isMethod) this.parameter("self");
		if (this.lexer.token !== ")") this.parameters();
		this.require(")");
		node.body = this.block();
		node.lastLine = this.lexer.line;
		this.close("end", "function", line);
		this.scope = outer;
		return { kind: "closure", node };
	}

	private parameter(name: string): Local {
		const local = this.declare(name);
		this.activate([local]);
		this.scope.node.params.push(local);
		return local;
	}

	private parameters(): void {
		const node = this.scope.node;
		// All names are declared before any is in scope, which only shows in the limit.
		do {
			if (this.lexer.token === T_NAME) {
				this.parameter(this.name());
			} else if (this.lexer.token === "...") {
				this.lexer.next();
				node.isVararg = true;
				node.arg = this.declare("arg");
				this.activate([node.arg]);
			} else {
				throw this.lexer.error("<name> or '...' expected");
			}
		} while (!node.isVararg && this.accept(","));
	}

	// -- Expressions ---------------------------------------------------------------

	/** Gives a variable or index expression its line, once. */
	private settle(expression: Expression | undefined): void {
		if (expression === undefined) return;
		if ((expression.kind === "global" || expression.kind === "index") && expression.line === 0) {
			expression.line = this.lexer.lastLine;
		}
	}

	private settled(expression: Expression): Expression {
		this.settle(expression);
		return expression;
	}

	/** Settles the last expression of a list and gives it a register. */
	private place(list: readonly Expression[]): void {
		const last = list.at(-1);
		this.settle(last);
		if (last !== undefined && !isMultiple(last)) this.hold(1);
	}

	/** One or more expressions; the last is left for the caller to settle. */
	private expressionList(): Expression[] {
		const list = [this.expression()];
		while (this.accept(",")) {
			this.settle(list.at(-1));
			this.hold(1);
			list.push(this.expression());
		}
		return list;
	}

	private expression(): Expression {
		return this.subExpression(0);
	}

	private subExpression(limit: number): Expression {
		this.enter();
		const held = this.scope.temporaries;
		let left = this.operand();
		for (;;) {
			const operator = this.lexer.token;
			const binding = BINDING.get(operator);
			if (binding === undefined || binding[0] <= limit) break;
			this.lexer.next();
			this.settle(left);
			if (left.kind !== "local" && left.kind !== "number" && left.kind !== "string") this.hold(1);
			const right = this.subExpression(binding[1]);
			this.settle(right);
			this.release(held);
			left = this.binary(operator, left, right);
		}
		this.leave();
		return left;
	}

	private binary(operator: string, left: Expression, right: Expression): Expression {
		if (operator === "and" || operator === "or") {
			// Native leaves out a test whose outcome is known, which shows in how it names the value.
			if (decides(left, operator === "and"))
				return isMultiple(right) ? { kind: "paren", inner: right } : right;
			return { kind: "logical", operator, left, right };
		}
		if (left.kind === "number" && right.kind === "number") {
			const folded = fold(operator, left.value, right.value);
			if (folded !== undefined) return this.numberNode(folded);
		}
		return {
			kind: "binary",
			operator: operator as BinaryNode["operator"],
			left,
			right,
			line: this.lexer.lastLine,
		};
	}

	private operand(): Expression {
		const lexer = this.lexer;
		const token = lexer.token;
		if (token === "-" || token === "not" || token === "#") {
			lexer.next();
			const operand = this.settled(this.subExpression(UNARY_BINDING));
			if (token === "-" && operand.kind === "number") return this.numberNode(-operand.value);
			return { kind: "unary", operator: token, operand, line: lexer.lastLine };
		}
		return this.simpleExpression();
	}

	private numberNode(value: number): Expression {
		return { kind: "number", value };
	}

	private simpleExpression(): Expression {
		const lexer = this.lexer;
		switch (lexer.token) {
			case T_NUMBER: {
				const value = lexer.number;
				this.constant(value);
				lexer.next();
				return this.numberNode(value);
			}
			case T_STRING: {
				const value = lexer.value;
				lexer.next();
				return this.string(value);
			}
			case "nil":
				lexer.next();
				return { kind: "nil" };
			case "true":
			case "false": {
				const value = lexer.token === "true";
				lexer.next();
				return { kind: "boolean", value };
			}
			case "...":
				if (!this.scope.node.isVararg) {
					throw lexer.error("cannot use '...' outside a vararg function");
				}
				lexer.next();
				this.scope.node.usesVararg = true;
				return { kind: "vararg" };
			case "{":
				return this.table();
			case "function":
				lexer.next();
				return this.functionBody(false, lexer.line);
			default:
				return this.suffixedExpression();
		}
	}

	private primaryExpression(): Expression {
		const lexer = this.lexer;
		switch (lexer.token) {
			case "(": {
				const line = lexer.line;
				lexer.next();
				const inner = this.expression();
				this.close(")", "(", line);
				this.settle(inner);
				return inner.kind === "number" ? inner : { kind: "paren", inner };
			}
			case T_NAME:
				return this.resolve(this.name());
			default:
				throw lexer.error("unexpected symbol");
		}
	}

	private suffixedExpression(): Expression {
		const lexer = this.lexer;
		const held = this.scope.temporaries;
		let expression = this.primaryExpression();
		for (;;) {
			switch (lexer.token) {
				case ".": {
					this.settle(expression);
					lexer.next();
					expression = { kind: "index", object: expression, key: this.string(this.name()), line: 0 };
					break;
				}
				case "[": {
					this.settle(expression);
					lexer.next();
					const key = this.settled(this.expression());
					this.require("]");
					expression = { kind: "index", object: expression, key, line: 0 };
					break;
				}
				case ":": {
					lexer.next();
					const name = this.string(this.name());
					this.settle(expression);
					const selfLine = lexer.lastLine;
					this.hold(2);
					const line = lexer.line;
					const args = this.callArguments();
					expression = { kind: "method", object: expression, name, selfLine, args, line };
					break;
				}
				case "(":
				case T_STRING:
				case "{": {
					this.settle(expression);
					this.hold(1);
					const line = lexer.line;
					const args = this.callArguments();
					expression = { kind: "call", callee: expression, args, line };
					break;
				}
				default:
					this.release(held);
					return expression;
			}
			this.release(held);
		}
	}

	private callArguments(): Expression[] {
		const lexer = this.lexer;
		this.scope.node.hasCalls = true;
		switch (lexer.token) {
			case "(": {
				const line = lexer.line;
				if (line !== lexer.lastLine) {
					throw lexer.error("ambiguous syntax (function call x new statement)");
				}
				lexer.next();
				if (this.accept(")")) return [];
				const args = this.expressionList();
				this.close(")", "(", line);
				this.place(args);
				return args;
			}
			case "{":
				return [this.table()];
			case T_STRING: {
				const value = lexer.value;
				const node = this.string(value);
				lexer.next();
				return [node];
			}
			default:
				throw lexer.error("function arguments expected");
		}
	}

	private table(): Expression {
		const lexer = this.lexer;
		const line = lexer.line;
		const held = this.scope.temporaries;
		let constant: ConstantTable | undefined = new ConstantTable();
		let items: TableItem[] | undefined;
		let last: TableItem | undefined;
		// The item before is positional and not in its register yet.
		let waits = false;
		let positional = 0;
		this.hold(1);
		this.require("{");
		while (lexer.token !== "}") {
			if (waits) {
				this.settle(last?.value);
				this.hold(1);
				if (++positional % ITEMS_PER_FLUSH === 0) this.release(held + 1);
			}
			if (constant !== undefined && lexer.readConstantItem()) {
				last = undefined;
				waits = this.constantItem(constant);
				continue;
			}
			last = this.tableItem();
			waits = last.key === undefined;
			if (constant !== undefined && !constant.add(last)) {
				items = constant.items();
				constant = undefined;
			}
			items?.push(last);
			if (!this.accept(",") && !this.accept(";")) break;
		}
		this.close("}", "{", line);
		this.settle(last?.value);
		this.release(held);
		return { kind: "table", items, constant, line: lexer.lastLine };
	}

	/** Takes the item that the lexer has read whole; tells whether it is positional. */
	private constantItem(constant: ConstantTable): boolean {
		const { itemKey, itemValue } = this.lexer;
		// Native would parse the value as an expression, one level down.
		this.enter();
		this.leave();
		if (itemKey !== undefined) this.constant(itemKey);
		if (typeof itemValue !== "boolean") this.constant(itemValue);
		constant.push(itemKey, itemValue);
		return itemKey === undefined;
	}

	private tableItem(): TableItem {
		const lexer = this.lexer;
		if (lexer.readConstantKey()) {
			const { itemKey } = lexer;
			const key = typeof itemKey === "number" ? this.numberNode(itemKey) : this.string(itemKey as string);
			if (typeof itemKey === "number") this.constant(itemKey);
			const value = this.settled(this.expression());
			return { key, value, line: lexer.lastLine };
		}
		if (lexer.token === "[") {
			lexer.next();
			const key = this.settled(this.expression());
			this.require("]");
			return this.keyedItem(key);
		}
		if (lexer.token === T_NAME && lexer.peek() === "=") return this.keyedItem(this.string(this.name()));
		return { key: undefined, value: this.expression(), line: 0 };
	}

	private keyedItem(key: Expression): TableItem {
		this.require("=");
		const value = this.settled(this.expression());
		return { key, value, line: this.lexer.lastLine };
	}
}

/** Whether `and` (or `or`) goes on to its right operand whatever happens. */
function decides(left: Expression, isAnd: boolean): boolean {
	switch (left.kind) {
		case "number":
		case "string":
			return isAnd;
		case "boolean":
			return left.value === isAnd;
		case "nil":
			return !isAnd;
		default:
			return false;
	}
}

function isMultiple(expression: Expression): boolean {
	return expression.kind === "call" || expression.kind === "method" || expression.kind === "vararg";
}

/** Native folds arithmetic on numerals, but no division by zero and nothing that gives NaN. */
function fold(operator: string, a: number, b: number): number | undefined {
	let value: number;
	switch (operator) {
		case "+":
			value = a + b;
			break;
		case "-":
			value = a - b;
			break;
		case "*":
			value = a * b;
			break;
		case "/":
			if (b === 0) return undefined;
			value = a / b;
			break;
		case "%":
			if (b === 0) return undefined;
			value = a - Math.floor(a / b) * b;
			break;
		case "^":
			value = pow(a, b);
			break;
		default:
			return undefined;
	}
	return Number.isNaN(value) ? undefined : value;
}
