// A proto -> the JavaScript function of its closures. Functions are compiled one by one, when
// they are first called. The text depends on the Lua source only through numbers, quoted
// strings and structure (function-writer.ts).

import { Script } from "node:vm";
import { ConstantTable } from "../lua51/constant-table.ts";
import { LuaError } from "../lua51/error.ts";
import { pow } from "../lua51/libm.ts";
import { allocate, CLOSURE_BYTES, noteJoined } from "../lua51/memory.ts";
import { exact } from "../lua51/padding.ts";
import { Box, type ClosureFactory, type Emission, Proto } from "../lua51/proto.ts";
import { LuaTable } from "../lua51/table.ts";
import { LuaFunction, type LuaResult, type LuaValue, NONE } from "../lua51/value.ts";
import * as calls from "./call.ts";
import * as constructors from "./constructors.ts";
import { finishTailCall, settle } from "./finish-tail-call.ts";
import { FunctionWriter, isBoxed, localName, type Variant } from "./function-writer.ts";
import { limits, MAX_C_CALLS, nativeMaxDepth, setMaxDepth, TAIL_DEPTH } from "./limits.ts";
import { current } from "./metatables.ts";
import { enterActivation, failActivation, leaveActivation, observedCallee, reach } from "./observer.ts";
import * as operations from "./runtime.ts";
import { emitBlock, leaves } from "./statements.ts";
import { leaveFunction, unwind } from "./unwind.ts";

/** Marks emitted functions in a JavaScript stack; call-stack.ts looks for it. */
export const SCRIPT_NAME = "lua-function";
/** The same for functions that run inside a coroutine. */
export const GENERATOR_NAME = "lua-coroutine";

/** The same for functions that run where the stack is full: call-stack.ts is never asked about them. */
const LAST_NAME = "lua-last";

/** The running function is one more than there seems to be room for. */
function depthOverflow(): void {
	if (calls.findRoom() && limits.depth <= limits.maxDepth) return;
	leaveFullStack();
}

function leaveFullStack(): never {
	limits.depth--;
	calls.stackOverflow();
}

/** Everything emitted code can name. */
const runtime = {
	...calls,
	...operations,
	...constructors,
	Box,
	LuaError,
	LuaTable,
	TAIL_DEPTH,
	closure,
	current,
	depthOverflow,
	lastLevel,
	enterActivation,
	failActivation,
	finishTailCall,
	leaveFunction,
	leaveActivation,
	limits,
	noteJoined,
	observedCallee,
	pow,
	reach,
	settle,
	unwind,
	NONE,
};

/** A new closure of `proto`; its function is compiled at the first call. */
export function closure(proto: Proto, env: LuaTable, upvalues: readonly unknown[]): LuaFunction {
	allocate(CLOSURE_BYTES);
	const made = new LuaFunction(firstCall, env, proto, "", upvalues);
	if (proto.make !== undefined) made.fn = proto.make(made, ...upvalues);
	return made;
}

/** The function of a closure whose proto was not compiled when the closure was made. */
function firstCall(this: LuaFunction, ...args: LuaValue[]): LuaResult {
	const proto = this.p as Proto; // only closure() gives this function away
	proto.make ??= compile(proto, "plain") as ClosureFactory;
	this.fn = proto.make(this, ...this.upvalues);
	return this.fn(...args);
}

/** A function that has been loaded: a chunk's main function, or one that was dumped, with variables of its own. */
export function loadedClosure(proto: Proto, env: LuaTable): LuaFunction {
	if (proto.parent === undefined) return closure(proto, env, []);
	const upvalues = proto.node.upvalues.map((local) => (isBoxed(local) ? new Box(undefined) : undefined));
	return closure(proto, env, upvalues);
}

/** Compiles all functions of a chunk before anything of it runs. */
export function compileTree(proto: Proto): void {
	proto.make ??= compile(proto, "plain") as ClosureFactory;
	for (const child of proto.children) if (child !== undefined) compileTree(child);
}

/** Makes a generator of a closure's body, which a coroutine can leave and resume. */
export type GeneratorFactory = (
	self: LuaFunction,
	...upvalues: unknown[]
) => (...args: LuaValue[]) => Generator<readonly LuaValue[], LuaResult, readonly LuaValue[]>;

const generators = new WeakMap<Proto, GeneratorFactory>();

export function generatorFactory(proto: Proto): GeneratorFactory {
	let factory = generators.get(proto);
	if (factory === undefined) {
		factory = compile(proto, "generator") as GeneratorFactory;
		generators.set(proto, factory);
	}
	return factory;
}

