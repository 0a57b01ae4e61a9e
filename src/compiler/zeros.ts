// 0 and -0 are the same key in native's list of a function's constants: whichever comes first
// stands for both. It comes when code that uses it is made, which for a numeral left of an
// arithmetic operator is after the right operand. This finds what that operand makes first.

import type { Expression } from "../lua51/syntax.ts";

/** The first zero, of whatever sign, among an expression's constants; not those of functions in it. */
export function firstZero(node: Expression): number | undefined {
	switch (node.kind) {
		case "number":
			return node.value === 0 ? node.value : undefined;
		case "paren":
			return firstZero(node.inner);
		case "unary":
			return firstZero(node.operand);
		case "index":
			return firstZero(node.object) ?? firstZero(node.key);
		case "call":
			return firstZero(node.callee) ?? firstOf(node.args);
		case "method":
			return firstZero(node.object) ?? firstOf(node.args);
		case "logical":
			return firstZero(node.left) ?? firstZero(node.right);
		case "binary":
			if (node.left.kind !== "number") return firstZero(node.left) ?? firstZero(node.right);
			return firstOf("+-*/%^".includes(node.operator) ? [node.right, node.left] : [node.left, node.right]);
		case "table":
			for (const { key, value } of node.items ?? []) {
				const zero = (key === undefined ? undefined : firstZero(key)) ?? firstZero(value);
				if (zero !== undefined) return zero;
			}
			return undefined;
		case "nil":
		case "boolean":
		case "string":
		case "vararg":
		case "closure":
		case "local":
		case "upvalue":
		case "global":
			return undefined;
	}
}

function firstOf(nodes: readonly Expression[]): number | undefined {
	for (const node of nodes) {
		const zero = firstZero(node);
		if (zero !== undefined) return zero;
	}
	return undefined;
}
