/** What supervisor and worker tell each other: one line of JSON each way for each step. */

import type { MemoryLimit } from "../engine/api.ts";
import type { RecordingWish } from "../replay/recorder.ts";
import type { FileIdentity } from "./process-table.ts";
import type { ProfileWish } from "./wishes.ts";

/** A session for the worker. Arguments and directory are bytes, one character each. */
export interface Assignment {
	readonly slot: number;
	readonly args: readonly string[];
	readonly directory: string;
	readonly timeZone: string | undefined;
	/** Bytes of Lua data that the session may have; undefined for no limit. */
	readonly memory: MemoryLimit;
	/** Whether and how the session is to be recorded. */
	readonly record: RecordingWish | undefined;
	/** Whether and where its profile is to be written. */
	readonly profile: ProfileWish | undefined;
	/** The launcher's descriptors or, when bytes are relayed, FIFOs. */
	readonly input: string;
	readonly output: string;
	readonly errors: string;
	/** A descriptor of the launcher and what must be open on it: else the launcher is gone and its pid another's. */
	readonly proof: { readonly pid: number; readonly fd: number; readonly file: FileIdentity } | undefined;
}

/** How well a worker does. */
export interface WorkerFigures {
	readonly cacheHits: number;
	readonly cacheMisses: number;
	readonly cacheBytes: number;
	readonly heapUsed: number;
}

export type WorkerReport =
	/** It waits for its next session. */
	| { readonly kind: "ready"; readonly figures: WorkerFigures }
	/** The session ended with this status; the launcher may end. `message` goes to the launcher's stderr. */
	| { readonly kind: "end"; readonly status: number; readonly retires: boolean; readonly message: string }
	/** The launcher's descriptors cannot be opened. */
	| { readonly kind: "unreachable"; readonly reason: string };

/** Splits a stream of lines into values, keeping the rest for the next time. */
export class LineReader<T> {
	#rest = "";

	take(text: string): T[] {
		const lines = (this.#rest + text).split("\n");
		this.#rest = lines.pop() ?? "";
		return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as T);
	}
}
