/** `lua-pool start`: a guard in the background (bin/lua-pool), and the wait until its pool has a worker. */
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ask } from "./control.ts";
import { ownLog } from "./log.ts";
import type { PoolStatus } from "./pool-status.ts";
import { DirectoryError, openDirectory } from "./runtime-directory.ts";
import { checkRoom } from "./runtime-files.ts";
import { type PoolSettings, SettingsError, whereIsSet } from "./settings.ts";
import { CANNOT_CREATE, RUNS_ALREADY, WRONG_SETTINGS } from "./statuses.ts";
import { SupervisorLock } from "./supervisor-lock.ts";

const START_MS = 15_000;
const POLL_MS = 50;
/** Lines of the log that explain a failure. */
const LINES = 5;

/** What there is to say. Throws when no pool runs then, with the reason; what was made for it is removed. */
export async function startPool(directory: string, settings: PoolSettings, program: string): Promise<string> {
	const isNew = openDirectory(directory);
	try {
		if ((await ask(directory, "status")) !== undefined) return alreadyRuns(directory);
		checkRoom(directory);
		return await startGuard(directory, settings, program);
	} catch (error) {
		if (isNew && new SupervisorLock(directory).holder() === undefined) removeNew(directory);
		throw error;
	}
}

function alreadyRuns(directory: string): string {
	return `a pool runs in ${directory} already\n`;
}

function removeNew(directory: string): void {
	try {
		rmSync(ownLog(directory), { force: true });
		rmdirSync(directory);
	} catch {
		// Somebody else has put something there.
	}
}

async function startGuard(directory: string, settings: PoolSettings, program: string): Promise<string> {
	const logFile = settings.log || ownLog(directory);
	const log = openLog(logFile, settings);
	const logSize = fstatSync(log).size;
	const command = join(dirname(program), "..", "bin", "lua-pool");
	const child = spawn(command, ["guard"], {
		detached: true,
		stdio: ["ignore", log, log],
		cwd: "/",
		env: { ...process.env, SCRIBUNTO_LUA_RUNTIME_DIR: directory },
	});
	closeSync(log);
	let failure: string | undefined;
	child.on("error", (error) => {
		failure = error.message;
	});
	child.on("exit", (status, signal) => {
		failure = `ended with ${signal ?? `status ${status}`}`;
	});
	const { pm, min_spare } = settings;
	const startsWorkers = pm === "static" || (pm === "dynamic" && min_spare > 0);
	// Another pool that has just been faster is as good.
	const hasLost = () => child.exitCode === RUNS_ALREADY;
	for (const end = Date.now() + START_MS; Date.now() < end && (failure === undefined || hasLost()); ) {
		const status = (await ask(directory, "status")) as PoolStatus | undefined; // the supervisor's own answer
		if (status !== undefined && (!startsWorkers || status.workers.some(({ state }) => state === "idle"))) {
			child.unref();
			return hasLost() ? alreadyRuns(directory) : `pool ${status.pid} in ${directory}\n`;
		}
		await new Promise((resolve) => setTimeout(resolve, POLL_MS));
	}
	child.unref();
	const lines = linesSince(logFile, logSize);
	const message = ["the pool did not start: ", failure ?? "no worker is ready", ...lines].join("");
	switch (child.exitCode) {
		case CANNOT_CREATE:
			throw new DirectoryError(message);
		case WRONG_SETTINGS:
			throw new SettingsError(message);
		default:
			throw new Error(message);
	}
}

function openLog(file: string, { log }: PoolSettings): number {
	try {
		return openSync(file, "a", 0o600);
	} catch (error) {
		const { message } = error as Error;
		if (log === "") throw new DirectoryError(`cannot open ${file}: ${message}`);
		throw new SettingsError(`${whereIsSet("log", process.env)}: log = ${log}: cannot be opened: ${message}`);
	}
}

/** The last lines of what has been written since, each with a line end in front. */
function linesSince(file: string, size: number): string[] {
	let text = "";
	try {
		text = readFileSync(file).subarray(size).toString("utf8").trimEnd();
	} catch {
		// It was removed meanwhile.
	}
	return text === ""
		? []
		: text
				.split("\n")
				.slice(-LINES)
				.map((line) => `\n${line}`);
}
