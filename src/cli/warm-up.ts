/**
 * What a start-up snapshot is taken after (snapshot.ts): Scribunto's libraries compiled under the names that
 * PHP gives them, and a session in the manner of a page view, so that V8 has compiled what sessions run. The
 * host's side is warm-up-session.ts.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { beginSession, keepCode } from "../engine/api.ts";
import { runSession } from "../peer/peer.ts";
import type { Channel } from "../peer/transport.ts";
import { systemBytes } from "../stdlib/environment.ts";
import { type Library, warmUpSession } from "./warm-up-session.ts";

/** Bytes of source text whose compiled form the snapshot may hold, and a process from it. */
const CODE_CAPACITY = 32 * 1024 * 1024;

/** Folders below lualib are shallow. */
const LIBRARY_DEPTH = 3;

/** Takes the `includes` folders of Scribunto trees. */
export function warmUp(trees: readonly string[]): void {
	keepCode(CODE_CAPACITY);
	// PHP names files by their real paths, so that a tree behind a link would only be kept twice.
	for (const includes of new Set(
		trees.filter((tree) => existsSync(tree)).map((tree) => realpathSync(tree)),
	)) {
		for (const engines of ["engines", "Engines"]) {
			const libraries = librariesBelow(join(includes, engines, "LuaCommon", "lualib"), LIBRARY_DEPTH);
			if (libraries.length === 0) continue;
			const mainFile = join(includes, engines, "LuaStandalone", "mw_main.lua");
			const args = [systemBytes(mainFile), systemBytes(includes), "0", "8"];
			const { message } = runSession(args, channelTo(warmUpSession(libraries)));
			if (message !== "") throw new Error(`the warm-up with ${includes} failed: ${message}`);
		}
	}
	// Lets go of the last session.
	beginSession(undefined);
}

function librariesBelow(folder: string, depth: number): Library[] {
	const libraries: Library[] = [];
	for (const entry of entriesOf(folder)) {
		const path = join(folder, entry.name);
		if (entry.isDirectory() && depth > 0) libraries.push(...librariesBelow(path, depth - 1));
		else if (entry.name.endsWith(".lua") && basename(dirname(path)) !== "ustring-tests") {
			libraries.push({ text: readFileSync(path, "latin1"), chunkName: `@${entry.name}` });
		}
	}
	return libraries;
}

function entriesOf(folder: string) {
	try {
		return readdirSync(folder, { withFileTypes: true });
	} catch {
		return [];
	}
}

/** A channel without pipes: each answer of the peer gives the host's next message. */
function channelTo(host: Generator<string, void, string>): Channel {
	let answer = "";
	return {
		readBody() {
			const { value } = host.next(answer);
			return value === undefined ? undefined : Buffer.from(value, "latin1");
		},
		writeFrame(frame) {
			answer = frame.toString("latin1");
		},
		debug() {},
	};
}
