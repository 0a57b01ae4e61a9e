// The expressions of a chunk that is read for its instructions (instruction-counter.ts).

import { BINDING, fold, ITEMS_PER_FLUSH, UNARY_BINDING } from "./expression-parser.ts";
import { FunctionCode, Value } from "./function-code.ts";
import { EndOfReading, type JumpList, type Opcode } from "./instruction-list.ts";
import { type Lexer, T_NAME, T_NUMBER, T_STRING } from "./lexer.ts";
import { MAX_UPVALUES } from "./native-limits.ts";

export interface Block {
	readonly parent: Block | undefined;
	readonly firstLocal: number;
	readonly isLoop: boolean;
	/** A closure has a variable of it, which ends with the block. */
	isCaptured: boolean;
	breaks: JumpList | undefined;
}

/** A function that is being read. */
export class CodeScope {
	readonly code = new FunctionCode();
	readonly parent: CodeScope | undefined;
	/** Local variables in scope; the place is the register. */
	readonly locals: string[] = [];
	/** What each upvalue is in the enclosing function: "local 3", "upvalue 0". */
	readonly upvalues: string[] = [];
	block: Block | undefined = undefined;

	constructor(parent: CodeScope | undefined) {
		this.parent = parent;
	}
}

const ARITHMETIC: Readonly<Record<string, Opcode>> = {
	"+": "ADD",
	"-": "SUB",
	"*": "MUL",
	"/": "DIV",
	"%": "MOD",
	"^": "POW",
};
const COMPARISON: Readonly<Record<string, "EQ" | "LT" | "LE">> = {
	"==": "EQ",
	"~=": "EQ",
	"<": "LT",
	">": "LT",
	"<=": "LE",
	">=": "LE",
};

export abstract class ExpressionCounter {
	/** Of all functions, in the order in which they begin. */
	readonly functions: FunctionCode[] = [];
	readonly lexer: Lexer;
	private readonly end: number;
	private readonly maxLevels: number;
	private levels = 0;
	protected scope = new CodeScope(undefined);

	/** The parameters and body of a function; the current token is the `(`. */
	protected abstract functionBody(isMethod: boolean): Value;

	/** Tokens that begin behind `end` are not read, nor what is nested deeper than `maxLevels`. */
	constructor(lexer: Lexer, maxLevels: number, end: number) {
		this.lexer = lexer;
		this.maxLevels = maxLevels;
		this.end = end;
	}

	protected enter(): void {
		if (++this.levels > this.maxLevels) throw new EndOfReading();
	}

	protected leave(): void {
		this.levels--;
	}

	protected get code(): FunctionCode {
		return this.scope.code;
	}

	// -- Tokens -----------------------------------------------------------------

	protected next(): void {
		this.lexer.next();
		if (this.lexer.start > this.end) throw new EndOfReading();
	}

	protected check(token: string): void {
		if (this.lexer.token !== token) throw new EndOfReading();
	}

	protected require(token: string): void {
		this.check(token);
		this.next();
	}

	protected accept(token: string): boolean {
		if (this.lexer.token !== token) return false;
		this.next();
		return true;
	}

	protected name(): string {
		this.check(T_NAME);
		const name = this.lexer.value;
		this.next();
		return name;
	}

	// -- Variables ----------------------------------------------------------------

	/** Brings variables into scope; their values are in registers already. */
	protected activate(names: readonly string[]): void {
		for (const name of names) this.scope.locals.push(name);
		this.code.activeLocals = this.scope.locals.length;
	}

	protected resolve(name: string): Value {
		const value = this.find(this.scope, name, true);
		if (value !== undefined) return value;
		this.code.constant(name);
		return new Value("global");
	}

	private find(scope: CodeScope, name: string, isOwn: boolean): Value | undefined {
		const register = scope.locals.lastIndexOf(name);
		if (register >= 0) {
			if (!isOwn) capture(scope, register);
			return new Value("local", register);
		}
		if (scope.parent === undefined) return undefined;
		const outer = this.find(scope.parent, name, false);
		if (outer === undefined) return undefined;
		const variable = `${outer.kind} ${outer.info}`;
		let index = scope.upvalues.indexOf(variable);
		if (index < 0) {
			if (scope.upvalues.length >= MAX_UPVALUES) throw new EndOfReading();
			index = scope.upvalues.push(variable) - 1;
		}
		return new Value("upvalue", index);
	}

	// -- Expressions ---------------------------------------------------------------

	/** One or more expressions; the last is left for the caller to settle. */
	protected expressionList(): { count: number; last: Value } {
		let count = 1;
		let last = this.expression();
		while (this.accept(",")) {
			this.code.toNextRegister(last);
			last = this.expression();
			count++;
		}
		return { count, last };
	}

	/** A list whose values fill `wanted` registers. */
	protected adjustedList(wanted: number): void {
		const { count, last } = this.expressionList();
		this.code.adjust(wanted, count, last);
	}

	protected expression(limit = 0): Value {
		this.enter();
		let left = this.operand();
		for (;;) {
			const operator = this.lexer.token;
			const binding = BINDING.get(operator);
			if (binding === undefined || binding[0] <= limit) break;
			this.next();
			this.leftOperand(operator, left);
			left = this.binary(operator, left, this.expression(binding[1]));
		}
		this.leave();
		return left;
	}

	private leftOperand(operator: string, left: Value): void {
		const { code } = this;
		switch (operator) {
			case "and":
				code.continueIfTrue(left);
				break;
			case "or":
				code.continueIfFalse(left);
				break;
			case "..":
				code.toNextRegister(left);
				break;
			default:
				if (ARITHMETIC[operator] === undefined || !left.isNumeral) code.toOperand(left);
		}
	}

