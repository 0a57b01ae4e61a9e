// Statements -> JavaScript. Lua 5.1 has no goto, so blocks, loops and breaks are JavaScript's.

import { isFieldName } from "../lua51/fields.ts";
import type {
	AssignTarget,
	Block,
	CallNode,
	Expression,
	IndexNode,
	Local,
	MethodNode,
	Statement,
} from "../lua51/syntax.ts";
import { type Code, hold } from "./code.ts";
import {
	callTarget,
	emitAll,
	emitArray,
	emitCall,
	emitCondition,
	emitValue,
	isList,
	isMultiple,
	mayBeInArray,
} from "./expressions.ts";
import { type FunctionWriter, isBoxed, localName, quote } from "./function-writer.ts";
import { iteratorFinder } from "./last-write.ts";
import { objectName } from "./names.ts";

export function emitBlock(w: FunctionWriter, block: Block): void {
	const visible = w.active.length;
	emitStatements(w, block);
	w.active.length = visible;
}

function emitStatements(w: FunctionWriter, block: Block): void {
	block.statements.forEach((statement, position) => {
		w.statementLine = block.lines[position] as number;
		if (w.isObserved && !TELLS_ITSELF.has(statement.kind)) w.line(`${w.point(w.statementLine)};`);
		emitStatement(w, statement);
	});
}

/** Statements whose lines observers are told of elsewhere, or that do nothing themselves. */
const TELLS_ITSELF: ReadonlySet<Statement["kind"]> = new Set(["do", "while", "repeat", "if"]);

function emitStatement(w: FunctionWriter, statement: Statement): void {
	const held = w.holdTemporaries();
	switch (statement.kind) {
		case "localDeclaration":
			emitLocals(w, statement.locals, statement.values);
			w.activate(statement.locals);
			break;
		case "localFunction":
			emitLocalFunction(w, statement);
			w.activate([statement.local]);
			break;
		case "assign":
			emitAssign(w, statement);
			break;
		case "callStatement":
			emitCallStatement(w, statement);
			break;
		case "do":
			w.line("{");
			emitBlock(w, statement.body);
			w.line("}");
			break;
		case "while":
			w.line(`while (${emitReachedCondition(w, statement.condition, w.statementLine)}) {`);
			emitBlock(w, statement.body);
			w.line("}");
			break;
		case "repeat": {
			const visible = w.active.length;
			w.line("while (true) {");
			emitStatements(w, statement.body);
			if (!leaves(statement.body)) {
				w.line(`if (${emitReachedCondition(w, statement.condition, statement.line)}) break;`);
			}
			w.active.length = visible;
			w.line("}");
			break;
		}
		case "if":
			emitIf(w, statement);
			break;
		case "numericFor":
			emitNumericFor(w, statement);
			break;
		case "genericFor":
			emitGenericFor(w, statement);
			break;
		case "return":
			emitReturn(w, statement.values);
			break;
		case "break":
			w.line("break;");
			break;
	}
	w.releaseTemporaries(held);
}

/** A condition that has a line of its own. */
function emitReachedCondition(w: FunctionWriter, condition: Expression, line: number): string {
	if (!w.isObserved) return emitCondition(w, condition);
	w.statementLine = line;
	const point = w.point(line);
	return `(${point}, ${emitCondition(w, condition)})`;
}

/** The block never gets to its end. */
export function leaves(block: Block): boolean {
	const last = block.statements.at(-1)?.kind;
	return last === "return" || last === "break";
}

// -- Locals ----------------------------------------------------------------------------

function declare(w: FunctionWriter, local: Local, value: string): void {
	if (isBoxed(local)) {
		w.line(`${w.declaring(local, "const")}${localName(local)} = new ${w.helper("Box")}(${value});`);
	} else {
		w.line(`${w.declaring(local, "let")}${localName(local)} = ${value};`);
	}
}

function emitLocals(w: FunctionWriter, locals: readonly Local[], values: readonly Expression[]): void {
	if (locals.length > values.length && isMultiple(values.at(-1))) {
		emitLocalsFromMany(w, locals, values);
		return;
	}
	values.forEach((value, position) => {
		const local = locals[position];
		const held = w.holdTemporaries();
		// The locals before it have been declared.
		w.beginStatement();
		const code = emitValue(w, value);
		w.releaseTemporaries(held);
		if (local === undefined) {
			if (code.effects) w.line(`${code.text};`);
			return;
		}
		if (code.type === "number" && !local.reassigned) w.numbers.add(local);
		declare(w, local, code.text);
	});
	for (const local of locals.slice(values.length)) declare(w, local, "undefined");
}

