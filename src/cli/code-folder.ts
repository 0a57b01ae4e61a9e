/**
 * The folder of compiled modules (engine/code-store.ts) that sessions in processes of their own leave to each other.
 * What is in it is run, so it belongs to the user who runs them and nobody else may write there.
 */
import {
	accessSync,
	closeSync,
	constants,
	fstatSync,
	lstatSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	readSync,
	writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { CodeFiles } from "../engine/api.ts";
import { checkOwnFolder, isOwn, putOwnFile, remove, userId } from "../files/own-folder.ts";

const { O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const PRIVATE_FOLDER = 0o700;

/** Bytes. What is larger is not read; a module of the largest size takes less. */
const MAX_FILE = 32 * 2 ** 20;
/** Bytes of all files, and how many are left when there were more. */
const MAX_FOLDER = 256 * 2 ** 20;
const KEPT_SHARE = 0.75;
/**
 * That many names are written until one has all files looked at, which takes 60 ms where there are ten thousand. Names are
 * hashes, so what the folder has too much until then is little beside what it may have.
 */
const NAMES_PER_LOOK = 64;

type Environment = Readonly<Record<string, string | undefined>>;

/** By what this build of the program is known. A start-up snapshot has it. */
let build: string | undefined;

/** What was compiled by the same program under the same Node with the same flags has the same; undefined if nobody can say. */
export function codeStamp(program: string): string | undefined {
	try {
		build ??= readFileSync(join(dirname(program), "build-id"), "latin1").trim();
		return [build, process.version, process.arch, ...process.execArgv].join(" ");
	} catch {
		return undefined;
	}
}

/**
 * The user's folder, which is made if it is not there: what SCRIBUNTO_LUA_CACHE names (undefined if that says `off`),
 * else one in TMPDIR or /tmp. Throws an Error that says why nothing can be kept there.
 */
export function openCodeFolder(environment: Environment): CodeFolder | undefined {
	const wanted = environment["SCRIBUNTO_LUA_CACHE"];
	if (wanted === "off") return undefined;
	const path = wanted || join(environment["TMPDIR"] || "/tmp", `scribunto-lua-code-${userId()}`);
	if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
		mkdirSync(path, { recursive: true, mode: PRIVATE_FOLDER });
	}
	checkOwnFolder(path);
	accessSync(path, constants.W_OK);
	return new CodeFolder(path);
}

export class CodeFolder implements CodeFiles {
	readonly #path: string;
	/** Something could not be written: it will not be tried again. */
	#isFull = false;

	constructor(path: string) {
		this.#path = path;
	}

	read(name: string): Buffer | undefined {
		return this.#attempt(() => {
			const opened = openOwn(join(this.#path, name), O_RDONLY);
			if (opened === undefined) return undefined;
			const { file, size } = opened;
			try {
				const bytes = Buffer.allocUnsafeSlow(size);
				return readSync(file, bytes, 0, size, 0) === size ? bytes : undefined;
			} finally {
				closeSync(file);
			}
		});
	}

	write(name: string, bytes: Buffer): void {
		const path = join(this.#path, name);
		const draft = `${path}.${process.pid}`;
		this.#save(draft, () => {
			if (Number.parseInt(name.slice(-4), 16) % NAMES_PER_LOOK === 0) makeRoom(this.#path);
			putOwnFile(path, draft, bytes);
			return true;
		});
	}

	append(name: string, bytes: Buffer): void {
		const path = join(this.#path, name);
		this.#save(path, () => {
			const opened = openOwn(path, O_WRONLY | O_APPEND);
			if (opened === undefined) return true;
			const { file } = opened;
			try {
				// In one piece, since other sessions may do the same now.
				return writeSync(file, bytes) === bytes.length;
			} finally {
				closeSync(file);
			}
		});
	}

	/** What is written in part goes. */
	#save(path: string, operation: () => boolean): void {
		if (this.#isFull || this.#attempt(operation) === true) return;
		this.#isFull = true;
		this.#attempt(() => remove(path));
	}

	/** No fault of the disk may be seen by a session. */
	#attempt<T>(operation: () => T): T | undefined {
		try {
			return operation();
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code === undefined) throw error;
			return undefined;
		}
	}
}

/** Opens a file that nobody else can have written to. */
function openOwn(path: string, flags: number): { file: number; size: number } | undefined {
	// Who waits for the other end of a FIFO waits for ever.
	const file = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK);
	const stat = fstatSync(file);
	if (stat.isFile() && isOwn(stat) && stat.size <= MAX_FILE) return { file, size: stat.size };
	closeSync(file);
	return undefined;
}

/** Removes what was not used for longest. */
function makeRoom(folder: string): void {
	const files = readdirSync(folder).map((name) => {
		const path = join(folder, name);
		const { size, atimeMs, mtimeMs } = lstatSync(path);
		return { path, size, used: Math.max(atimeMs, mtimeMs) };
	});
	let total = files.reduce((sum, { size }) => sum + size, 0);
	if (total <= MAX_FOLDER) return;
	files.sort((a, b) => a.used - b.used);
	for (const { path, size } of files) {
		if (total <= MAX_FOLDER * KEPT_SHARE) break;
		remove(path);
		total -= size;
	}
}
