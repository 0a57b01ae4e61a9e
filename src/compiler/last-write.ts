// What an iterator that cannot be called is named: "attempt to call global 't' (a table value)" for
// `for k, v in next, t, nil, t do`. Native calls a copy of the iterator, in the register behind the loop's
// three hidden variables, and looks for the instruction that last wrote there, as for every register that is no
// variable. It finds whatever the function computed there before: a fourth value, an operand, an item of a table
// some statements earlier. A call writes to all registers from its own on, and then there is no name.
//
// So this walks through a function up to the loop as native's search does (ldebug.c, `symbexec`: in the order of
// the instructions, every forward jump taken that does not lead beyond the loop) and allots registers as native's
// compiler does (lcode.c). It runs when the error is raised, never before.

import { ITEMS_PER_FLUSH } from "../lua51/expression-parser.ts";
import type { ObjectName } from "../lua51/proto.ts";
import type { Block, Expression, FunctionNode, IndexNode, Local, Statement } from "../lua51/syntax.ts";
import { isMultiple } from "./expressions.ts";
import { keyName, withoutParentheses } from "./names.ts";

type Loop = Extract<Statement, { kind: "genericFor" }>;
type Assignment = Extract<Statement, { kind: "assign" }>;

const NUMERIC_HIDDEN = ["(for index)", "(for limit)", "(for step)"];
const GENERIC_HIDDEN = ["(for generator)", "(for state)", "(for control)"];

/** Finds how native names what `loop` calls. It holds on to the tree and to nothing of the emitter: sites stay. */
export function iteratorFinder(node: FunctionNode, loop: Loop): () => ObjectName | undefined {
	return () => nameOf(node, loop, undefined);
}

/** The name of what a register holds at the loop; of the iterator's copy if the register is undefined. */
function nameOf(node: FunctionNode, loop: Loop, register: number | undefined): ObjectName | undefined {
	const walk = new Walk(node, loop, register);
	walk.run();
	if (walk.copied === undefined) return walk.name;
	// A copy of a variable: of the one that has this register now, or of what was written there.
	const { visible, copied } = walk;
	return visible[copied] === undefined
		? nameOf(node, loop, copied)
		: { kind: "local", name: visible[copied] };
}

class Walk {
	/** Names of the variables at the loop, by register. */
	visible: readonly string[] = [];
	name: ObjectName | undefined = undefined;
	/** The register that the last write copied. */
	copied: number | undefined = undefined;
	private readonly node: FunctionNode;
	private readonly loop: Loop;
	private target: number;
	/** The statements around the loop, and the loop. */
	private readonly path: ReadonlySet<Statement>;
	/** Variables by register. */
	private active: string[] = [];
	private readonly registers = new Map<Local, number>();
	private reached = false;

	constructor(node: FunctionNode, loop: Loop, register: number | undefined) {
		this.node = node;
		this.loop = loop;
		this.path = new Set(pathTo(node.body, loop));
		this.target = register ?? this.registersAtLoop();
	}

	run(): void {
		this.active = [];
		this.declareParameters();
		this.block(this.node.body);
	}

	// -- Registers ---------------------------------------------------------------------

	/** How many registers are variables at the loop. */
	private registersAtLoop(): number {
		this.target = -1;
		this.run();
		return this.visible.length;
	}

	private declareParameters(): void {
		this.reached = false;
		for (const parameter of this.node.params) this.declare(parameter);
		if (this.node.arg !== undefined) this.declare(this.node.arg);
	}

	private declare(local: Local): void {
		this.registers.set(local, this.active.length);
		this.active.push(local.name);
	}

	private registerOf(local: Local): number {
		return this.registers.get(local) ?? -1;
	}

	private write(register: number, name?: ObjectName, copied?: number): void {
		if (register !== this.target) return;
		this.name = name;
		this.copied = copied;
	}

	/** A call writes to its register and all above. */
	private call(register: number): void {
		if (this.target >= register) this.write(this.target);
	}

