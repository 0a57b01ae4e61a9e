// What a running, observed function holds, for tools that look on (compiler/observer.ts): its
// variables by name, the stack, and expressions compiled as if they stood in the function.

import { closure } from "../compiler/compile.ts";
import { type Activation, observation } from "../compiler/observer.ts";
import { LuaError } from "../lua51/error.ts";
import { parseChunk } from "../lua51/parser.ts";
import { Box, Proto } from "../lua51/proto.ts";
import type { LuaFunction, LuaValue } from "../lua51/value.ts";
import { callInRunning } from "./fengari.ts";
import type { Outcome } from "./protected-call.ts";

/** A variable that can be read and set while its function runs. */
export interface Variable {
	readonly name: string;
	get(): LuaValue;
	set(value: LuaValue): void;
}

/** The observed functions that run, innermost first, through all coroutines. */
export function runningActivations(): Activation[] {
	const found: Activation[] = [];
	for (let stack = observation.stack as typeof observation.stack | undefined; stack; stack = stack.resumer) {
		for (let { top } = stack; top !== undefined; top = top.caller) found.push(top);
	}
	return found;
}

/** How many observed functions run. */
export function activationDepth(): number {
	const { stack } = observation;
	return stack.base + (stack.top?.depth ?? 0);
}

/** Local variables in scope, innermost last; a name may be there more than once. */
export function localsOf(activation: Activation): Variable[] {
	const { access, proto, point } = activation;
	if (access === undefined) return [];
	const locals = proto.points[point]?.locals ?? proto.node.params;
	return locals.map(({ name, id }) => ({
		name,
		get: () => access(id, false, undefined),
		set: (value) => {
			access(id, true, value);
		},
	}));
}

/** Upvalues in the order of their use. Only those of functions whose variables are observed can be set. */
export function upvaluesOf(activation: Activation): Variable[] {
	const { closure, proto } = activation;
	return proto.node.upvalues.map(({ name }, index) => {
		const shared = closure.upvalues[index];
		return {
			name,
			get: () => (shared instanceof Box ? shared.v : shared) as LuaValue,
			set: (value) => {
				if (shared instanceof Box) shared.v = value;
			},
		};
	});
}

// -- Expressions -------------------------------------------------------------------------------

const CHUNK_NAME = "=(debugger)";

/** A local variable of a running function, as an upvalue of an expression. */
class VariableBox extends Box<LuaValue> {
	constructor(variable: Variable) {
		super(undefined);
		Object.defineProperty(this, "v", { get: variable.get, set: variable.set });
	}
}

/**
 * Runs an expression, or statements, that see the variables of a running function as its own inner
 * functions do: they can assign to them, and `getfenv` shows nothing of ours. The observer is told of
 * the lines that run, and can end it by throwing a LuaError.
 */
export function evaluate(activation: Activation, text: string): Outcome {
	try {
		return callInRunning(compileIn(activation, text), activation.varargs);
	} catch (error) {
		if (error instanceof LuaError) return { ok: false, error };
		throw error;
	}
}

/** Throws a LuaError with the syntax error's text. */
function compileIn(activation: Activation, text: string): LuaFunction {
	const variables = new Map<string, Variable>();
	for (const variable of [...upvaluesOf(activation), ...localsOf(activation)]) {
		variables.set(variable.name, variable);
	}
	// A function may have as many variables as a chunk may declare: only those that the text can mean.
	const names = new Set(text.match(/[A-Za-z_]\w*/g) ?? []);
	const visible = [...variables.values()].filter(({ name }) => names.has(name));
	const declared = visible.length > 0 ? `local ${visible.map(({ name }) => name).join(",")} ` : "";
	// A function of `...` would have a variable `arg`.
	const params = text.includes("...") ? "..." : "";
	const parse = (body: string) =>
		parseChunk(`${declared}return function(${params}) ${body}\nend`, CHUNK_NAME, 1, true);
	let tree: ReturnType<typeof parse>;
	try {
		tree = parse(`return ${text}`);
	} catch {
		tree = parse(text);
	}
	// Balanced by hand, as in "1 end, function() return 2", it would be no single function.
	const [node] = tree.children;
	if (node === undefined || tree.children.length !== 1) throw new LuaError("one expression, please", 0);
	const boxes = node.upvalues.map((local) => new VariableBox(variables.get(local.name) as Variable));
	return closure(new Proto(CHUNK_NAME, node, "lines"), activation.closure.env, boxes);
}
