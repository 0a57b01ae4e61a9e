/** Table 4: the resident memory of a session that holds Lua data, over that of the same session without. */
import { type PeerCommand, PeerProcess } from "../../src/replay/peer-process.ts";
import { memoryOf } from "./resident.ts";
import { median } from "./statistics.ts";

export interface MemoryResult {
	readonly name: string;
	/** Bytes of an empty session. */
	readonly nativeEmpty: number;
	readonly oursEmpty: number;
	/** Bytes that the data adds. */
	readonly native: number;
	readonly ours: number;
	readonly ratio: number;
}

const DATA: readonly (readonly [name: string, chunk: string])[] = [
	["200,000 strings of 40 bytes", "kept = {} for i = 1, 200000 do kept[i] = ('%040d'):format(i) end"],
	[
		"200,000 records of 4 fields",
		"kept = {} for i = 1, 200000 do kept[i] = { id = i, name = 'x', size = i / 2, isOpen = true } end",
	],
	[
		"2,000 arrays of 1,000 numbers",
		"kept = {} for i = 1, 2000 do local t = {} for j = 1, 1000 do t[j] = j + 0.5 end kept[i] = t end",
	],
	["dictionary of 200,000 entries", "kept = {} for i = 1, 200000 do kept['key' .. i] = i end"],
	["100,000 closures", "kept = {} for i = 1, 100000 do kept[i] = function() return i end end"],
	["1,000,000 empty tables", "kept = {} for i = 1, 1000000 do kept[i] = {} end"],
];

export async function measureMemory(
	native: PeerCommand,
	ours: PeerCommand,
	rounds: number,
): Promise<MemoryResult[]> {
	const results: MemoryResult[] = [];
	for (const [name, chunk] of DATA) {
		const figures = { native: [] as [number, number][], ours: [] as [number, number][] };
		for (let round = 0; round < rounds; round++) {
			for (const [kind, command] of [
				["native", native],
				["ours", ours],
			] as const) {
				const peer = new PeerProcess(command);
				evaluate(peer, "kept = {} for i = 1, 100 do kept[i] = { i } end");
				const empty = memoryOf(peer.pid!, "VmRSS");
				evaluate(peer, chunk);
				evaluate(peer, "return type(kept)");
				figures[kind].push([empty, memoryOf(peer.pid!, "VmRSS") - empty]);
				await peer.terminate();
			}
		}
		const empties = (kind: "native" | "ours"): number => median(figures[kind].map(([empty]) => empty));
		const added = (kind: "native" | "ours"): number => median(figures[kind].map(([, data]) => data));
		results.push({
			name,
			nativeEmpty: empties("native"),
			oursEmpty: empties("ours"),
			native: added("native"),
			ours: added("ours"),
			ratio: added("ours") / added("native"),
		});
	}
	return results;
}

function evaluate(peer: PeerProcess, text: string): void {
	const load = `{["op"]="loadString",["text"]="${text}",["chunkName"]="=memory"}`;
	const id = /i:1;i:(\d+);/.exec(peer.exchange(Buffer.from(load)).toString("latin1"))?.[1];
	const answer = peer.exchange(Buffer.from(`{["op"]="call",["id"]=${id},["nargs"]=0,["args"]={}}`));
	if (answer.includes('"error"')) throw new Error(answer.toString("latin1", 0, 300));
}
