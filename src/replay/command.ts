/**
 * bin/lua-replay: plays recorded sessions against a peer, or shows them. Statuses are those of diff: 0 for the
 * same, 1 for different, 2 for trouble.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import {
	parseArguments,
	STATUS_USAGE,
	selfDescription,
	UsageError,
	usageComplaint,
} from "../commands/command-line.ts";
import { OutputError, STDERR, STDOUT, writeText } from "../commands/output.ts";
import { Progress } from "../commands/progress.ts";
import { AddressError, parseAddress } from "../debugger/address.ts";
import { ModuleFolder } from "../host/module-folder.ts";
import { installedTree, ownTree, type ScribuntoTree, treeAt } from "../host/tree.ts";
import { type Agreement, Comparison } from "./comparison.ts";
import { exchangesOf } from "./course.ts";
import { type Replacement, withModules } from "./module-texts.ts";
import { PeerEndedError, PeerProcess } from "./peer-process.ts";
import { type Divergence, type Playback, play } from "./player.ts";
import { escaped } from "./print.ts";
import { contextOf, differenceLines, listLines, showLines } from "./report.ts";
import {
	decodeTranscript,
	type Transcript,
	type TranscriptEntry,
	TranscriptError,
	type TranscriptHeader,
} from "./transcript.ts";

const COMMAND = "lua-replay";
const SAME = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

/** What keeps us from playing. */
export class TroubleError extends Error {
	override readonly name = "TroubleError";
}

interface Options {
	readonly lua: string;
	readonly scribunto: string | undefined;
	/** A folder of modules that go before the recorded ones. */
	readonly modules: string | undefined;
	readonly ignored: readonly RegExp[];
	/** Where a debugger may come to. */
	readonly debug: string | undefined;
	/** Of all files. */
	readonly progress: Progress;
	/** The repository or the installed package. */
	readonly root: string;
}

/** `program` is the path of dist/replay.cjs; the result is the exit status. */
export async function replayMain(args: readonly string[], program: string): Promise<number> {
	try {
		return await run(args, join(dirname(program), ".."));
	} catch (error) {
		if (error instanceof UsageError) {
			writeText(STDERR, usageComplaint(COMMAND, error));
			return STATUS_USAGE;
		}
		const isExpected = error instanceof TroubleError || error instanceof OutputError;
		complain(isExpected ? error.message : String((error as Error).stack));
		return TROUBLE;
	}
}

async function run(args: readonly string[], root: string): Promise<number> {
	const given = parseArguments(COMMAND, args);
	const description = selfDescription(COMMAND, given, root);
	if (description !== undefined) {
		writeText(STDOUT, description);
		return SAME;
	}
	const files = given.operands;
	if (files.length === 0) throw new UsageError("no file is named");
	const shows = given.has("--list") || given.has("--show");
	const message = given.one("--message");
	if (message !== undefined && !(given.has("--show") && /^[1-9]\d*$/.test(message))) {
		throw new UsageError("--message N goes with --show, and N counts from 1");
	}
	const options: Options = {
		lua: given.one("--lua") ?? join(root, "bin", "lua"),
		scribunto: given.one("--scribunto"),
		modules: given.one("--modules"),
		ignored: given.all("--ignore").map(patternOf),
		debug: addressFrom(given.one("--debug")),
		// The debugged peer has stderr for itself.
		progress: given.has("--debug") ? new Progress(undefined) : Progress.onTerminal(),
		root,
	};
	let status = SAME;
	for (const file of files) {
		const transcript = readTranscript(file, complain);
		if (!shows) status = Math.max(status, await replay(file, transcript, options));
		else {
			const { entries } = transcript;
			const only = message === undefined ? undefined : Number(message);
			if (only !== undefined) checkMessage(file, entries, only);
			if (files.length > 1) writeText(STDOUT, `${file}\n`);
			for (const line of given.has("--show") ? showLines(entries, only) : listLines(entries))
				writeText(STDOUT, `${line}\n`);
		}
	}
	return status;
}

/** Strings are bytes where it is used. */
function patternOf(source: string): RegExp {
	try {
		return new RegExp(Buffer.from(source, "utf8").toString("latin1"), "g");
	} catch (error) {
		throw new UsageError(`--ignore: ${(error as Error).message}`);
	}
}