/** `local a, b, c = x, f()`. */
function emitLocalsFromMany(
	w: FunctionWriter,
	locals: readonly Local[],
	values: readonly Expression[],
): void {
	const single = values.slice(0, -1);
	single.forEach((value, position) => {
		declare(w, locals[position] as Local, emitValue(w, value).text);
	});
	const rest = locals.slice(single.length);
	const held = w.holdTemporaries();
	const all = emitAll(w, values.at(-1) as Expression);
	const t = w.temporary();
	w.line(`${t} = ${all};`);
	rest.forEach((local, position) => {
		declare(w, local, `${t}[${position}]`);
	});
	w.releaseTemporaries(held);
}

function emitLocalFunction(
	w: FunctionWriter,
	statement: Extract<Statement, { kind: "localFunction" }>,
): void {
	const { local, value } = statement;
	if (isBoxed(local)) {
		declare(w, local, "undefined");
		w.line(`${localName(local)}.v = ${emitValue(w, value).text};`);
	} else {
		declare(w, local, emitValue(w, value).text);
	}
}

// -- Assignment ----------------------------------------------------------------------------

function emitAssign(w: FunctionWriter, statement: Extract<Statement, { kind: "assign" }>): void {
	const { targets, values, line } = statement;
	const target = targets[0] as AssignTarget;
	if (targets.length === 1 && values.length === 1) {
		const prepared = prepare(w, target);
		if (target.kind !== "index") w.beginStatement();
		emitStore(w, prepared, emitValue(w, values[0] as Expression), line);
		return;
	}
	const prepared: Prepared[] = [];
	for (const each of targets) {
		if (each.kind === "local") for (const earlier of prepared) keepOldValue(w, earlier, each.local);
		prepared.push(prepare(w, each));
	}
	const temporaries: string[] = [];
	values.forEach((value, position) => {
		if (position === values.length - 1 && isMultiple(value) && values.length < targets.length) {
			const all = emitAll(w, value);
			const t = w.temporary();
			w.line(`${t} = ${all};`);
			for (let i = position; i < targets.length; i++) temporaries[i] = `${t}[${i - position}]`;
			return;
		}
		const code = emitValue(w, value);
		if (position >= targets.length) {
			if (code.effects) w.line(`${code.text};`);
			return;
		}
		const t = w.temporary();
		w.line(`${t} = ${code.text};`);
		temporaries[position] = t;
	});
	// Native assigns the last target first.
	for (let i = targets.length - 1; i >= 0; i--) {
		const text = temporaries[i] ?? "undefined";
		emitStore(w, prepared[i] as Prepared, { text, type: "any", simple: true, effects: false }, line);
	}
}

/** A target whose table and key have been evaluated; locals in them are read when it is assigned to. */
interface Prepared {
	readonly target: AssignTarget;
	object: string;
	key: string;
	readonly keyType: Code["type"];
}

function prepare(w: FunctionWriter, target: AssignTarget): Prepared {
	if (target.kind !== "index") return { target, object: "", key: "", keyType: "any" };
	const object = keep(w, emitValue(w, target.object));
	if (target.key.kind === "string") return { target, object, key: "", keyType: "string" };
	const code = emitValue(w, target.key);
	return { target, object, key: keep(w, code), keyType: code.type };
}

/** `t[i], i = ...`: an earlier target uses the local as it was before. */
function keepOldValue(w: FunctionWriter, earlier: Prepared, local: Local): void {
	const name = localName(local);
	// By what was emitted: the tree may have the local in parentheses, or behind a condition that is left out.
	const isLocal = (text: string) => text === name || text === `${name}.v`;
	if (isLocal(earlier.object)) {
		earlier.object = keep(w, { text: earlier.object, type: "any", simple: false, effects: false });
	}
	if (isLocal(earlier.key)) {
		earlier.key = keep(w, { text: earlier.key, type: "any", simple: false, effects: false });
	}
}

/** A text that may be repeated after other statements have run. */
function keep(w: FunctionWriter, code: Code): string {
	if (code.simple) return /^[0-9]/.test(code.text) ? `(${code.text})` : code.text;
	const t = w.temporary();
	w.line(`${t} = ${code.text};`);
	return t;
}

function emitStore(w: FunctionWriter, prepared: Prepared, value: Code, line: number): void {
	const { target } = prepared;
	switch (target.kind) {
		case "local":
			w.line(`${localName(target.local)}${isBoxed(target.local) ? ".v" : ""} = ${value.text};`);
			return;
		case "upvalue":
			w.line(`u${w.node.upvalueIndex(target.local)}.v = ${value.text};`);
			return;
		case "global": {
			const v = keep(w, value);
			const t = w.temporary();
			w.line(`${t} = ${w.self()}.env;`);
			emitFieldStore(w, t, target.name, v, value.type, w.site(line));
			return;
		}
		case "index":
			emitIndexStore(w, prepared, target, value, line);
	}
}

