// Profiles as text: collapsed stacks for flame graph tools, a table for people, coverage as lcov.

import { type Chunk, type Frame, type FrameTable, labelOf } from "./frames.ts";
import { type StackTree, totalTimes } from "./stack-tree.ts";

/** Rows of the table's second part. */
const HOT_LINES = 25;

// -- Collapsed stacks ----------------------------------------------------------------------------

/** A line for each stack, outermost function first: `a;b;c 120`, in microseconds. */
export function collapsedStacks(tree: StackTree): string {
	let text = "";
	tree.eachStack((stack, { self }) => {
		const time = Math.round(self);
		if (time > 0)
			text += `${stack.map(({ frame }) => labelOf(frame).replaceAll(";", ",")).join(";")} ${time}\n`;
	});
	return text;
}

// -- The table -----------------------------------------------------------------------------------

/** Functions by their own time, as LuaSandbox reports them, with total time and calls; then lines. */
export function profileTable(frames: FrameTable, tree: StackTree): string {
	const totals = totalTimes(tree);
	const called = frames.frames.filter(({ calls }) => calls > 0).sort((a, b) => b.self - a.self);
	const all = called.reduce((sum, { self }) => sum + self, 0);
	const rows = called.map((frame) => [
		percent(frame.self, all),
		milliseconds(frame.self),
		milliseconds(totals.get(frame) ?? 0),
		String(frame.calls),
		labelOf(frame),
	]);
	const lines = hotLines(frames.chunks).map(({ chunk, line, time }) => [
		percent(time, all),
		milliseconds(time),
		String(chunk.hits[line]),
		`${chunk.title}:${line}`,
	]);
	return (
		`Time in Lua and in what it calls: ${milliseconds(all)} ms\n\n` +
		aligned([["own %", "own ms", "total ms", "calls", "function"], ...rows]) +
		"\n" +
		aligned([["own %", "own ms", "times", "line"], ...lines])
	);
}

function hotLines(chunks: readonly Chunk[]): { chunk: Chunk; line: number; time: number }[] {
	return chunks
		.flatMap((chunk) => chunk.lines.map((line) => ({ chunk, line, time: chunk.times[line] ?? 0 })))
		.filter(({ time }) => time > 0)
		.sort((a, b) => b.time - a.time)
		.slice(0, HOT_LINES);
}

function percent(part: number, all: number): string {
	return (all === 0 ? 0 : (100 * part) / all).toFixed(1);
}

function milliseconds(microseconds: number): string {
	return (microseconds / 1000).toFixed(3);
}

/** Columns of numbers to the right, the last one as it is. */
function aligned(rows: readonly (readonly string[])[]): string {
	const widths: number[] = [];
	for (const row of rows) {
		row.forEach((cell, column) => {
			widths[column] = Math.max(widths[column] ?? 0, cell.length);
		});
	}
	return rows
		.map((row) => {
			const last = row.length - 1;
			const cells = row.map((cell, column) => (column === last ? cell : cell.padStart(widths[column] ?? 0)));
			return `${cells.join("  ")}\n`;
		})
		.join("");
}

// -- Coverage ------------------------------------------------------------------------------------

/** lcov's tracefile (geninfo(1)). `fileOf` names a chunk's file; undefined leaves the chunk out. */
export function coverage(
	chunks: readonly Chunk[],
	fileOf: (chunkName: string) => string | undefined,
): string {
	let text = "";
	for (const chunk of chunks) {
		const file = fileOf(chunk.chunkName);
		if (file !== undefined) text += record(chunk, file);
	}
	return text;
}

function record({ functions, lines, hits }: Chunk, file: string): string {
	const named = namedFunctions(functions);
	const reached = lines.filter((line) => (hits[line] ?? 0) > 0);
	const parts = [
		"TN:",
		`SF:${file.replace(/[\r\n]/g, "?")}`,
		...named.map(([name, { line }]) => `FN:${line},${name}`),
		...named.map(([name, { calls }]) => `FNDA:${calls},${name}`),
		`FNF:${named.length}`,
		`FNH:${named.filter(([, { calls }]) => calls > 0).length}`,
		...lines.map((line) => `DA:${line},${hits[line] ?? 0}`),
		`LF:${lines.length}`,
		`LH:${reached.length}`,
		"end_of_record",
	];
	return `${parts.join("\n")}\n`;
}

/** Functions with names that are each there once, the main chunk left out. */
function namedFunctions(functions: readonly Frame[]): [string, Frame][] {
	const counts = new Map<string, number>();
	return functions
		.filter(({ line }) => line > 0)
		.map((frame) => {
			const plain = frame.name === "function" ? `function:${frame.line}` : frame.name;
			const count = (counts.get(plain) ?? 0) + 1;
			counts.set(plain, count);
			return [count === 1 ? plain : `${plain}#${count}`, frame];
		});
}
