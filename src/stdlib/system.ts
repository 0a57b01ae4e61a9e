// Processes and files for os.ts, on the command line only.

import { spawnSync } from "node:child_process";
import { closeSync, lstatSync, openSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import type { LuaValue } from "../engine/api.ts";
import { errorCode, failure, pathBytes } from "./errno.ts";
import type { SystemCalls } from "./os.ts";

const SHELL = "/bin/sh";
const NAME_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const NAME_TRIES = 100;

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
		const path = `${tmpdir()}/${randomName()}`;
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
			const script = pathBytes(command).toString();
			return waitStatus(spawnSync(SHELL, ["-c", script], { stdio: "inherit" }));
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
