/** Waits for changes of files. */
import { statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Editors write a file in several steps. */
const SETTLING_MS = 100;

/** Names of what has changed in folders and files; several changes at once are one. */
export async function* changes(paths: readonly string[]): AsyncGenerator<string> {
	let changed: string | undefined;
	let wake: (() => void) | undefined;
	const note = (name: string): void => {
		changed = name;
		wake?.();
	};
	const watchers = paths.map((path) => {
		if (statSync(path).isDirectory())
			return watch(path, { recursive: true }, (_, name) => note(name ?? path));
		// A file that is saved is often another one: so its folder is watched.
		return watch(dirname(path), (_, name) => {
			if (name === basename(path)) note(name);
		});
	});
	try {
		for (;;) {
			if (changed === undefined) {
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
			}
			await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
			const name = changed ?? "";
			changed = undefined;
			yield name;
		}
	} finally {
		for (const watcher of watchers) watcher.close();
	}
}
