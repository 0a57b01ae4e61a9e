/**
 * What can be set about a pool: php-fpm's names and meanings where php-fpm has them. The file has lines
 * `name = value`, with comments after `;` or `#`; an environment variable SCRIBUNTO_POOL_<NAME> goes
 * before the file, and the file before the default.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { isAbsolute } from "node:path";

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
	/** Scribunto's `includes` folders whose libraries a new worker compiles at once, with ":" between. */
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

type Environment = Readonly<Record<string, string | undefined>>;

export function readSettings(environment: Environment): PoolSettings {
	const file = environment["SCRIBUNTO_POOL_CONFIG"];
	const values = new Map<string, string>();
	const text = textOf(file ?? USUAL_FILE, file !== undefined);
	for (const [index, line] of text.split("\n").entries()) {
		const content = line.replace(/[;#].*/, "").trim();
		if (content === "" || content.startsWith("[")) continue;
		const [, name, value] = /^(\w+)\s*=\s*(.*)$/.exec(content) ?? [];
		if (name === undefined || value === undefined || !(name in DEFAULTS)) {
			throw new SettingsError(`${file ?? USUAL_FILE}:${index + 1}: not a setting: ${content}`);
		}
		values.set(name, value);
	}
	for (const name of Object.keys(DEFAULTS)) {
		const value = environment[`SCRIBUNTO_POOL_${name.toUpperCase()}`];
		if (value !== undefined && value !== "") values.set(name, value);
	}
	const settings: Record<string, string | number> = { ...DEFAULTS };
	for (const [name, value] of values) {
		settings[name] = typeof settings[name] === "number" ? numberOf(name, value) : value;
	}
	return checked(settings as unknown as PoolSettings); // the names are those of DEFAULTS
}

function textOf(path: string, isRequired: boolean): string {
	try {
		return readFileSync(path, "utf8");
	} catch (error) {
		if (!isRequired && (error as NodeJS.ErrnoException).code === "ENOENT") return "";
		throw new SettingsError(`cannot read ${path}: ${(error as Error).message}`);
	}
}

function numberOf(name: string, value: string): number {
	if (!/^\d+$/.test(value)) throw new SettingsError(`${name} = ${value}: a whole number is wanted`);
	return Number(value);
}

function checked(settings: PoolSettings): PoolSettings {
	if (!MANAGERS.includes(settings.pm)) throw new SettingsError(`pm = ${settings.pm}: one of ${MANAGERS}`);
	if (!LOG_LEVELS.includes(settings.log_level)) {
		throw new SettingsError(`log_level = ${settings.log_level}: one of ${LOG_LEVELS}`);
	}
	for (const name of ["record", "profile"] as const) {
		if (settings[name] !== "" && !isAbsolute(settings[name])) {
			throw new SettingsError(`${name} = ${settings[name]}: a path from / on is wanted`);
		}
	}
	if (settings.max_children < 1) throw new SettingsError("max_children must be at least 1");
	if (settings.backlog < settings.max_children) {
		return { ...settings, backlog: settings.max_children };
	}
	return settings;
}
