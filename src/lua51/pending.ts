// A result that is not there yet: a call still to be made (tail-call.ts) or an error on its way
// out (error.ts). It is an Array so that the one check for lists that every
// single-value call makes anyway finds it. Only emitted code and what calls functions by `fn`
// meet one; `finishTailCall` makes values of it, or throws.

import type { LuaValue } from "./value.ts";

/** Any result, when it is to be asked for `isPending`: where V8 has not optimized that takes a fifth of what `instanceof` takes. */
export type MaybePending = Partial<Pending> | undefined;

export abstract class Pending extends Array<LuaValue> {
	/** By which one is known: no other result has it. */
	get isPending(): true {
		return true;
	}
}
