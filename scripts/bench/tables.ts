/** The results as Markdown. */
import { OURS, REFERENCE } from "./engines.ts";
import { type ProgramResult, WARM_UP } from "./programs.ts";
import { EMPTY_PROGRAM, type Results, summary } from "./results.ts";
import type { MessageResult } from "./sessions.ts";
import { geometricMean, median } from "./statistics.ts";

type Row = readonly string[];

export function markdownOf(results: Results): string {
	const parts: string[] = [];
	if (results.machine !== undefined) {
		const facts = Object.entries(results.machine).map(([name, value]) => `${name} ${value}`);
		parts.push(`Measured ${facts.join(", ")}.`);
	}
	if (results.programs !== undefined) parts.push(...programTables(results.programs));
	if (results.sessions !== undefined) parts.push(...sessionTables(results));
	if (results.messages !== undefined) parts.push(...messageTable(results.messages));
	if (results.growth !== undefined) {
		parts.push(
			"### Growth\n\nThe exponent k of cost ~ n^k (CPU time at n, 2n, 4n, to 32n; for messages to 8n), and milliseconds at the largest.",
			table(
				["what", "n", "native", "ours", "native, largest", "ours, largest"],
				results.growth.map(({ name, size, native, ours, nativeLargest, oursLargest }) => [
					name,
					String(size),
					native.toFixed(2),
					ours.toFixed(2) + (ours > native + 0.1 ? " (!)" : ""),
					milliseconds(nativeLargest),
					milliseconds(oursLargest),
				]),
			),
		);
	}
	if (results.memory !== undefined) {
		parts.push(
			"### Memory of sessions\n\nResident memory in MB: what the data adds to an empty session.",
			table(
				["data", "native", "ours", "ratio", "empty: native", "empty: ours"],
				results.memory.map(({ name, native, ours, ratio: times, nativeEmpty, oursEmpty }) => [
					name,
					megabytes(native),
					megabytes(ours),
					ratio(times),
					megabytes(nativeEmpty),
					megabytes(oursEmpty),
				]),
				`geometric mean | | | ${ratio(geometricMean(results.memory.map((row) => row.ratio)))} | |`,
			),
		);
	}
	return `${parts.join("\n\n")}\n`;
}

// -- Programs -------------------------------------------------------------------

function programTables(results: readonly ProgramResult[]): string[] {
	const engines = [...new Set(results.map(({ engine }) => engine))];
	const programs = [...new Set(results.map(({ program }) => program))].filter(
		(name) => name !== EMPTY_PROGRAM,
	);
	const find = (program: string, engine: string): ProgramResult | undefined =>
		results.find((result) => result.program === program && result.engine === engine);
	const others = engines.filter((engine) => engine !== REFERENCE);

	const both = (found: { mean: number; worst: number; program: string }): string =>
		`${ratio(found.mean)} (${ratio(found.worst)} ${found.program})`;
	const summaries = others.map((engine) => [
		engine,
		both(summary(results, engine, ({ figures }) => figures.warm.cpuRatio)),
		both(summary(results, engine, ({ figures }) => figures.first.cpuRatio)),
		both(summary(results, engine, ({ figures }) => figures.fresh.cpuRatio)),
		ratio(summary(results, engine, ({ figures }) => figures.warm.wallRatio).mean),
		ratio(summary(results, engine, ({ figures }) => figures.first.wallRatio).mean),
		ratio(summary(results, engine, ({ figures }) => figures.fresh.wallRatio).mean),
		ratio(summary(results, engine, ({ peakRatio }) => peakRatio).mean),
	]);

	const perProgram = (
		title: string,
		of: (result: ProgramResult) => number,
		native: (r: ProgramResult) => string,
	) => {
		const rows = programs.map((program) => {
			const reference = find(program, REFERENCE);
			const cells = others.map((engine) => {
				const result = find(program, engine);
				if (result === undefined) return "";
				return ratio(of(result)) + (result.note === "" ? "" : " *");
			});
			return [program, reference === undefined ? "" : native(reference), ...cells];
		});
		const means = others.map((engine) => ratio(summary(results, engine, of).mean));
		return [
			`#### ${title}`,
			table(["program", REFERENCE, ...others], rows, `geometric mean | | ${means.join(" | ")}`),
		];
	};

	const starts = engines.flatMap((engine) => {
		const result = find(EMPTY_PROGRAM, engine);
		if (result === undefined) return [];
		const { cpu, wall } = result.figures.fresh;
		return [[engine, milliseconds(cpu), milliseconds(wall), megabytes(result.peak)]];
	});
	const notes = results.filter(({ note }) => note !== "").map(({ program, note }) => `${program}: ${note}`);
	return [
		`### Programs\n\nRatios to ${REFERENCE} (smaller is faster): geometric means of ${programs.length} programs, and the worst. Warm is after ${WARM_UP} seconds of CPU time.`,
		table(
			[
				"",
				"warm, CPU",
				"first run, CPU",
				"whole process, CPU",
				"warm, wall",
				"first, wall",
				"whole, wall",
				"peak memory",
			],
			summaries,
		),
		...perProgram(
			"Warm, CPU",
			({ figures }) => figures.warm.cpuRatio,
			(r) => milliseconds(r.figures.warm.cpu),
		),
		...perProgram(
			"First run, CPU",
			({ figures }) => figures.first.cpuRatio,
			(r) => milliseconds(r.figures.first.cpu),
		),
		...perProgram(
			"Whole process, CPU",
			({ figures }) => figures.fresh.cpuRatio,
			(r) => milliseconds(r.figures.fresh.cpu),
		),
		...perProgram(
			"Peak memory after the first run",
			({ peakRatio }) => peakRatio,
			(r) => megabytes(r.peak),
		),
		...(notes.length === 0
			? []
			: [`\\* left out of the means:\n${notes.map((note) => `- ${note}`).join("\n")}`]),
		"#### A process that does nothing",
		table(["", "CPU", "wall", "peak memory"], starts),
	];
}