	// -- Statements --------------------------------------------------------------------

	/** Whether it ends in a `break` that is taken. */
	private block(block: Block): boolean {
		const depth = this.active.length;
		for (const statement of block.statements) {
			const left = this.statement(statement);
			if (this.reached) return false;
			if (left) {
				this.active.length = depth;
				return true;
			}
		}
		this.active.length = depth;
		return false;
	}

	private statement(statement: Statement): boolean {
		const free = this.active.length;
		const isAround = this.path.has(statement);
		switch (statement.kind) {
			case "localDeclaration":
				this.adjusted(statement.values, statement.locals.length, free);
				for (const local of statement.locals) this.declare(local);
				return false;
			case "localFunction":
				this.write(free);
				this.declare(statement.local);
				return false;
			case "assign":
				this.assignment(statement, free);
				return false;
			case "callStatement":
				this.call(free);
				return false;
			case "do":
				return this.block(statement.body);
			case "while":
				if (isAround) this.condition(statement.condition, false, free, false);
				else if (this.condition(statement.condition, false, free) === false) return false;
				this.block(statement.body);
				return false;
			case "repeat":
				this.repeat(statement);
				return false;
			case "if":
				return this.ifStatement(statement, isAround, free);
			case "numericFor": {
				const { start, limit, step, variable } = statement;
				this.value(start, free);
				this.value(limit, free + 1);
				if (step === undefined) this.write(free + 2);
				else this.value(step, free + 2);
				this.write(free);
				if (isAround) this.loopBody(NUMERIC_HIDDEN, [variable], statement.body);
				return false;
			}
			case "genericFor": {
				this.adjusted(statement.values, GENERIC_HIDDEN.length, free);
				if (statement === this.loop) {
					this.visible = [...this.active, ...GENERIC_HIDDEN];
					this.reached = true;
				} else if (isAround) this.loopBody(GENERIC_HIDDEN, statement.variables, statement.body);
				else this.call(free + 2);
				return false;
			}
			case "return":
				this.returned(statement.values, free);
				return false;
			case "break":
				return true;
		}
	}

	private loopBody(hidden: readonly string[], variables: readonly Local[], body: Block): void {
		this.active.push(...hidden);
		for (const variable of variables) this.declare(variable);
		this.block(body);
	}

	private repeat(statement: Extract<Statement, { kind: "repeat" }>): void {
		const depth = this.active.length;
		for (const inner of statement.body.statements) {
			const left = this.statement(inner);
			if (this.reached) return;
			if (left) {
				this.active.length = depth;
				return;
			}
		}
		// Back is no way forward: it goes on behind the loop.
		this.condition(statement.condition, false, this.active.length, false);
		this.active.length = depth;
	}

	private ifStatement(
		statement: Extract<Statement, { kind: "if" }>,
		isAround: boolean,
		free: number,
	): boolean {
		for (const { condition, body } of statement.clauses) {
			const leads = isAround && pathTo(body, this.loop).length > 0;
			const exit = this.condition(condition, false, free, leads ? false : undefined);
			if (exit === false) continue;
			const left = this.block(body);
			if (this.reached || left) return left;
			if (!isAround) return false;
		}
		return statement.otherwise === undefined ? false : this.block(statement.otherwise);
	}

	private assignment({ targets, values }: Assignment, from: number): void {
		let free = from;
		const indexed: IndexNode[] = [];
		for (const target of targets) {
			if (target.kind === "index") {
				free = this.operands([target.object, target.key], free);
				indexed.push(target);
			} else if (target.kind === "local" && indexed.some((each) => uses(each, target.local))) {
				this.write(free, undefined, this.registerOf(target.local));
				free++;
			}
		}
		const last = targets.at(-1);
		const value = values.at(-1);
		let stored = targets.length;
		if (values.length === targets.length && last !== undefined && value !== undefined) {
			for (const each of values.slice(0, -1)) this.value(each, free++);
			if (last.kind === "local") this.value(value, free, this.registerOf(last.local));
			else if (last.kind === "index") this.operand(value, free);
			else this.register(value, free);
			stored--;
		} else this.adjusted(values, targets.length, free);
		for (const target of targets.slice(0, stored))
			if (target.kind === "local") this.write(this.registerOf(target.local));
	}

