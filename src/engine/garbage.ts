// V8's garbage collection on request, for who has to know what lives.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let gc: (() => void) | undefined;

/** A full collection. V8 lends it on request only. */
export function collectGarbage(): void {
	if (gc === undefined) {
		setFlagsFromString("--expose-gc");
		gc = runInNewContext("gc") as () => void; // what --expose-gc puts there
		// V8 takes compiled code (code-store.ts) only from processes with the flags that it has then.
		setFlagsFromString("--no-expose-gc");
	}
	gc();
}
