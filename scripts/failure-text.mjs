// What scripts/test.mjs prints of a failure. A test may throw anything, also what cannot be made text.

import { inspect } from "node:util";

/** The stack or message of what a test threw, which the runner hands over as the cause of an error of its own. */
export function failureText(error) {
	try {
		const cause = error?.cause ?? error;
		return String(cause?.stack ?? cause?.message ?? cause);
	} catch {
		// No text, or one of its getters throws.
	}
	try {
		return inspect(error, { depth: 4, getters: false });
	} catch {
		return "(nothing can be said of it)";
	}
}