function emitIndexStore(
	w: FunctionWriter,
	prepared: Prepared,
	target: IndexNode,
	value: Code,
	line: number,
): void {
	const v = keep(w, value);
	const pc = w.site(line, undefined, objectName(target.object));
	if (target.key.kind === "string") {
		emitFieldStore(w, prepared.object, target.key.value, v, value.type, pc);
		return;
	}
	const { object: o, key: k, keyType } = prepared;
	const slow = `${w.pc} = ${pc}; ${w.helper("setIndex")}(${o}, ${k}, ${v});`;
	if (value.type === "nil" || !mayBeInArray(target.key, keyType)) {
		w.line(slow);
		return;
	}
	const isNumber = keyType === "number" ? "" : `typeof ${k} === "number" && `;
	const notNil = value.type === "any" ? ` && ${v} !== undefined` : "";
	w.line(
		`if (${isNumber}${o}?.array !== undefined && ${o}.array[${k}] !== undefined${notNil}) ${o}.array[${k}] = ${v}; else { ${slow} }`,
	);
}

function emitFieldStore(
	w: FunctionWriter,
	o: string,
	key: string,
	v: string,
	type: Code["type"],
	pc: number,
): void {
	const name = quote(key);
	const set = `${w.helper("setField")}(${o}, ${name}, ${v})`;
	const notNil = type === "any" ? ` && ${v} !== undefined` : "";
	if (type === "nil" || !isFieldName(key) || key === "__index") {
		w.line(`${w.pc} = ${pc}; ${set};`);
		return;
	}
	const store = `${o}.fields[${name}] = ${v}`;
	w.line(
		`if (${o}?.fields?.[${name}] !== undefined${notNil}) ${store}; else { ${w.pc} = ${pc}; if (${set}) ${store}; }`,
	);
}

// -- Calls, returns, conditions ----------------------------------------------------------------

function emitCallStatement(
	w: FunctionWriter,
	statement: Extract<Statement, { kind: "callStatement" }>,
): void {
	const call = emitCall(w, statement.call, false);
	const t = w.temporary();
	const isPending = `(${t} = ${call}) !== NONE && typeof ${t} === "object" && ${t}.isPending !== undefined`;
	w.line(
		w.returnsErrors
			? `if (${isPending} && (${t} = ${w.helper("settle")}(${t}, self, pc)) !== undefined) return ${t};`
			: `if (${isPending}) ${w.helper("finishTailCall")}(${t});`,
	);
}

function emitReturn(w: FunctionWriter, values: readonly Expression[]): void {
	const only = values.length === 1 ? values[0] : undefined;
	if (values.length === 0) {
		w.line(leave(w, "NONE", false));
	} else if (only?.kind === "call" || only?.kind === "method") {
		emitReturnOfCall(w, only);
	} else if (only !== undefined && only.kind !== "vararg") {
		w.beginStatement();
		const code = emitValue(w, only);
		w.line(leave(w, code.text, code.effects));
	} else {
		w.line(leave(w, emitArray(w, values), true));
	}
}

/** `return f()`: the caller gets the results as they are, but the function has a part in errors. */
function emitReturnOfCall(w: FunctionWriter, call: CallNode | MethodNode): void {
	const text = emitCall(w, call, true);
	const t = w.temporary();
	w.line(`${t} = ${text}; ${w.leaveDepth}`);
	w.line(
		w.returnsErrors
			? `return limits.raised && ${t} instanceof ${w.helper("LuaError")} ? ${w.helper("leaveFunction")}(${t}, self, pc) : ${t};`
			: `if (${t} instanceof ${w.helper("LuaError")}) throw ${t}; return ${t};`,
	);
}

/** Returns the value and takes the call off the depth. */
function leave(w: FunctionWriter, text: string, effects: boolean): string {
	if (!w.node.hasCalls) return `return ${text};`;
	if (!effects) return `${w.leaveDepth} return ${text};`;
	const t = w.temporary();
	return `${t} = ${text}; ${w.leaveDepth} return ${t};`;
}

function emitIf(w: FunctionWriter, statement: Extract<Statement, { kind: "if" }>): void {
	statement.clauses.forEach(({ condition, body, line }, position) => {
		if (position === 0) w.beginStatement();
		w.line(`${position === 0 ? "" : "} else "}if (${emitReachedCondition(w, condition, line)}) {`);
		emitBlock(w, body);
	});
	if (statement.otherwise !== undefined) {
		w.line("} else {");
		emitBlock(w, statement.otherwise);
	}
	w.line("}");
}

