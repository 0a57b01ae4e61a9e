// How native names a value in "attempt to ..." messages: by the instruction that made it
// (global, local, upvalue, field, method), which the expression's form tells.

import type { ObjectName } from "../lua51/proto.ts";
import type { Expression, StringNode } from "../lua51/syntax.ts";

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
		default:
			return undefined;
	}
}
