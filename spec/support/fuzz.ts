// What scripts/fuzz-wire.mjs and scripts/fuzz-guided.mjs run, in one bundle.

import { keepCode } from "../../src/engine/api.ts";
import { installedTree } from "../../src/host/tree.ts";
import { type Said, sessionWith, spokenNatively } from "./fuzz-peer.ts";

export {
	chunkText,
	compiled,
	compiledNatively,
	framesOf,
	LUA_WORDS,
	sample,
	stream,
	takeFrames,
} from "./fuzz-inputs.ts";
export {
	conversation,
	expressionReader,
	expressionsRead,
	expressionText,
	WIRE_WORDS,
} from "./fuzz-peer.ts";

/** Bytes of source text: the session's own files. */
const KEPT_CODE = 1e6;

/** Undefined where there is no native peer to compare with. */
export function sessionsToCompare():
	| Readonly<Record<"ours" | "natively", (bodies: readonly string[]) => Said>>
	| undefined {
	const tree = installedTree();
	if (tree === undefined) return undefined;
	keepCode(KEPT_CODE);
	return { ours: sessionWith(tree), natively: (bodies) => spokenNatively(tree, bodies) };
}
