// Processes and files for os.ts, on the command line only.

import { type SpawnSyncOptions, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { closeSync, lstatSync, openSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { constants } from "node:os";
import type { LuaValue } from "../engine/api.ts";
import { errorCode, failure, pathBytes } from "./errno.ts";
import type { SystemCalls } from "./os.ts";

const SHELL = "/bin/sh";
/** Native does not ask TMPDIR. */
const TEMPORARY_FOLDER = "/tmp";
const NAME_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const NAME_TRIES = 100;

/**
 * Runs a command (bytes) as system(3) and popen(3) do. Node gives a program UTF-8 only; of other bytes
 * the shell makes the command itself.
 */
export function runShell(command: string, options: SpawnSyncOptions): SpawnSyncReturns<Buffer> {
	const bytes = pathBytes(command);
	let script = bytes.toString();
	if (!Buffer.from(script).equals(bytes)) {
		const octal = Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`);
		script = `eval "$(printf '${octal.join("")}')"`;
	}
	return spawnSync(SHELL, ["-c", script], { ...options, argv0: "sh", encoding: "buffer" });
}

/** A child's end as wait(2) encodes it. */
export function waitStatus(result: { status: number | null; signal: NodeJS.Signals | null }): number {
	if (result.signal !== null) return constants.signals[result.signal];
	return (result.status ?? 0) * 256;
}

function attempt(path: string, action: () => void): readonly LuaValue[] {
	try {
		action();
		return [true];
	} catch (thrown) {
		return failure(errorCode(thrown), path);
	}
}

function randomName(): string {
	let name = "lua_";
	for (let i = 0; i < 6; i++) name += NAME_LETTERS.charAt(Math.floor(Math.random() * NAME_LETTERS.length));
	return name;
}

/** Makes an empty file of a new name. */
export function makeTemporaryFile(): string | undefined {
	for (let i = 0; i < NAME_TRIES; i++) {
		const path = `${TEMPORARY_FOLDER}/${randomName()}`;
		try {
			closeSync(openSync(path, "wx", 0o600));
			return path;
		} catch (thrown) {
			if (errorCode(thrown) !== "EEXIST") return undefined;
		}
	}
	return undefined;
}

export function systemCalls(exit: (status: number) => never): SystemCalls {
	return {
		execute: (command) => {
			if (command === undefined) return 1;
			return waitStatus(runShell(command, { stdio: "inherit" }));
		},
		exit,
		remove: (path) =>
			attempt(path, () => {
				const bytes = pathBytes(path);
				if (lstatSync(bytes).isDirectory()) rmdirSync(bytes);
				else unlinkSync(bytes);
			}),
		rename: (from, to) => attempt(from, () => renameSync(pathBytes(from), pathBytes(to))),
		temporaryName: makeTemporaryFile,
	};
}
