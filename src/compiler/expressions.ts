// Expressions -> JavaScript. The shape of the text is chosen for V8's unoptimized tiers:
// few checks on the usual path, everything else in a helper. `pc` is set only where a helper
// that may fail is called, so that positions cost nothing on the usual path.

import { isArrayKey } from "../lua51/array-size.ts";
import { ITEMS_PER_FLUSH } from "../lua51/expression-parser.ts";
import { isFieldName } from "../lua51/fields.ts";
import type {
	BinaryNode,
	CallNode,
	ClosureNode,
	Expression,
	IndexNode,
	LogicalNode,
	MethodNode,
	TableItem,
	TableNode,
	UnaryNode,
} from "../lua51/syntax.ts";
import { sizeHint } from "../lua51/table.ts";
import { AnyArray } from "./any-array.ts";
import { type Code, effect, type Held, hold, NIL, simple, truth } from "./code.ts";
import { type FunctionWriter, isBoxed, localName, quote } from "./function-writer.ts";
import { methodName, objectName } from "./names.ts";
import { emitNegationOrLength, emitOperation, operandOf } from "./operators.ts";

// -- One value --------------------------------------------------------------------

/** An expression as exactly one value. */
export function emitValue(w: FunctionWriter, node: Expression): Code {
	const { isFirst } = w;
	w.isFirst = false;
	switch (node.kind) {
		case "nil":
			return NIL;
		case "boolean":
			return simple(String(node.value), "boolean");
		case "number":
			return simple(w.number(node.value), "number");
		case "string":
			return simple(quote(node.value), "string");
		case "vararg":
			w.usesVarargs = true;
			return { text: "va[0]", type: "any", simple: true, effects: false };
		case "closure":
			return emitClosure(w, node);
		case "local": {
			const name = localName(node.local);
			// Native's operands are the registers themselves: what the other operand changes shows.
			if (isBoxed(node.local)) return simple(`${name}.v`, "any");
			return simple(name, w.numbers.has(node.local) ? "number" : "any");
		}
		case "upvalue":
			return emitUpvalue(w, node.local);
		case "global":
			return emitGlobal(w, node.name, node.line);
		case "index":
			return emitIndex(w, node);
		case "call":
		case "method": {
			const held = w.holdTemporaries();
			if (isSelection(node) && w.returnsErrors && !w.isLast) {
				const code = emitSelection(w, node);
				w.releaseTemporaries(held);
				return code;
			}
			const call = emitCall(w, node, false);
			if (isFirst) {
				w.releaseTemporaries(held);
				return emitCallAlone(w, call);
			}
			const t = w.temporary();
			w.releaseTemporaries(held);
			return effect(firstOf(w, t, call));
		}
		case "paren":
			w.isFirst = isFirst;
			return emitValue(w, node.inner);
		case "binary":
			return emitBinary(w, node, isFirst);
		case "unary":
			w.isFirst = isFirst;
			return emitUnary(w, node);
		case "logical":
			w.isFirst = isFirst;
			return emitLogical(w, node);
		case "table":
			return emitTable(w, node);
	}
}

/**
 * Whether a result is none or several, or is still to come: an array, and no Lua object has a `length`. Where V8 has not optimized
 * yet it looks at a type's name sooner than at a property, and at that sooner than at a class.
 */
export function isList(name: string): string {
	return `typeof ${name} === "object" && ${name}.length !== undefined`;
}

/** The first value of a call, whose result goes into the variable `t`. */
function firstOf(w: FunctionWriter, t: string, call: string): string {
	return `(${t} = ${call}, ${isList(t)} ? ${w.helper("first")}(${t}) : ${t})`;
}

/** A call before the statement that it is in: so the function can return an error without an exception. */
function emitCallAlone(w: FunctionWriter, call: string): Code {
	const c = w.callVariable();
	w.line(`${c} = ${call};`);
	w.line(
		`if (${isList(c)} && typeof (${c} = ${w.helper("single")}(${c}, self, pc)) === "object" && ${c} instanceof ${w.helper("LuaError")}) return ${c};`,
	);
	return simple(c, "any");
}

