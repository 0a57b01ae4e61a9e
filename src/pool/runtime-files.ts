/** The small files of the runtime directory: see runtime-directory.ts. A full disk stops no pool that runs. */
import {
	closeSync,
	ftruncateSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Log } from "./log.ts";
import { processFacts } from "./process-table.ts";
import { DirectoryError } from "./runtime-directory.ts";

/** Whole or not at all, or, where there is room for no second file, in place of what is there. Why it failed, if so. */
function writeSmallFile(path: string, text: string): Error | undefined {
	try {
		writeFileSync(`${path}.new`, text, { mode: 0o600 });
		renameSync(`${path}.new`, path);
	} catch (error) {
		rmSync(`${path}.new`, { force: true });
		try {
			const fd = openSync(path, "r+");
			try {
				writeSync(fd, text);
				ftruncateSync(fd, text.length);
			} finally {
				closeSync(fd);
			}
		} catch {
			return error as Error;
		}
	}
	return undefined;
}

/** Throws a DirectoryError when there is no room for another small file. */
export function checkRoom(directory: string): void {
	const path = join(directory, "room");
	try {
		writeFileSync(path, "x", { mode: 0o600 });
	} catch (error) {
		throw new DirectoryError(`cannot write in ${directory}: ${(error as Error).message}`);
	} finally {
		rmSync(path, { force: true });
	}
}

// -- pool: what bin/lua looks for ---------------------------------------------------------------

/** From now on launchers come. Throws a DirectoryError when that cannot be written: nobody would. */
export function announce(directory: string, slots: number): void {
	const path = join(directory, "pool");
	const error = writeSmallFile(path, `${process.pid} ${slots}\n`);
	if (error !== undefined) throw new DirectoryError(`cannot write ${path}: ${error.message}`);
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
	const path = join(directory, "workers");
	const error = writeSmallFile(path, lines.join(""));
	if (error !== undefined) log.write("error", `cannot write ${path}: ${error.message}`);
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

// -- bell and slots: FIFOs ----------------------------------------------------------------------

/** A supervisor that could not start, or ends, leaves none. */
export function removeFifos(directory: string): void {
	for (const name of ["bell", "slots"]) rmSync(join(directory, name), { recursive: true, force: true });
}
