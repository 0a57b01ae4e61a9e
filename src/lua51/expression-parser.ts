// The expressions of Lua 5.1 §2.5, and when each of their parts is settled (see parser.ts).

import { ConstantTable } from "./constant-table.ts";
import { T_NAME, T_NUMBER, T_STRING } from "./lexer.ts";
import { pow } from "./libm.ts";
import { exact } from "./padding.ts";
import { ParserBase } from "./parser-base.ts";
import type { BinaryNode, ClosureNode, Expression, TableItem } from "./syntax.ts";

/** Native stores positional items fifty at a time. */
export const ITEMS_PER_FLUSH = 50;

/** Left and right binding power, Lua 5.1 §2.5.6. */
export const BINDING: ReadonlyMap<string, readonly [left: number, right: number]> = new Map([
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
export const UNARY_BINDING = 8;
const COMPARISON_BINDING = 3;

export abstract class ExpressionParser extends ParserBase {
	/** The parameters and body of a function; the current token is the `(`. */
	protected abstract functionBody(isMethod: boolean, line: number): ClosureNode;

	// -- Expressions ---------------------------------------------------------------

	/** Gives a variable or index expression its line, once. */
	protected settle(expression: Expression | undefined): void {
		if (expression === undefined) return;
		if ((expression.kind === "global" || expression.kind === "index") && expression.line === 0) {
			expression.line = this.lexer.lastLine;
		}
	}

	protected settled(expression: Expression): Expression {
		this.settle(expression);
		return expression;
	}

	/** Settles an expression whose value goes into a register. A numeral is a constant only then, or as operand. */
	protected load(expression: Expression | undefined): void {
		if (expression === undefined) return;
		switch (expression.kind) {
			case "global":
			case "index":
				if (expression.line === 0) expression.line = this.lexer.lastLine;
				break;
			case "number":
				this.constant(expression.value);
				break;
			case "logical":
				this.load(expression.right);
				break;
			case "paren":
				this.load(expression.inner);
		}
	}

	/** Settles an expression whose value is an operand as it is, if it can be. */
	protected operandOf(expression: Expression): void {
		switch (expression.kind) {
			case "nil":
				this.operandConstant(null);
				break;
			case "boolean":
				this.operandConstant(expression.value);
				break;
			case "unary": {
				const truth = truthOf(expression);
				if (truth !== undefined) this.operandConstant(truth);
				break;
			}
			case "paren":
				this.operandOf(expression.inner);
				break;
			default:
				this.load(expression);
		}
	}

	/** One or more expressions; the last is left for the caller to settle. */
	protected expressionList(): Expression[] {
		const list = [this.expression()];
		while (this.accept(",")) {
			this.load(list.at(-1));
			this.hold(1);
			list.push(this.expression());
		}
		return list.length === 1 ? list : exact(list);
	}

	protected expression(): Expression {
		return this.subExpression(0);
	}

	protected subExpression(limit: number): Expression {
		this.enter();
		const held = this.scope.temporaries;
		let left = this.operand();
		for (;;) {
			const operator = this.lexer.token;
			const binding = BINDING.get(operator);
			if (binding === undefined || binding[0] <= limit) break;
			this.lexer.next();
			this.leftOperand(operator, left);
			this.hold(1);
			const right = this.subExpression(binding[1]);
			this.release(held);
			left = this.binary(operator, left, right);
		}
		this.leave();
		return left;
	}

	/** What becomes of a left operand before the right one is read. */
	private leftOperand(operator: string, left: Expression): void {
		switch (operator) {
			case "and":
				this.jumpsFromHere();
				this.settle(left);
				break;
			case "or":
				this.jumpsFromHere();
				this.load(left);
				break;
			case "..":
				this.load(left);
				break;
			default:
				// Numerals in arithmetic wait for the right operand, with which they may be folded.
				if (numeralOf(left) === undefined || isComparison(operator)) this.operandOf(left);
		}
	}

	protected binary(operator: string, left: Expression, right: Expression): Expression {
		if (operator === "and" || operator === "or") {
			this.settle(right);
			// Native leaves out a test whose outcome is known, which shows in how it names the value.
			if (truthOf(left) === (operator === "and"))
				return isMultiple(right) ? { kind: "paren", inner: right } : right;
			return { kind: "logical", operator, left, right };
		}
		const a = numeralOf(left);
		const b = numeralOf(right);
		if (a !== undefined && b !== undefined) {
			const folded = fold(operator, a, b);
			if (folded !== undefined) {
				const result = withNumeral(right, folded);
				return left.kind === "number" ? result : { kind: "logical", operator: "and", left, right: result };
			}
		}
		if (operator === "..") this.load(right);
		else {
			this.operandOf(right);
			if (a !== undefined) this.operandOf(left);
		}
		return {
			kind: "binary",
			operator: operator as BinaryNode["operator"],
			left,
			right,
			line: this.lexer.lastLine,
		};
	}

	protected operand(): Expression {
		const lexer = this.lexer;
		const token = lexer.token;
		if (token === "-" || token === "not" || token === "#") {
			lexer.next();
			const operand = this.settled(this.subExpression(UNARY_BINDING));
			const value = token === "-" ? numeralOf(operand) : undefined;
			if (value !== undefined) return withNumeral(operand, -value);
			if (token !== "not") this.load(operand);
			return { kind: "unary", operator: token, operand, line: lexer.lastLine };
		}
		return this.simpleExpression();
	}

	protected numberNode(value: number): Expression {
		return { kind: "number", value };
	}

	protected simpleExpression(): Expression {
		const lexer = this.lexer;
		switch (lexer.token) {
			case T_NUMBER: {
				const value = lexer.number;
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

	protected primaryExpression(): Expression {
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

	protected suffixedExpression(): Expression {
		const lexer = this.lexer;
		const held = this.scope.temporaries;
		let expression = this.primaryExpression();
		for (;;) {
			switch (lexer.token) {
				case ".": {
					this.load(expression);
					lexer.next();
					expression = { kind: "index", object: expression, key: this.string(this.name()), line: 0 };
					break;
				}
				case "[": {
					this.load(expression);
					this.hold(1);
					lexer.next();
					const key = this.settled(this.expression());
					this.require("]");
					this.operandOf(key);
					expression = { kind: "index", object: expression, key, line: 0 };
					break;
				}
				case ":": {
					lexer.next();
					const name = this.string(this.name());
					this.load(expression);
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
					this.load(expression);
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

	protected callArguments(): Expression[] {
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
				this.load(args.at(-1));
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

	protected table(): Expression {
		const lexer = this.lexer;
		const { line, start } = lexer;
		const { foreignText } = this.scope;
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
				this.load(last?.value);
				this.hold(1);
				if (++positional % ITEMS_PER_FLUSH === 0) this.release(held + 1);
			}
			// Native parses the value as an expression, one level down, which may be one too many.
			if (constant !== undefined && this.levels < this.maxLevels && lexer.readConstantItem()) {
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
		this.load(last?.value);
		this.release(held);
		if (constant !== undefined) {
			constant.trim();
			this.measureTable(constant, start, foreignText);
		}
		return { kind: "table", items: items && exact(items), constant, line: lexer.lastLine };
	}

	/** Takes the item that the lexer has read whole; tells whether it is positional. */
	protected constantItem(constant: ConstantTable): boolean {
		const { itemKey, itemValue } = this.lexer;
		if (itemKey !== undefined) this.constant(itemKey);
		if (typeof itemValue !== "boolean") this.constant(itemValue);
		else if (itemKey !== undefined) this.operandConstant(itemValue);
		constant.push(itemKey, itemValue);
		return itemKey === undefined;
	}

	protected tableItem(): TableItem {
		const lexer = this.lexer;
		if (lexer.readConstantKey()) {
			const { itemKey } = lexer;
			const key = typeof itemKey === "number" ? this.numberNode(itemKey) : this.string(itemKey as string);
			if (typeof itemKey === "number") this.constant(itemKey);
			return this.itemValue(key);
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

	protected keyedItem(key: Expression): TableItem {
		this.require("=");
		this.operandOf(key);
		return this.itemValue(key);
	}

	private itemValue(key: Expression): TableItem {
		const held = this.scope.temporaries;
		this.hold(1);
		const value = this.expression();
		this.operandOf(value);
		this.release(held);
		return { key, value, line: this.lexer.lastLine };
	}
}

/** Whether a value is known to be true or false without running anything. */
function truthOf(value: Expression): boolean | undefined {
	switch (value.kind) {
		case "nil":
			return false;
		case "boolean":
			return value.value;
		case "number":
		case "string":
			return true;
		case "paren":
			return truthOf(value.inner);
		case "unary": {
			const truth = value.operator === "not" ? truthOf(value.operand) : undefined;
			return truth === undefined ? undefined : !truth;
		}
		default:
			return undefined;
	}
}

/**
 * The value of what native takes for a numeral: also that of `(x or 1) and 2`, whose tests have a known outcome. `x` is
 * evaluated before.
 */
function numeralOf(node: Expression): number | undefined {
	switch (node.kind) {
		case "number":
			return node.value;
		case "paren":
			return numeralOf(node.inner);
		case "logical":
			return node.operator === "and" && isAlwaysTrue(node.left) ? numeralOf(node.right) : undefined;
		default:
			return undefined;
	}
}

/** Goes down to the left without recursion: there are no limits to the length of a chain. */
function isAlwaysTrue(node: Expression): boolean {
	let at = node;
	for (;;) {
		if (at.kind === "paren") {
			at = at.inner;
			continue;
		}
		if (at.kind !== "logical") return truthOf(at) === true;
		if (!isAlwaysTrue(at.right)) return false;
		if (at.operator === "or") return true;
		at = at.left;
	}
}

/** The same with another value. */
function withNumeral(node: Expression, value: number): Expression {
	switch (node.kind) {
		case "paren":
			return withNumeral(node.inner, value);
		case "logical":
			return { ...node, right: withNumeral(node.right, value) };
		default:
			return { kind: "number", value };
	}
}

function isComparison(operator: string): boolean {
	return BINDING.get(operator)?.[0] === COMPARISON_BINDING;
}

function isMultiple(expression: Expression): boolean {
	return expression.kind === "call" || expression.kind === "method" || expression.kind === "vararg";
}

/** Native folds arithmetic on numerals, but no division by zero and nothing that gives NaN. */
export function fold(operator: string, a: number, b: number): number | undefined {
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