function emitUpvalue(w: FunctionWriter, local: Parameters<typeof isBoxed>[0]): Code {
	if (local.functionNode === w.node && !isBoxed(local)) return simple(w.self(), "function");
	const name = `u${w.node.upvalueIndex(local)}`;
	if (isBoxed(local)) return { text: `${name}.v`, type: "any", simple: false, effects: false };
	return simple(name, "any");
}

// -- Truth -------------------------------------------------------------------------

/** An expression as a JavaScript condition. */
export function emitCondition(w: FunctionWriter, node: Expression): string {
	switch (node.kind) {
		case "paren":
			if (node.inner.kind !== "vararg") return emitCondition(w, node.inner);
			break;
		case "unary":
			if (node.operator === "not") return `!${emitCondition(w, node.operand)}`;
			break;
		case "logical": {
			const left = emitCondition(w, node.left);
			const right = emitCondition(w, node.right);
			return `(${left} ${node.operator === "and" ? "&&" : "||"} ${right})`;
		}
		default:
			break;
	}
	const held = w.holdTemporaries();
	const code = emitValue(w, node);
	w.releaseTemporaries(held);
	return truth(w, code);
}

function emitLogical(w: FunctionWriter, node: LogicalNode): Code {
	const held = w.holdTemporaries();
	const left = emitValue(w, node.left);
	const { setup, text } = hold(w, left);
	// The left value is dead once the right operand runs, so that may use its temporary.
	w.releaseTemporaries(held);
	const right = emitValue(w, node.right);
	const type = left.type === right.type ? left.type : "any";
	const isTrue = left.type === "boolean" ? text : `${text} !== undefined && ${text} !== false`;
	const choice =
		node.operator === "and" ? `${isTrue} ? ${right.text} : ${text}` : `${isTrue} ? ${text} : ${right.text}`;
	return { text: `(${setup}${choice})`, type, simple: false, effects: left.effects || right.effects };
}

// -- Variables and fields ------------------------------------------------------------

function emitGlobal(w: FunctionWriter, name: string, line: number): Code {
	const pc = w.site(line);
	const held = w.holdTemporaries();
	const t = w.temporary();
	w.releaseTemporaries(held);
	const env = `${w.self()}.env`;
	const slow = slowField(w, env, name, pc);
	if (!isFieldName(name)) return effect(slow);
	return effect(`((${t} = ${env}.fields[${quote(name)}]) !== undefined ? ${t} : ${slow})`);
}

/** Can the array part have it? V8 takes an index of -1 or 0.5 for a name, and is slow with it. */
export function mayBeInArray(key: Expression, type: Code["type"]): boolean {
	if (key.kind === "number") return isArrayKey(key.value);
	return type !== "string" && type !== "boolean" && type !== "nil";
}

function emitIndex(w: FunctionWriter, node: IndexNode): Code {
	const held = w.holdTemporaries();
	const object = hold(w, emitValue(w, node.object));
	if (node.key.kind === "string") {
		const code = emitField(w, object, node.key.value, w.site(node.line, undefined, objectName(node.object)));
		w.releaseTemporaries(held);
		return code;
	}
	const keyCode = emitValue(w, node.key);
	const key = hold(w, keyCode);
	const pc = w.site(node.line, undefined, objectName(node.object));
	const t = w.temporary();
	w.releaseTemporaries(held);
	const slow = `(${w.pc} = ${pc}, ${w.helper("index")}(${object.text}, ${key.text}))`;
	const setup = object.setup + key.setup;
	if (!mayBeInArray(node.key, keyCode.type)) return effect(`(${setup}${slow})`);
	const isNumber = keyCode.type === "number" ? "" : `typeof ${key.text} === "number" && `;
	return effect(
		`(${setup}${isNumber}${object.text}?.array !== undefined && (${t} = ${object.text}.array[${key.text}]) !== undefined ? ${t} : ${slow})`,
	);
}

