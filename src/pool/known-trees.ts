/** The `includes` folders (bytes) of the Scribunto trees that new workers prepare themselves for. */
import { realTrees } from "../peer/scribunto-tree.ts";

/** Where Debian's MediaWiki keeps Scribunto, as in bin/lua-prepare. */
export const USUAL_TREES = [
	"/usr/share/mediawiki/extensions-core/Scribunto/includes",
	"/usr/share/mediawiki/extensions/Scribunto/includes",
	"/var/lib/mediawiki/extensions/Scribunto/includes",
];
/** A machine has a few wikis; workers must not be slow to start. */
const MOST_TREES = 8;

export class KnownTrees {
	readonly #trees: Set<string>;

	/** Takes the setting `preload`; for an empty one looks in the usual places. */
	constructor(preload: string) {
		this.#trees = realTrees(preload === "" ? USUAL_TREES : preload.split(":"));
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
