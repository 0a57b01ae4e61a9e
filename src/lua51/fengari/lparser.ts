// In place of fengari's lparser.js: reads the whole chunk and has the engine compile it.

import ldo from "fengari/src/ldo.js";
import type { TValue } from "fengari/src/lobject.js";
import type { lua_State } from "fengari/src/lstate.js";
import type { ZIO } from "fengari/src/lzio.js";
import type { LuaFunction } from "../value.ts";
import { latin1Text } from "./bytes.ts";
import { raiseAs } from "./calls.ts";
import { engine } from "./engine.ts";
import { LUA_ERRMEM, LUA_ERRSYNTAX } from "./tags.ts";
import { fromRaw, globalsOf } from "./values.ts";

/** lua_load's reader data when the engine itself loads a chunk: spares the bytes. */
export class SourceText {
	readonly text: string;
	readonly chunkName: string;

	constructor(text: string, chunkName: string) {
		this.text = text;
		this.chunkName = chunkName;
	}
}

/** fengari makes one for each chunk; ours needs no such space. */
export class Dyndata {}

/** Kinds and descriptions of expressions belong to fengari's own code generator. */
export const expkind = {};
export class expdesc {}
export function vkisinreg(_kind: number): boolean {
	return false;
}

/** ldo.js looks at this part of a new closure. */
interface NewClosure {
	readonly nupvalues: number;
	readonly p: { readonly upvalues: readonly unknown[] };
}
const NO_UPVALUES: NewClosure = { nupvalues: 0, p: { upvalues: [] } };

/** Pushes the main function of the chunk whose first byte (or EOZ, -1) has been read already. */
export function luaY_parser(
	L: lua_State,
	stream: ZIO,
	_buffer: unknown,
	_dyndata: unknown,
	name: Uint8Array,
	firstByte: number,
): NewClosure {
	const source = stream.data;
	let main: LuaFunction;
	try {
		main =
			source instanceof SourceText
				? engine.load(source.text, source.chunkName, globalsOf(L))
				: engine.load(readAll(stream, firstByte), latin1Text(name), globalsOf(L));
	} catch (thrown) {
		const error = engine.asLuaError(thrown);
		if (error === undefined) throw thrown;
		raiseAs(L, error instanceof engine.LuaMemoryError ? LUA_ERRMEM : LUA_ERRSYNTAX, error);
	}
	ldo.luaD_checkstack(L, 1);
	const value: TValue = fromRaw(main);
	L.stack[L.top++] = value;
	return NO_UPVALUES;
}

/** The rest of a stream, as text. */
function readAll(stream: ZIO, firstByte: number): string {
	if (firstByte < 0) return "";
	const parts = [String.fromCharCode(firstByte)];
	if (stream.buffer !== null && stream.n > 0) {
		parts.push(latin1Text(stream.buffer.subarray(stream.off, stream.off + stream.n)));
	}
	for (;;) {
		const bytes = stream.reader(stream.L, stream.data);
		if (bytes === null || bytes.length === 0) return parts.join("");
		parts.push(latin1Text(bytes));
	}
}
