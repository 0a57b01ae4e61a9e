// Source text -> proto, with what native checks before it parses.

import { limits } from "../compiler/limits.ts";
import { LuaError } from "../lua51/error.ts";
import { parseChunk } from "../lua51/parser.ts";
import { Proto } from "../lua51/proto.ts";
import { codeCache } from "./code-cache.ts";

const BINARY_MARK = "\x1b";
/** Length of the header of native's precompiled chunks. */
const HEADER_SIZE = 12;
/** C calls that native's main program is in; `limits.cCalls` counts one of them. */
const OUTER_C_CALLS = 1;

/** Parses a chunk; throws a LuaError with native's message. */
export function parseProto(text: string, chunkName: string): Proto {
	if (text.startsWith(BINARY_MARK)) throw binaryError(text, chunkName);
	const depth = limits.cCalls + OUTER_C_CALLS;
	return codeCache.get(
		text,
		chunkName,
		depth,
		() => new Proto(chunkName, parseChunk(text, chunkName, depth)),
	);
}

/** Precompiled chunks are refused: as damaged ones are by native, or by name when intact. */
function binaryError(text: string, chunkName: string): LuaError {
	let name = chunkName;
	if (/^[@=]/.test(chunkName)) name = chunkName.slice(1);
	else if (chunkName.startsWith(BINARY_MARK)) name = "binary string";
	if (text.length < HEADER_SIZE) return new LuaError(`${name}: unexpected end in precompiled chunk`, 0, []);
	if (!text.startsWith("\x1bLuaQ\0\x01\x04"))
		return new LuaError(`${name}: bad header in precompiled chunk`, 0, []);
	return new LuaError(`${name}: precompiled chunks are not supported by scribunto-fengari`, 0, []);
}
