// Source text -> proto, with what native checks before it parses.

import { limits } from "../compiler/limits.ts";
import { observation } from "../compiler/observer.ts";
import { LuaError } from "../lua51/error.ts";
import { parseChunk } from "../lua51/parser.ts";
import { Proto } from "../lua51/proto.ts";
import { codeCache } from "./code-cache.ts";
import { codeStore } from "./code-store.ts";

const BINARY_MARK = "\x1b";
/** Length of the header of native's precompiled chunks. */
const HEADER_SIZE = 12;
/** C calls that native's main program is in; `limits.cCalls` counts one of them. */
const OUTER_C_CALLS = 1;

/** Parses a chunk; throws a LuaError with native's message. */
export function parseProto(text: string, chunkName: string): Proto {
	if (text.startsWith(BINARY_MARK)) throw binaryError(text, chunkName);
	const depth = limits.cCalls + OUTER_C_CALLS;
	const observed = observation.observer?.wants(chunkName);
	if (observed !== undefined) {
		const node = parseChunk(text, chunkName, depth, observed === "variables");
		const proto = new Proto(chunkName, node, observed);
		observation.observer?.loaded?.(proto, text);
		return proto;
	}
	const store = codeStore.current;
	const proto = codeCache.get(
		text,
		chunkName,
		depth,
		() => store?.load(text, chunkName, depth) ?? new Proto(chunkName, parseChunk(text, chunkName, depth)),
	);
	store?.adopt(proto, text, depth);
	return proto;
}

/** Precompiled chunks are refused as damaged ones are by native: there is nothing that could run them. */
function binaryError(text: string, chunkName: string): LuaError {
	let name = chunkName;
	if (/^[@=]/.test(chunkName)) name = chunkName.slice(1);
	else if (chunkName.startsWith(BINARY_MARK)) name = "binary string";
	const why = text.length < HEADER_SIZE ? "unexpected end" : "bad header";
	return new LuaError(`${name}: ${why} in precompiled chunk`, 0, []);
}
