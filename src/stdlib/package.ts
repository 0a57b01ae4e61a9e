// The package library with `require` and `module` (Lua 5.1 §5.3), for the command line
// only. C libraries cannot be loaded.

import { accessSync, constants } from "node:fs";
import {
	type Builtin,
	builtinError,
	call,
	callOne,
	cString,
	functionAtLevel,
	index,
	LuaFunction,
	type LuaState,
	LuaTable,
	LuaUserdata,
	type LuaValue,
	NONE,
	setIndex,
	toStringValue,
} from "../engine/api.ts";
import { checkCString, checkString, checkTable } from "./arguments.ts";
import { type BaseServices, loadSource } from "./base.ts";
import { readVariable } from "./environment.ts";
import { pathBytes } from "./errno.ts";
import { loadedTable, registerLibrary } from "./library.ts";

const DEFAULT_PATH =
	"./?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;" +
	"/usr/local/lib/lua/5.1/?.lua;/usr/local/lib/lua/5.1/?/init.lua;" +
	"/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";
const DEFAULT_C_PATH =
	"./?.so;/usr/local/lib/lua/5.1/?.so;/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;" +
	"/usr/lib/lua/5.1/?.so;/usr/local/lib/lua/5.1/loadall.so";
/** Separators and marks of the paths above. */
const CONFIG = "/\n;\n?\n!\n-";
const NO_C_LIBRARIES = "dynamic libraries not enabled; check your Lua installation";

/** What package.loaded holds while a module is being loaded. */
const LOADING = new LuaUserdata("loading", undefined);

function pathFromEnvironment(name: string, standard: string): string {
	const value = readVariable(name);
	return value === undefined ? standard : value.replaceAll(";;", `;${standard};`);
}

function isReadable(path: string): boolean {
	try {
		accessSync(pathBytes(path), constants.R_OK);
		return true;
	} catch {
		return false;
	}
}

/** The first readable file that a path's templates give, or what was tried. */
function findFile(
	library: LuaTable,
	moduleName: string,
	pathName: string,
): { readonly path: string } | { readonly tried: string } {
	const templates = toStringValue(index(library, pathName));
	if (templates === undefined) throw builtinError(`'package.${pathName}' must be a string`);
	const fileName = moduleName.replaceAll(".", "/");
	let tried = "";
	for (const template of cString(templates).split(";")) {
		if (template === "") continue;
		const path = template.replaceAll("?", () => fileName); // its "$" are no references
		if (isReadable(path)) return { path };
		tried += `\n\tno file '${path}'`;
	}
	return { tried };
}

function loadError(moduleName: string, path: string, why: string): object {
	return builtinError(`error loading module '${moduleName}' from file '${path}':\n\t${why}`);
}

/** The four functions of package.loaders. */
function makeLoaders(state: LuaState, services: BaseServices, library: LuaTable): Builtin[] {
	const refuseCLibrary = (moduleName: string, searchedName: string): LuaValue => {
		const found = findFile(library, searchedName, "cpath");
		if ("tried" in found) return found.tried;
		throw loadError(moduleName, found.path, NO_C_LIBRARIES);
	};
	return [
		function (name) {
			const moduleName = checkCString(name, 1, arguments.length);
			const preload = index(library, "preload");
			if (!(preload instanceof LuaTable)) throw builtinError("'package.preload' must be a table");
			return index(preload, moduleName) ?? `\n\tno field package.preload['${moduleName}']`;
		},
		function (name) {
			const moduleName = checkCString(name, 1, arguments.length);
			const found = findFile(library, moduleName, "path");
			if ("tried" in found) return found.tried;
			const chunk = loadSource(state, services, found.path);
			if ("main" in chunk) return chunk.main;
			throw loadError(moduleName, found.path, toStringValue(chunk.error) ?? "");
		},
		function (name) {
			const moduleName = checkCString(name, 1, arguments.length);
			return refuseCLibrary(moduleName, moduleName);
		},
		function (name) {
			const moduleName = checkCString(name, 1, arguments.length);
			const dot = moduleName.indexOf(".");
			return dot < 0 ? NONE : refuseCLibrary(moduleName, moduleName.slice(0, dot));
		},
	];
}