function checkMessage(file: string, entries: readonly TranscriptEntry[], number: number): void {
	const count = entries.filter(({ source }) => source !== "end").length;
	if (number > count) throw new TroubleError(`${file} has no message ${number}: the last one is ${count}`);
}

/** The peer would say on its own that it is none, and run without a debugger. */
function addressFrom(text: string | undefined): string | undefined {
	try {
		if (text !== undefined) parseAddress(text);
		return text;
	} catch (error) {
		throw error instanceof AddressError ? new UsageError(`--debug: ${error.message}`) : error;
	}
}

const STDIN = 0;

/** Throws a TroubleError that names the file; `tell` is told of one that breaks off. */
export function readTranscript(file: string, tell: (text: string) => void): Transcript {
	try {
		const transcript = decodeTranscript(readFileSync(file === "-" ? STDIN : file));
		if (!transcript.isWhole) tell(`${file} breaks off within a message: what stands before it is used`);
		return transcript;
	} catch (error) {
		const { message } = error as Error;
		throw new TroubleError(
			error instanceof TranscriptError ? `${file}: ${message}` : `cannot read ${file}: ${message}`,
		);
	}
}

// -- Playing --------------------------------------------------------------------

async function replay(
	file: string,
	{ header, entries: recorded }: Transcript,
	options: Options,
): Promise<number> {
	if (exchangesOf(recorded).length === 0) throw new TroubleError(`${file}: there is nothing to play`);
	const entries = withModulesOf(options.modules, recorded, complain);
	const { interpreterId, intSize, timeZone, mask } = header;
	const { mainFile, includes } = treeFor(header, options, complain);
	const { lua, debug, progress } = options;
	const env = { ...process.env };
	if (timeZone !== undefined) env["TZ"] = timeZone;
	if (debug !== undefined) env["SCRIBUNTO_LUA_DEBUG"] = debug;
	// The peer says where it waits.
	const stderr = debug === undefined ? "ignore" : "inherit";
	const peer = new PeerProcess({ lua, mainFile, includes, interpreterId, intSize, env, stderr });
	if (peer.pid === undefined) throw new TroubleError(`cannot start ${options.lua}`);
	const comparison = new Comparison({ mask, ignored: options.ignored });
	let playback: Playback;
	try {
		playback = play(entries, peer, comparison, (done, total) => progress.tell(file, done, total));
	} catch (error) {
		progress.clear();
		if (!(error instanceof PeerEndedError)) {
			await peer.terminate();
			throw new TroubleError(`${file} cannot be played: ${(error as Error).message}`, { cause: error });
		}
		const { code, signal } = await peer.close();
		const exchange = exchangesOf(entries)[error.exchange ?? 0];
		const { message } = contextOf(entries, (exchange?.message ?? 0) + 1);
		writeText(
			STDOUT,
			`${file}: the peer ended ${signal === null ? `with status ${code}` : `by ${signal}`}\n`,
		);
		writeText(STDOUT, `  in place of an answer to message ${message?.number}: ${message?.summary}\n`);
		return DIFFERENT;
	}
	progress.clear();
	await peer.finish();
	const { divergences, exchanges } = playback;
	const [first] = divergences;
	if (first === undefined) {
		writeText(
			STDOUT,
			`${file}: ${exchanges === 1 ? "1 answer, the same" : `${exchanges} answers, all the same`}: ${agreementText(comparison.agreement)}\n`,
		);
		const last = exchangesOf(entries).at(-1);
		if (last !== undefined && last.expected === undefined) {
			const { message } = contextOf(entries, last.message + 1);
			if (!ENDS.includes(message?.summary ?? "")) {
				writeText(STDOUT, `  there is none to the last message, ${message?.number}: ${message?.summary}\n`);
			}
		}
		return SAME;
	}
	const lines = [
		`${file}: message ${answerOf(first)}, an answer, is another one`,
		...divergenceLines(first, entries, comparison),
	];
	const others = divergences.slice(1).map(answerOf);
	if (others.length > 0) {
		const numbers =
			others.length > MOST_NUMBERS ? `${others.slice(0, MOST_NUMBERS).join(", ")}, ...` : others.join(", ");
		const [verb, noun] = others.length === 1 ? ["differs", "message"] : ["differ", "messages"];
		const all =
			exchanges === 2 ? "the other answer" : `${others.length} of the ${exchanges - 1} other answers`;
		lines.push(`  ${all} ${verb} too: ${noun} ${numbers}`);
	} else if (exchanges === 2) lines.push("  the other answer is the same");
	else if (exchanges > 2) lines.push(`  the ${exchanges - 1} other answers are the same`);
	if (playback.isLost) lines.push("  the rest of the recording does not fit what the peer does now");
	if (mask !== undefined) lines.push("  the recording is masked: what the mask hides may be the reason");
	writeText(STDOUT, `${lines.join("\n")}\n`);
	return DIFFERENT;
}

