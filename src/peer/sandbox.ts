/**
 * The environment of the host's chunks. It is made as the native server makes it, assignment by
 * assignment, so that `pairs(_G)` runs in the same order: mwInit.lua of the tree has been run in our
 * globals before, its `mw.clone` copies what is allowed, and its makeProtectedEnvFuncs guards the
 * environments that a module must not reach.
 */
import {
	call,
	callOne,
	index,
	keepShape,
	type LuaState,
	LuaTable,
	type LuaValue,
	resultList,
} from "../engine/api.ts";
import { TreeError } from "./scribunto-tree.ts";

export interface Sandbox {
	/** What loaded chunks have as their environment. */
	readonly baseEnv: LuaTable;
	/** Functions whose environment a module cannot change, as keys. */
	readonly protectedFunctions: LuaTable;
}

const OS_FUNCTIONS = ["date", "difftime", "time", "clock"];

export function makeSandbox(state: LuaState, allowedGlobals: readonly string[], tostring: LuaValue): Sandbox {
	const { globals } = state;
	const mw = globals.getStr("mw");
	if (!(mw instanceof LuaTable)) throw new TreeError("mwInit.lua made no mw table");
	const clone = index(mw, "clone");
	const protectedEnvironments = new LuaTable();
	const protectedFunctions = new LuaTable();

	const env = new LuaTable();
	for (const name of allowedGlobals) env.setStr(name, callOne(clone, globals.getStr(name)));
	// Strings have the original table in their metatable: a copy would be another one.
	const string = globals.getStr("string") as LuaTable; // the library has been opened
	env.setStr("string", string);
	env.setStr("_G", env);
	env.setStr("tostring", tostring);
	string.setStr("dump", undefined);
	const guards = call(index(mw, "makeProtectedEnvFuncs"), protectedEnvironments, protectedFunctions);
	const [setfenv, getfenv] = resultList(guards);
	// ORDER native assigns the two names of one statement from right to left.
	env.setStr("getfenv", getfenv);
	env.setStr("setfenv", setfenv);
	env.setStr("debug", selected(globals.getStr("debug"), ["traceback"]));
	env.setStr("os", selected(globals.getStr("os"), OS_FUNCTIONS));
	protectedEnvironments.set(globals, true);
	keepShape(env);
	return { baseEnv: env, protectedFunctions };
}

function selected(library: LuaValue, names: readonly string[]): LuaTable {
	const table = LuaTable.sized(0, names.length);
	for (const name of names) table.setStr(name, index(library, name));
	return table;
}
