/** The program lua-run: what its command line asks for, with results on stdout and the rest on stderr. */
import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, sep } from "node:path";
import {
	parseArguments,
	STATUS_USAGE,
	selfDescription,
	UsageError,
	usageComplaint,
} from "../commands/command-line.ts";
import { OutputError } from "../commands/output.ts";
import { Progress } from "../commands/progress.ts";
import { ModuleFolder, moduleNameOf } from "../host/module-folder.ts";
import type { ProfileSettings } from "../profile/profile-files.ts";
import { SessionProfile } from "../profile/session-profile.ts";
import { type CommandLine, commandLineFrom } from "./command-line.ts";
import { DataError } from "./data.ts";
import { readData } from "./data-files.ts";
import { toBytes, toText } from "./php-array.ts";
import { NoScribuntoError, type OfflineOptions, OfflineRun, runOffline } from "./run.ts";
import { failureText, ScriptError } from "./script-failure.ts";
import { countResults, junitText, tapText } from "./unit-report.ts";
import { runTests } from "./unit-test.ts";
import { Watch } from "./watch.ts";

const COMMAND = "lua-run";
const EXIT_SUCCESS = 0;
const EXIT_SCRIPT_ERROR = 1;
const EXIT_WRONG_DATA = 65;
const EXIT_NO_INPUT = 66;
const EXIT_CANNOT_CREATE = 73;
const EXIT_NO_OUTPUT = 74;

/** Where output goes; both take bytes, one character each. */
export interface Output {
	out(bytes: string): void;
	error(bytes: string): void;
}

/** A file that is not there. */
class MissingFileError extends Error {
	override readonly name = "MissingFileError";
}

/** A file that was asked for and cannot be made. */
class CreationError extends Error {
	override readonly name = "CreationError";
}

/** What is to be done, with what, and where its output goes. */
interface Job extends CommandLine {
	readonly packageRoot: string;
	readonly output: Output;
}

/** Runs the command line and gives the exit status. */
export async function runMain(args: readonly string[], packageRoot: string, output: Output): Promise<number> {
	try {
		const given = parseArguments(COMMAND, args);
		const description = selfDescription(COMMAND, given, packageRoot);
		if (description !== undefined) {
			output.out(description);
			return EXIT_SUCCESS;
		}
		const job = { ...commandLineFrom(given), packageRoot, output };
		switch (job.mode) {
			case "call":
				return await repeated(job, callOnce);
			case "test":
				return await repeated(job, testAll);
			case "interactive":
				return await prompt(job);
		}
	} catch (error) {
		return reported(error, output);
	}
}

/** Says what is wrong and gives the status for it; throws what is a fault of ours. */
function reported(error: unknown, output: Output): number {
	if (error instanceof UsageError) {
		output.error(toBytes(usageComplaint(COMMAND, error)));
		return STATUS_USAGE;
	}
	const status = statusOf(error);
	if (status === undefined) throw error;
	const { code, message, path } = error as NodeJS.ErrnoException;
	output.error(toBytes(`${COMMAND}: ${code === "ENOENT" ? `no file ${path}` : message}\n`));
	return status;
}

function statusOf(error: unknown): number | undefined {
	if (error instanceof DataError) return EXIT_WRONG_DATA;
	if (error instanceof CreationError) return EXIT_CANNOT_CREATE;
	if (error instanceof OutputError) return EXIT_NO_OUTPUT;
	if (error instanceof ScriptError) return EXIT_SCRIPT_ERROR;
	const isMissing = error instanceof MissingFileError || error instanceof NoScribuntoError;
	const isUnreadable = (error as NodeJS.ErrnoException).syscall !== undefined;
	return isMissing || isUnreadable ? EXIT_NO_INPUT : undefined;
}

/** Makes something for an option. */
function created<Made>(option: string, make: () => Made): Made {
	try {
		return make();
	} catch (error) {
		throw new CreationError(`${option}: ${(error as Error).message}`, { cause: error });
	}
}

// -- Modules --------------------------------------------------------------------------------------

interface Place {
	/** The folder of modules. */
	readonly folder: string;
	/** The module's name without namespace. */
	readonly module: string;
}

