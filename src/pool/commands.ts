/** What `lua-pool` can be told: start, stop, status, reload, run. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
	parseArguments,
	STATUS_USAGE,
	selfDescription,
	UsageError,
	usageComplaint,
} from "../commands/command-line.ts";
import { STDERR, STDOUT, writeText } from "../commands/output.ts";
import { ask, ControlServer } from "./control.ts";
import { Log } from "./log.ts";
import type { PoolStatus } from "./pool-status.ts";
import { processFacts } from "./process-table.ts";
import { checkDirectory, DirectoryError, HeldDirectory, runtimeDirectory } from "./runtime-directory.ts";
import { removeFifos } from "./runtime-files.ts";
import { type PoolSettings, readListen, readSettings, SettingsError } from "./settings.ts";
import { startPool } from "./start.ts";
import { statusText } from "./status-text.ts";
import {
	CANNOT_CREATE,
	DIRECTORY_LOST,
	INTERNAL,
	NOT_RUNNING,
	RUNS_ALREADY,
	SUCCESS,
	WRONG_SETTINGS,
} from "./statuses.ts";
import { Supervisor } from "./supervisor.ts";
import { type Holder, SupervisorLock } from "./supervisor-lock.ts";

const COMMAND = "lua-pool";
const WORDS = ["start", "run", "status", "reload", "stop"] as const;

const STOP_MS = 10_000;
const POLL_MS = 50;

export function poolMain(args: readonly string[], program: string): void {
	perform(args, program).then(
		(status) => {
			// `run` goes on.
			if (status !== undefined) process.exitCode = status;
		},
		(error: unknown) => {
			if (error instanceof UsageError) {
				writeText(STDERR, usageComplaint(COMMAND, error));
				process.exitCode = STATUS_USAGE;
				return;
			}
			writeText(STDERR, `lua-pool: ${error instanceof Error ? error.message : String(error)}\n`);
			// Now: a supervisor that could not make all its files waits for those that it has made.
			process.exit(statusOf(error));
		},
	);
}

function statusOf(error: unknown): number {
	if (error instanceof SettingsError) return WRONG_SETTINGS;
	return error instanceof DirectoryError ? CANNOT_CREATE : INTERNAL;
}

async function perform(args: readonly string[], program: string): Promise<number | undefined> {
	const given = parseArguments(COMMAND, args);
	const description = selfDescription(COMMAND, given, join(dirname(program), ".."));
	if (description !== undefined) {
		writeText(STDOUT, description);
		return SUCCESS;
	}
	const [word, ...others] = given.operands;
	const command = WORDS.find((each) => each === word);
	if (command === undefined) throw new UsageError(`one of ${WORDS.join(", ")} is wanted`);
	if (others.length > 0) throw new UsageError(`${command} takes no more words: ${others.join(" ")}`);
	const isJson = given.has("--json");
	if (isJson && command !== "status") throw new UsageError("--json goes with status");
	checkSystem();
	if (command === "run" || command === "start") {
		const settings = readSettings(process.env);
		const directory = runtimeDirectory(settings.listen, process.env);
		if (command === "run") return run(directory, settings, program);
		writeText(STDOUT, await startPool(directory, settings, program));
		return SUCCESS;
	}
	// A pool that runs can be looked at and stopped, whatever has come into the file since.
	const listen = command === "reload" ? readSettings(process.env).listen : readListen(process.env, warn);
	const directory = runtimeDirectory(listen, process.env);
	if (existsSync(directory)) checkDirectory(directory);
	switch (command) {
		case "stop":
			return stop(directory);
		case "reload":
			return reload(directory);
		case "status": {
			const status = (await ask(directory, "status")) as PoolStatus | undefined; // the supervisor's own answer
			if (status === undefined) return notRunning(directory);
			writeText(STDOUT, isJson ? `${JSON.stringify(status)}\n` : statusText(status));
			return SUCCESS;
		}
	}
}

function warn({ message }: SettingsError): void {
	writeText(STDERR, `lua-pool: warning: ${message}\n`);
}

function checkSystem(): void {
	if (process.platform === "win32") throw new DirectoryError("there is no pool on Windows");
	// Other systems have no /proc, and a pool that does without. Linux' Node and mkfifo do not.
	if (process.platform === "linux" && processFacts(process.pid) === undefined) {
		throw new DirectoryError(
			"there is no /proc, which a pool on Linux needs: mount it (mount -t proc proc /proc)",
		);
	}
}

type ReloadAnswer = { readonly reloaded: true } | { readonly reloaded: false; readonly reason: string };

function notRunning(directory: string): number {
	writeText(STDERR, `lua-pool: no pool in ${directory}: start it with lua-pool start\n`);
	return NOT_RUNNING;
}

// -- run ----------------------------------------------------------------------------------

function run(directory: string, settings: PoolSettings, program: string): number | undefined {
	const held = new HeldDirectory(directory);
	const log = new Log(settings.log_level);
	// The guard's may have been removed.
	log.repair(directory);
	const lock = new SupervisorLock(directory);
	const holder = lock.acquire();
	if (holder !== undefined) {
		log.write("error", `a pool runs in ${directory} already: process ${holder.pid}`);
		return RUNS_ALREADY;
	}
	let supervisor: Supervisor;
	try {
		supervisor = new Supervisor(directory, program, settings, log);
	} catch (error) {
		// What another supervisor left in `pool` stays: where there is no room, it can only be written over.
		removeFifos(directory);
		lock.release();
		throw error;
	}
	log.write("notice", `pool ${process.pid} in ${directory}`);
	const reload = (): ReloadAnswer => {
		try {
			const settings = readSettings(process.env);
			log.level = settings.log_level;
			supervisor.reload(settings);
			return { reloaded: true };
		} catch (error) {
			log.write("error", `not reloaded: ${(error as Error).message}`);
			return { reloaded: false, reason: (error as Error).message };
		}
	};
	const end = () => {
		clearInterval(guard);
		supervisor.stop();
		control.close();
		// The answer to `stop` is on its way; workers have been killed.
		setTimeout(() => {
			// Last: who waits for the end of the pool may remove the directory then.
			lock.release();
			process.exit(SUCCESS);
		}, POLL_MS);
	};
	const control = new ControlServer(directory, (command) => {
		switch (command) {
			case "status":
				return supervisor.status();
			case "reload":
				return reload();
			case "stop":
				end();
				return { stopped: true };
			default:
				return { error: `unknown command ${command}` };
		}
	});
	const guard = setInterval(() => {
		try {
			const isRestored = held.restore();
			log.repair(directory);
			if (isRestored) log.write("warning", `${directory} was removed: made again`);
		} catch (error) {
			log.write("error", `the runtime directory was removed: ${(error as Error).message}`);
			supervisor.stop("the runtime directory of the pool was removed", false);
			process.exit(DIRECTORY_LOST);
		}
		let other: Holder | undefined;
		try {
			other = lock.refresh();
		} catch (error) {
			log.write("error", `cannot make the lock again: ${(error as Error).message}`);
		}
		if (other === undefined) {
			control.repair();
			supervisor.repairFiles();
			return;
		}
		supervisor.stop(`the lock was removed, and process ${other.pid} runs the pool by now`, false);
		process.exit(RUNS_ALREADY);
	}, 1000);
	process.on("SIGTERM", end);
	process.on("SIGINT", end);
	process.on("SIGHUP", reload);
	return undefined;
}

// -- stop and reload -------------------------------------------------------------------------

async function reload(directory: string): Promise<number> {
	const answer = (await ask(directory, "reload")) as ReloadAnswer | undefined; // the supervisor's own answer
	if (answer === undefined) return notRunning(directory);
	// The pool's environment may name another file than ours does.
	if (!answer.reloaded) throw new SettingsError(`not reloaded: ${answer.reason}`);
	writeText(STDOUT, "reloaded\n");
	return SUCCESS;
}

async function stop(directory: string): Promise<number> {
	if ((await ask(directory, "stop")) === undefined) return notRunning(directory);
	const lock = new SupervisorLock(directory);
	for (const end = Date.now() + STOP_MS; Date.now() < end; await pause()) {
		if (lock.holder() === undefined) {
			writeText(STDOUT, "stopped\n");
			return SUCCESS;
		}
	}
	writeText(STDERR, "lua-pool: the pool does not end\n");
	return INTERNAL;
}

function pause(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