function emitField(w: FunctionWriter, object: Held, key: string, pc: number): Code {
	const t = w.temporary();
	const o = object.text;
	const name = quote(key);
	const slow = slowField(w, o, key, pc);
	if (!isFieldName(key)) return effect(`(${object.setup}${slow})`);
	return effect(`(${object.setup}(${t} = ${o}?.fields?.[${name}]) !== undefined ? ${t} : ${slow})`);
}

/** The same where the object's fields do not tell. */
function slowField(w: FunctionWriter, o: string, key: string, pc: number): string {
	return `(${w.pc} = ${pc}, ${w.helper("getField")}(${o}, ${quote(key)}))`;
}

/** `object.name` for `object:name()`, where the name is mostly in the table that is the metatable's `__index`. */
function emitMethodOf(w: FunctionWriter, o: string, key: string, pc: number): Code {
	const t = w.temporary();
	const name = quote(key);
	const slow = slowField(w, o, key, pc);
	if (!isFieldName(key)) return effect(slow);
	const own = `(${t} = ${o}?.fields?.[${name}])`;
	// (Another key of a table with a hash part may be there.)
	const metatable = `(typeof ${o} === "string" ? ${w.helper("current")}.types.string : ${o}?.metatable)`;
	const inherited = `(${t} = ${metatable}?.index?.fields?.[${name}])`;
	return effect(
		`(${own} !== undefined || ${o}?.hash === undefined && ${inherited} !== undefined ? ${t} : ${slow})`,
	);
}

// -- Operators --------------------------------------------------------------------------

function emitBinary(w: FunctionWriter, node: BinaryNode, isFirst: boolean): Code {
	// Long chains lean to the left (a + b + c ...): walk down the spine, then write it upwards,
	// so that neither this function nor V8's parser recurses once per operator.
	const spine: BinaryNode[] = [];
	let leftmost: Expression = node;
	while (leftmost.kind === "binary") {
		spine.push(leftmost);
		leftmost = leftmost.left;
	}
	const held = w.holdTemporaries();
	w.isFirst = isFirst;
	let code = emitValue(w, leftmost);
	// What has been written of the left operand may be evaluated later, but for a boxed variable.
	w.isFirst = isFirst && code.simple && !isBoxedVariable(code);
	let setup = "";
	for (let i = spine.length - 1; i >= 0; i--) {
		if (i < spine.length - 1 && !code.simple && spine.length > 3) {
			const t = w.temporary();
			setup += `${t} = ${code.text}, `;
			code = { text: t, type: code.type, simple: true, effects: false };
			code = emitApplied(w, spine[i] as BinaryNode, code);
			w.releaseTemporaries(held);
			continue;
		}
		code = emitApplied(w, spine[i] as BinaryNode, code);
		w.releaseTemporaries(held);
	}
	return setup === "" ? code : { ...code, text: `(${setup}${code.text})`, simple: false, effects: true };
}

/** The operation of a node whose left operand has been written. */
function emitApplied(w: FunctionWriter, node: BinaryNode, leftCode: Code): Code {
	// Only concatenation copies its operands first.
	const copies = node.operator === ".." && isBoxedVariable(leftCode);
	const left = operandOf(w, copies ? { ...leftCode, simple: false } : leftCode);
	return emitOperation(w, node, left, operandOf(w, emitValue(w, node.right)));
}

function emitUnary(w: FunctionWriter, node: UnaryNode): Code {
	if (node.operator === "not") {
		return { text: `!${emitCondition(w, node.operand)}`, type: "boolean", simple: false, effects: true };
	}
	const held = w.holdTemporaries();
	const result = emitNegationOrLength(w, node, operandOf(w, emitValue(w, node.operand)));
	w.releaseTemporaries(held);
	return result;
}

// -- Several values ------------------------------------------------------------------------

