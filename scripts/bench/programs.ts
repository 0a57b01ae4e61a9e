/**
 * Table 1: the programs of fixtures/bench in each engine. A sample starts a process of each engine in turn,
 * has it run the program a first time and reads its peak of memory. The processes of the last sample then
 * stay for the warm rounds: one run each in turn. Whole processes come last. A ratio is always taken between
 * runs next to each other in time; the table has medians of these.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type Engine, REFERENCE } from "./engines.ts";
import { type Cost, DriverError, Resident, runWhole } from "./resident.ts";
import { median } from "./statistics.ts";

/** Seconds of CPU time that a program runs before it counts as warm. */
export const WARM_UP = 2;

export const MEASURES = ["warm", "first", "fresh"] as const;
export type Measure = (typeof MEASURES)[number];

export interface Figure {
	/** Medians, in seconds. */
	readonly cpu: number;
	readonly wall: number;
	/** Medians of ratios to the reference. */
	readonly cpuRatio: number;
	readonly wallRatio: number;
}

export interface ProgramResult {
	readonly program: string;
	readonly engine: string;
	readonly figures: Readonly<Record<Measure, Figure>>;
	/** Bytes, after the first run. */
	readonly peak: number;
	readonly peakRatio: number;
	/** Why there are no figures, or what is wrong with them. */
	readonly note: string;
}

export interface ProgramSettings {
	readonly samples: number;
	readonly rounds: number;
	/** Seconds of runs before the warm rounds. */
	readonly warmUp: number;
}

export function programsOf(root: string): string[] {
	const folder = join(root, "fixtures", "bench");
	return readdirSync(folder)
		.filter((file) => file.endsWith(".lua"))
		.map((file) => join(folder, file))
		.sort();
}

class Samples {
	readonly costs: Record<Measure, (Cost | undefined)[]> = { warm: [], first: [], fresh: [] };
	readonly peaks: number[] = [];
	checksum = "";
	note = "";
}

export async function measureProgram(
	path: string,
	engines: readonly Engine[],
	settings: ProgramSettings,
): Promise<ProgramResult[]> {
	const samples = new Map(engines.map((engine) => [engine, new Samples()] as const));
	const attempt = (engine: Engine, sample: Samples, work: () => void): void => {
		if (sample.note !== "") return;
		try {
			work();
		} catch (error) {
			if (!(error instanceof DriverError)) throw error;
			sample.note = `${engine.name}: ${error.message}`;
		}
	};

	const residents = new Map<Engine, Resident>();
	for (let round = 0; round < settings.samples; round++) {
		for (const [engine, sample] of samples) {
			if (engine.isSlow && round >= 2) continue;
			attempt(engine, sample, () => {
				const resident = new Resident(engine.command, engine.driver);
				const before = residents.get(engine);
				residents.set(engine, resident);
				if (before !== undefined) void before.end();
				const { answer, cost } = resident.ask(`load ${path}`);
				sample.costs.first[round] = cost;
				sample.checksum = answer;
				sample.peaks.push(resident.memory("VmHWM"));
			});
		}
	}

	for (const [engine, sample] of samples) {
		attempt(engine, sample, () => {
			let spent = 0;
			do spent += residents.get(engine)!.ask("run 1").cost.cpu;
			while (spent < settings.warmUp);
		});
	}
	for (let round = 0; round < settings.rounds; round++) {
		for (const [engine, sample] of samples) {
			if (engine.isSlow && round >= 3) continue;
			attempt(engine, sample, () => {
				const { answer, cost } = residents.get(engine)!.ask("run 1");
				sample.costs.warm[round] = cost;
				if (answer !== sample.checksum) throw new DriverError(`${answer} after ${sample.checksum}`);
			});
		}
	}
	await Promise.all([...residents.values()].map((resident) => resident.end()));

	for (let round = 0; round < settings.samples; round++) {
		for (const [engine, sample] of samples) {
			if (engine.isSlow && round >= 2) continue;
			attempt(engine, sample, () => {
				sample.costs.fresh[round] = runWhole(engine.command, [...engine.driver, path]).cost;
			});
		}
	}

	const reference = samples.get(engines.find(({ name }) => name === REFERENCE)!)!;
	return [...samples].map(([engine, sample]) => {
		const isWrong = sample.note === "" && sample.checksum !== reference.checksum;
		const peak = median(sample.peaks);
		return {
			program: basename(path, ".lua"),
			engine: engine.name,
			figures: {
				warm: figure(sample.costs.warm, reference.costs.warm),
				first: figure(sample.costs.first, reference.costs.first),
				fresh: figure(sample.costs.fresh, reference.costs.fresh),
			},
			peak,
			peakRatio: peak / median(reference.peaks),
			note: isWrong ? `${engine.name}: ${sample.checksum}, not ${reference.checksum}` : sample.note,
		};
	});
}

function figure(costs: readonly (Cost | undefined)[], reference: readonly (Cost | undefined)[]): Figure {
	const paired = costs.flatMap((cost, round) => {
		const other = reference[round];
		return cost === undefined || other === undefined ? [] : [[cost, other] as const];
	});
	return {
		cpu: median(paired.map(([cost]) => cost.cpu)),
		wall: median(paired.map(([cost]) => cost.wall)),
		cpuRatio: median(paired.map(([cost, other]) => cost.cpu / other.cpu)),
		wallRatio: median(paired.map(([cost, other]) => cost.wall / other.wall)),
	};
}