// -- Sessions -------------------------------------------------------------------

function sessionTables({ sessions = [], nodeStart }: Results): string[] {
	const rows = sessions.map(({ name, messages, bytes, native, ours, first, warm, note }) => [
		name + (note === "" ? "" : " *"),
		String(messages),
		kilobytes(bytes),
		milliseconds(native.wall),
		milliseconds(ours.wall),
		ratio(ours.wall / native.wall),
		milliseconds(first.wall),
		ratio(first.wall / native.wall),
		milliseconds(warm.wall),
		ratio(warm.wall / native.wall),
		milliseconds(native.cpu),
		milliseconds(ours.cpu),
		milliseconds(warm.cpu),
	]);
	const mean = (kind: "ours" | "first" | "warm"): string =>
		ratio(geometricMean(sessions.map((session) => session[kind].wall / session.native.wall)));
	const parts = [
		"### Sessions\n\nPages of the fixture wiki, played from recordings: milliseconds from the start of the process to " +
			"the last answer, the host's own time left out; CPU is the peer's. Ours finds the modules that an earlier session has " +
			"compiled, `first` does not. A warm peer has served sessions before.",
		table(
			[
				...["session", "messages", "kB", "native", "ours", "ratio", "first", "ratio", "warm", "ratio"],
				...["native CPU", "ours CPU", "warm CPU"],
			],
			rows,
			`geometric mean | | | | | ${mean("ours")} | | ${mean("first")} | | ${mean("warm")} | | | `,
		),
	];
	if (nodeStart !== undefined) {
		const over = median(sessions.map(({ ours }) => ours.wall - nodeStart.wall));
		parts.push(
			`Starting Node with an empty script takes ${milliseconds(nodeStart.wall)} ms (CPU ${milliseconds(nodeStart.cpu)}); ` +
				`our median session takes ${milliseconds(over)} ms more.`,
		);
	}
	const notes = sessions.filter(({ note }) => note !== "").map(({ name, note }) => `- ${name}: ${note}`);
	if (notes.length > 0) parts.push(`\\* took another course than the recording:\n${notes.join("\n")}`);
	return parts;
}

function messageTable(messages: readonly MessageResult[]): string[] {
	const rate = (size: number, seconds: number): string =>
		size === 0 ? "" : (size / 1e6 / seconds).toFixed(0);
	return [
		"### Messages\n\nOne request and its answer, in microseconds; large values in MB/s too.",
		table(
			["message", "native", "ours", "ratio", "native CPU", "ours CPU", "ratio", "native MB/s", "ours MB/s"],
			messages.map(({ name, size, native, ours, cpuRatio, wallRatio }) => [
				name,
				microseconds(native.wall),
				microseconds(ours.wall),
				ratio(wallRatio),
				microseconds(native.cpu),
				microseconds(ours.cpu),
				ratio(cpuRatio),
				rate(size, native.wall),
				rate(size, ours.wall),
			]),
		),
	];
}

// -- Cells ----------------------------------------------------------------------

function table(head: Row, rows: readonly Row[], last?: string): string {
	const lines = [head, head.map((_, index) => (index === 0 ? "---" : "---:")), ...rows].map(
		(row) => `| ${row.join(" | ")} |`,
	);
	if (last !== undefined) lines.push(`| ${last} |`);
	return lines.join("\n");
}

const ratio = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : "-");
const milliseconds = (seconds: number): string => (seconds * 1e3).toFixed(1);
const microseconds = (seconds: number): string => (seconds * 1e6).toFixed(seconds < 1e-3 ? 1 : 0);
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const kilobytes = (bytes: number): string => (bytes / 1e3).toFixed(0);

/** For the lines that are printed while the run goes on. */
export function progressOf(results: readonly ProgramResult[]): string {
	const ours = results.find(({ engine }) => engine === OURS);
	if (ours === undefined) return "";
	const { warm, first, fresh } = ours.figures;
	return (
		`${ours.program}: warm ${ratio(warm.cpuRatio)}, first ${ratio(first.cpuRatio)}, ` +
		`fresh ${ratio(fresh.cpuRatio)}, memory ${ratio(ours.peakRatio)}${ours.note === "" ? "" : ` (${ours.note})`}`
	);
}
