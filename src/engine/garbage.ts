// V8's garbage collection on request, for who has to know what lives.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let gc: (() => void) | undefined;

/** A full collection. V8 lends it on request only. */
export function collectGarbage(): void {
	if (gc === undefined) {
		setFlagsFromString("--expose-gc");
		gc = runInNewContext("gc") as () => void; // what --expose-gc puts there
	}
	gc();
}
