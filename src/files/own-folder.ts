/**
 * Folders that the user who runs us has for itself, and files in them that nobody else has made: what others could
 * change or look into is refused, and no link is followed.
 */
import { closeSync, constants, lstatSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const PRIVATE_FILE = 0o600;
const OTHERS_WRITE = 0o022;

interface Owned {
	readonly uid: number;
	readonly mode: number;
}

export function userId(): number {
	return process.getuid?.() ?? 0;
}

export function isOwn({ uid, mode }: Owned): boolean {
	return uid === userId() && !othersWrite(mode);
}

function othersWrite(mode: number): boolean {
	return (mode & OTHERS_WRITE) !== 0;
}

/** Throws an Error that says why the folder is not the user's alone, or Node's when it is not there. */
export function checkOwnFolder(path: string): void {
	const stat = lstatSync(path);
	if (!stat.isDirectory()) throw new Error(`${path} is ${stat.isSymbolicLink() ? "a link" : "no directory"}`);
	if (stat.uid !== userId()) throw new Error(`${path} belongs to user ${stat.uid}, not to ${userId()}`);
	if (othersWrite(stat.mode)) throw new Error(`${path} lets others write: chmod 700 it`);
}

/**
 * Puts a file for its owner only where there may be one already, as a whole. `draft` is the name until then, in the
 * same folder and of this process only. Throws Node's errors, and leaves no draft then.
 */
export function putOwnFile(path: string, draft: string, bytes: Uint8Array): void {
	remove(draft); // of a process that was killed
	const file = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_FILE);
	try {
		try {
			for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
		} finally {
			closeSync(file);
		}
		renameSync(draft, path);
	} catch (error) {
		remove(draft);
		throw error;
	}
}

/** (Node's `rmSync` first loads and compiles what can remove folders, which takes a millisecond.) */
export function remove(path: string): void {
	try {
		unlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
	}
}
