// Reads a chunk a second time, as native's compiler does: instructions are made in one pass, without a
// syntax tree, so that the error of a long jump or of too many registers comes at the token at which
// native finds it. Only chunks that may have one are read again (parser.ts).
//
// The parser has found the chunk right, or wrong at a place that this reader does not go beyond: so
// other errors need no text, and of other limits only those are looked at here that can be passed at the
// same token as these.

import { LuaError } from "./error.ts";
import { type FunctionCode, Value } from "./function-code.ts";
import { type Block, CodeScope, ExpressionCounter } from "./instruction-expressions.ts";
import { EndOfReading, type JumpList, PassedLimit } from "./instruction-list.ts";
import { Lexer, T_EOF } from "./lexer.ts";
import { MAX_LEVELS } from "./native-limits.ts";
import { BLOCK_END } from "./parser-base.ts";

class InstructionCounter extends ExpressionCounter {
	/** Reads the chunk; throws PassedLimit where native's compiler fails, another error where reading ends. */
	chunk(): void {
		this.functions.push(this.code);
		this.next();
		this.statements();
		this.check(T_EOF);
		this.code.emit("RETURN");
	}

	// -- Blocks -------------------------------------------------------------------

	private enterBlock(isLoop: boolean): Block {
		const { scope } = this;
		const firstLocal = scope.locals.length;
		scope.block = { parent: scope.block, firstLocal, isLoop, isCaptured: false, breaks: undefined };
		return scope.block;
	}

	private leaveBlock(block: Block): void {
		const { scope, code } = this;
		scope.block = block.parent;
		scope.locals.length = block.firstLocal;
		code.activeLocals = block.firstLocal;
		if (block.isCaptured) code.emit("CLOSE");
		code.freeRegister = block.firstLocal;
		code.jumpHere(block.breaks);
	}

	private block(): void {
		const block = this.enterBlock(false);
		this.statements();
		this.leaveBlock(block);
	}

	private statements(): void {
		let isLast = false;
		this.enter();
		while (!isLast && !BLOCK_END.has(this.lexer.token)) {
			isLast = this.statement();
			this.accept(";");
			this.code.freeRegister = this.code.activeLocals;
		}
		this.leave();
	}

	/** Reads a statement; tells whether none may follow. */
	private statement(): boolean {
		switch (this.lexer.token) {
			case "if":
				this.ifStatement();
				return false;
			case "while":
				this.whileStatement();
				return false;
			case "do":
				this.next();
				this.block();
				this.require("end");
				return false;
			case "for":
				this.forStatement();
				return false;
			case "repeat":
				this.repeatStatement();
				return false;
			case "function":
				this.functionStatement();
				return false;
			case "local":
				this.next();
				if (this.accept("function")) this.localFunction();
				else this.localStatement();
				return false;
			case "return":
				this.returnStatement();
				return true;
			case "break":
				this.next();
				this.breakLoop();
				return true;
			default:
				this.expressionStatement();
				return false;
		}
	}

	// -- Control structures ---------------------------------------------------------

	/** A condition; the jumps where it is false. */
	private condition(): JumpList | undefined {
		const value = this.expression();
		if (value.kind === "nil") value.kind = "false";
		this.code.continueIfTrue(value);
		return value.whenFalse;
	}

	private ifStatement(): void {
		const { code } = this;
		let atEnd: JumpList | undefined;
		let isFalse = this.clause();
		while (this.lexer.token === "elseif") {
			atEnd = code.joined(atEnd, code.jump());
			code.jumpHere(isFalse);
			isFalse = this.clause();
		}
		if (this.lexer.token === "else") {
			atEnd = code.joined(atEnd, code.jump());
			code.jumpHere(isFalse);
			this.next();
			this.block();
		} else {
			atEnd = code.joined(atEnd, isFalse);
		}
		code.jumpHere(atEnd);
		this.require("end");
	}

	/** From `if` or `elseif` to the end of the block; the jumps where the condition is false. */
	private clause(): JumpList | undefined {
		this.next();
		const isFalse = this.condition();
		this.require("then");
		this.block();
		return isFalse;
	}

	private whileStatement(): void {
		const { code } = this;
		this.next();
		const start = code.label();
		const atEnd = this.condition();
		const loop = this.enterBlock(true);
		this.require("do");
		this.block();
		code.jumpTo(code.jump(), start);
		this.require("end");
		this.leaveBlock(loop);
		code.jumpHere(atEnd);
	}

	private repeatStatement(): void {
		const { code } = this;
		const start = code.label();
		const loop = this.enterBlock(true);
		const body = this.enterBlock(false);
		this.next();
		this.statements();
		this.require("until");
		const isFalse = this.condition();
		if (body.isCaptured) {
			this.breakLoop();
			code.jumpHere(isFalse);
			this.leaveBlock(body);
			code.jumpTo(code.jump(), start);
		} else {
			this.leaveBlock(body);
			code.jumpTo(isFalse, start);
		}
		this.leaveBlock(loop);
	}

	private breakLoop(): void {
		let isCaptured = false;
		let block = this.scope.block;
		for (; block !== undefined && !block.isLoop; block = block.parent) isCaptured ||= block.isCaptured;
		if (block === undefined) throw new EndOfReading();
		if (isCaptured) this.code.emit("CLOSE");
		block.breaks = this.code.joined(block.breaks, this.code.jump());
	}

	private forStatement(): void {
		const loop = this.enterBlock(true);
		this.next();
		const first = this.name();
		if (this.lexer.token === "=") this.numericFor(first);
		else this.genericFor(first);
		this.require("end");
		this.leaveBlock(loop);
	}