// -- Loops ----------------------------------------------------------------------------------------

function emitNumericFor(w: FunctionWriter, statement: Extract<Statement, { kind: "numericFor" }>): void {
	const { variable, body, line } = statement;
	const forLine = w.statementLine;
	const start = emitValue(w, statement.start);
	const i = `i${variable.id}`;
	const limitName = `e${variable.id}`;
	const stepName = `s${variable.id}`;
	w.line("{");
	w.line(`let ${i} = ${start.text};`);
	const limit = emitValue(w, statement.limit);
	w.line(`let ${limitName} = ${limit.text};`);
	const step = statement.step === undefined ? undefined : emitValue(w, statement.step);
	const constantStep =
		step === undefined ? 1 : statement.step?.kind === "number" ? statement.step.value : undefined;
	w.line(`let ${stepName} = ${step === undefined ? "1" : step.text};`);
	if (start.type !== "number" || limit.type !== "number" || (step !== undefined && step.type !== "number")) {
		const pc = w.site(line);
		w.line(
			`if (typeof ${i} !== "number" || typeof ${limitName} !== "number" || typeof ${stepName} !== "number") { ${w.pc} = ${pc}; ${w.helper("checkLoop")}(${i}, ${limitName}, ${stepName}); ${i} = ${w.helper("toNumber")}(${i}); ${limitName} = ${w.helper("toNumber")}(${limitName}); ${stepName} = ${w.helper("toNumber")}(${stepName}); }`,
		);
	}
	// Native subtracts the step and adds it again, which may round.
	w.line(`${i} = (${i} - ${stepName}) + ${stepName};`);
	const test =
		constantStep === undefined
			? `${stepName} > 0 ? ${i} <= ${limitName} : ${i} >= ${limitName}`
			: constantStep > 0
				? `${i} <= ${limitName}`
				: `${i} >= ${limitName}`;
	const again = w.isObserved ? `, ${w.point(forLine)}` : "";
	w.line(`for (; ${test}; ${i} += ${stepName}${again}) {`);
	declare(w, variable, i);
	if (!variable.reassigned) w.numbers.add(variable);
	emitLoopBody(w, [variable], body);
	w.line("}");
	w.line("}");
}

function emitLoopBody(w: FunctionWriter, variables: readonly Local[], body: Block): void {
	const visible = w.active.length;
	w.activate(variables);
	emitBlock(w, body);
	w.active.length = visible;
}

/** The site of the iterator's calls. */
function loopSite(w: FunctionWriter, statement: Extract<Statement, { kind: "genericFor" }>): number {
	const iterator = { kind: "local", name: "(for generator)" } as const;
	return w.site(statement.line, "call", iterator, iteratorFinder(w.node, statement));
}

/** `pairs(t)` or `ipairs(t)` by name; whether the function is the builtin is asked when the loop begins. */
function isTraversalCall(node: Expression): node is CallNode {
	if (node.kind !== "call" || node.callee.kind !== "global") return false;
	return /^i?pairs$/.test(node.callee.name) && node.args.length === 1 && !isMultiple(node.args[0]);
}

/** Takes them from a list. */
function takeIterator(w: FunctionWriter, array: string, [f, s, c]: readonly [string, string, string]): void {
	const t = w.temporary();
	w.line(`${t} = ${array};`);
	w.line(`${f} = ${t}[0]; ${s} = ${t}[1]; ${c} = ${t}[2];`);
}

/** Function, state and control variable of a loop. */
function emitIterator(
	w: FunctionWriter,
	values: readonly Expression[],
	names: readonly [string, string, string],
): void {
	if (values.length <= 3 && isMultiple(values.at(-1))) {
		takeIterator(w, values.length === 1 ? emitAll(w, values[0] as Expression) : emitArray(w, values), names);
		return;
	}
	values.forEach((value, number) => {
		const code = emitValue(w, value);
		const name = names[number];
		if (name !== undefined) w.line(`${name} = ${code.text};`);
		else if (code.effects) w.line(`${code.text};`);
	});
}