	private binary(operator: string, left: Value, right: Value): Value {
		const { code } = this;
		switch (operator) {
			case "and":
				code.read(right);
				right.whenFalse = code.joined(right.whenFalse, left.whenFalse);
				return right;
			case "or":
				code.read(right);
				right.whenTrue = code.joined(right.whenTrue, left.whenTrue);
				return right;
			case "..":
				code.concatenation(left, right);
				return left;
		}
		const comparison = COMPARISON[operator];
		if (comparison !== undefined) {
			code.comparison(comparison, left, right);
			return left;
		}
		if (left.isNumeral && right.isNumeral) {
			const folded = fold(operator, left.number, right.number);
			if (folded !== undefined) {
				left.number = folded;
				return left;
			}
		}
		code.arithmetic(ARITHMETIC[operator] as Opcode, left, right);
		return left;
	}

	private operand(): Value {
		const { code, lexer } = this;
		const { token } = lexer;
		if (token !== "-" && token !== "not" && token !== "#") return this.simpleExpression();
		this.next();
		const value = this.expression(UNARY_BINDING);
		if (token === "not") code.not(value);
		else if (token === "-" && value.isNumeral) value.number = -value.number;
		else {
			code.toAnyRegister(value);
			code.arithmetic(token === "-" ? "UNM" : "LEN", value, undefined);
		}
		return value;
	}

	private simpleExpression(): Value {
		const { code, lexer } = this;
		let value: Value;
		switch (lexer.token) {
			case T_NUMBER:
				value = new Value("number");
				value.number = lexer.number;
				break;
			case T_STRING:
				value = code.string(lexer.value);
				break;
			case "nil":
			case "true":
			case "false":
				value = new Value(lexer.token);
				break;
			case "...":
				value = new Value("varargs", code.emit("VARARG"));
				break;
			case "{":
				return this.table();
			case "function":
				this.next();
				return this.functionBody(false);
			default:
				return this.suffixedExpression();
		}
		this.next();
		return value;
	}

	private primaryExpression(): Value {
		if (this.lexer.token !== "(") return this.resolve(this.name());
		this.next();
		const value = this.expression();
		this.require(")");
		this.code.read(value);
		return value;
	}

	protected suffixedExpression(): Value {
		const { code, lexer } = this;
		const value = this.primaryExpression();
		for (;;) {
			switch (lexer.token) {
				case ".":
					this.field(value);
					break;
				case "[": {
					code.toAnyRegister(value);
					code.index(value, this.bracketKey());
					break;
				}
				case ":": {
					this.next();
					code.method(value, code.string(this.name()));
					this.callArguments(value);
					break;
				}
				case "(":
				case T_STRING:
				case "{":
					code.toNextRegister(value);
					this.callArguments(value);
					break;
				default:
					return value;
			}
		}
	}

	protected field(object: Value): void {
		this.code.toAnyRegister(object);
		this.next();
		this.code.index(object, this.code.string(this.name()));
	}

	private bracketKey(): Value {
		this.next();
		const key = this.expression();
		this.code.settle(key);
		this.require("]");
		return key;
	}

	/** Calls the function in a register, and what is above it, with arguments. */
	private callArguments(callee: Value): void {
		const { code, lexer } = this;
		let last = new Value("none");
		switch (lexer.token) {
			case "(":
				this.next();
				if (!this.accept(")")) {
					last = this.expressionList().last;
					if (last.isMultiple) code.allResults(last);
					this.require(")");
				}
				break;
			case "{":
				last = this.table();
				break;
			default:
				this.check(T_STRING);
				last = code.string(lexer.value);
				this.next();
		}
		if (!last.isMultiple && last.kind !== "none") code.toNextRegister(last);
		code.emit("CALL");
		callee.kind = "call";
		code.freeRegister = callee.info + 1;
	}

	// -- Constructors ---------------------------------------------------

	private table(): Value {
		const { code, lexer } = this;
		const value = code.result("NEWTABLE");
		const table = code.toNextRegister(value);
		this.require("{");
		/** Positional items so far, and how many of them are not stored yet. */
		let total = 0;
		let waiting = 0;
		let last = new Value("none");
		while (lexer.token !== "}") {
			if (last.kind !== "none") {
				code.toNextRegister(last);
				last = new Value("none");
				if (waiting === ITEMS_PER_FLUSH) {
					code.setList(table, total);
					waiting = 0;
				}
			}
			if (lexer.token === "[" || (lexer.token === T_NAME && lexer.peek() === "=")) {
				this.keyedItem();
			} else {
				last = this.expression();
				total++;
				waiting++;
			}
			if (!this.accept(",") && !this.accept(";")) break;
		}
		this.require("}");
		if (waiting > 0) {
			if (last.isMultiple) code.allResults(last);
			else if (last.kind !== "none") code.toNextRegister(last);
			code.setList(table, total);
		}
		return value;
	}

	private keyedItem(): void {
		const { code, lexer } = this;
		const before = code.freeRegister;
		const key = lexer.token === "[" ? this.bracketKey() : code.string(this.name());
		this.require("=");
		code.toOperand(key);
		code.toOperand(this.expression());
		code.emit("SETTABLE");
		code.freeRegister = before;
	}
}

/** Notes that a closure has the local variable in `register`. */
function capture(scope: CodeScope, register: number): void {
	let { block } = scope;
	while (block !== undefined && block.firstLocal > register) block = block.parent;
	if (block !== undefined) block.isCaptured = true;
}
