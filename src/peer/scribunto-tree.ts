/**
 * What the peer takes from the Scribunto tree that the command line names: mwInit.lua, which is run
 * as it is, and some facts that differ between versions, which are read off the text of MWServer.lua
 * (the native peer's program, which we stand in for): the PHP class of function objects, the globals
 * that a sandbox may have, and the lines that tracebacks and error texts show. Paths are bytes, one
 * character each.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { systemBytes } from "../stdlib/environment.ts";
import { errorCode, errorText, pathBytes } from "../stdlib/errno.ts";
import { remembered } from "./remembered.ts";

export interface ScribuntoTree extends ServerFacts {
	/** mw_main.lua as named on the command line, and its text; native shows these names. */
	readonly mainFile: string;
	readonly mainText: string;
	readonly serverFile: string;
	readonly serverText: string;
	readonly initFile: string;
	readonly initText: string;
}

/** What the text of MWServer.lua tells. */
interface ServerFacts {
	/** The class of function objects. */
	readonly functionClass: string;
	/** Names of the globals that are cloned into the sandbox, in native's order. */
	readonly allowedGlobals: readonly string[];
	/** Does an error reply carry the log of the module? */
	readonly sendsLog: boolean;
}

/** The tree is not there or not one that we understand. */
export class TreeError extends Error {
	override readonly name = "TreeError";
}

export const MAIN_FILE = "mw_main.lua";
const SERVER_FILE = "MWServer.lua";

/** The real paths of the `includes` folders (text, as Node has it) that are there: PHP names files by them. */
export function realTrees(paths: readonly string[]): Set<string> {
	return new Set(paths.filter((path) => existsSync(path)).map((path) => systemBytes(realpathSync(path))));
}

/** Scribunto's own, and no other script with its name? bin/lua decides in the same way. */
export function isMainFile(path: string): boolean {
	return /(^|\/)mw_main\.lua$/.test(path) && existsSync(pathBytes(join(dirname(path), SERVER_FILE)));
}

export function readTree(mainFile: string, includes: string): ScribuntoTree {
	const folder = dirname(mainFile);
	const serverFile = named(join(folder, SERVER_FILE), includes);
	const initFile = named(join(folder, "..", "LuaCommon", "lualib", "mwInit.lua"), includes);
	const serverText = textOf(serverFile);
	const facts = serverFacts(serverText);
	if (facts === undefined) throw new TreeError(`no class of function objects in ${serverFile}`);
	return {
		mainFile,
		mainText: textOf(mainFile),
		serverFile,
		serverText,
		initFile,
		initText: textOf(initFile),
		...facts,
	};
}

/** Undefined for a text without a class of function objects. */
const serverFacts = remembered((serverText): ServerFacts | undefined => {
	const name = functionClass(serverText);
	if (name === undefined) return undefined;
	const sendsLog = serverText.includes("getLogBuffer");
	return { functionClass: name, allowedGlobals: allowedGlobals(serverText), sendsLog };
});

/**
 * The path as native's `require` makes it, from INCLUDES, when that names the same file:
 * tracebacks show the path.
 */
function named(path: string, includes: string): string {
	// The layout is INCLUDES/engines/LuaStandalone/..., or Engines since 1.43.
	const parts = path.split(sep);
	const engines = parts.findLastIndex((part) => part === "engines" || part === "Engines");
	if (engines < 0) return path;
	const fromIncludes = `${includes}/${parts.slice(engines).join("/")}`;
	return existsSync(pathBytes(fromIncludes)) ? fromIncludes : path;
}

function textOf(path: string): string {
	try {
		return readFileSync(pathBytes(path), "latin1");
	} catch (error) {
		throw new TreeError(`cannot read ${path}: ${errorText(errorCode(error))}`);
	}
}

/** `O:42:"Name":2:{...` in a string of Lua's; a namespace's backslashes are escaped once or twice. */
function functionClass(serverText: string): string | undefined {
	for (const [, length, escaped] of serverText.matchAll(/O:(\d+):"([\w\\]+)"/g)) {
		let name = escaped!;
		for (;;) {
			if (name.length === Number(length)) return name;
			const shorter = name.replaceAll("\\\\", "\\");
			if (shorter === name) break;
			name = shorter;
		}
	}
	return undefined;
}

const USUAL_GLOBALS = [
	...["assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawset"],
	...["select", "setmetatable", "tonumber", "type", "unpack", "xpcall", "_VERSION", "table", "math"],
];

function allowedGlobals(serverText: string): readonly string[] {
	const list = /allowedGlobals\s*=\s*\{([^}]*)\}/.exec(serverText)?.[1];
	if (list === undefined) return USUAL_GLOBALS;
	return [...list.replace(/--.*/g, "").matchAll(/["'](\w+)["']/g)].map((match) => match[1]!);
}