	private numericFor(name: string): void {
		const { code } = this;
		this.next();
		code.toNextRegister(this.expression());
		this.require(",");
		code.toNextRegister(this.expression());
		if (this.accept(",")) code.toNextRegister(this.expression());
		else code.loadNumber(1);
		this.activate(["(for index)", "(for limit)", "(for step)"]);
		this.require("do");
		const before = code.emit("FORPREP");
		this.loopBody([name]);
		const after = { first: before, last: before };
		code.jumpHere(after);
		const turn = code.emit("FORLOOP");
		code.jumpTo({ first: turn, last: turn }, before + 1);
	}

	private genericFor(first: string): void {
		const { code } = this;
		const names = [first];
		while (this.accept(",")) names.push(this.name());
		this.require("in");
		this.adjustedList(3);
		// For the call of the iterator.
		code.need(3);
		this.activate(["(for generator)", "(for state)", "(for control)"]);
		this.require("do");
		const before = code.jump();
		this.loopBody(names);
		code.jumpHere(before);
		code.emit("TFORLOOP");
		code.jumpTo(code.jump(), before.first + 1);
	}

	private loopBody(names: readonly string[]): void {
		const variables = this.enterBlock(false);
		this.activate(names);
		this.code.take(names.length);
		this.block();
		this.leaveBlock(variables);
	}

	// -- Other statements -----------------------------------------------------------

	private functionStatement(): void {
		this.next();
		const target = this.resolve(this.name());
		let isMethod = false;
		while (!isMethod && (this.lexer.token === "." || this.lexer.token === ":")) {
			isMethod = this.lexer.token === ":";
			this.field(target);
		}
		this.code.store(target, this.functionBody(isMethod));
	}

	private localFunction(): void {
		const { code } = this;
		const name = this.name();
		const variable = new Value("local", code.take());
		this.activate([name]);
		code.store(variable, this.functionBody(false));
	}

	private localStatement(): void {
		const names = [this.name()];
		while (this.accept(",")) names.push(this.name());
		if (this.accept("=")) this.adjustedList(names.length);
		else this.code.adjust(names.length, 0, new Value("none"));
		this.activate(names);
	}

	private returnStatement(): void {
		const { code } = this;
		this.next();
		if (!BLOCK_END.has(this.lexer.token) && this.lexer.token !== ";") {
			const { count, last } = this.expressionList();
			if (last.isMultiple) {
				if (last.kind === "call" && count === 1) code.makeTailCall();
				code.allResults(last);
			} else if (count === 1) code.toAnyRegister(last);
			else code.toNextRegister(last);
		}
		code.emit("RETURN");
	}

	private expressionStatement(): void {
		const first = this.suffixedExpression();
		if (first.kind !== "call") this.assignment(first);
	}

	private assignment(first: Value): void {
		const { code } = this;
		const targets = [target(first)];
		while (this.accept(",")) {
			const next = target(this.suffixedExpression());
			if (next.kind === "local") code.keepOperands(targets, next.info);
			targets.push(next);
		}
		this.require("=");
		const { count, last } = this.expressionList();
		if (count === targets.length) {
			code.oneResult(last);
			code.store(targets.pop() as Value, last);
		} else {
			code.adjust(targets.length, count, last);
			if (count > targets.length) code.freeRegister -= count - targets.length;
		}
		for (const variable of targets.reverse())
			code.store(variable, new Value("register", code.freeRegister - 1));
	}

	// -- Functions ----------------------------------------------------------------

	/** The parameters and body of a function; the current token is the `(`. */
	protected functionBody(isMethod: boolean): Value {
		const scope = new CodeScope(this.scope);
		this.scope = scope;
		this.functions.push(scope.code);
		this.require("(");
		this.activate(isMethod ? ["self"] : []);
		if (this.lexer.token !== ")") this.parameters();
		this.require(")");
		scope.code.take(scope.locals.length);
		this.statements();
		this.require("end");
		scope.code.emit("RETURN");
		this.scope = scope.parent as CodeScope;
		const { code } = this;
		const closure = code.result("CLOSURE");
		for (const variable of scope.upvalues) code.emit(variable.startsWith("local") ? "MOVE" : "GETUPVAL");
		return closure;
	}

	private parameters(): void {
		do {
			if (this.accept("...")) {
				this.activate(["arg"]);
				return;
			}
			this.activate([this.name()]);
		} while (this.accept(","));
	}
}

function target(value: Value): Value {
	switch (value.kind) {
		case "local":
		case "upvalue":
		case "global":
		case "indexed":
			return value;
		default:
			throw new EndOfReading();
	}
}

/** The instructions of all functions, in the order in which they begin; of a chunk that is Lua. */
export function countInstructions(text: string): FunctionCode[] {
	const counter = new InstructionCounter(new Lexer(text, "=?"), MAX_LEVELS, text.length);
	counter.chunk();
	return counter.functions;
}

/** Native's error of a limit that is passed, if one comes before the tokens that begin behind `end`. */
export function findPassedLimit(
	text: string,
	chunkName: string,
	maxLevels: number,
	end = text.length,
): LuaError | undefined {
	const lexer = new Lexer(text, chunkName);
	try {
		new InstructionCounter(lexer, maxLevels, end).chunk();
	} catch (error) {
		if (error instanceof PassedLimit) return lexer.error(error.message);
		if (!(error instanceof EndOfReading || error instanceof LuaError)) throw error;
	}
	return undefined;
}
