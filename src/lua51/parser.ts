// Lua 5.1 §8, the complete syntax, to a syntax tree.
//
// Lines. Native gives each instruction the line of the last token it had consumed when it
// made the instruction, and a variable or index expression becomes an instruction only when
// its value is needed ("settled" here): `a.b` in `f(a.b\n)` has the line of the `)`. Errors
// and tracebacks show these lines, so the parser settles at the same moments: after the
// operator for a left operand, after the comma for an argument, and so on.

import { LuaError } from "./error.ts";
import { ExpressionParser } from "./expression-parser.ts";
import { findPassedLimit } from "./instruction-counter.ts";
import { Lexer, T_EOF, T_NAME } from "./lexer.ts";
import { canJumpTooFar, MAX_LEVELS } from "./native-limits.ts";
import { exact } from "./padding.ts";
import { BLOCK_END } from "./parser-base.ts";
import { Scope } from "./scope.ts";
import {
	type AssignTarget,
	type Block,
	type ClosureNode,
	type Expression,
	FunctionNode,
	type IfClause,
	type Local,
	type Statement,
} from "./syntax.ts";

/** Of an assignment: the target's table and key, a copy of what the next one assigns to, the value. */
const REGISTERS_PER_TARGET = 4;

/**
 * Parses a chunk; throws a LuaError with native's message when it is not Lua 5.1.
 * `cCalls` is how many C calls native would be in: they leave less room for nesting. With
 * `allAssigned` every variable counts as assigned to after its declaration.
 */
export function parseChunk(
	text: string,
	chunkName: string,
	cCalls: number,
	allAssigned = false,
): FunctionNode {
	const lexer = new Lexer(text, chunkName);
	const maxLevels = MAX_LEVELS - cCalls;
	const parser = new Parser(lexer, maxLevels, allAssigned);
	let main: FunctionNode;
	try {
		main = parser.chunk();
	} catch (error) {
		const mayPassLimit = parser.mayPassLimit || canJumpTooFar(text.length);
		if (!(error instanceof LuaError && mayPassLimit)) throw error;
		throw findPassedLimit(text, chunkName, maxLevels, lexer.start) ?? error;
	}
	const error = parser.mayPassLimit ? findPassedLimit(text, chunkName, maxLevels) : undefined;
	if (error !== undefined) throw error;
	return main;
}

class Parser extends ExpressionParser {
	chunk(): FunctionNode {
		this.lexer.next();
		const main = this.scope.node;
		main.body = this.block();
		if (this.lexer.token !== T_EOF) throw this.expected(T_EOF);
		main.lastLine = this.lexer.line;
		main.trim();
		this.measureFunction(this.scope, 0);
		return main;
	}
	// -- Blocks and statements -----------------------------------------------------

	/** A block up to its end token, which stays. */
	private block(): Block {
		const scope = this.scope;
		const visible = scope.active.length;
		const block = this.statements();
		scope.active.length = visible;
		return block;
	}

	private statements(): Block {
		const statements: Statement[] = [];
		const lines: number[] = [];
		this.enter();
		while (!BLOCK_END.has(this.lexer.token)) {
			lines.push(this.lexer.line);
			const statement = this.statement();
			this.accept(";");
			this.release(0);
			statements.push(statement);
			if (statement.kind === "return" || statement.kind === "break") break;
		}
		this.leave();
		return { statements: exact(statements), lines: exact(lines) };
	}

	private statement(): Statement {
		const lexer = this.lexer;
		const line = lexer.line;
		switch (lexer.token) {
			case "if":
				this.jumpsFromHere();
				return this.ifStatement(line);
			case "while":
				this.jumpsFromHere();
				return this.whileStatement(line);
			case "do": {
				lexer.next();
				const body = this.block();
				this.close("end", "do", line);
				return { kind: "do", body };
			}
			case "for":
				this.jumpsFromHere();
				return this.forStatement(line);
			case "repeat":
				this.jumpsFromHere();
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
		const clauses: IfClause[] = [];
		let otherwise: Block | undefined;
		do {
			const clauseLine = this.lexer.line;
			this.lexer.next();
			const condition = this.condition();
			this.require("then");
			clauses.push({ condition, body: this.block(), line: clauseLine });
		} while (this.lexer.token === "elseif");
		if (this.accept("else")) otherwise = this.block();
		this.close("end", "if", line);
		return { kind: "if", clauses: exact(clauses), otherwise };
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
		const body = this.statements();
		const untilLine = this.lexer.line;
		this.close("until", "repeat", line);
		const condition = this.condition();
		scope.loops--;
		scope.active.length = visible;
		return { kind: "repeat", body, condition, line: untilLine };
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
		const start = this.expression();
		this.load(start);
		this.require(",");
		const limit = this.expression();
		this.load(limit);
		const step = this.accept(",") ? this.expression() : undefined;
		if (step === undefined) this.constant(1);
		else this.load(step);
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
		this.load(values.at(-1));
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
		const locals = [this.declare(this.name())];
		while (this.accept(",")) locals.push(this.declare(this.name()));
		let values: Expression[] = [];
		if (this.accept("=")) {
			values = this.expressionList();
			this.load(values.at(-1));
		}
		this.release(0);
		this.activate(locals);
		return { kind: "localDeclaration", locals, values };
	}

	private returnStatement(): Statement {
		this.lexer.next();
		if (BLOCK_END.has(this.lexer.token) || this.lexer.token === ";") return { kind: "return", values: [] };
		const values = this.expressionList();
		this.load(values.at(-1));
		return { kind: "return", values };
	}

	private expressionStatement(): Statement {
		const first = this.suffixedExpression();
		if (first.kind === "call" || first.kind === "method") return { kind: "callStatement", call: first };
		return this.assignment(first);
	}

	private assignment(first: Expression): Statement {
		const targets: AssignTarget[] = [this.target(first)];
		this.hold(REGISTERS_PER_TARGET);
		while (this.accept(",")) {
			const next = this.suffixedExpression();
			this.limit(this.scope, targets.length, this.maxLevels - this.levels, "variables in assignment");
			targets.push(this.target(next));
			this.hold(REGISTERS_PER_TARGET);
		}
		this.require("=");
		const values = this.expressionList();
		const last = values.at(-1) as Expression;
		// The last target gets its value without a detour.
		if (targets.length === values.length && targets.at(-1)?.kind === "index") this.operandOf(last);
		this.load(last);
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

	protected functionBody(isMethod: boolean, line: number): ClosureNode {
		const outer = this.scope;
		const node = new FunctionNode(outer.node, line);
		outer.node.children.push(node);
		this.scope = new Scope(node, outer);
		const { start } = this.lexer;
		this.require("(");
		if (isMethod) this.parameter("self");
		if (this.lexer.token !== ")") this.parameters();
		this.require(")");
		node.body = this.block();
		node.lastLine = this.lexer.line;
		node.trim();
		this.measureFunction(this.scope, start);
		this.limitConstants(outer.node.children.length - 1);
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
}
