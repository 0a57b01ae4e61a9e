/**
 * What can be set about a pool: php-fpm's names and meanings where php-fpm has them. The file has lines
 * `name = value`, with comments after `;` or `#`; an environment variable SCRIBUNTO_POOL_<NAME> goes
 * before the file, and the file before the default.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { isAbsolute } from "node:path";
import { Mask } from "../replay/mask.ts";

export type LogLevel = "error" | "warning" | "notice" | "debug";

/** How many workers there are: always max_children, as many as needed, or those that have work. */
export type ProcessManager = "static" | "dynamic" | "ondemand";

export interface PoolSettings {
	readonly pm: ProcessManager;
	/** The most workers, which is the most sessions at a time. */
	readonly max_children: number;
	/** Idle workers that `dynamic` keeps ready. */
	readonly min_spare: number;
	/** Sessions after which a worker is replaced; 0 for never. */
	readonly max_requests: number;
	/** Seconds after which an idle worker more than needed ends. */
	readonly idle_timeout: number;
	/** Seconds that a session may wait for a worker. */
	readonly queue_timeout: number;
	/** Launchers that can be connected at a time, those with a session and those that wait. */
	readonly backlog: number;
	/** The runtime directory; "" for the usual one. */
	readonly listen: string;
	/** Megabytes that a worker may keep of compiled modules, beside Scribunto's libraries. */
	readonly cache_size: number;
	/** Megabytes of memory that no worker may exceed, whatever the session's own limit. */
	readonly memory_cap: number;
	/** Scribunto's `includes` folders that a new worker prepares itself for, with ":" between; "" for the usual ones. */
	readonly preload: string;
	readonly log_level: LogLevel;
	/** The file that `start` writes the log to; "" for pool.log in the runtime directory. */
	readonly log: string;
	/** The folder that sessions are recorded in; "" for no recording. See docs/recording.md. */
	readonly record: string;
	/** One session of so many is recorded. */
	readonly record_every: number;
	/** Megabytes that all recordings in a folder may take. */
	readonly record_size: number;
	/** What recordings must not show: a regular expression; "" for nothing. */
	readonly record_mask: string;
	/** The folder that sessions' profiles go to; "" for none. See docs/profiling.md. */
	readonly profile: string;
	/** One session of so many is profiled. */
	readonly profile_every: number;
	/** Megabytes that all profiles in a folder may take. */
	readonly profile_size: number;
}

export class SettingsError extends Error {
	override readonly name = "SettingsError";
}

const USUAL_FILE = "/etc/scribunto-lua/pool.conf";
const LOG_LEVELS: readonly string[] = ["error", "warning", "notice", "debug"];
const MANAGERS: readonly string[] = ["static", "dynamic", "ondemand"];

const DEFAULTS: PoolSettings = {
	pm: "dynamic",
	max_children: Math.max(32, 4 * availableParallelism()),
	min_spare: 2,
	max_requests: 500,
	idle_timeout: 60,
	queue_timeout: 30,
	backlog: 256,
	listen: "",
	cache_size: 48,
	memory_cap: 2048,
	preload: "",
	log_level: "notice",
	log: "",
	record: "",
	record_every: 1,
	record_size: 1000,
	record_mask: "",
	profile: "",
	profile_every: 1,
	profile_size: 1000,
};

/** What a number may be, where that is not anything from 0 to `MOST`. */
const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
	max_children: [1, 10_000],
	backlog: [1, 10_000],
	// A worker without a session takes some 100.
	memory_cap: [256, 1_000_000],
	record_every: [1, 1_000_000],
	profile_every: [1, 1_000_000],
};
const MOST = 1_000_000;
const CHOICES: Readonly<Record<string, readonly string[]>> = { pm: MANAGERS, log_level: LOG_LEVELS };
/** Paths, of which several are possible with ":" between where it says so. */
const PATHS: Readonly<Record<string, "one" | "several">> = {
	listen: "one",
	log: "one",
	record: "one",
	profile: "one",
	preload: "several",
};

type Environment = Readonly<Record<string, string | undefined>>;

/** A setting as it is written, and where. */
interface Given {
	readonly name: string;
	readonly value: string;
	/** "file:line", or the variable. */
	readonly where: string;
}

