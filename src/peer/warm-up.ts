/**
 * What is done ahead of sessions, in a start-up snapshot and in a worker that is to serve many: Scribunto's
 * libraries compiled under the names that PHP gives them, and a session in the manner of a page view, so that
 * V8 has compiled what sessions run. The host's side is warm-up-session.ts.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beginSession } from "../engine/api.ts";
import { pathBytes } from "../stdlib/errno.ts";
import { runSession } from "./peer.ts";
import { MAIN_FILE } from "./scribunto-tree.ts";
import type { Channel } from "./transport.ts";
import { USUAL_MODULE } from "./warm-up-modules.ts";
import { type Library, warmUpSession } from "./warm-up-session.ts";

/** Folders below lualib are shallow. */
const LIBRARY_DEPTH = 3;

/** A session that was played: what its process would have been started with, and what was said. */
export interface PlayedSession {
	readonly args: readonly string[];
	/** The host's message, and the frame that answered it, if any did. */
	readonly exchanges: readonly (readonly [message: string, answer: string])[];
}

/**
 * Takes the `includes` folder of a Scribunto tree (bytes); does nothing where there is none. Throws an Error when
 * the session failed. For a process that keeps code, and has no session now.
 */
export function warmUp(includes: string, module: string = USUAL_MODULE): PlayedSession[] {
	try {
		return ["engines", "Engines"].flatMap((engines) => {
			const libraries = librariesBelow(join(includes, engines, "LuaCommon", "lualib"), LIBRARY_DEPTH);
			if (libraries.length === 0) return [];
			const args = [join(includes, engines, "LuaStandalone", MAIN_FILE), includes, "0", "8"];
			const exchanges: [string, string][] = [];
			const { status, message } = runSession(args, channelTo(warmUpSession(libraries, module), exchanges));
			if (status !== 0) throw new Error(`the warm-up with ${includes} failed: ${message}`);
			return [{ args, exchanges }];
		});
	} finally {
		// Lets go of the session.
		beginSession(undefined);
	}
}

function librariesBelow(folder: string, depth: number): Library[] {
	const libraries: Library[] = [];
	for (const entry of entriesOf(folder)) {
		const path = join(folder, entry.name);
		if (entry.isDirectory() && depth > 0) libraries.push(...librariesBelow(path, depth - 1));
		else if (entry.name.endsWith(".lua") && basename(dirname(path)) !== "ustring-tests") {
			libraries.push({ text: readFileSync(pathBytes(path), "latin1"), chunkName: `@${entry.name}` });
		}
	}
	return libraries;
}

function entriesOf(folder: string) {
	try {
		return readdirSync(pathBytes(folder), { withFileTypes: true, encoding: "latin1" });
	} catch {
		return [];
	}
}

/** A channel without pipes: each answer of the peer gives the host's next message. What is said is added to `exchanges`. */
function channelTo(host: Generator<string, void, string>, exchanges: [string, string][]): Channel {
	return {
		readBody() {
			const { value } = host.next(exchanges.at(-1)?.[1] ?? "");
			if (value === undefined) return undefined;
			exchanges.push([value, ""]);
			return Buffer.from(value, "latin1");
		},
		writeFrame(frame) {
			exchanges.at(-1)![1] = frame.toString("latin1");
		},
		debug() {},
	};
}
