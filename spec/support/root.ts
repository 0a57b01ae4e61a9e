// Specs run from a bundle in a temporary folder: scripts/test.mjs tells them where the repository is.

import { join } from "node:path";

/** The repository's root folder. */
export const ROOT: string = process.env["SF_ROOT"] ?? process.cwd();

/** A path below the repository's root. */
export function fromRoot(...parts: readonly string[]): string {
	return join(ROOT, ...parts);
}