export function isMultiple(node: Expression | undefined): node is CallNode | MethodNode | Expression {
	return node !== undefined && (node.kind === "call" || node.kind === "method" || node.kind === "vararg");
}

/** A call or `...` as a JavaScript array of all its values. */
export function emitAll(w: FunctionWriter, node: Expression): string {
	if (node.kind === "vararg") {
		w.usesVarargs = true;
		return "va";
	}
	// The helper comes after the call in the text, so that call-stack.ts takes it for part of it.
	const held = w.holdTemporaries();
	const call = emitCall(w, node as CallNode | MethodNode, false);
	const t = w.temporary();
	w.releaseTemporaries(held);
	return `(${t} = ${call}, ${w.helper("list")}(${t}))`;
}

/** The elements of a JavaScript argument list or array literal. */
function emitList(w: FunctionWriter, nodes: readonly Expression[]): { parts: string[]; effects: boolean[] } {
	const parts: string[] = [];
	const effects: boolean[] = [];
	nodes.forEach((node, position) => {
		if (position === nodes.length - 1 && isMultiple(node)) {
			parts.push(`...${emitAll(w, node)}`);
			effects.push(node.kind !== "vararg");
		} else {
			const code = emitValue(w, node);
			parts.push(code.text);
			effects.push(code.effects);
		}
	});
	return { parts, effects };
}

/** All values of an expression list as a JavaScript array. */
export function emitArray(w: FunctionWriter, nodes: readonly Expression[]): string {
	const held = w.holdTemporaries();
	const array = AnyArray.isNeeded(nodes, 0) ? new AnyArray(w, isMultiple(nodes.at(-1))) : undefined;
	const { parts } = emitList(w, nodes);
	w.releaseTemporaries(held);
	return array?.of(parts) ?? `[${parts.join(", ")}]`;
}

// -- Calls ---------------------------------------------------------------------------------

/** A call, with all its results as a LuaResult. */
export function emitCall(w: FunctionWriter, node: CallNode | MethodNode, isTail: boolean): string {
	const held = w.holdTemporaries();
	let callee: Held;
	let setup = "";
	let first: string[] = [];
	const name = node.kind === "method" ? methodName(node.name) : objectName(node.callee);
	if (node.kind === "method") {
		const code = emitValue(w, node.object);
		// Native copies the object before a handler for `__index` can change the variable.
		const object = hold(w, isBoxedVariable(code) ? { ...code, simple: false } : code);
		const selfPc = w.site(node.selfLine, undefined, objectName(node.object));
		setup = object.setup;
		first = [object.text];
		callee = hold(w, emitMethodOf(w, object.text, node.name.value, selfPc));
	} else {
		callee = hold(w, emitValue(w, node.callee));
	}
	const last = node.args.at(-1);
	if (!w.isGenerator && (last?.kind === "call" || last?.kind === "method")) {
		const text = emitCallWithCall(w, node, last, { callee, first, name, isTail });
		w.releaseTemporaries(held);
		return `(${setup}${callee.setup}${text})`;
	}
	// Of a generator, which hands the arguments on as an array.
	const needsArray = w.isGenerator && AnyArray.isNeeded(node.args, first.length);
	const array = needsArray ? new AnyArray(w, isMultiple(node.args.at(-1))) : undefined;
	const { parts, effects } = emitList(w, node.args);
	const pc = w.site(node.line, isTail ? "tail" : "call", name);
	const position = callPosition(w, pc, node.line);
	let setPc = `${position}, `;
	if (effects.includes(true)) {
		// The arguments set `pc` themselves: it is set again when they are all there.
		const last = parts.length - 1;
		const text = parts[last] as string;
		if (effects[last]) {
			const t = w.temporary();
			parts[last] = text.startsWith("...")
				? `...(${t} = ${text.slice(3)}, ${position}, ${t})`
				: `(${t} = ${text}, ${position}, ${t})`;
		} else {
			parts[last] = text.startsWith("...") ? `...(${position}, ${text.slice(3)})` : `(${position}, ${text})`;
		}
		setPc = "";
	}
	w.releaseTemporaries(held);
	const target = callTarget(w, callee.text, isTail);
	const args = [...first, ...parts];
	if (w.isGenerator) {
		const go = w.helper(isTail ? "goTail" : "go");
		const list = array?.of(args) ?? `[${args.join(", ")}]`;
		return `(${setup}${callee.setup}${setPc}yield* ${go}(${target}, ${list}))`;
	}
	return `(${setup}${callee.setup}${setPc}${target}/*${pc}*/.fn(${args.join(", ")}))`;
}

