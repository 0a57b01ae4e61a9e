// How native names a value in "attempt to ..." messages: by the instruction that made it
// (global, local, upvalue, field, method), which the expression's form tells.

import { LAST_OPERAND_CONSTANT } from "../lua51/native-limits.ts";
import type { ObjectName } from "../lua51/proto.ts";
import type { Expression, LogicalNode, StringNode } from "../lua51/syntax.ts";
import { cString } from "../lua51/value.ts";

/** Of a constant that does not fit an instruction's operand native loses the name. */
export function keyName(key: Expression): string {
	const inner = withoutParentheses(key);
	return inner.kind === "string" && inner.constant <= LAST_OPERAND_CONSTANT ? cString(inner.value) : "?";
}

/** What native, which keeps no parentheses, sees. */
export function withoutParentheses(node: Expression): Expression {
	let inner = node;
	while (inner.kind === "paren") inner = inner.inner;
	return inner;
}

/**
 * The name of a concatenation's right operand. The result of a concatenation further right
 * stands in the place of its first operand, and native takes it for that.
 */
export function concatenatedName(expression: Expression): ObjectName | undefined {
	const inner = withoutParentheses(expression);
	const isConcat = inner.kind === "binary" && inner.operator === "..";
	return objectName(isConcat ? inner.left : expression);
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

// -- Behind `and` and `or` ------------------------------------------------------

/**
 * The name of what `and` and `or` give. Native looks for the last instruction that put a value into
 * the register, and takes every forward jump that it meets on the way. So in `(a and b or c)()` it
 * names c, where a's being false leads. Behind an operand whose jump leads to the end there is no
 * name: the test itself stored the value.
 */
function logicalName(expression: LogicalNode): ObjectName | undefined {
	const exit = expression.operator === "or";
	return firstExit(expression.left, exit) === exit ? undefined : objectName(expression.right);
}

/**
 * How a condition ends when every jump in it is taken that is met: true, false, or undefined where
 * a constant leaves no jump. A plain operand jumps if it is `jumpsOn`, and goes on otherwise.
 */
function firstExit(condition: Expression, jumpsOn: boolean): boolean | undefined {
	switch (condition.kind) {
		case "paren":
			return firstExit(condition.inner, jumpsOn);
		case "nil":
			return jumpsOn ? undefined : false;
		case "boolean":
			return condition.value === jumpsOn ? jumpsOn : undefined;
		case "number":
		case "string":
			return jumpsOn ? true : undefined;
		case "unary": {
			if (condition.operator !== "not") return jumpsOn;
			const inner = firstExit(condition.operand, !jumpsOn);
			return inner === undefined ? undefined : !inner;
		}
		case "logical": {
			const exit = condition.operator === "or";
			return firstExit(condition.left, exit) === exit ? exit : firstExit(condition.right, jumpsOn);
		}
		default:
			return jumpsOn;
	}
}