/** MODULE.lua: a path, or a name in the folder of modules. */
function placeOf(operand: string, folder: string | undefined): Place {
	if (!existsSync(operand)) {
		const module = operand.replace(/^Module:/, "").replace(/\.lua$/, "");
		if (folder !== undefined && module !== "") return { folder, module };
		throw new MissingFileError(`no file ${operand}`);
	}
	const root = folder ?? dirname(operand);
	const path = relative(root, operand);
	const isInside = path !== "" && !path.startsWith(`..${sep}`);
	if (!isInside) throw new UsageError(`${operand} is not in the folder of modules, ${root}`);
	const module = moduleNameOf(folder === undefined ? basename(operand) : path);
	if (module === undefined) throw new UsageError(`${operand} is no .lua file`);
	return { folder: root, module };
}

function optionsOf(
	{ packageRoot, scribunto, data, parentArgs, title, time }: Job,
	modules: string,
): OfflineOptions {
	return {
		packageRoot,
		modules,
		scribunto,
		data: data === undefined ? undefined : readData(data),
		parentArgs,
		title,
		time,
	};
}

// -- Again and again ------------------------------------------------------------------------------

type Action = (job: Job) => number;

/** Performs an action; with --watch again after each change, until the process is ended. */
async function repeated(job: Job, action: Action): Promise<number> {
	const { watch, operands, modules, data, output } = job;
	if (!watch) return profiled(job, action);
	const { folder } = placeOf(operands[0] ?? "", modules);
	const watched = new Watch(data === undefined ? [folder] : [folder, data]);
	profiled(job, action);
	for (;;) {
		output.error(toBytes(`-- ${await watched.next()} has changed\n`));
		try {
			profiled(job, action);
		} catch (error) {
			// A file in the middle of being saved, perhaps: the next change may mend it.
			reported(error, output);
		}
	}
}

/** Performs an action, with a profile of its own if that is wanted. */
function profiled(job: Job, action: Action): number {
	const { profile, operands, modules, output } = job;
	if (profile === undefined) return action(job);
	const folder = new ModuleFolder(placeOf(operands[0] ?? "", modules).folder);
	const settings: ProfileSettings = {
		folder: profile,
		fileOf: (chunkName) =>
			chunkName.startsWith("=Module:")
				? folder.pathOf(toText(chunkName.slice("=Module:".length)))
				: undefined,
		warn: (text) => output.error(toBytes(`lua-run: ${text}\n`)),
	};
	const profiling = created("--profile", () => new SessionProfile(settings));
	try {
		return action(job);
	} finally {
		profiling.end();
	}
}

// -- Tests -------------------------------------------------------------------------------------------

function testAll(job: Job): number {
	const { operands, modules, junit, output } = job;
	const progress = Progress.onTerminal();
	const suites = operands.map((operand, index) => {
		progress.tell(operand, index, operands.length);
		const { folder, module } = placeOf(operand, modules);
		return runTests(optionsOf(job, folder), module);
	});
	progress.clear();
	output.out(toBytes(tapText(suites)));
	if (junit !== undefined) created("--junit", () => writeFileSync(junit, junitText(suites)));
	return countResults(suites).failed === 0 ? EXIT_SUCCESS : EXIT_SCRIPT_ERROR;
}

// -- The prompt ----------------------------------------------------------------------------------------

async function prompt(job: Job): Promise<number> {
	const { operands, modules, output } = job;
	const [operand] = operands;
	const folder = modules ?? ".";
	const place = operand === undefined ? { folder, module: undefined } : placeOf(operand, modules);
	const run = new OfflineRun(optionsOf(job, place.folder));
	// fengari-interop and what it brings is for this alone.
	const { runPrompt } = await import("./repl.ts");
	await runPrompt(run, place.module, output);
	return EXIT_SUCCESS;
}

// -- One call -------------------------------------------------------------------------------------------

function callOnce(job: Job): number {
	const { operands, modules, args, output } = job;
	const [operand = "", functionName = ""] = operands;
	const { folder, module } = placeOf(operand, modules);
	const result = runOffline({ ...optionsOf(job, folder), module, functionName, args });
	output.error(result.log);
	for (const failure of result.shownFailures) output.error(toBytes(`${failureText(failure)}\n`));
	for (const warning of result.warnings) output.error(`Script warning: ${warning}\n`);
	if (result.output !== undefined) {
		output.out(result.output.endsWith("\n") ? result.output : `${result.output}\n`);
		// What a module has caught, its author should know all the same.
		for (const text of result.missing) output.error(toBytes(`${text}\n`));
		return EXIT_SUCCESS;
	}
	if (result.failure !== undefined) output.error(toBytes(`${failureText(result.failure)}\n`));
	return EXIT_SCRIPT_ERROR;
}
