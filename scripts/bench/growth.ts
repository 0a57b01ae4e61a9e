/**
 * Table 3: how cost grows with size. Each program of fixtures/bench/growth runs at n, 2n, 4n ... 32n in one
 * process of each engine, and four kinds of messages in a session up to 8n; the exponent is that of the power
 * law nearest to the least CPU times seen. Large sizes come with large costs, so what is wrong by a
 * constant (a compiler that starts, a collection) matters little at the end of the line.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type PeerCommand, PeerProcess } from "../../src/replay/peer-process.ts";
import { type Engine, OURS, REFERENCE } from "./engines.ts";
import { cpuSeconds, Resident } from "./resident.ts";
import { exponent } from "./statistics.ts";

export interface GrowthResult {
	readonly name: string;
	/** The smallest size. */
	readonly size: number;
	readonly native: number;
	readonly ours: number;
	/** Seconds of CPU time at the largest size. */
	readonly nativeLargest: number;
	readonly oursLargest: number;
}

/** Over a shorter range what a collector does once or twice more decides. */
const PROGRAM_FACTORS = [1, 2, 4, 8, 16, 32];
/** Values in messages nest 200 levels. */
const SESSION_FACTORS = [1, 2, 4, 8];

/** Gives the CPU seconds of one run at a size. */
type Run = (size: number) => number;

function fit(
	run: Run,
	factors: readonly number[],
	size: number,
	rounds: number,
): { exponent: number; largest: number } {
	const least = factors.map(() => Number.POSITIVE_INFINITY);
	// Once for the compilers.
	run(size * 2);
	for (let round = 0; round < rounds; round++) {
		for (const [index, factor] of factors.entries()) {
			least[index] = Math.min(least[index]!, run(size * factor));
		}
	}
	return {
		exponent: exponent(factors.map((factor, index) => [factor, least[index]!])),
		largest: least.at(-1)!,
	};
}

export async function measureGrowth(
	root: string,
	engines: readonly Engine[],
	rounds: number,
): Promise<GrowthResult[]> {
	const folder = join(root, "fixtures", "bench", "growth");
	const results: GrowthResult[] = [];
	for (const file of readdirSync(folder).sort()) {
		const path = join(folder, file);
		const fits = [REFERENCE, OURS].map((name) => {
			const { command, driver } = engines.find((engine) => engine.name === name)!;
			const resident = new Resident(command, driver);
			const size = Number(resident.ask(`define ${path}`).answer);
			const found = fit((n) => resident.ask(`grow ${n}`, 1).cost.cpu, PROGRAM_FACTORS, size, rounds);
			return { ...found, size, ended: resident.end() };
		});
		await Promise.all(fits.map(({ ended }) => ended));
		results.push(growthResult(basename(file, ".lua"), fits[0]!, fits[1]!, fits[0]!.size));
	}
	return results;
}

interface Fit {
	readonly exponent: number;
	readonly largest: number;
}

function growthResult(name: string, native: Fit, ours: Fit, size: number): GrowthResult {
	return {
		name,
		size,
		native: native.exponent,
		ours: ours.exponent,
		nativeLargest: native.largest,
		oursLargest: ours.largest,
	};
}

// -- In sessions ------------------------------------------------------------------

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

interface SessionGrowth {
	readonly name: string;
	readonly size: number;
	run(peer: PeerProcess, size: number): void;
}

/** No two chunks are the same: a process may know those that it has compiled. */
let loaded = 0;

const SESSION_GROWTHS: readonly SessionGrowth[] = [
	{
		name: "message length",
		size: 200_000,
		run(peer, size) {
			const text = "a line of text\\n".repeat(size / 15);
			const id = load(peer, "return ...");
			peer.exchange(bytes(`{["op"]="call",["id"]=${id},["nargs"]=1,["args"]={[1]="${text}"}}`));
		},
	},
	{
		name: "values in a message",
		size: 2_000,
		run(peer, size) {
			const values = Array.from({ length: size }, (_, i) => `[${i + 1}]={["name"]="n${i}",["value"]=${i}}`);
			const id = load(peer, "return ...");
			peer.exchange(bytes(`{["op"]="call",["id"]=${id},["nargs"]=1,["args"]={[1]={${values.join(",")}}}}`));
		},
	},
	{
		name: "depth of values in a message",
		size: 20,
		run(peer, size) {
			const id = load(peer, "return ...");
			const value = `${"{[1]=".repeat(size)}1${"}".repeat(size)}`;
			for (let i = 0; i < 40; i++) {
				peer.exchange(bytes(`{["op"]="call",["id"]=${id},["nargs"]=1,["args"]={[1]=${value}}}`));
			}
		},
	},
	{
		name: "number of chunks",
		size: 250,
		run(peer, size) {
			for (let i = 0; i < size; i++) load(peer, `local x = ... return function() return x, ${loaded++} end`);
			peer.exchange(bytes('{["op"]="cleanupChunks",["ids"]={}}'));
		},
	},
];

function load(peer: PeerProcess, text: string): number {
	const answer = peer.exchange(bytes(`{["op"]="loadString",["text"]="${text}",["chunkName"]="=growth"}`));
	return Number(/i:1;i:(\d+);/.exec(answer.toString("latin1"))?.[1]);
}

export async function measureSessionGrowth(
	native: PeerCommand,
	ours: PeerCommand,
	rounds: number,
): Promise<GrowthResult[]> {
	const results: GrowthResult[] = [];
	for (const { name, size, run } of SESSION_GROWTHS) {
		const fits = [native, ours].map((command) => {
			const peer = new PeerProcess(command);
			const found = fit(
				(n) => {
					const before = cpuSeconds(peer.pid!);
					run(peer, n);
					return cpuSeconds(peer.pid!) - before;
				},
				SESSION_FACTORS,
				size,
				rounds,
			);
			return { ...found, ended: peer.terminate() };
		});
		await Promise.all(fits.map(({ ended }) => ended));
		results.push(growthResult(name, fits[0]!, fits[1]!, size));
	}
	return results;
}
