// Runs generated programs under both engines, many per process, and finds those that behave differently.
// What native does to the end of its budget is the expectation.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { type Engine, runCommand } from "./oracle.ts";
import { generateProgram, TOKENS } from "./program-generator.ts";
import { fromRoot } from "./root.ts";

export { generateProgram };

export interface Difference extends Program {
	readonly native: string;
	readonly ours: string;
}

const CHOICES = fc.array(fc.nat(255), { minLength: 50, maxLength: 800, size: "max" });
const BATCH_TIMEOUT_MS = 20_000;
/** For a program that runs alone: a busy machine may take its time. */
const ALONE_TIMEOUT_MS = 180_000;
/** Kilobytes: a random program was seen to take 20 GB natively. */
const NATIVE_MEMORY = 8 * 1024 * 1024;
const HARNESS = "program-harness.lua";

/** The choices for `count` programs; the same seed gives the same ones. */
export function sampleChoices(count: number, seed: number): number[][] {
	return fc.sample(CHOICES, { numRuns: count, seed });
}

/** Every other program runs in the global environment instead of one set by setfenv; a tenth runs hot. */
function programOf(choices: readonly number[], index: number): Program {
	const way = index % 10 === 0 ? "hot" : index % 4 === 0 ? "again" : "once";
	return { source: generateProgram(choices), plain: index % 2 === 1, way };
}

/** Programs for these choices that differ. */
export function findDifferences(choices: readonly (readonly number[])[]): Difference[] {
	return compare(choices.map(programOf));
}

interface Program {
	readonly source: string;
	readonly plain: boolean;
	readonly way: "once" | "again" | "hot";
}

export function compare(programs: readonly Program[]): Difference[] {
	const native = runBatch("native", programs);
	const ours = runBatch("ours", programs);
	const differences: Difference[] = [];
	programs.forEach((program, index) => {
		const expected = withoutChance(native[index] ?? "(no output)");
		const found = withoutChance(ours[index] ?? "(no output)");
		if (expected !== found) differences.push({ ...program, native: expected, ours: found });
	});
	return differences;
}

/** Addresses, and the line of a batch that a process ended at, are no difference. */
function withoutChance(output: string): string {
	return output
		.replaceAll(/\b(table|function|userdata|thread): 0x[0-9a-f]+/g, "$1: 0x")
		.replaceAll(/^\tprograms\.lua:\d+:/gm, "\tprograms.lua:");
}

/**
 * What each program printed. After one that ended the process, the rest run in another one. When the time was
 * not enough, those before the one that it ended in run again, and that one alone: a machine can be busy.
 */
export function runBatch(engine: Engine, programs: readonly Program[]): string[] {
	const outputs: string[] = [];
	let most = programs.length;
	while (outputs.length < programs.length) {
		const rest = programs.slice(outputs.length, outputs.length + most);
		const { stdout, ending, begun, timedOut } = runProcess(engine, rest);
		if (timedOut && rest.length > 1) {
			most = Math.max(begun - 1, 1);
			continue;
		}
		most = programs.length;
		const blocks = timedOut ? ["(no end)"] : stdout.split(/^== \d+\n/m).slice(1);
		if (!timedOut && (blocks.length < rest.length || ending !== "")) {
			const last = blocks.length === 0 ? 0 : blocks.length - 1;
			blocks[last] = `${blocks[last] ?? ""}(the process ended: ${ending})`;
		}
		outputs.push(...blocks);
	}
	return outputs;
}

interface BatchRun {
	readonly stdout: string;
	/** How the process ended, or nothing. */
	readonly ending: string;
	/** How many programs have begun. */
	readonly begun: number;
	readonly timedOut: boolean;
}