/** Begins a loop over such a call, which is not made if the function is the builtin. Gives the site of the loop. */
function emitDirectTraversal(
	w: FunctionWriter,
	node: CallNode,
	statement: Extract<Statement, { kind: "genericFor" }>,
	names: readonly [string, string, string],
	mode: string,
): number {
	const [f, s, c] = names;
	const callee = hold(w, emitValue(w, node.callee));
	const table = hold(w, emitValue(w, node.args[0] as Expression));
	const callPc = w.site(node.line, "call", objectName(node.callee));
	const pc = loopSite(w, statement);
	w.line(`${callee.setup}${table.setup}${w.pc} = ${pc};`);
	w.line(`let ${mode} = ${w.helper("directTraversal")}(${callee.text}, ${table.text});`);
	w.line(`if (${mode} !== 0) ${s} = ${table.text}; else {`);
	const t = w.temporary();
	const call = `${callTarget(w, callee.text, false)}/*${callPc}*/.fn(${table.text})`;
	takeIterator(w, `(${w.pc} = ${callPc}, ${t} = ${call}, ${w.helper("list")}(${t}))`, names);
	w.line(`${w.pc} = ${pc}; ${mode} = ${w.helper("traversal")}(${f}, ${s}, ${c});`);
	w.line("}");
	return pc;
}

/**
 * `for k, v in f, s, c`. Traversal with `next` and counting with ipairs' iterator go on by
 * themselves; anything else is called each turn.
 */
function emitGenericFor(w: FunctionWriter, statement: Extract<Statement, { kind: "genericFor" }>): void {
	const { variables, values, body } = statement;
	const forLine = w.statementLine;
	const id = (variables[0] as Local).id;
	const f = `f${id}`;
	const s = `s${id}`;
	const c = `c${id}`;
	const mode = `m${id}`;
	const position = `p${id}`;
	const walk = `w${id}`;
	const r = `r${id}`;
	w.line("{");
	w.line(`let ${f}, ${s}, ${c}, ${r};`);
	const held = w.holdTemporaries();
	const only = values.length === 1 ? values[0] : undefined;
	let pc: number;
	// (Observed functions tell of the call, those of coroutines make all calls in one way, and the last one has no room for any.)
	if (only !== undefined && isTraversalCall(only) && w.returnsErrors && !w.isLast) {
		pc = emitDirectTraversal(w, only, statement, [f, s, c], mode);
	} else {
		emitIterator(w, values, [f, s, c]);
		pc = loopSite(w, statement);
		w.line(`${w.pc} = ${pc};`);
		w.line(`const ${mode} = ${w.helper("traversal")}(${f}, ${s}, ${c});`);
	}
	w.releaseTemporaries(held);
	const names = variables.map((local) => `v${local.id}`);
	const [key, value] = names as [string, string | undefined];
	w.line(`const ${walk} = ${mode} === 1 ? new ${w.helper("Traversal")}(${s}) : undefined;`);
	w.line(`let ${position} = 0, ${names.join(", ")};`);
	w.line("for (;;) {");
	if (w.isObserved) w.line(`${w.point(forLine)};`);
	w.line(`if (${walk} !== undefined) {`);
	w.line(`${w.pc} = ${pc};`);
	w.line(`if (!${walk}.advance()) break;`);
	w.line(`${key} = ${walk}.key;`);
	if (value !== undefined) w.line(`${value} = ${walk}.value;`);
	w.line(`} else if (${mode} === 2) {`);
	w.line(`${r} = ${s}.array[++${position}];`);
	w.line(`if (${r} === undefined && (${r} = ${s}.getInt(${position})) === undefined) break;`);
	w.line(`${key} = ${position};`);
	if (value !== undefined) w.line(`${value} = ${r};`);
	w.line("} else {");
	// Native calls the iterator from C.
	w.line(`${w.pc} = ${pc}; ${w.helper("enterC")}();`);
	w.line(
		`${r} = (${f}?.fn !== undefined ? ${f} : ${w.helper("callableIterator")}(${f}))/*${pc}*/.fn(${s}, ${c});`,
	);
	if (names.length === 1) {
		w.line(`${key} = ${isList(r)} ? ${w.helper("first")}(${r}) : ${r};`);
	} else {
		w.line(
			`if (${isList(r)}) { ${r} = ${w.helper("list")}(${r}); ${names.map((name, number) => `${name} = ${r}[${number}];`).join(" ")} }`,
		);
		w.line(
			`else { ${key} = ${r}; ${names
				.slice(1)
				.map((name) => `${name} = undefined;`)
				.join(" ")} }`,
		);
	}
	w.line(`${w.helper("leaveC")}();`);
	w.line(`if (${key} === undefined) break;`);
	w.line(`${c} = ${key};`);
	w.line("}");
	variables.forEach((local, number) => {
		declare(w, local, names[number] as string);
	});
	emitLoopBody(w, variables, body);
	w.line("}");
	w.line("}");
}
