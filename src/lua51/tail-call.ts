// A tail call still to be made. A deep chain of tail calls must not use up the stack, so past
// a certain depth a function returns one of these instead of calling (Lua 5.1 §2.5.8: "there
// is no limit on the number of nested tail calls").

import { Pending } from "./pending.ts";
import type { LuaFunction, LuaValue } from "./value.ts";

export class TailCall extends Pending {
	readonly callee: LuaFunction;
	readonly args: readonly LuaValue[];
	/** How deep calls were nested where it was made: it ends all of them down to who makes the call. */
	readonly depth: number;

	constructor(callee: LuaFunction, args: readonly LuaValue[], depth: number) {
		super();
		this.depth = depth;
		this.callee = callee;
		this.args = args;
	}
}
