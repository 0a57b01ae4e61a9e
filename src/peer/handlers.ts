/** What the peer does for each request but `call` (which dispatcher.ts runs): one function per op. */
import {
	call,
	firstResult,
	index,
	LuaError,
	type LuaFunction,
	type LuaState,
	LuaTable,
	type LuaValue,
	load,
	protectedCall,
	Traversal,
} from "../engine/api.ts";
import { ProtocolError } from "../wire/frame.ts";
import type { ChunkTable } from "./chunk-table.ts";
import type { Sandbox } from "./sandbox.ts";

/** Makes the Lua function that calls a host function. */
export type HostFunctionMaker = (id: LuaValue) => LuaFunction;

const BINARY_MARK = "\x1bLua";
const BINARY_REFUSED = "cannot load code with a Lua binary chunk marker escape sequence in it";

/** The id of the new function, or the text of the syntax error. */
export function loadString(
	state: LuaState,
	sandbox: Sandbox,
	chunks: ChunkTable,
	text: string,
	chunkName: string | undefined,
): { readonly id: number } | { readonly error: LuaValue } {
	if (text.includes(BINARY_MARK)) return { error: BINARY_REFUSED };
	try {
		const chunk = load(state, text, chunkName ?? text);
		chunk.env = sandbox.baseEnv;
		return { id: chunks.add(chunk) };
	} catch (error) {
		if (error instanceof LuaError) return { error: error.value };
		throw error;
	}
}

/**
 * Puts host functions into a table of the sandbox. A dotted name means subtables, as protocol.txt
 * says (the native peer of 1.39 makes one global with dots in its name instead).
 */
export function registerLibrary(
	sandbox: Sandbox,
	name: string,
	functions: LuaTable,
	makeFunction: HostFunctionMaker,
): void {
	let library = sandbox.baseEnv;
	for (const component of name.split(".")) {
		const found = library.getStr(component);
		if (found === undefined || found === false) {
			const made = new LuaTable();
			library.setStr(component, made);
			library = made;
		} else if (found instanceof LuaTable) library = found;
		else throw new ProtocolError(`registerLibrary: ${component} of ${name} is no table`);
	}
	for (const entries = new Traversal(functions); entries.advance(); ) {
		const hostFunction = makeFunction(entries.value);
		library.set(entries.key, hostFunction);
		sandbox.protectedFunctions.set(hostFunction, true);
	}
}

export function wrapPhpFunction(
	sandbox: Sandbox,
	id: LuaValue,
	makeFunction: HostFunctionMaker,
): LuaFunction {
	const hostFunction = makeFunction(id);
	sandbox.protectedFunctions.set(hostFunction, true);
	return hostFunction;
}

/** Keeps the functions whose ids are keys of the table. */
export function cleanupChunks(chunks: ChunkTable, ids: LuaTable): void {
	chunks.keep((id) => {
		const held = ids.getInt(id);
		return held !== undefined && held !== false;
	});
}

/** What the module has logged, if its environment has `mw.getLogBuffer` and that works. */
export function logOf(state: LuaState, chunk: LuaFunction): LuaValue {
	const getLog = state.builtin("getLog", () => call(index(index(chunk.env, "mw"), "getLogBuffer")));
	const outcome = protectedCall(getLog);
	return outcome.ok ? firstResult(outcome.results) : undefined;
}