	/** As many values as there are variables. */
	private adjusted(values: readonly Expression[], wanted: number, from: number): void {
		let free = from;
		for (const value of values) this.value(value, free++);
		for (; free < from + wanted; free++) if (!isMultiple(values.at(-1))) this.write(free);
	}

	private returned(values: readonly Expression[], free: number): void {
		const only = values[0];
		if (values.length === 1 && only !== undefined) this.register(only, free);
		else this.adjusted(values, 0, free);
	}

	// -- Expressions -------------------------------------------------------------------

	/** The value in a register, the first free one if no other is named. */
	private value(written: Expression, free: number, register = free): void {
		const expression = folded(written);
		switch (expression.kind) {
			case "paren":
				this.value(expression.inner, free, register);
				break;
			case "local": {
				const from = this.registerOf(expression.local);
				if (from !== register) this.write(register, undefined, from < register ? from : undefined);
				break;
			}
			case "upvalue":
				this.write(register, { kind: "upvalue", name: expression.local.name });
				break;
			case "global":
				this.write(register, { kind: "global", name: expression.name });
				break;
			case "index":
				this.operands([expression.object, expression.key], free);
				this.write(register, { kind: "field", name: keyName(expression.key) });
				break;
			case "call":
			case "method":
				this.call(free);
				if (register !== free) this.write(register);
				break;
			case "table":
				this.write(free);
				this.items(expression, free);
				if (register !== free) this.write(register);
				break;
			case "logical": {
				const exit = expression.operator === "or";
				if (this.condition(expression.left, exit, free, undefined, register) === exit) this.write(register);
				else this.value(expression.right, free, register);
				break;
			}
			case "binary":
				if (expression.operator === "..") this.concatenation(expression, free);
				else this.operands([expression.left, expression.right], free);
				this.write(register);
				break;
			case "unary":
				if (expression.operator === "not" && isCondition(expression.operand))
					this.condition(expression.operand, false, free);
				else this.register(expression.operand, free);
				this.write(register);
				break;
			case "nil":
			case "boolean":
			case "number":
			case "string":
			case "vararg":
			case "closure":
				this.write(register);
		}
	}

	/** The value in any register; gives the next free one. */
	private register(expression: Expression, free: number): number {
		const inner = expression.kind === "paren" ? expression.inner : expression;
		if (inner.kind === "local") return free;
		this.value(inner, free);
		return free + 1;
	}

	/** The same, or a constant that is part of the instruction. */
	private operand(expression: Expression, free: number): number {
		return isConstant(folded(expression)) ? free : this.register(expression, free);
	}

	private operands(expressions: readonly Expression[], from: number): number {
		return expressions.reduce((free, expression) => this.operand(expression, free), from);
	}

	/** One instruction of native's for all of `a .. b .. (c .. d)`. */
	private concatenation(expression: Expression, free: number): void {
		const inner = withoutParentheses(expression);
		if (inner.kind !== "binary" || inner.operator !== "..") {
			this.value(expression, free);
			return;
		}
		this.value(inner.left, free);
		this.concatenation(inner.right, free + 1);
	}

	private items(expression: Extract<Expression, { kind: "table" }>, table: number): void {
		let waiting = 0;
		for (const { key, value } of expression.items ?? expression.constant?.items() ?? []) {
			if (waiting === ITEMS_PER_FLUSH) waiting = 0;
			const free = table + 1 + waiting;
			if (key === undefined) {
				this.value(value, free);
				waiting++;
			} else this.operands([key, value], free);
		}
	}

