/**
 * The directory in which launchers and pool meet. It belongs to the pool's user and nobody else may look
 * into it, since who can write there can speak for the pool. bin/lua looks for it in the same places.
 *
 *   pool            "<supervisor's pid> <number of slots>": there when the pool takes sessions
 *   bell            FIFO: a launcher's request
 *   slots/<n>       FIFO: what launcher n is told
 *   slots/<n>.lock  made by the launcher that has the slot; holds its pid if the disk has room
 *   control.sock    status, reload, stop
 *   lock            who the supervisor is (a link that leads nowhere: SupervisorLock)
 *   pool.log        the log of a pool that `start` has started: Log
 *   workers         pids of the workers, for a supervisor that follows one that was killed
 */
import { closeSync, fstatSync, lstatSync, mkdirSync, openSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { userId } from "../files/own-folder.ts";
import { type FileIdentity, isSameFile } from "./process-table.ts";

const NAME = "scribunto-lua";
/** What the systemd unit's RuntimeDirectory= makes. */
const SYSTEM_DIRECTORY = `/run/${NAME}`;
/** A socket's address has 108 bytes on Linux, 104 elsewhere. */
const LONGEST_PATH = 103 - "/control.sock".length;
const PRIVATE = 0o700;
const PERMISSIONS = 0o777;

export class DirectoryError extends Error {
	override readonly name = "DirectoryError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the pool of this user is, in the order in which bin/lua looks. */
export function runtimeDirectory(listen: string, environment: Environment): string {
	const wanted = environment["SCRIBUNTO_LUA_RUNTIME_DIR"] || listen;
	if (wanted) return resolve(wanted);
	if (isOwn(SYSTEM_DIRECTORY)) return SYSTEM_DIRECTORY;
	const session = environment["XDG_RUNTIME_DIR"];
	if (session && isOwn(session)) return join(session, NAME);
	// Not os.tmpdir, which looks at more variables than bin/lua does.
	return resolve(environment["TMPDIR"] || "/tmp", `${NAME}-${userId()}`);
}

/** Makes the directory when it is not there, and refuses one that others could have their hands in. Whether it was made. */
export function openDirectory(path: string): boolean {
	if (Buffer.byteLength(path) > LONGEST_PATH) {
		throw new DirectoryError(`${path} is too long: a socket in it can have no name`);
	}
	let isNew = false;
	try {
		mkdirSync(path, { mode: PRIVATE });
		isNew = true;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code !== "EEXIST") throw new DirectoryError(`cannot make ${path}: ${message}`);
	}
	checkDirectory(path);
	return isNew;
}

export function checkDirectory(path: string): void {
	let stat: ReturnType<typeof lstatSync>;
	try {
		stat = lstatSync(path);
	} catch (error) {
		throw new DirectoryError(`cannot look at ${path}: ${(error as Error).message}`);
	}
	if (stat === undefined || !stat.isDirectory()) throw new DirectoryError(`${path} is no directory`);
	if (stat.uid !== userId()) {
		throw new DirectoryError(`${path} belongs to user ${stat.uid}, not to ${userId()}, who runs the pool`);
	}
	const mode = stat.mode & PERMISSIONS;
	if (mode !== PRIVATE) {
		throw new DirectoryError(`${path} has mode ${mode.toString(8)}, which lets others in: chmod 700 it`);
	}
}

/** The directory of a supervisor that runs. */
export class HeldDirectory {
	readonly #path: string;
	/** As long as it is open no other directory has its inode. */
	#fd: number;

	/** Throws as openDirectory does. */
	constructor(path: string) {
		this.#path = path;
		openDirectory(path);
		this.#fd = openSync(path, "r");
	}

	/**
	 * Makes it again when it has been removed, with the same checks as at the start, also of one that is in its
	 * place by now. Whether that was so.
	 */
	restore(): boolean {
		if (isSameFile(identityOf(fstatSync(this.#fd)), this.#found())) return false;
		openDirectory(this.#path);
		closeSync(this.#fd);
		this.#fd = openSync(this.#path, "r");
		return true;
	}

	#found(): FileIdentity | undefined {
		const stat = lstatSync(this.#path, { throwIfNoEntry: false });
		return stat && identityOf(stat);
	}
}

function identityOf({ dev, ino }: Stats): FileIdentity {
	return { device: dev, inode: ino };
}

function isOwn(path: string): boolean {
	try {
		const stat = lstatSync(path);
		return stat.isDirectory() && stat.uid === userId();
	} catch {
		return false;
	}
}
