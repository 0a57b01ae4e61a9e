// Long runs that can be ended. A script that waits for one program after another does not hear a signal, and what it
// has started would run on: so it runs once more, in a process group of its own, and who got the signal ends the group.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Names the folder for temporary files in the inner run. */
const INNER = "SF_OWN_GROUP";

/**
 * Comes back in the inner run only. `folder` is for temporary files, of which nothing is left, however the run ends;
 * with `forPrograms` those of the programs that are started are there too, so these must not be other users'.
 * `isAbandoned()` when nobody is there any more who would hear a signal.
 */
export async function inOwnGroup({ forPrograms = true } = {}) {
	const folder = process.env[INNER];
	if (folder === undefined) return runAgain(forPrograms);
	delete process.env[INNER]; // not for what is started from here
	const { ppid } = process;
	return { folder, isAbandoned: () => process.ppid !== ppid };
}

async function runAgain(forPrograms) {
	const folder = mkdtempSync(join(tmpdir(), "sf-run-"));
	const env = { ...process.env, [INNER]: folder, ...(forPrograms ? { TMPDIR: folder } : {}) };
	const child = spawn(process.execPath, process.argv.slice(1), { detached: true, stdio: "inherit", env });
	let received;
	for (const signal of SIGNALS) {
		process.on(signal, () => {
			received = signal;
			endGroup(child.pid);
		});
	}
	const status = await new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
	endGroup(child.pid);
	rmSync(folder, { recursive: true, force: true });
	if (received === undefined) process.exit(status);
	// As somebody who waits for us expects it.
	process.removeAllListeners(received);
	process.kill(process.pid, received);
}

function endGroup(leader) {
	try {
		process.kill(-leader, "SIGKILL");
	} catch {
		// All have ended.
	}
}
