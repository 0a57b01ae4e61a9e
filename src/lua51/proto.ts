// A compiled function without its variables: what fengari calls Proto. It holds no state
// of any session, so one proto serves every closure, chunk after chunk.

import type { OperandFault } from "./error.ts";
import { FunctionNode, type Local } from "./syntax.ts";
import type { LuaFunction, NativeFunction } from "./value.ts";

/** How native names what an instruction works on: `global 'x'`, `field 'y'`, ... */
export interface ObjectName {
	readonly kind: "global" | "local" | "upvalue" | "field" | "method" | "constant";
	readonly name: string;
}

/** One place of a function that can fail or call; its number is the emitted `pc`. */
export interface Site {
	readonly line: number;
	/** A call made by the function itself (not a metamethod call). */
	readonly call: "call" | "tail" | undefined;
	/** Name of the called value, or of the first operand. */
	readonly first: ObjectName | undefined;
	/** Name of the second operand, or what finds it. */
	readonly second: ObjectName | (() => ObjectName | undefined) | undefined;
}

/** What an observer gets of a chunk: calls and lines, or the values of local variables too. */
export type Observation = "lines" | "variables";

/** A place of an observed function where an observer is told of a line. */
export interface Point {
	readonly line: number;
	/** Local variables in scope, innermost last; none when only lines are observed. */
	readonly locals: readonly Local[];
}

/** A local variable shared by closures, when it is assigned to after its declaration. */
export class Box<T> {
	v: T;

	constructor(v: T) {
		this.v = v;
	}
}

/** Makes the JavaScript function of one closure from its upvalues (values or Boxes). */
export type ClosureFactory = (self: LuaFunction, ...upvalues: unknown[]) => NativeFunction;

/** What is known of a function without its syntax tree; the tree knows it too. */
export interface FunctionFacts {
	/** How many functions of the chunk begin before it. */
	readonly position: number;
	/** 0 for the main function. */
	readonly lineDefined: number;
	readonly lastLine: number;
	readonly parameterCount: number;
	readonly upvalueCount: number;
	readonly isVararg: boolean;
	/** The body calls something, so its activations count in the depth. */
	readonly hasCalls: boolean;
}

/** A function's JavaScript and what it has to be given. */
export interface Emission {
	readonly source: string;
	/** What V8 has made of the source, to spare it that; it looks whether it fits. */
	readonly code?: Buffer | undefined;
	/** Names of what the text uses of the emitter's runtime. */
	readonly helpers: readonly string[];
	/** What the text calls k0, k1, ...: protos of inner functions, constant tables, keys of records. */
	readonly constants: readonly unknown[];
}

/** Where the compiled functions of a chunk are kept for other processes. */
export interface ChunkOrigin {
	/** The main function's syntax tree, read again. */
	parse(): FunctionNode;
	/** What was kept of a function, undefined if nothing. */
	emission(proto: Proto): Emission | undefined;
	sites(proto: Proto): Site[];
	/** It was compiled; `code` gives what V8 has made of it. */
	compiled(proto: Proto, emission: Emission, code: () => Buffer): void;
}

/** The message for an operation that failed, and where. */
export interface KnownFault extends OperandFault {
	readonly pc: number;
	readonly message: string;
}

const NO_UPVALUES: readonly never[] = [];

export class Proto {
	readonly chunkName: string;
	readonly facts: FunctionFacts;
	readonly parent: Proto | undefined;
	readonly children: Proto[] = [];
	/** Set when it is to be compiled with calls of the observer (compiler/observer.ts). */
	readonly observation: Observation | undefined;
	/** Of an observed function that has been compiled, in the order of the text. */
	readonly points: Point[] = [];
	/** Set when the function has been compiled. */
	make: ClosureFactory | undefined = undefined;
	/** The emitted JavaScript; call-stack.ts finds call sites in it. */
	source = "";
	/** What its last errors said: programs that catch errors mostly catch the same ones, and V8 joins texts slowly. */
	lastFault: KnownFault | undefined = undefined;
	lastPosition: { readonly pc: number; readonly text: string } | undefined = undefined;
	private chunkOrigin: ChunkOrigin | undefined = undefined;
	private tree: FunctionNode | undefined;
	private siteList: Site[] | undefined = undefined;

	// What fengari reads of its own Proto (ldo.luaD_precall, lapi.lua_load).
	readonly numparams: number;
	readonly is_vararg: boolean;
	/** Places that luaD_precall keeps for it on the stack: its parameters. */
	readonly maxstacksize: number;

	constructor(
		chunkName: string,
		facts: FunctionNode | FunctionFacts,
		observation: Observation | undefined = undefined,
		parent: Proto | undefined = undefined,
	) {
		this.chunkName = chunkName;
		this.observation = observation;
		this.facts = facts;
		this.parent = parent;
		this.tree = facts instanceof FunctionNode ? facts : undefined;
		this.numparams = facts.parameterCount;
		this.is_vararg = facts.isVararg;
		this.maxstacksize = facts.parameterCount;
	}

	/** Set when its chunk is one that is kept for other processes. */
	get origin(): ChunkOrigin | undefined {
		return this.parent === undefined ? this.chunkOrigin : this.parent.origin;
	}

	/** Of the main function. */
	set origin(origin: ChunkOrigin) {
		this.chunkOrigin = origin;
	}

	/** The inner function with a number. */
	child(index: number): Proto {
		let child = this.children[index];
		if (child === undefined) {
			child = new Proto(this.chunkName, this.node.children[index] as FunctionNode, this.observation, this);
			this.children[index] = child;
		}
		return child;
	}

	/** The syntax tree; that of a function from another process is read when somebody asks for it. */
	get node(): FunctionNode {
		if (this.tree === undefined) {
			if (this.parent !== undefined)
				this.tree = this.parent.node.children[this.parent.children.indexOf(this)];
			else this.tree = this.origin?.parse();
			if (this.tree === undefined) throw new Error(`${this.chunkName}: a function without a syntax tree`);
		}
		return this.tree;
	}

	/** Places that can fail or call. */
	get sites(): Site[] {
		this.siteList ??= this.origin?.sites(this) ?? [];
		return this.siteList;
	}

	set sites(sites: Site[]) {
		this.siteList = sites;
	}

	/** Has no effect on a function whose sites nobody knows yet. */
	changeSites(change: (site: Site, pc: number) => Site): void {
		this.siteList = this.siteList?.map(change);
	}

	/** The C API finds none: they are variables of the emitted JavaScript. */
	get upvalues(): readonly never[] {
		return NO_UPVALUES;
	}

	/** What `debug.getinfo` calls it. */
	get what(): "main" | "Lua" {
		return this.facts.lineDefined === 0 ? "main" : "Lua";
	}
}
