/** What a run of the benchmark found, as docs/performance.json keeps it, and what of it can get worse. */

import { OURS } from "./engines.ts";
import type { GrowthResult } from "./growth.ts";
import type { MemoryResult } from "./memory.ts";
import { MEASURES, type ProgramResult } from "./programs.ts";
import type { Cost } from "./resident.ts";
import type { MessageResult, SessionResult } from "./sessions.ts";
import { geometricMean } from "./statistics.ts";

export const SECTIONS = ["programs", "sessions", "messages", "growth", "memory"] as const;
export type Section = (typeof SECTIONS)[number];

export interface Results {
	/** Where and with what each section was measured. */
	machine?: Readonly<Record<string, string>>;
	programs?: readonly ProgramResult[];
	/** Starting Node with an empty script, up to its first byte. */
	nodeStart?: Cost;
	sessions?: readonly SessionResult[];
	messages?: readonly MessageResult[];
	growth?: readonly GrowthResult[];
	memory?: readonly MemoryResult[];
}

/** Not one of the programs whose means are taken: it does nothing. */
export const EMPTY_PROGRAM = "empty";

export interface Comparable {
	readonly section: Section;
	/** The program, where the section measures one by one. */
	readonly item: string;
	readonly value: number;
	/** Exponents get worse by a difference, ratios by a factor. */
	readonly isExponent: boolean;
}

const NOTICED_FACTOR = 1.15;
const NOTICED_DIFFERENCE = 0.15;

export function isWorse(now: Comparable, before: Comparable): boolean {
	if (now.isExponent) return now.value > before.value + NOTICED_DIFFERENCE;
	return now.value > before.value * NOTICED_FACTOR;
}

/** Our ratios to native by name; smaller is better. */
export function comparables(results: Results): Map<string, Comparable> {
	const found = new Map<string, Comparable>();
	const put = (section: Section, item: string, what: string, value: number, isExponent = false): void => {
		if (Number.isFinite(value)) found.set(`${section}: ${item}${what}`, { section, item, value, isExponent });
	};
	const ours = (results.programs ?? []).filter(({ engine, note }) => engine === OURS && note === "");
	for (const { program, figures, peakRatio } of ours) {
		for (const measure of MEASURES) put("programs", program, `, ${measure}`, figures[measure].cpuRatio);
		put("programs", program, ", peak memory", peakRatio);
	}
	for (const { name, native, ours: fresh, warm } of results.sessions ?? []) {
		put("sessions", name, ", fresh", fresh.wall / native.wall);
		put("sessions", name, ", warm peer", warm.wall / native.wall);
	}
	for (const { name, cpuRatio } of results.messages ?? []) put("messages", name, "", cpuRatio);
	for (const { name, ours: exponent } of results.growth ?? [])
		put("growth", name, ", exponent", exponent, true);
	for (const { name, ratio } of results.memory ?? []) put("memory", name, "", ratio);
	return found;
}

/** The geometric mean of one measure of an engine, and its worst program. */
export function summary(
	programs: readonly ProgramResult[],
	engine: string,
	ratioOf: (result: ProgramResult) => number,
): { mean: number; worst: number; program: string } {
	const results = programs.filter(
		(result) =>
			result.engine === engine &&
			result.program !== EMPTY_PROGRAM &&
			result.note === "" &&
			Number.isFinite(ratioOf(result)),
	);
	let worst = 0;
	let program = "";
	for (const result of results) {
		if (ratioOf(result) <= worst) continue;
		worst = ratioOf(result);
		program = result.program;
	}
	return { mean: geometricMean(results.map(ratioOf)), worst, program };
}