/** Says that a call is the next thing to happen. */
function callPosition(w: FunctionWriter, pc: number, line: number): string {
	const point = w.isObserved ? w.callPoint(line) : "";
	return point === "" ? `${w.pc} = ${pc}` : `${w.pc} = ${pc}, ${point}`;
}

/** The function that is called in the end. */
export function callTarget(w: FunctionWriter, c: string, isTail: boolean): string {
	if (w.isLast) return `${w.helper("calleeBeyond")}(${c})`;
	// In a generator coroutine.ts sees to it.
	const called = w.isObserved && !w.isGenerator ? `${w.helper("observedCallee")}(${c})` : c;
	return isTail
		? `(${c}?.fn !== undefined && limits.depth < ${w.helper("TAIL_DEPTH")} ? ${called} : ${w.helper("tailCallee")}(${c}))`
		: `(${c}?.fn !== undefined ? ${called} : ${w.helper("callable")}(${c}))`;
}

/** Characters of a text that may be there twice. */
const SHORT_TEXT = 32;

/** A variable that closures share, so that whatever runs may change it. (Only short texts are looked into: V8 joins the parts of long ones for it.) */
function isBoxedVariable({ simple: isSimple, text }: Code): boolean {
	return isSimple && text.endsWith(".v");
}

/** The text may be there twice, behind what is evaluated after it. */
function mayRepeat(code: Code): boolean {
	return code.simple && !isBoxedVariable(code) && code.text.length <= SHORT_TEXT;
}

/**
 * `f(a, g())` behind the text that evaluates `f`. What `g` gives is mostly one value, which takes no list of arguments;
 * V8 optimizes no call with such a list either.
 */
function emitCallWithCall(
	w: FunctionWriter,
	node: CallNode | MethodNode,
	last: CallNode | MethodNode,
	known: {
		readonly callee: Held;
		readonly first: readonly string[];
		readonly name: ReturnType<typeof objectName>;
		readonly isTail: boolean;
	},
): string {
	const f = w.temporary();
	let setup = `${f} = ${callTarget(w, known.callee.text, known.isTail)}, `;
	const evaluated = (code: Code): string => {
		// What `g` may change is looked at before, and the call is there twice.
		if (mayRepeat(code)) return code.text;
		const t = w.temporary();
		setup += `${t} = ${code.text}, `;
		return t;
	};
	const args = known.first.map((text) => evaluated(simple(text, "any")));
	for (const arg of node.args.slice(0, -1)) args.push(evaluated(emitValue(w, arg)));
	const call = emitCall(w, last, false);
	const t = w.temporary();
	const pc = w.site(node.line, known.isTail ? "tail" : "call", known.name);
	const position = callPosition(w, pc, node.line);
	const called = (rest: string) => `${position}, ${f}/*${pc}*/.fn(${[...args, rest].join(", ")})`;
	// An error is `g`'s, so it is thrown before the position is that of `f`.
	const many = `(${t} = ${w.helper("list")}(${t}), ${called(`...${t}`)})`;
	return `${setup}${t} = ${call}, ${isList(t)} ? ${many} : (${called(t)})`;
}

/** `select(n, ...)`, for all that can be seen here. */
function isSelection(node: CallNode | MethodNode): node is CallNode {
	if (node.kind === "method" || node.callee.kind !== "global" || node.callee.name !== "select") return false;
	return node.args.length === 2 && node.args[1]?.kind === "vararg";
}

