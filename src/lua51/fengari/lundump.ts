// In place of fengari's lundump.js. There is no bytecode here: the engine refuses what
// begins like a compiled chunk when it is given as text.

import type { lua_State } from "fengari/src/lstate.js";
import type { ZIO } from "fengari/src/lzio.js";
import { luaY_parser } from "./lparser.ts";

const SIGNATURE = 27;

export function luaU_undump(L: lua_State, stream: ZIO, name: Uint8Array): unknown {
	return luaY_parser(L, stream, undefined, undefined, name, SIGNATURE);
}
