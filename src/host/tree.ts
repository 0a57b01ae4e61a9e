/** Which files the peer is told to use: Scribunto's own, or the small tree that lies beside this file. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface ScribuntoTree {
	/** The mw_main.lua that PHP names on the command line. */
	readonly mainFile: string;
	/** Scribunto's `includes` folder. */
	readonly includes: string;
}

/** The folder's name up to 1.42, and later. */
const ENGINE_FOLDERS = ["engines", "Engines"];

/** Where Debian and plain installations have Scribunto. */
const USUAL_INCLUDES = [
	"/usr/share/mediawiki/extensions-core/Scribunto/includes",
	"/usr/share/mediawiki/extensions/Scribunto/includes",
	"/var/lib/mediawiki/extensions/Scribunto/includes",
];

/** The tree with this `includes` folder, undefined when there is none. */
export function treeAt(includes: string): ScribuntoTree | undefined {
	for (const folder of ENGINE_FOLDERS) {
		const mainFile = join(includes, folder, "LuaStandalone", "mw_main.lua");
		if (existsSync(mainFile)) return { mainFile, includes };
	}
	return undefined;
}

/** A Scribunto that is installed on this machine. */
export function installedTree(): ScribuntoTree | undefined {
	for (const includes of USUAL_INCLUDES) {
		const tree = treeAt(includes);
		if (tree !== undefined) return tree;
	}
	return undefined;
}

/** The tree of this package, for use without MediaWiki. `packageRoot` is the repository or the installed package. */
export function ownTree(packageRoot: string): ScribuntoTree {
	for (const folder of [join("src", "host", "tree"), join("dist", "host-tree")]) {
		const tree = treeAt(join(packageRoot, folder));
		if (tree !== undefined) return tree;
	}
	throw new Error(`no src/host/tree and no dist/host-tree in ${packageRoot}`);
}
