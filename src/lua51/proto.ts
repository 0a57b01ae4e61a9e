// A compiled function without its variables: what fengari calls Proto. It holds no state
// of any session, so one proto serves every closure, chunk after chunk.

import type { FunctionNode, Local } from "./syntax.ts";
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

const NO_UPVALUES: readonly never[] = [];

export class Proto {
	readonly chunkName: string;
	readonly node: FunctionNode;
	sites: Site[] = [];
	readonly children: Proto[] = [];
	/** Set when it is to be compiled with calls of the observer (compiler/observer.ts). */
	readonly observation: Observation | undefined;
	/** Of an observed function that has been compiled, in the order of the text. */
	readonly points: Point[] = [];
	/** Set when the function has been compiled. */
	make: ClosureFactory | undefined = undefined;
	/** The emitted JavaScript; call-stack.ts finds call sites in it. */
	source = "";

	// What fengari reads of its own Proto (ldo.luaD_precall, lapi.lua_load).
	readonly numparams: number;
	readonly is_vararg: boolean;
	/** Places that luaD_precall keeps for it on the stack: its parameters. */
	readonly maxstacksize: number;

	constructor(chunkName: string, node: FunctionNode, observation: Observation | undefined = undefined) {
		this.chunkName = chunkName;
		this.observation = observation;
		this.node = node;
		this.numparams = node.params.length;
		this.is_vararg = node.isVararg;
		this.maxstacksize = node.params.length;
	}

	/** The C API finds none: they are variables of the emitted JavaScript. */
	get upvalues(): readonly never[] {
		return NO_UPVALUES;
	}

	/** What `debug.getinfo` calls it. */
	get what(): "main" | "Lua" {
		return this.node.lineDefined === 0 ? "main" : "Lua";
	}
}