const MOST_NUMBERS = 10;

/** The answer's number, as people count: the request's counts from 0, and the answer comes after it. */
function answerOf({ message }: Divergence): number {
	return message + 2;
}

function divergenceLines(
	divergence: Divergence,
	entries: readonly TranscriptEntry[],
	comparison: Comparison,
): string[] {
	const { request, expected, actual, unrecorded } = divergence;
	const number = answerOf(divergence);
	const { message, names } = contextOf(entries, number);
	const { message: before } = contextOf(entries, number - 1);
	const lines = [
		`  the message before: ${before?.summary ?? ""}`,
		`  the recorded answer: ${message?.summary ?? ""}`,
	];
	if (unrecorded === undefined) {
		return [...lines, ...differenceLines(comparison.differences(request, expected, actual), names)];
	}
	// What the peer would have said there, as a message of this conversation.
	const said = (body: Buffer) =>
		contextOf([...entries.slice(0, number - 1), { source: "peer", time: 0, body }], number).message
			?.summary ?? "";
	return [
		...lines,
		`  now: ${said(unrecorded)}, to which the recording has no answer`,
		`  and, since such calls fail here: ${said(actual)}`,
	];
}

/** Requests that nobody answers. */
const ENDS = ["quit", "testquit"];

function agreementText({ bytes, status, values, visible }: Agreement): string {
	const parts = [`${bytes} in every byte`];
	if (status > 0) parts.push(`${status} of getStatus`);
	if (values > 0) parts.push(`${values} in other bytes for the same values`);
	if (visible > 0) parts.push(`${visible} but for what is masked or ignored`);
	return parts.join(", ");
}

/** The entries, with modules from a folder if one is named. Throws a TroubleError; `tell` is told what is exchanged. */
export function withModulesOf(
	path: string | undefined,
	entries: readonly TranscriptEntry[],
	tell: (text: string) => void,
): readonly TranscriptEntry[] {
	if (path === undefined) return entries;
	let replacement: Replacement;
	try {
		replacement = withModules(entries, new ModuleFolder(path));
	} catch (error) {
		throw new TroubleError(`cannot read ${path}: ${(error as Error).message}`);
	}
	const { changed } = replacement;
	const names = changed.map(escaped).join(", ");
	tell(changed.length === 0 ? `no module differs from that in ${path}` : `from ${path}: ${names}`);
	return replacement.entries;
}

/**
 * The Scribunto to play a recording with. It may come from anybody, and what it names as the main file is given
 * to a Lua as its script: so it must be a file of that name, and never an option. Throws a TroubleError; `tell` is told
 * when it is another one.
 */
export function treeFor(
	{ mainFile, includes }: TranscriptHeader,
	{ scribunto, root }: Pick<Options, "scribunto" | "root">,
	tell: (text: string) => void,
): ScribuntoTree {
	if (scribunto !== undefined) {
		const named = treeAt(resolve(scribunto));
		if (named === undefined) throw new TroubleError(`${scribunto} is no includes folder of Scribunto`);
		return named;
	}
	if (isAbsolute(mainFile) && mainFile.endsWith("/mw_main.lua") && existsSync(mainFile)) {
		return { mainFile, includes };
	}
	const other = installedTree() ?? ownTree(root);
	tell(
		`the recording's ${escaped(mainFile)} is not here: ${other.includes} is used (--scribunto names another)`,
	);
	return other;
}

// -- Output ---------------------------------------------------------------------

function complain(text: string): void {
	writeText(STDERR, `${COMMAND}: ${text}\n`);
}
