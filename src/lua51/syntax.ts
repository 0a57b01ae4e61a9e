// The syntax tree of a Lua 5.1 chunk, names already resolved. Besides what the manual's
// grammar says, a node carries what native's messages depend on: the line that native
// gives the instruction it would make there (see parser.ts, "lines").

import type { ConstantTable } from "./constant-table.ts";
import { exact } from "./padding.ts";

/** A local variable. */
export class Local {
	readonly name: string;
	readonly owner: FunctionNode;
	/** Unique within `owner`; the emitter's variable name is made of it. */
	readonly id: number;
	/** Assigned to after its declaration, or observers may do so: closures must then share a box with it. */
	reassigned = false;
	/** Some inner function uses it. */
	captured = false;
	/** Anything uses it. */
	used = false;
	/** Set for `local function f`: f's own closure may stand for the variable. */
	functionNode: FunctionNode | undefined = undefined;

	constructor(name: string, owner: FunctionNode, id: number) {
		this.name = name;
		this.owner = owner;
		this.id = id;
	}
}

const NO_BODY: Block = { statements: [], lines: [] };

/** A function body; the main chunk is one with `linedefined` 0. */
export class FunctionNode {
	readonly parent: FunctionNode | undefined;
	readonly lineDefined: number;
	/** How many functions of the chunk begin before it. */
	readonly position: number;
	private followers = 0;
	lastLine = 0;
	params: Local[] = [];
	isVararg = false;
	/** `...` occurs in the body, so 5.1 does not make the table `arg`. */
	usesVararg = false;
	/** The hidden parameter `arg` of a vararg function (Lua 5.0's varargs). */
	arg: Local | undefined = undefined;
	upvalues: Local[] = [];
	children: FunctionNode[] = [];
	private content = NO_BODY;
	private unpack: (() => Block) | undefined = undefined;
	localCount = 0;
	/** 0 and -0 are the same key in native's list of constants: the first to get there stands for both. */
	zero: number | undefined = undefined;
	/** The body calls something, so its activations count in the depth. */
	hasCalls = false;

	constructor(parent: FunctionNode | undefined, lineDefined: number) {
		this.parent = parent;
		this.lineDefined = lineDefined;
		this.position = parent === undefined ? 0 : parent.countFollower();
	}

	/** Functions that begin behind the start of the chunk, with one that begins now. */
	private countFollower(): number {
		return this.parent === undefined ? ++this.followers : this.parent.countFollower();
	}

	get body(): Block {
		if (this.unpack !== undefined) this.body = this.unpack();
		return this.content;
	}

	set body(body: Block) {
		this.content = body;
		this.unpack = undefined;
	}

	/** Lets go of the body, which `unpack` can give again. */
	deferBody(unpack: () => Block): void {
		this.content = NO_BODY;
		this.unpack = unpack;
	}

	/** To be called when the body has been read: trees stay, and V8's lists have room for seventeen from the first on. */
	trim(): void {
		this.params = exact(this.params);
		this.upvalues = exact(this.upvalues);
		this.children = exact(this.children);
	}

	get parameterCount(): number {
		return this.params.length;
	}

	get upvalueCount(): number {
		return this.upvalues.length;
	}

	upvalueIndex(local: Local): number {
		return this.upvalues.indexOf(local);
	}
}

export interface Block {
	readonly statements: Statement[];
	/** The line on which each statement begins; for observers, errors have lines of their own. */
	readonly lines: number[];
}

// -- Expressions ---------------------------------------------------------------

export type Expression =
	| NilNode
	| BooleanNode
	| NumberNode
	| StringNode
	| VarargNode
	| ClosureNode
	| LocalNode
	| UpvalueNode
	| GlobalNode
	| IndexNode
	| CallNode
	| MethodNode
	| BinaryNode
	| UnaryNode
	| LogicalNode
	| ParenNode
	| TableNode;