function runProcess(engine: Engine, programs: readonly Program[]): BatchRun {
	const folder = mkdtempSync(join(tmpdir(), "sf-programs-"));
	try {
		const calls = programs.map(
			({ source, plain, way }, index) =>
				`program(${index + 1}, [=====[\n${source}]=====], ${plain}, "${way}")`,
		);
		const harness = readFileSync(fromRoot("spec", "support", HARNESS), "latin1");
		writeFileSync(join(folder, HARNESS), harness, "latin1");
		writeFileSync(join(folder, "programs.lua"), `dofile("${HARNESS}")\n${calls.join("\n")}\n`, "latin1");
		const run = runCommand(engine, folder, ["programs.lua"], {
			timeoutMs: programs.length > 1 ? BATCH_TIMEOUT_MS : ALONE_TIMEOUT_MS,
			nativeMemory: NATIVE_MEMORY,
		});
		const [begun = "", ...messages] = run.stderr.split(/(?<=^|\n)(?!\.)/);
		const ending = run.status === 0 ? "" : `${run.signal ?? run.status} ${messages.join("").slice(0, 2000)}`;
		return { stdout: run.stdout, ending, begun: begun.length / 2, timedOut: run.signal === "SIGTERM" };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** What is different, without numbers and names: differences of one cause look alike here. */
export function differenceKind({ native, ours }: Difference): string {
	const expected = native.split("\n");
	const found = ours.split("\n");
	const index = expected.findIndex((line, at) => line !== found[at]);
	return `${expected[index]}|${found[index]}`
		.replaceAll(/\d+/g, "0")
		.replaceAll(/"[^"]*"/g, (text) => text.replaceAll(/'[^']*'/g, "name"));
}

// -- Shrinking ----------------------------------------------------------------

const SHRINK_BATCH = 200;
const SHRINK_MS = 40_000;

/** A smaller program that still differs: lines and then single tokens are left out while that is so. */
export function shrink(difference: Difference): Difference {
	let best = difference;
	const end = Date.now() + SHRINK_MS;
	for (;;) {
		const smaller = smallestDifferent(candidates(best.source), best, end);
		if (smaller === undefined) return best;
		best = smaller;
	}
}

function smallestDifferent(sources: Iterable<string>, from: Difference, end: number): Difference | undefined {
	const kind = differenceKind(from);
	let batch: Program[] = [];
	const test = (): Difference | undefined => {
		// A program that no longer compiles is no example.
		const found = compare(batch)
			.filter((one) => !one.native.startsWith("  syntax:") || from.native.startsWith("  syntax:"))
			.filter((one) => differenceKind(one) === kind)
			.sort((one, other) => one.source.length - other.source.length);
		batch = [];
		return found[0];
	};
	for (const source of sources) {
		if (Date.now() > end) return undefined;
		batch.push({ source, plain: from.plain, way: from.way });
		if (batch.length === SHRINK_BATCH) {
			const found = test();
			if (found !== undefined) return found;
		}
	}
	return batch.length === 0 ? undefined : test();
}

function* candidates(source: string): Iterable<string> {
	const lines = source.split("\n").filter((line) => line !== "");
	for (let size = lines.length >> 1; size >= 1; size >>= 1) {
		for (let start = 0; start < lines.length; start += size) {
			yield [...lines.slice(0, start), ...lines.slice(start + size), ""].join("\n");
		}
	}
	// Matching pairs of lines: a block's head and end without its body's place.
	for (let first = 0; first < lines.length; first++) {
		for (let second = first + 1; second < lines.length; second++) {
			if (!/^(end|until|else)/.test(lines[second] ?? "")) continue;
			yield [
				...lines.slice(0, first),
				...lines.slice(first + 1, second),
				...lines.slice(second + 1),
				"",
			].join("\n");
		}
	}
	const tokens = source.match(TOKENS) ?? [];
	const starts = tokens.flatMap((token, index) => (token.trim() === "" ? [] : [index]));
	for (const size of [8, 5, 4, 3, 2, 1]) {
		for (const start of starts) {
			if (start + size <= tokens.length)
				yield tokens
					.slice(0, start)
					.concat(tokens.slice(start + size))
					.join("");
		}
	}
	for (const start of starts) {
		for (const simple of ["nil", "1", "{}"]) {
			if (/^[\w.'"]/.test(tokens[start] ?? "") && (tokens[start] ?? "").length > simple.length) {
				yield [...tokens.slice(0, start), simple, ...tokens.slice(start + 1)].join("");
			}
		}
	}
}
