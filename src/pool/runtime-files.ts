/** The small files of the runtime directory: see runtime-directory.ts. A full disk is no reason to stop. */
import {
	closeSync,
	ftruncateSync,
	openSync,
	readFileSync,
	renameSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Log } from "./log.ts";
import { processFacts } from "./process-table.ts";

/** Whole or not at all, or, where there is room for no second file, in place of what is there. */
function writeSmallFile(path: string, text: string, log: Log): void {
	try {
		writeFileSync(`${path}.new`, text, { mode: 0o600 });
		renameSync(`${path}.new`, path);
	} catch (error) {
		try {
			const fd = openSync(path, "r+");
			try {
				writeSync(fd, text);
				ftruncateSync(fd, text.length);
			} finally {
				closeSync(fd);
			}
		} catch {
			log.write("error", `cannot write ${path}: ${(error as Error).message}`);
		}
	}
}

// -- pool: what bin/lua looks for ---------------------------------------------------------------

/** From now on launchers come. */
export function announce(directory: string, slots: number, log: Log): void {
	writeSmallFile(join(directory, "pool"), `${process.pid} ${slots}\n`, log);
}

export function isAnnounced(directory: string): boolean {
	try {
		return readFileSync(join(directory, "pool"), "latin1").startsWith(`${process.pid} `);
	} catch {
		return false;
	}
}

// -- workers: for a supervisor that follows one that was killed ---------------------------------

export function noteWorkers(directory: string, pids: readonly number[], log: Log): void {
	const lines = pids.map((pid) => `${pid} ${processFacts(pid)?.started ?? ""}\n`);
	writeSmallFile(join(directory, "workers"), lines.join(""), log);
}

/** Workers of a supervisor that was killed: their sessions' launchers have ended. */
export function endLeftOvers(directory: string, log: Log): void {
	let text = "";
	try {
		text = readFileSync(join(directory, "workers"), "latin1");
	} catch {
		return;
	}
	for (const line of text.split("\n")) {
		const [pid = "", started = ""] = line.split(" ");
		if (started === "" || processFacts(Number(pid))?.started !== started) continue;
		log.write("warning", `worker ${pid} was left behind: killed`);
		try {
			process.kill(Number(pid), "SIGKILL");
		} catch {
			// It has just ended.
		}
	}
}