/** Throws a SettingsError that tells file and line, or variable, and what is wanted. */
export function readSettings(environment: Environment): PoolSettings {
	return read(environment, (error) => {
		throw error;
	});
}

/**
 * Where the pool is, for who needs no more: throws when `listen` is wrong or the file cannot be read. `complain`
 * hears what else is wrong.
 */
export function readListen(environment: Environment, complain: (error: SettingsError) => void): string {
	return read(environment, (error, name) => {
		if (name === "listen") throw error;
		complain(error);
	}).listen;
}

/** `refuse` hears what is wrong, and of which setting; when it returns, that has its default. */
type Refuse = (error: SettingsError, name: string) => void;

function read(environment: Environment, refuse: Refuse): PoolSettings {
	const settings: Record<string, string | number> = { ...DEFAULTS };
	for (const given of [
		...fromFile(environment["SCRIBUNTO_POOL_CONFIG"], refuse),
		...fromVariables(environment),
	]) {
		try {
			settings[given.name] = typeof settings[given.name] === "number" ? numberOf(given) : checkedText(given);
		} catch (error) {
			if (!(error instanceof SettingsError)) throw error;
			refuse(error, given.name);
		}
	}
	const { max_children, backlog, ...others } = settings as unknown as PoolSettings; // the names are those of DEFAULTS
	return { ...others, max_children, backlog: Math.max(backlog, max_children) };
}

function fromFile(file: string | undefined, refuse: Refuse): Given[] {
	const path = file ?? USUAL_FILE;
	const found: Given[] = [];
	for (const [index, line] of textOf(path, file !== undefined)
		.split("\n")
		.entries()) {
		// Within a word they are part of it: of a path, or of a mask.
		const content = line.replace(/(^|\s)[;#].*/, "").trim();
		if (content === "" || content.startsWith("[")) continue;
		const where = `${path}:${index + 1}`;
		const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(content) ?? [];
		if (name === undefined || value === undefined || !Object.hasOwn(DEFAULTS, name)) {
			const [word = ""] = /^\w*/.exec(content) ?? [];
			refuse(new SettingsError(`${where}: not a setting: ${content}`), word);
		} else found.push({ name, value, where });
	}
	return found;
}

function fromVariables(environment: Environment): Given[] {
	return Object.keys(DEFAULTS).flatMap((name) => {
		const where = `SCRIBUNTO_POOL_${name.toUpperCase()}`;
		const value = environment[where];
		return value === undefined || value === "" ? [] : { name, value, where };
	});
}

/** Where a setting that is not the default's was made: "file:line", or the variable. */
export function whereIsSet(name: keyof PoolSettings, environment: Environment): string {
	const all = [
		...fromFile(environment["SCRIBUNTO_POOL_CONFIG"], () => undefined),
		...fromVariables(environment),
	];
	return all.filter((given) => given.name === name).at(-1)?.where ?? "the default";
}

function textOf(path: string, isRequired: boolean): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (!isRequired && (error as NodeJS.ErrnoException).code === "ENOENT") return "";
		throw new SettingsError(`cannot read ${path}: ${(error as Error).message}`);
	}
}

function wants({ name, value, where }: Given, wanted: string): never {
	throw new SettingsError(`${where}: ${name} = ${value}: ${wanted}`);
}

function numberOf(given: Given): number {
	const [least, most] = RANGES[given.name] ?? [0, MOST];
	const number = /^\d+$/.test(given.value) ? Number(given.value) : Number.NaN;
	if (number >= least && number <= most) return number;
	return wants(given, `a whole number from ${least} to ${most} is wanted`);
}

function checkedText(given: Given): string {
	const { name, value, where } = given;
	const choices = CHOICES[name];
	if (choices !== undefined && !choices.includes(value))
		wants(given, `one of ${choices.join(", ")} is wanted`);
	const paths = PATHS[name] === "several" ? value.split(":") : [value];
	if (PATHS[name] !== undefined && value !== "" && !paths.every((path) => isAbsolute(path))) {
		wants(given, "a path from / on is wanted");
	}
	if (name === "record_mask") {
		try {
			new Mask([value]);
		} catch (error) {
			// Without the value, which may be a secret.
			throw new SettingsError(`${where}: ${name}: ${(error as Error).message}`);
		}
	}
	return value;
}