/** The first value of such a call, which needs no call if `select` is the builtin: loops over `...` are made of it. */
function emitSelection(w: FunctionWriter, node: CallNode): Code {
	w.usesVarargs = true;
	const callee = hold(w, emitValue(w, node.callee));
	const selector = node.args[0] as Expression;
	const count = hold(w, emitValue(w, selector));
	const pc = w.site(node.line, "call", objectName(node.callee));
	const t = w.temporary();
	const c = callee.text;
	const n = count.text;
	const isBuiltin = `${c}?.fn === ${w.helper("shortcuts")}.select`;
	const inRange = `(${n} | 0) === ${n} && ${n} > 0 && ${n} <= va.length`;
	const [condition, value] =
		selector.kind === "string" && selector.value === "#"
			? [isBuiltin, "va.length"]
			: [`${isBuiltin} && ${inRange}`, `va[${n} - 1]`];
	const call = `${callTarget(w, c, false)}/*${pc}*/.fn(${n}, ...va)`;
	return effect(
		`(${callee.setup}${count.setup}${w.pc} = ${pc}, ${condition} ? ${value} : ${firstOf(w, t, call)})`,
	);
}

// -- Constructors ----------------------------------------------------------------------------

function emitClosure(w: FunctionWriter, node: ClosureNode): Code {
	const proto = w.constant(w.child(node.node));
	const upvalues = node.node.upvalues.map((local) => {
		// A local function knows itself as `self`; its variable is not there yet.
		if (local.functionNode === node.node && !isBoxed(local)) return "undefined";
		if (local.owner === w.node) return localName(local);
		if (local.functionNode === w.node && !isBoxed(local)) return w.self();
		return `u${w.node.upvalueIndex(local)}`;
	});
	// One more than there are, for what AnyArray is for.
	const [first] = node.node.upvalues;
	if (first !== undefined && !isBoxed(first)) upvalues.push("null");
	const text = `${w.helper("closure")}(${proto}, ${w.self()}.env, [${upvalues.join(", ")}])`;
	return { text, type: "function", simple: false, effects: false };
}

/** A constructor with more constants than this, and nothing else, is built from a list. */
const MAX_EMITTED_CONSTANTS = 32;

function emitTable(w: FunctionWriter, node: TableNode): Code {
	const { constant } = node;
	if (constant !== undefined && constant.size > MAX_EMITTED_CONSTANTS) {
		const text = `${w.helper("constantTable")}(${w.constant(constant)})`;
		return { text, type: "table", simple: false, effects: false };
	}
	const items = node.items ?? constant?.items() ?? [];
	if (items.length === 0)
		return { text: `new ${w.helper("LuaTable")}()`, type: "table", simple: false, effects: false };
	const positional = items.filter((item) => item.key === undefined);
	const lastIsMultiple = items.at(-1)?.key === undefined && isMultiple(items.at(-1)?.value);
	if (positional.length === items.length && items.length <= ITEMS_PER_FLUSH && !lastIsMultiple) {
		const { parts, effects } = emitList(
			w,
			items.map((item) => item.value),
		);
		const size = sizeHint(items.length);
		const text = `${w.helper("LuaTable")}.adopt([undefined, ${parts.join(", ")}], ${size})`;
		return { text, type: "table", simple: false, effects: effects.includes(true) };
	}
	const last = items.at(-1)?.value;
	if (items.length === 1 && positional.length === 1 && last?.kind === "vararg") {
		w.usesVarargs = true;
		return { text: `${w.helper("varargTable")}(va)`, type: "table", simple: false, effects: false };
	}
	if (positional.length === items.length && items.length <= ITEMS_PER_FLUSH && last?.kind === "vararg") {
		const held = w.holdTemporaries();
		const { parts } = emitList(
			w,
			items.map((item) => item.value),
		);
		const a = w.temporary();
		w.releaseTemporaries(held);
		const size = `Math.max(${sizeHint(items.length - 1)}, ${a}.length - 1)`;
		return effect(
			`(${a} = [undefined, ${parts.join(", ")}], ${w.helper("LuaTable")}.adopt(${a}, ${size}))`,
			"table",
		);
	}
	const record = positional.length === 0 ? emitRecord(w, items) : undefined;
	return record ?? emitMixedTable(w, items, positional.length - (lastIsMultiple ? 1 : 0));
}

