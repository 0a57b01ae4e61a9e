// How native names a value in "attempt to ..." messages: by the instruction that made it
// (global, local, upvalue, field, method), which the expression's form tells.

import type { ObjectName } from "../lua51/proto.ts";
import type { Expression, LogicalNode, StringNode } from "../lua51/syntax.ts";

/** Constants from here on do not fit an instruction's operand, and native loses the name. */
const FIRST_UNNAMED_CONSTANT = 256;

export function keyName(key: Expression): string {
	return key.kind === "string" && key.constant < FIRST_UNNAMED_CONSTANT ? cName(key.value) : "?";
}

/** A name as C shows it: up to its first zero byte. */
function cName(name: string): string {
	const zero = name.indexOf("\0");
	return zero < 0 ? name : name.slice(0, zero);
}

/**
 * The name of a concatenation's right operand. The result of a concatenation further right
 * stands in the place of its first operand, and native takes it for that.
 */
export function concatenatedName(expression: Expression): ObjectName | undefined {
	const isConcat = expression.kind === "binary" && expression.operator === "..";
	return objectName(isConcat ? expression.left : expression);
}

export function methodName(name: StringNode): ObjectName {
	return { kind: "method", name: keyName(name) };
}

export function objectName(expression: Expression): ObjectName | undefined {
	switch (expression.kind) {
		case "local":
			return { kind: "local", name: expression.local.name };
		case "upvalue":
			return { kind: "upvalue", name: expression.local.name };
		case "global":
			return { kind: "global", name: expression.name };
		case "index":
			return { kind: "field", name: keyName(expression.key) };
		case "paren":
			return objectName(expression.inner);
		case "logical":
			return logicalName(expression);
		default:
			return undefined;
	}
}

/**
 * The name of what `and` and `or` give. Native looks for the instruction that set the register
 * by walking through the code in order, and takes every forward jump that it meets on the way.
 * So it goes from the first operand to where that one's test jumps; if that is the end, the
 * register was last set by the test, and there is no name.
 */
function logicalName(expression: LogicalNode): ObjectName | undefined {
	const operands = flatten(expression);
	let position = 0;
	while (position < operands.length - 1) {
		const next = (operands[position] as Operand).jump;
		if (next === undefined) return undefined;
		position = next;
	}
	return objectName((operands[position] as Operand).node);
}

interface Operand {
	readonly node: Expression;
	/** Which operand the test behind this one jumps to; undefined for the end. */
	readonly jump: number | undefined;
}

/** The operands in order. */
function flatten(expression: LogicalNode): Operand[] {
	const operands: Operand[] = [];
	// Where a true and a false value go on, each filled in when the position is known.
	const visit = (node: Expression, onTrue: { to?: number }, onFalse: { to?: number }, jumpsOn: boolean) => {
		if (node.kind === "paren" && node.inner.kind === "logical") {
			visit(node.inner, onTrue, onFalse, jumpsOn);
		} else if (node.kind === "logical") {
			const right: { to?: number } = {};
			if (node.operator === "and") visit(node.left, right, onFalse, false);
			else visit(node.left, onTrue, right, true);
			right.to = operands.length;
			visit(node.right, onTrue, onFalse, jumpsOn);
		} else {
			const target = jumpsOn ? onTrue : onFalse;
			operands.push({
				node,
				get jump() {
					return target.to;
				},
			});
		}
	};
	visit(expression, {}, {}, false);
	return operands;
}