const lastFactories = new WeakMap<Proto, ClosureFactory>();

/**
 * Runs a function that has found the stack full when it was entered. Natively the last function that there is room
 * for runs until it calls something, however little that is, so it runs in a variant that fails there. The others
 * need not count the calls of functions that call nothing.
 */
function lastLevel(self: LuaFunction, ...args: LuaValue[]): LuaResult {
	const { surplus } = limits;
	if (calls.findRoom()) {
		limits.depth--;
		const result = self.fn(...args);
		setMaxDepth(nativeMaxDepth(), surplus);
		return result;
	}
	if (limits.depth > limits.maxDepth) leaveFullStack(); // not depthOverflow, which would look for room again
	const proto = self.p as Proto; // emitted code belongs to a proto
	let factory = lastFactories.get(proto);
	if (factory === undefined) {
		factory = compile(proto, "last") as ClosureFactory;
		lastFactories.set(proto, factory);
	}
	limits.maxCCalls = 0;
	try {
		return factory(self, ...self.upvalues).call(self, ...args);
	} finally {
		limits.maxCCalls = MAX_C_CALLS;
	}
}

/** What coroutine.ts adds to the names that emitted code can use. */
export function extendRuntime(helpers: Readonly<Record<string, unknown>>): void {
	Object.assign(runtime, helpers);
}

/** What emitted code knows beyond Lua's own values comes in so many parameters, else in a list. */
const MAX_PARAMETERS = 1000;

const SCRIPT_NAMES = { plain: SCRIPT_NAME, generator: GENERATOR_NAME, last: LAST_NAME } as const;

function compile(proto: Proto, variant: Variant): ClosureFactory | GeneratorFactory {
	const emission = (variant === "plain" ? proto.origin?.emission(proto) : undefined) ?? emit(proto, variant);
	const script = new Script(emission.source, { filename: SCRIPT_NAMES[variant], cachedData: emission.code });
	const constants = emission.constants.map((value) =>
		value instanceof Proto || value instanceof ConstantTable
			? value
			: new constructors.RecordTemplate((value as { record: string[] }).record),
	);
	const helpers = emission.helpers.map((name) => runtime[name as keyof typeof runtime]);
	const known = [...helpers, ...constants];
	const outer = script.runInThisContext();
	if (variant === "plain") {
		proto.source = emission.source;
		if (emission.code === undefined || script.cachedDataRejected === true)
			proto.origin?.compiled(proto, emission, () => script.createCachedData());
	}
	return known.length > MAX_PARAMETERS ? outer(known) : outer(...known);
}

/** Writes a function's JavaScript; the proto gets its sites. */
export function emit(proto: Proto, variant: Variant): Emission {
	const w = new FunctionWriter(proto, variant);
	const { node } = proto;
	const params = node.params.map((local) => (isBoxed(local) ? `a${local.id}` : localName(local)));
	for (const local of node.params) {
		if (!isBoxed(local)) continue;
		w.line(`${w.declaring(local, "const")}${localName(local)} = new ${w.helper("Box")}(a${local.id});`);
	}
	w.activate(node.params);
	if (node.arg?.used === true) {
		const value = node.usesVararg ? "undefined" : `${w.helper("argTable")}(va)`;
		if (!node.usesVararg) w.usesVarargs = true;
		const text = isBoxed(node.arg) ? `new ${w.helper("Box")}(${value})` : value;
		w.line(`${w.declaring(node.arg, "let")}${localName(node.arg)} = ${text};`);
		w.activate([node.arg]);
	}
	const observed = w.isObserved ? enterObserved(w) : [];
	emitBlock(w, node.body);
	if (w.isObserved && node.lineDefined > 0 && !leaves(node.body)) w.line(`${w.point(node.lastLine)};`);
	// Observers may fail in a function that otherwise cannot.
	if (w.isObserved && !w.usesPc) w.site(node.lineDefined);
	proto.sites = exact(proto.sites);
	const { constants } = w;
	const helpers = helpersOf(w);
	const known = [...helpers, ...constants.map((_, index) => `k${index}`)];
	return { source: assemble(w, params, observed, known), helpers, constants };
}

