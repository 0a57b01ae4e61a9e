// What the emitter knows while it writes one function's JavaScript: temporaries, sites,
// the helpers it calls. The text never contains anything taken from the Lua
// source but numbers and quoted strings: variables are called l<number>, u<number>, t<number>.

import type { ObjectName, Point, Proto, Site } from "../lua51/proto.ts";
import type { FunctionNode, Local } from "../lua51/syntax.ts";

/** What a function is written for; `last` has no room for calls. */
export type Variant = "plain" | "generator" | "last";

export class FunctionWriter {
	readonly proto: Proto;
	readonly node: FunctionNode;
	readonly helpers = new Set<string>();
	readonly constants: unknown[] = [];
	/** Locals known to hold a number for their whole life. */
	readonly numbers = new Set<Local>();
	private lines: string[] = [];
	private freeTemporary = 0;
	private temporaryCount = 0;
	private freeCallVariable = 0;
	private callVariableCount = 0;
	/** The next expression is evaluated before all else in its statement, so it may be a statement of its own. */
	isFirst = false;
	private siteCount = 0;
	usesPc = false;
	usesVarargs = false;

	/** Written as a generator, for coroutines (coroutine.ts): calls can be left and come back to. */
	readonly isGenerator: boolean;
	/** Errors leave it as results (lua51/error.ts), else as exceptions. */
	readonly returnsErrors: boolean;
	/** Where the running site's number is kept. */
	readonly pc: string;

	/** Observers are told of calls and lines (observer.ts). */
	readonly isObserved: boolean;
	/** They get at local variables too, which are then declared in front of everything else. */
	readonly hoists: boolean;
	/** All local variables met so far, for `hoists`. */
	readonly locals: Local[] = [];
	/** Local variables in scope, for `hoists`. */
	readonly active: Local[] = [];
	private pointCount = 0;
	/** Line of the statement being written, and of the last point. */
	statementLine = 0;
	private pointLine = 0;

	/** Written for where the stack is full: each of its calls is one too many. */
	readonly isLast: boolean;

	constructor(proto: Proto, variant: Variant) {
		const isGenerator = variant === "generator";
		this.proto = proto;
		this.isGenerator = isGenerator;
		this.isLast = variant === "last";
		this.isObserved = proto.observation !== undefined;
		this.hoists = proto.observation === "variables";
		this.returnsErrors = !isGenerator && !this.isObserved;
		this.pc = isGenerator || this.isObserved ? "frame.pc" : "pc";
		this.node = proto.node;
	}

	/** Its calls count in the depth, which it looks at when it is entered. */
	get countsCalls(): boolean {
		return this.node.hasCalls && !this.isLast;
	}

	/** Takes the call off the depth again. `d` is what the depth became with it, so that it need not be looked up. */
	get leaveDepth(): string {
		const isKnown = this.countsCalls && !this.isObserved && !this.isGenerator;
		return isKnown ? "limits.depth = d - 1;" : "limits.depth--;";
	}

	// -- Text -------------------------------------------------------------------

	line(text: string): void {
		this.lines.push(text);
	}

	body(): string {
		return this.lines.join("\n");
	}

	/** Takes out what has been written so far. */
	takeLines(): string[] {
		const { lines } = this;
		this.lines = [];
		return lines;
	}

	/** A function of runtime.ts. */
	helper(name: string): string {
		this.helpers.add(name);
		return name;
	}

	/** An object that the emitted code refers to. */
	constant(value: unknown): string {
		this.constants.push(value);
		return `k${this.constants.length - 1}`;
	}

	number(value: number): string {
		if (value === 0) return Object.is(this.node.zero ?? value, -0) ? "(-0)" : "0";
		return value < 0 ? `(${value})` : String(value);
	}

	// -- Temporaries --------------------------------------------------------------

	temporary(): string {
		const number = this.freeTemporary++;
		if (this.freeTemporary > this.temporaryCount) this.temporaryCount = this.freeTemporary;
		return `t${number}`;
	}

	/** The state to give back to `releaseTemporaries`. */
	holdTemporaries(): number {
		return this.freeTemporary;
	}

	releaseTemporaries(held: number): void {
		this.freeTemporary = held;
	}

	/** A variable for a call that becomes a statement of its own; it keeps its value until the next `beginStatement`. */
	callVariable(): string {
		const number = this.freeCallVariable++;
		if (this.freeCallVariable > this.callVariableCount) this.callVariableCount = this.freeCallVariable;
		return `c${number}`;
	}

	/** Nothing of the next statement has been written: what it evaluates first may come before it. */
	beginStatement(): void {
		this.freeCallVariable = 0;
		this.isFirst = this.returnsErrors;
	}

	temporaries(): string[] {
		return [
			...Array.from({ length: this.temporaryCount }, (_, number) => `t${number}`),
			...Array.from({ length: this.callVariableCount }, (_, number) => `c${number}`),
		];
	}

	// -- Sites --------------------------------------------------------------

	/** Registers a place that can fail; the result is what `pc` has to be there. */
	site(
		line: number,
		call: Site["call"] = undefined,
		first: ObjectName | undefined = undefined,
		second: Site["second"] = undefined,
	): number {
		this.usesPc = true;
		const number = this.siteCount++;
		// A function that is written twice has the same sites both times.
		if (number === this.proto.sites.length) this.proto.sites.push({ line, call, first, second });
		return number;
	}

	// -- Points ------------------------------------------------------------------------------

	/** What tells the observer that a line is reached; "" when there is none. */
	point(line: number): string {
		if (!this.isObserved) return "";
		const number = this.pointCount++;
		this.pointLine = line;
		if (number === this.proto.points.length) {
			const point: Point = { line, locals: this.active.slice() };
			this.proto.points.push(point);
		}
		return `${this.helper("reach")}(frame, ${number})`;
	}

	/** The same for a call, unless its line has been told. */
	callPoint(line: number): string {
		if (line === this.statementLine && line === this.pointLine) return "";
		return this.point(line);
	}

	// -- Variables -----------------------------------------------------------------------

	/** What stands in front of a variable's first assignment. */
	declaring(local: Local, keyword: "let" | "const"): string {
		if (!this.hoists) return `${keyword} `;
		this.locals.push(local);
		return "";
	}

	/** Variables come into scope. */
	activate(locals: readonly Local[]): void {
		if (this.hoists) this.active.push(...locals);
	}

	self(): string {
		return "self";
	}

	child(node: FunctionNode): Proto {
		return this.proto.child(this.node.children.indexOf(node));
	}
}

/** Whether closures share the variable through a Box. */
export function isBoxed(local: Local): boolean {
	return local.captured && local.reassigned;
}

export function localName(local: Local): string {
	return `l${local.id}`;
}

/**
 * A string literal; every character of a Lua string is below 256, so all escapes are \xNN.
 * No comment and no `pc = 1` is left in it, which call-stack.ts would take for a position.
 */
export function quote(text: string): string {
	return JSON.stringify(text).replace(/[\x7f-\xff*=]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
