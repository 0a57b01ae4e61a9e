// Source text -> proto, with what native checks before it parses.

import { limits } from "../compiler/limits.ts";
import { observation } from "../compiler/observer.ts";
import { LuaError } from "../lua51/error.ts";
import { parseChunk } from "../lua51/parser.ts";
import { Proto } from "../lua51/proto.ts";
import { codeCache } from "./code-cache.ts";
import { codeStore } from "./code-store.ts";
import { functionAt, noteText, readDump } from "./dump.ts";

const BINARY_MARK = "\x1b";
/** C calls that native's main program is in; `limits.cCalls` counts one of them. */
const OUTER_C_CALLS = 1;

/** Parses a chunk; throws a LuaError with native's message. */
export function parseProto(text: string, chunkName: string): Proto {
	if (text.startsWith(BINARY_MARK)) return dumpedProto(text, chunkName);
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
	noteText(proto, text);
	return proto;
}

/** A function that was dumped. Native's precompiled chunks are refused as damaged ones: there is nothing that could run them. */
function dumpedProto(bytes: string, chunkName: string): Proto {
	const dumped = readDump(bytes);
	if (typeof dumped === "string") throw binaryError(dumped, chunkName);
	const found = functionAt(parseProto(dumped.text, dumped.chunkName), dumped.position);
	if (found === undefined) throw binaryError("bad code", chunkName);
	return found;
}

function binaryError(why: string, chunkName: string): LuaError {
	let name = chunkName;
	if (/^[@=]/.test(chunkName)) name = chunkName.slice(1);
	else if (chunkName.startsWith(BINARY_MARK)) name = "binary string";
	return new LuaError(`${name}: ${why} in precompiled chunk`, 0);
}
