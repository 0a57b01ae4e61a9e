// What every part of the parser needs: tokens, native's limits, variables and constants.

import type { ConstantTable } from "./constant-table.ts";
import { LuaError } from "./error.ts";
import { type Lexer, T_EOF, T_NAME, tokenText } from "./lexer.ts";
import {
	canJumpTooFar,
	LAST_OPERAND_CONSTANT,
	MAX_CONSTANTS,
	MAX_DECLARATIONS,
	MAX_LOCALS,
	MAX_REGISTERS,
	MAX_UPVALUES,
} from "./native-limits.ts";
import { Scope } from "./scope.ts";
import { type AssignTarget, type Expression, FunctionNode, Local, type StringNode } from "./syntax.ts";

/** The same for each item of a constant table, in bytes of other text. */
const BYTES_PER_CONSTANT_ITEM = 2;
/** More registers than native takes for a moment, beyond those that are held. */
const MAX_UNHELD_REGISTERS = 10;

/** Tokens in front of which a block ends. */
export const BLOCK_END: ReadonlySet<string> = new Set(["else", "elseif", "end", "until", T_EOF]);

export class ParserBase {
	protected readonly lexer: Lexer;
	protected scope: Scope;
	protected levels = 0;
	protected readonly maxLevels: number;
	private readonly allAssigned: boolean;
	/** Some function may be beyond a limit that only who makes native's instructions can tell (instruction-counter.ts). */
	mayPassLimit = false;

	constructor(lexer: Lexer, maxLevels: number, allAssigned: boolean) {
		this.lexer = lexer;
		this.maxLevels = maxLevels;
		this.allAssigned = allAssigned;
		const main = new FunctionNode(undefined, 0);
		main.isVararg = true;
		this.scope = new Scope(main, undefined);
	}

	// -- Tokens -----------------------------------------------------------------

	protected expected(token: string): LuaError {
		return this.lexer.error(`'${tokenText(token)}' expected`);
	}

	protected accept(token: string): boolean {
		if (this.lexer.token !== token) return false;
		this.lexer.next();
		return true;
	}

	protected require(token: string): void {
		if (this.lexer.token !== token) throw this.expected(token);
		this.lexer.next();
	}

	/** The `close` that belongs to the `open` on line `line`. */
	protected close(close: string, open: string, line: number): void {
		if (this.lexer.token === close) {
			this.lexer.next();
			return;
		}
		if (line === this.lexer.line) throw this.expected(close);
		throw this.lexer.error(`'${tokenText(close)}' expected (to close '${open}' at line ${line})`);
	}

	protected name(): string {
		if (this.lexer.token !== T_NAME) throw this.expected(T_NAME);
		const name = this.lexer.value;
		this.lexer.next();
		return name;
	}

	// -- Limits -----------------------------------------------------------------

	protected enter(): void {
		if (++this.levels > this.maxLevels) throw this.lexer.plainError("chunk has too many syntax levels");
	}

	protected leave(): void {
		this.levels--;
	}

	protected limit(scope: Scope, count: number, limit: number, what: string): void {
		if (count <= limit) return;
		const where =
			scope.node.lineDefined === 0 ? "main function" : `function at line ${scope.node.lineDefined}`;
		throw this.lexer.plainError(`${where} has more than ${limit} ${what}`);
	}

	/** Notes that native may keep `count` more values in registers from here on. It may be fewer, but not more. */
	protected hold(count: number): void {
		const scope = this.scope;
		scope.temporaries += count;
		if (scope.active.length + scope.temporaries + MAX_UNHELD_REGISTERS >= MAX_REGISTERS) {
			this.mayPassLimit = true;
		}
	}

	protected release(to: number): void {
		this.scope.temporaries = to;
	}

	// -- Lengths ------------------------------------------------------------------

	/** Native makes a jump of what begins here. */
	protected jumpsFromHere(): void {
		const { scope } = this;
		if (scope.jumpsFrom >= 0) return;
		scope.jumpsFrom = this.lexer.start;
		scope.foreignText = 0;
	}

	/** At the end of a function that began at `start`. */
	protected measureFunction(scope: Scope, start: number): void {
		const end = this.lexer.start;
		if (scope.jumpsFrom >= 0 && canJumpTooFar(end - scope.jumpsFrom - scope.foreignText)) {
			this.mayPassLimit = true;
		}
		// The enclosing function has an instruction for each upvalue.
		if (scope.parent !== undefined) scope.parent.foreignText += end - start - scope.node.upvalues.length;
	}

	/** At the end of a constant table that began at `start`, when there was so much foreign text. */
	protected measureTable(table: ConstantTable, start: number, foreignText: number): void {
		const { scope } = this;
		if (scope.jumpsFrom < 0 || scope.jumpsFrom > start) return;
		const length = this.lexer.start - start - (table.size + 1) * BYTES_PER_CONSTANT_ITEM;
		scope.foreignText = foreignText + Math.max(length, 0);
	}

	// -- Variables ----------------------------------------------------------------

	protected declare(name: string): Local {
		const scope = this.scope;
		this.limit(scope, scope.active.length + scope.pending + 1, MAX_LOCALS, "local variables");
		if (scope.node.localCount >= MAX_DECLARATIONS) throw new LuaError("too many local variables", 0);
		scope.pending++;
		const local = new Local(name, scope.node, scope.node.localCount++);
		local.reassigned = this.allAssigned;
		return local;
	}

	protected activate(locals: readonly Local[]): void {
		const scope = this.scope;
		for (const local of locals) scope.active.push(local);
		scope.pending -= locals.length;
	}

	protected resolve(name: string): Expression & AssignTarget {
		const local = this.findIn(this.scope, name);
		if (local === undefined) {
			this.constant(name);
			return { kind: "global", name, line: 0 };
		}
		local.used = true;
		return local.owner === this.scope.node ? { kind: "local", local } : { kind: "upvalue", local };
	}

	/** Finds a variable and makes it an upvalue of every function on the way. */
	protected findIn(scope: Scope, name: string): Local | undefined {
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

	// -- Constants ----------------------------------------------------------------

	protected constant(value: string | number | boolean | null): number {
		const constants = this.scope.constants;
		const known = constants.get(value);
		if (known !== undefined) return known;
		const index = constants.size;
		this.limitConstants(index);
		constants.set(value, index);
		if (value === 0) this.scope.node.zero = value;
		return index;
	}

	/** Whether there may be one more than `count` constants, or inner functions. */
	protected limitConstants(count: number): void {
		if (count >= MAX_CONSTANTS) throw new LuaError("constant table overflow", 0);
	}

	/** A nil, true or false as operand: when there is no room for one as an operand, it is no constant. */
	protected operandConstant(value: boolean | null): void {
		if (this.scope.constants.size <= LAST_OPERAND_CONSTANT) this.constant(value);
	}

	protected string(value: string): StringNode {
		return { kind: "string", value, constant: this.constant(value) };
	}
}