export interface NilNode {
	readonly kind: "nil";
}
export interface BooleanNode {
	readonly kind: "boolean";
	readonly value: boolean;
}
export interface NumberNode {
	readonly kind: "number";
	readonly value: number;
}
export interface StringNode {
	readonly kind: "string";
	readonly value: string;
	/** Its place in the function's constants: from 256 on native does not name it in messages. */
	readonly constant: number;
}
export interface VarargNode {
	readonly kind: "vararg";
}
export interface ClosureNode {
	readonly kind: "closure";
	readonly node: FunctionNode;
}
export interface LocalNode {
	readonly kind: "local";
	readonly local: Local;
}
export interface UpvalueNode {
	readonly kind: "upvalue";
	readonly local: Local;
}
export interface GlobalNode {
	readonly kind: "global";
	readonly name: string;
	line: number;
}
export interface IndexNode {
	readonly kind: "index";
	readonly object: Expression;
	readonly key: Expression;
	line: number;
}
export interface CallNode {
	readonly kind: "call";
	readonly callee: Expression;
	readonly args: Expression[];
	readonly line: number;
}
export interface MethodNode {
	readonly kind: "method";
	readonly object: Expression;
	readonly name: StringNode;
	/** Line of the name: where the method is looked up. */
	readonly selfLine: number;
	readonly args: Expression[];
	readonly line: number;
}
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%" | "^";
export type CompareOperator = "==" | "~=" | "<" | "<=" | ">" | ">=";
export interface BinaryNode {
	readonly kind: "binary";
	readonly operator: ArithmeticOperator | CompareOperator | "..";
	readonly left: Expression;
	readonly right: Expression;
	readonly line: number;
}
export interface UnaryNode {
	readonly kind: "unary";
	readonly operator: "-" | "not" | "#";
	readonly operand: Expression;
	readonly line: number;
}
export interface LogicalNode {
	readonly kind: "logical";
	readonly operator: "and" | "or";
	readonly left: Expression;
	readonly right: Expression;
}
/** Parentheses: only kept around what could give several values. */
export interface ParenNode {
	readonly kind: "paren";
	readonly inner: Expression;
}
export interface TableNode {
	readonly kind: "table";
	/** undefined when `constant` says it all. */
	readonly items: TableItem[] | undefined;
	/** Set when every item is a constant. */
	readonly constant: ConstantTable | undefined;
	readonly line: number;
}
/** An item without key is positional. */
export interface TableItem {
	readonly key: Expression | undefined;
	readonly value: Expression;
	readonly line: number;
}

// -- Statements ------------------------------------------------------------------

export type AssignTarget = LocalNode | UpvalueNode | GlobalNode | IndexNode;

export interface IfClause {
	readonly condition: Expression;
	readonly body: Block;
	/** Line of the `if` or `elseif`. */
	readonly line: number;
}

export type Statement =
	| { readonly kind: "localDeclaration"; readonly locals: Local[]; readonly values: Expression[] }
	| { readonly kind: "localFunction"; readonly local: Local; readonly value: ClosureNode }
	| {
			readonly kind: "assign";
			readonly targets: AssignTarget[];
			readonly values: Expression[];
			readonly line: number;
	  }
	| { readonly kind: "callStatement"; readonly call: CallNode | MethodNode }
	| { readonly kind: "do"; readonly body: Block }
	| { readonly kind: "while"; readonly condition: Expression; readonly body: Block }
	| {
			readonly kind: "repeat";
			readonly body: Block;
			readonly condition: Expression;
			/** Line of the `until`. */
			readonly line: number;
	  }
	| {
			readonly kind: "if";
			readonly clauses: IfClause[];
			readonly otherwise: Block | undefined;
	  }
	| {
			readonly kind: "numericFor";
			readonly variable: Local;
			readonly start: Expression;
			readonly limit: Expression;
			readonly step: Expression | undefined;
			readonly body: Block;
			readonly line: number;
	  }
	| {
			readonly kind: "genericFor";
			readonly variables: Local[];
			readonly values: Expression[];
			readonly body: Block;
			readonly line: number;
	  }
	| { readonly kind: "return"; readonly values: Expression[] }
	| { readonly kind: "break" };
