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
 * Comes back in the inner run only. `folder` is for temporary files, where those of the programs are too: nothing of
 * them is left, however the run ends. `isAbandoned()` when nobody is there any more who would hear a signal.
 */
export async function inOwnGroup() {
	const folder = process.env[INNER];
	if (folder === undefined) return runAgain();
	const { ppid } = process;
	return { folder, isAbandoned: () => process.ppid !== ppid };
}

async function runAgain() {
	const folder = mkdtempSync(join(tmpdir(), "sf-run-"));
	const env = { ...process.env, [INNER]: folder, TMPDIR: folder };
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
