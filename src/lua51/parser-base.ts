// What every part of the parser needs: tokens, native's limits, variables and constants.

import { LuaError } from "./error.ts";
import { type Lexer, T_NAME, tokenText } from "./lexer.ts";
import { Scope } from "./scope.ts";
import { type AssignTarget, type Expression, FunctionNode, Local, type StringNode } from "./syntax.ts";

// -- Limits of the native compiler ---------------------------------------------

const MAX_LOCALS = 200;
const MAX_UPVALUES = 60;
const MAX_REGISTERS = 250;
/** Nested syntax levels and C calls together (LUAI_MAXCCALLS). */
export const MAX_LEVELS = 200;
const MAX_CONSTANTS = 262143;

export class ParserBase {
	protected readonly lexer: Lexer;
	protected scope: Scope;
	protected levels = 0;
	protected readonly maxLevels: number;
	private readonly allAssigned: boolean;

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

	/** Notes that native would need `count` more registers from here on. */
	protected hold(count: number): void {
		const scope = this.scope;
		scope.temporaries += count;
		if (scope.active.length + scope.temporaries >= MAX_REGISTERS) {
			throw this.lexer.error("function or expression too complex");
		}
	}

	protected release(to: number): void {
		this.scope.temporaries = to;
	}

	// -- Variables ----------------------------------------------------------------

	protected declare(name: string): Local {
		const scope = this.scope;
		this.limit(scope, scope.active.length + scope.pending + 1, MAX_LOCALS, "local variables");
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

	protected constant(value: string | number): number {
		const constants = this.scope.constants;
		const known = constants.get(value);
		if (known !== undefined) return known;
		const index = constants.size;
		if (index >= MAX_CONSTANTS) throw new LuaError("constant table overflow", 0, []);
		constants.set(value, index);
		return index;
	}

	protected string(value: string): StringNode {
		return { kind: "string", value, constant: this.constant(value) };
	}
}
