// Time by call stack: a node for each distinct stack, so that a session's length does not matter.
// How many there are is bounded, and how deep they go: beyond that, stacks share a node that is
// "cut", which still knows how much time each function took in it.

import type { Frame } from "./frames.ts";

/** Recursion by two ways makes twice as many stacks with each level. */
export const MAX_NODES = 20_000;
export const MAX_DEPTH = 200;
/** Lines of all nodes together. */
const MAX_LINES = 200_000;

export interface StackNode {
	readonly frame: Frame;
	readonly depth: number;
	/** Microseconds with just this stack. */
	self: number;
	readonly children: Map<Frame, StackNode>;
	/** `self` by line of the function. */
	readonly lines: Map<number, number>;
	/** In a node that is cut, `self` by function. */
	readonly inside: Map<Frame, number> | undefined;
}

export class StackTree {
	readonly roots = new Map<Frame, StackNode>();
	readonly #cut: Frame;
	#size = 0;
	#lineCount = 0;

	/** `cut` is the frame of nodes that stand for many stacks. */
	constructor(cut: Frame) {
		this.#cut = cut;
	}

	/** The stack with one more function on it. */
	called(from: StackNode | undefined, frame: Frame): StackNode {
		if (from?.inside !== undefined) return from;
		const siblings = from === undefined ? this.roots : from.children;
		const known = siblings.get(frame);
		if (known !== undefined) return known;
		const depth = from === undefined ? 1 : from.depth + 1;
		if (this.#size >= MAX_NODES || depth > MAX_DEPTH) return this.#cutNode(siblings, depth);
		return this.#add(siblings, frame, depth, undefined);
	}

	#cutNode(siblings: Map<Frame, StackNode>, depth: number): StackNode {
		return siblings.get(this.#cut) ?? this.#add(siblings, this.#cut, depth, new Map());
	}

	#add(siblings: Map<Frame, StackNode>, frame: Frame, depth: number, inside: StackNode["inside"]): StackNode {
		const node = { frame, depth, self: 0, children: new Map(), lines: new Map(), inside };
		siblings.set(frame, node);
		this.#size++;
		return node;
	}

	/** Adds time to a stack whose innermost function is `frame`, at a line of it (0: at none). */
	charge(node: StackNode, frame: Frame, line: number, time: number): void {
		node.self += time;
		const { lines, inside } = node;
		if (inside !== undefined) {
			inside.set(frame, (inside.get(frame) ?? 0) + time);
			return;
		}
		if (line === 0) return;
		const before = lines.get(line);
		if (before === undefined && this.#lineCount++ >= MAX_LINES) return;
		lines.set(line, (before ?? 0) + time);
	}

	/** Visits all stacks, outermost function first. The last of a stack is its node; the array is reused. */
	eachStack(visit: (stack: readonly StackNode[], node: StackNode) => void): void {
		eachStackBelow(this.roots, [], visit);
	}
}

function eachStackBelow(
	siblings: ReadonlyMap<Frame, StackNode>,
	stack: StackNode[],
	visit: (stack: readonly StackNode[], node: StackNode) => void,
): void {
	for (const node of siblings.values()) {
		stack.push(node);
		visit(stack, node);
		eachStackBelow(node.children, stack, visit);
		stack.pop();
	}
}

/** Microseconds with a function anywhere on the stack; recursion counts once. */
export function totalTimes(tree: StackTree): ReadonlyMap<Frame, number> {
	const totals = new Map<Frame, number>();
	tree.eachStack((stack, node) => {
		const onStack = new Set(stack.map(({ frame }) => frame));
		for (const frame of onStack) totals.set(frame, (totals.get(frame) ?? 0) + node.self);
		for (const [frame, time] of node.inside ?? []) {
			if (!onStack.has(frame)) totals.set(frame, (totals.get(frame) ?? 0) + time);
		}
	});
	return totals;
}
