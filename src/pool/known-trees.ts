/** The `includes` folders (bytes) of the Scribunto trees that new workers prepare themselves for. */
import { existsSync, realpathSync } from "node:fs";
import { systemBytes } from "../stdlib/environment.ts";

/** Where Debian's MediaWiki keeps Scribunto, as in bin/lua-prepare. */
export const USUAL_TREES = [
	"/usr/share/mediawiki/extensions-core/Scribunto/includes",
	"/usr/share/mediawiki/extensions/Scribunto/includes",
	"/var/lib/mediawiki/extensions/Scribunto/includes",
];
/** A machine has a few wikis; workers must not be slow to start. */
const MOST_TREES = 8;

export class KnownTrees {
	#trees: Set<string>;

	/** Takes the setting `preload`; for an empty one looks in the usual places. */
	constructor(preload: string) {
		const paths = preload === "" ? USUAL_TREES : preload.split(":");
		// PHP names files by their real paths.
		const real = paths.filter((path) => existsSync(path)).map((path) => systemBytes(realpathSync(path)));
		this.#trees = new Set(real);
	}

	list(): string[] {
		return [...this.#trees];
	}

	/** What a session was begun with; ignored when it cannot be a path, or when there are many. */
	add(includes: string | undefined): void {
		if (includes?.startsWith("/") && this.#trees.size < MOST_TREES) this.#trees.add(includes);
	}

	clear(): void {
		this.#trees.clear();
	}
}