/** The names of `runtime` that the text uses. */
function helpersOf(w: FunctionWriter): string[] {
	const helpers = new Set(["NONE", "limits", "unwind", ...w.helpers]);
	if (w.countsCalls) helpers.add(w.isObserved || w.isGenerator ? "depthOverflow" : "lastLevel");
	if (w.isObserved)
		for (const name of ["enterActivation", "leaveActivation", "failActivation"]) helpers.add(name);
	if (w.isGenerator) for (const name of ["enterFrame", "leaveFrame"]) helpers.add(name);
	return [...helpers];
}

/**
 * Names in parameters cost less than variables, of which V8 makes sure at each use that they have a value yet.
 * Large functions have thousands of constants, and calls have no room for so many.
 */
function outerHead(known: readonly string[]): string[] {
	if (known.length <= MAX_PARAMETERS) return [`(function (${known.join(", ")}) {`];
	return ["(function (known) {", ...known.map((name, index) => `const ${name} = known[${index}];`)];
}

/**
 * The parentheses around each function expression tell V8 that it will be called at once. Without them (or
 * with arrow functions) it reads the body three times over before it compiles it, at the first call.
 */
function assemble(
	w: FunctionWriter,
	params: readonly string[],
	observed: readonly string[],
	known: readonly string[],
): string {
	const { node } = w;
	const parameters = w.usesVarargs ? [...params, "...va"] : params;
	const temporaries = w.temporaries();
	const upvalues = node.upvalues.map((_, index) => `u${index}`);
	const end = node.hasCalls ? `${w.leaveDepth} return NONE;` : "return NONE;";
	const body = `${w.body()}\n${end}`;
	const lines = [
		...outerHead(known),
		`return (function (${["self", ...upvalues].join(", ")}) {`,
		`return (function${w.isGenerator ? "*" : ""} lua(${parameters.join(", ")}) {`,
		...(temporaries.length > 0 ? [`let ${temporaries.join(", ")};`] : []),
	];
	if (w.isObserved) {
		lines.push(...observedBody(w, body, observed));
	} else if (w.isGenerator) {
		lines.push("const frame = enterFrame(self);");
		if (node.hasCalls) lines.push(`if (++limits.depth > limits.maxDepth) depthOverflow();`);
		lines.push("try {", body, "} catch (error) { throw unwind(error, self, frame.pc); }");
		lines.push("finally { leaveFrame(frame); }");
	} else if (w.usesPc || w.countsCalls) {
		// (A call may be left out: the condition of a loop that is left before. The depth is counted all the same.)
		lines.push("let pc = 0;");
		if (w.countsCalls) {
			const passed = ["self", ...parameters].join(", ");
			lines.push(`const d = ++limits.depth; if (d >= limits.maxDepth) return lastLevel(${passed});`);
		}
		lines.push("try {", body, "} catch (error) { return unwind(error, self, pc); }");
	} else {
		lines.push(body);
	}
	lines.push("});", "});", "})");
	return lines.join("\n");
}

// -- Observed functions ------------------------------------------------------------------------

/** What comes before the body: parameters in their places, so that observers see them. */
function enterObserved(w: FunctionWriter): string[] {
	if (w.hoists && w.node.isVararg) w.usesVarargs = true;
	return w.takeLines();
}

/** The body with what tells observers where it begins and ends. */
function observedBody(w: FunctionWriter, body: string, before: readonly string[]): string[] {
	const { node } = w;
	const names = w.locals.map(localName);
	const varargs = w.usesVarargs ? "va" : "NONE";
	const activation = `enterActivation(self, ${varargs}, ${w.hoists ? "access" : "undefined"})`;
	return [
		...(names.length > 0 ? [`let ${names.join(", ")};`] : []),
		...(w.hoists ? accessFunction(w) : []),
		...(node.hasCalls ? ["if (++limits.depth > limits.maxDepth) depthOverflow();"] : []),
		...before,
		`const frame = ${w.isGenerator ? `enterFrame(self, ${activation})` : activation};`,
		"try {",
		body,
		"} catch (error) { throw failActivation(error, frame); }",
		`finally { leaveActivation(frame); ${w.isGenerator ? "leaveFrame(frame); " : ""}}`,
	];
}

/** Reads and writes any local variable by its id. */
function accessFunction(w: FunctionWriter): string[] {
	const locals = new Set([...w.node.params, ...w.locals]);
	return [
		"const access = function (id, sets, value) {",
		"switch (id) {",
		...[...locals].map((local) => {
			const name = isBoxed(local) ? `${localName(local)}.v` : localName(local);
			return `case ${local.id}: if (sets) ${name} = value; return ${name};`;
		}),
		"}",
		"};",
	];
}
