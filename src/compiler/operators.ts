// Operators -> JavaScript, for operands that have been written: the operation itself where both are numbers
// (or strings), a helper of runtime.ts for all else.

import { JOINED_STRING } from "../lua51/memory.ts";
import type { BinaryNode, Expression, UnaryNode } from "../lua51/syntax.ts";
import { type Code, effect, type Held, hold, type StaticType } from "./code.ts";
import type { FunctionWriter } from "./function-writer.ts";
import { concatenatedName, objectName } from "./names.ts";

/** An operand whose text may be repeated behind its setup. */
export interface Operand extends Held {
	readonly type: StaticType;
	/** It had effects before it was held. */
	readonly effects: boolean;
}

export function operandOf(w: FunctionWriter, code: Code): Operand {
	const { setup, text } = hold(w, code);
	return { setup, text, type: code.type, effects: code.effects };
}

const ARITHMETIC_HELPERS: Readonly<Record<string, string>> = {
	"+": "add",
	"-": "subtract",
	"*": "multiply",
	"/": "divide",
	"%": "modulo",
	"^": "power",
};

/** A binary operation. */
export function emitOperation(w: FunctionWriter, node: BinaryNode, left: Operand, right: Operand): Code {
	const setup = left.setup + right.setup;
	const a = left.text;
	const b = right.text;
	const operator = node.operator;
	if (operator === "==" || operator === "~=") {
		return emitEquality(w, node, setup, a, b, comparesRaw(left) || comparesRaw(right));
	}
	const rightName = operator === ".." ? concatenatedName(node.right) : objectName(node.right);
	const pc = w.site(node.line, undefined, objectName(node.left), rightName);
	const checks = [
		...(left.type === "number" ? [] : [`typeof ${a} === "number"`]),
		...(right.type === "number" ? [] : [`typeof ${b} === "number"`]),
	].join(" && ");
	if (operator === "..") {
		const both = [
			...(left.type === "string" ? [] : [`typeof ${a} === "string"`]),
			...(right.type === "string" ? [] : [`typeof ${b} === "string"`]),
		].join(" && ");
		const slow = `(${w.pc} = ${pc}, ${w.helper("concat")}(${a}, ${b}))`;
		if (left.type === "number" || right.type === "number") return effect(`(${setup}${slow})`);
		const text = w.temporary();
		const note = `${text}.length < ${JOINED_STRING} ? ${text} : ${w.helper("noteJoined")}(${a}, ${b}, ${text})`;
		const fast = `(${text} = ${a} + ${b}, ${note})`;
		if (both === "") return effect(`(${setup}${fast})`, "string");
		return effect(`(${setup}${both} ? ${fast} : ${slow})`);
	}
	if (operator === "<" || operator === "<=" || operator === ">" || operator === ">=") {
		const helper = w.helper(
			operator.startsWith("<")
				? operator === "<"
					? "less"
					: "lessEqual"
				: operator === ">"
					? "less"
					: "lessEqual",
		);
		// Native has no "greater": it swaps the operands, which shows in metamethods and messages.
		const slow = operator.startsWith("<") ? `${helper}(${a}, ${b})` : `${helper}(${b}, ${a})`;
		const fast = `${a} ${operator} ${b}`;
		const text =
			checks === "" ? `(${setup}${fast})` : `(${setup}${checks} ? ${fast} : (${w.pc} = ${pc}, ${slow}))`;
		return { text, type: "boolean", simple: false, effects: true };
	}
	const fast = numericText(w, node, a, b);
	if (checks === "") {
		const effects = left.effects || right.effects;
		return { text: `(${setup}${fast})`, type: "number", simple: false, effects };
	}
	const helper = w.helper(ARITHMETIC_HELPERS[operator] as string);
	return effect(`(${setup}${checks} ? ${fast} : (${w.pc} = ${pc}, ${helper}(${a}, ${b})))`);
}

/** An arithmetic operation on two numbers. */
function numericText(w: FunctionWriter, { operator, left, right }: BinaryNode, a: string, b: string): string {
	if (operator === "%") return `${a} - Math.floor(${a} / ${b}) * ${b}`;
	if (operator === "^") return `${w.helper("pow")}(${a}, ${b})`;
	const text = `${a} ${operator} ${b}`;
	// V8 may exchange the operands of these two, and of two NaNs the processor gives the first.
	const exchanges = operator === "+" || operator === "*";
	if (!exchanges || a === b || !canBeNaN(w, left) || !canBeNaN(w, right)) return text;
	const t = w.temporary();
	return `((${t} = ${text}) === ${t} ? ${t} : ${w.helper("firstNaN")}(${a}, ${b}))`;
}

/** Numerals and the variables of numeric loops cannot. */
function canBeNaN(w: FunctionWriter, operand: Expression): boolean {
	return operand.kind !== "number" && !(operand.kind === "local" && w.numbers.has(operand.local));
}

/** Equality with such a value never asks a metamethod. */
function comparesRaw({ type }: Operand): boolean {
	return type !== "any" && type !== "table";
}

function emitEquality(
	w: FunctionWriter,
	node: BinaryNode,
	setup: string,
	a: string,
	b: string,
	raw: boolean,
): Code {
	const isNot = node.operator === "~=";
	if (raw) {
		const text = `(${setup}${a} ${isNot ? "!==" : "==="} ${b})`;
		return { text, type: "boolean", simple: false, effects: setup !== "" };
	}
	const pc = w.site(node.line);
	const text = `(${setup}${a} === ${b} || typeof ${a} === "object" && (${w.pc} = ${pc}, ${w.helper("equalObjects")}(${a}, ${b})))`;
	return { text: isNot ? `!${text}` : text, type: "boolean", simple: false, effects: true };
}

/** Negation or length. */
export function emitNegationOrLength(w: FunctionWriter, node: UnaryNode, operand: Operand): Code {
	const pc = w.site(node.line, undefined, objectName(node.operand));
	const o = operand.text;
	if (node.operator === "-") {
		const t = w.temporary();
		// A NaN has a sign that native prints, so its negation takes the slow way.
		const isNumber = operand.type === "number" ? "" : `typeof ${o} === "number" && `;
		const slow = `(${w.pc} = ${pc}, ${w.helper("negate")}(${o}))`;
		return effect(
			`(${operand.setup}${isNumber}(${t} = -${o}) === ${t} ? ${t} : ${slow})`,
			operand.type === "number" ? "number" : "any",
		);
	}
	return effect(
		`(${operand.setup}typeof ${o} === "string" ? ${o}.length : (${w.pc} = ${pc}, ${w.helper("length")}(${o})))`,
	);
}
