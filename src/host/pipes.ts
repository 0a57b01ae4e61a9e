/**
 * A child process with two pipes that can be read and written synchronously. Node's own stdio
 * pipes are asynchronous sockets; the host must block for a reply as PHP does. So the pipes are
 * FIFOs in a temporary folder that is removed as soon as both ends are open. Who is blocked takes no
 * signal but ends by it, so another process sees to it that the child ends too.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PipedProcess {
	readonly child: ChildProcess;
	/** The process's stdout, blocking. */
	readonly readFd: number;
	/** The process's stdin, blocking. */
	readonly writeFd: number;
	/** process.hrtime.bigint() just before the child was started. */
	readonly startedAt: bigint;
}

/** Where a child's stderr goes. */
export type ErrorTarget = "ignore" | "inherit" | "pipe" | { readonly file: string };

export function startPiped(
	command: string,
	args: readonly string[],
	stderr: ErrorTarget,
	env: NodeJS.ProcessEnv = process.env,
): PipedProcess {
	const folder = mkdtempSync(join(tmpdir(), "lua-host-"));
	try {
		const [toChild, fromChild] = [join(folder, "in"), join(folder, "out")];
		const made = spawnSync("mkfifo", [toChild, fromChild], { stdio: ["ignore", "ignore", "pipe"] });
		if (made.error !== undefined) throw made.error;
		if (made.status !== 0) throw new Error(`mkfifo failed: ${made.stderr.toString()}`);
		const input = openBothEnds(toChild);
		const output = openBothEnds(fromChild);
		const errors = typeof stderr === "object" ? openSync(stderr.file, "a") : stderr;
		const startedAt = process.hrtime.bigint();
		const child = spawn(command, args, { stdio: [input.read, output.write, errors], env });
		// Only the child may hold these: otherwise its end would not be seen.
		closeSync(input.read);
		closeSync(output.write);
		if (typeof errors === "number") closeSync(errors);
		endWithUs(child);
		return { child, readFd: output.read, writeFd: input.write, startedAt };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Reads until we have ended, however that was: a child that does not read would never notice. */
const WATCHER_TEXT = `trap '' HUP INT TERM; read -r _; kill "$1"`;

function endWithUs(child: ChildProcess): void {
	if (child.pid === undefined) return;
	const watcher = spawn("/bin/sh", ["-c", WATCHER_TEXT, "sh", String(child.pid)], {
		stdio: ["pipe", "ignore", "ignore"],
	});
	watcher.on("error", () => {}); // no process left: the child is the same without it
	watcher.stdin.on("error", () => {});
	// It must not keep us from ending, nor end another process that gets the child's number.
	watcher.unref();
	(watcher.stdin as Socket).unref();
	child.once("exit", () => watcher.kill("SIGKILL"));
}

/** Opening one end of a FIFO blocks until the other is open, unless it is a non-blocking reader. */
function openBothEnds(path: string): { read: number; write: number } {
	const opener = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const write = openSync(path, "w");
	const read = openSync(path, "r");
	closeSync(opener);
	return { read, write };
}
