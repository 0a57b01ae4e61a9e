/**
 * Modules as they are in a folder by now, in place of those that a recording has: what their change changes in
 * the session is seen by playing it.
 */
import type { ModuleFolder } from "../host/module-folder.ts";
import { readRequest, Table, writeRequest } from "./expression-tree.ts";
import type { TranscriptEntry } from "./transcript.ts";

export interface Replacement {
	readonly entries: readonly TranscriptEntry[];
	/** Titles of the modules that have another text in the folder, in the order of the recording. */
	readonly changed: readonly string[];
}

/** The entries with the texts of the folder's modules. Modules that are not in it stay as they are. */
export function withModules(entries: readonly TranscriptEntry[], folder: ModuleFolder): Replacement {
	const changed = new Set<string>();
	const replaced = entries.map((entry) => {
		if (entry.source !== "host") return entry;
		const request = readRequest(entry.body.toString("latin1"));
		const title = titleOf(request?.get("chunkName"));
		if (request?.get("op") !== "loadString" || title === undefined) return entry;
		const text = folder.read(title.replace(/^[^:]*:/, ""));
		if (text === undefined || text === request.get("text")) return entry;
		changed.add(title);
		const fields = request.entries.map(([key, value]) => [key, key === "text" ? text : value] as const);
		return { ...entry, body: Buffer.from(writeRequest(new Table(fields)), "latin1") };
	});
	return { entries: replaced, changed: [...changed] };
}

/** The page that a chunk is from: Scribunto's own libraries are named "@..." */
function titleOf(chunkName: unknown): string | undefined {
	if (typeof chunkName !== "string" || !/^=[^:]+:/.test(chunkName)) return undefined;
	return Buffer.from(chunkName.slice(1), "latin1").toString("utf8");
}