	/**
	 * How a condition ends when every jump in it is taken that is met (names.ts has the same without registers):
	 * true, false, or undefined where there is no jump. Jumps to `kept` lead beyond the loop and are not taken.
	 * Where the value is wanted that makes it jump, the test puts it into the register `result`.
	 */
	private condition(
		written: Expression,
		jumpsOn: boolean,
		free: number,
		kept?: boolean,
		result?: number,
	): boolean | undefined {
		const taken = (exit: boolean) => (exit === kept ? undefined : exit);
		const expression = folded(written);
		switch (expression.kind) {
			case "paren":
				return this.condition(expression.inner, jumpsOn, free, kept, result);
			case "nil":
			case "boolean":
			case "number":
			case "string":
				if (isTrue(expression) !== jumpsOn) return undefined;
				break;
			case "logical": {
				const exit = expression.operator === "or";
				const isSame = exit === jumpsOn;
				const left = this.condition(
					expression.left,
					exit,
					free,
					exit === kept ? kept : undefined,
					isSame ? result : undefined,
				);
				return left === exit ? exit : this.condition(expression.right, jumpsOn, free, kept, result);
			}
			case "unary":
				if (expression.operator === "not") {
					const turned = kept === undefined ? undefined : !kept;
					const inner = this.condition(expression.operand, !jumpsOn, free, turned);
					return inner === undefined ? undefined : !inner;
				}
				break;
			case "binary":
				if (isComparison(expression.operator)) {
					this.operands([expression.left, expression.right], free);
					return taken(jumpsOn);
				}
				break;
			default:
		}
		// Native's search takes the test for a write.
		if (expression.kind !== "local") this.value(expression, free);
		this.write(result ?? (expression.kind === "local" ? this.registerOf(expression.local) : free));
		return taken(jumpsOn);
	}
}

/** The statements around the loop from the outermost on, and the loop itself; none if it is not there. */
function pathTo(block: Block, loop: Loop): Statement[] {
	for (const statement of block.statements) {
		if (statement === loop) return [statement];
		for (const inner of blocksOf(statement)) {
			const path = pathTo(inner, loop);
			if (path.length > 0) return [statement, ...path];
		}
	}
	return [];
}

function blocksOf(statement: Statement): readonly Block[] {
	switch (statement.kind) {
		case "do":
		case "while":
		case "repeat":
		case "numericFor":
		case "genericFor":
			return [statement.body];
		case "if": {
			const blocks = statement.clauses.map(({ body }) => body);
			return statement.otherwise === undefined ? blocks : [...blocks, statement.otherwise];
		}
		default:
			return [];
	}
}

function uses({ object, key }: IndexNode, local: Local): boolean {
	return [object, key].some((each) => {
		const inner = withoutParentheses(each);
		return inner.kind === "local" && inner.local === local;
	});
}

function isComparison(operator: string): boolean {
	return /^[=~<>]/.test(operator);
}

type Constant = Extract<Expression, { kind: "nil" | "boolean" | "number" | "string" }>;

function isConstant(expression: Expression): expression is Constant {
	return ["nil", "boolean", "number", "string"].includes(expression.kind);
}

function isTrue(constant: Constant): boolean {
	return constant.kind === "boolean" ? constant.value : constant.kind !== "nil";
}

/** Native's compiler computes `not` of a constant. */
function folded(expression: Expression): Expression {
	if (expression.kind === "paren") {
		const inner = folded(expression.inner);
		return isConstant(inner) ? inner : expression;
	}
	if (expression.kind !== "unary" || expression.operator !== "not") return expression;
	const operand = folded(expression.operand);
	return isConstant(operand) ? { kind: "boolean", value: !isTrue(operand) } : expression;
}

/** Whether native computes it with jumps. */
function isCondition(expression: Expression): boolean {
	switch (expression.kind) {
		case "paren":
			return isCondition(expression.inner);
		case "binary":
			return isComparison(expression.operator);
		case "unary":
			return expression.operator === "not" && isCondition(expression.operand);
		default:
			return expression.kind === "logical";
	}
}