/** `{x = 1, y = 2}`: names only, each once, few enough for a shape. */
function emitRecord(w: FunctionWriter, items: readonly TableItem[]): Code | undefined {
	if (items.length > RECORD_LIMIT) return undefined;
	const keys: string[] = [];
	for (const { key } of items) {
		if (key?.kind !== "string" || keys.includes(key.value) || !isFieldName(key.value)) return undefined;
		keys.push(key.value);
	}
	const template = w.constant({ record: keys });
	const held = w.holdTemporaries();
	const r = w.temporary();
	let setup = "";
	let effects = false;
	const conditions: string[] = [];
	const values = items.map(({ value }) => {
		const code = emitValue(w, value);
		effects ||= code.effects;
		let { text } = code;
		if (!mayRepeat(code)) {
			text = w.temporary();
			setup += `${text} = ${code.text}, `;
		}
		if (code.type === "any") conditions.push(`${text} !== undefined`);
		else if (code.type === "nil") conditions.push("false");
		return text;
	});
	w.releaseTemporaries(held);
	const stores = values.map((text, position) => `${r}[${quote(keys[position] as string)}] = ${text}, `);
	const made = `${r} = new ${template}.Fields(), ${stores.join("")}${w.helper(keys.includes("__index") ? "metatableRecord" : "record")}(${template}, ${r})`;
	const filled = `${w.helper("recordWithNil")}(${template}, [${values.join(", ")}])`;
	const text = `(${setup}${conditions.length === 0 ? made : `${conditions.join(" && ")} ? (${made}) : ${filled}`})`;
	return { text, type: "table", simple: false, effects };
}

const RECORD_LIMIT = 32;

function emitMixedTable(w: FunctionWriter, items: readonly TableItem[], arraySize: number): Code {
	const held = w.holdTemporaries();
	const t = w.temporary();
	const a = w.temporary();
	const hashSize = items.filter((item) => item.key !== undefined).length;
	const steps = [
		`${t} = ${w.helper("LuaTable")}.sized(${sizeHint(arraySize)}, ${sizeHint(hashSize)})`,
		`${a} = [undefined]`,
	];
	let stored = 0;
	let waiting = 0;
	items.forEach((item, position) => {
		if (item.key === undefined) {
			if (waiting === ITEMS_PER_FLUSH) {
				steps.push(`${t}.setList(${a}, ${stored + 1})`, `${a} = [undefined]`);
				stored += waiting;
				waiting = 0;
			}
			const isLast = position === items.length - 1;
			steps.push(
				isLast && isMultiple(item.value)
					? `${a}.push(...${emitAll(w, item.value)})`
					: `${a}.push(${emitValue(w, item.value).text})`,
			);
			waiting++;
		} else if (item.key.kind === "string") {
			steps.push(`${t}.setStr(${quote(item.key.value)}, ${emitValue(w, item.value).text})`);
		} else {
			const key = hold(w, emitValue(w, item.key));
			const value = emitValue(w, item.value);
			const pc = w.site(item.line);
			const v = w.temporary();
			steps.push(
				`(${key.setup}${v} = ${value.text}, ${w.pc} = ${pc}, ${w.helper("setItem")}(${t}, ${key.text}, ${v}))`,
			);
			w.releaseTemporaries(held + 2);
		}
	});
	if (waiting > 0) steps.push(`${t}.setList(${a}, ${stored + 1})`);
	w.releaseTemporaries(held);
	return effect(`(${steps.join(", ")}, ${t})`, "table");
}
