// What a coverage-guided fuzzer calls (scripts/fuzz-guided.mjs): bytes in, an error for whatever is no meant refusal.
// The first byte says what the others are.

import { keepCode } from "../../src/engine/api.ts";
import { ownTree } from "../../src/host/tree.ts";
import { compiled, framesOf, takeFrames } from "./fuzz-inputs.ts";
import { expressionReader, sessionWith } from "./fuzz-peer.ts";
import { ROOT } from "./root.ts";

const read = expressionReader();
const converse = sessionWith(ownTree(ROOT));

// The session's own files need not be compiled anew each time.
keepCode(1e6);

/** Sessions run what they are sent: no loop that does not end, no string that fills the memory. */
const ENDLESS = /while|repeat|for|rep|gsub|find|match|concat/;

export const KINDS = ["chunk", "expression", "frames", "session"] as const;

export function fuzz(data: Buffer): void {
	const { kind, text } = inputOf(data);
	switch (kind) {
		case "chunk":
			compiled(text, true);
			return;
		case "expression":
			read(text);
			return;
		case "frames": {
			const pieces = text.match(/.{1,7}/gs) ?? [];
			const taken = JSON.stringify(takeFrames(pieces));
			const expected = JSON.stringify(framesOf(text));
			if (taken !== expected) throw new Error(`${taken} in place of ${expected}`);
			return;
		}
		case "session":
			if (!ENDLESS.test(text)) converse(text.split("\n").filter((body) => body !== ""));
	}
}

/** The input in words; also for the comparison with native afterwards. */
export function inputOf(data: Buffer): { readonly kind: (typeof KINDS)[number]; readonly text: string } {
	const kind = KINDS[(data[0] ?? 0) % KINDS.length] ?? "chunk";
	return { kind, text: data.toString("latin1", 1) };
}