/** The loader for a module: the first function that the loaders in `list` come up with. */
function findLoader(list: LuaTable, moduleName: string): LuaValue {
	let tried = "";
	for (let i = 1; ; i++) {
		const search = list.getInt(i);
		if (search === undefined) throw builtinError(`module '${moduleName}' not found:${tried}`);
		const found = callOne(search, moduleName);
		if (found instanceof LuaFunction) return found;
		tried += toStringValue(found) ?? "";
	}
}

/** The table of a dotted name below `root`, made where there is none; undefined if something else is there. */
function tableByName(root: LuaTable, name: string): LuaTable | undefined {
	let table = root;
	for (const part of name.split(".")) {
		let inner = table.getStr(part);
		if (inner === undefined) {
			inner = new LuaTable();
			// Native makes inner tables with setters that respect metatables.
			setIndex(table, part, inner);
		}
		if (!(inner instanceof LuaTable)) return undefined;
		table = inner;
	}
	return table;
}

function describeModule(module: LuaTable, name: string): void {
	setIndex(module, "_M", module);
	setIndex(module, "_NAME", name);
	setIndex(module, "_PACKAGE", name.slice(0, name.lastIndexOf(".") + 1));
}

export function openPackage(state: LuaState, services: BaseServices): LuaTable {
	const loaded = loadedTable(state);
	const library = registerLibrary(state, "package", {
		loadlib: function (path, name) {
			const file = checkCString(path, 1, arguments.length);
			checkString(name, 2, arguments.length);
			if (isReadable(file)) return [undefined, NO_C_LIBRARIES, "absent"];
			return [undefined, `${file}: cannot open shared object file: No such file or directory`, "open"];
		},
		seeall: function (module) {
			const table = checkTable(module, 1, arguments.length);
			table.metatable ??= LuaTable.sized(0, 1);
			setIndex(table.metatable, "__index", state.threadGlobals);
			return NONE;
		},
	});
	const loaders = makeLoaders(state, services, library).map((fn) => state.builtin("loader", fn));
	library.setStr("loaders", LuaTable.ofArray(loaders));
	library.setStr("path", pathFromEnvironment("LUA_PATH", DEFAULT_PATH));
	library.setStr("cpath", pathFromEnvironment("LUA_CPATH", DEFAULT_C_PATH));
	library.setStr("config", CONFIG);
	library.setStr("loaded", loaded);
	library.setStr("preload", new LuaTable());

	state.define(state.globals, {
		module: function (name, ...options) {
			const moduleName = checkCString(name, 1, arguments.length);
			let module = index(loaded, moduleName);
			if (!(module instanceof LuaTable)) {
				module = tableByName(state.threadGlobals, moduleName);
				if (!(module instanceof LuaTable)) throw builtinError(`name conflict for module '${moduleName}'`);
				setIndex(loaded, moduleName, module);
			}
			if (index(module, "_NAME") === undefined) describeModule(module, moduleName);
			const caller = functionAtLevel(1);
			if (!(caller instanceof LuaFunction)) throw builtinError("'module' not called from a Lua function");
			caller.env = module;
			for (const option of options) call(option, module);
			return NONE;
		},
		require: function (name) {
			const moduleName = checkCString(name, 1, arguments.length);
			const known = index(loaded, moduleName);
			if (known !== undefined && known !== false) {
				if (known === LOADING) throw builtinError(`loop or previous error loading module '${moduleName}'`);
				return known;
			}
			const list = index(library, "loaders");
			if (!(list instanceof LuaTable)) throw builtinError("'package.loaders' must be a table");
			const loader = findLoader(list, moduleName);
			setIndex(loaded, moduleName, LOADING);
			const result = callOne(loader, moduleName);
			if (result !== undefined) setIndex(loaded, moduleName, result);
			if (index(loaded, moduleName) === LOADING) setIndex(loaded, moduleName, true);
			return index(loaded, moduleName);
		},
	});
	return library;
}
