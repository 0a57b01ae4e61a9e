// What the parser knows of a function while it reads its body.

import type { FunctionNode, Local } from "./syntax.ts";

export class Scope {
	readonly node: FunctionNode;
	readonly parent: Scope | undefined;
	/** Locals in scope, innermost last. */
	readonly active: Local[] = [];
	/** Declared but not yet in scope (the names of `local a, b` while their values are read). */
	pending = 0;
	/** Values that native would hold in registers beyond the active locals. */
	temporaries = 0;
	loops = 0;
	/** Where the text begins of the first thing for which native makes a jump; -1: there is none yet. */
	jumpsFrom = -1;
	/** How much of the text behind that makes no instruction of this function. */
	foreignText = 0;
	/** As native numbers them; null is nil. */
	readonly constants = new Map<string | number | boolean | null, number>();

	constructor(node: FunctionNode, parent: Scope | undefined) {
		this.node = node;
		this.parent = parent;
	}
}
