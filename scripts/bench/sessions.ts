/**
 * Table 2: whole Scribunto sessions, played from recordings: by native lua5.1 with Scribunto's server, by
 * bin/lua with the compiled modules that an earlier session has left and without any, and by a process of ours that
 * has served sessions before. Time is what the host waits: from the
 * start of the process to the last answer, without the host's own work. Then single messages.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerCommand, PeerProcess } from "../../src/replay/peer-process.ts";
import { play } from "../../src/replay/player.ts";
import type { Recording } from "./record.ts";
import { type Cost, clockSeconds, cpuSeconds } from "./resident.ts";
import { median } from "./statistics.ts";

export interface SessionPeers {
	readonly native: PeerCommand;
	readonly ours: PeerCommand;
	/** Serves many sessions in one process. */
	readonly warm: PeerCommand;
}

export interface SessionResult {
	readonly name: string;
	readonly messages: number;
	readonly bytes: number;
	/** Medians, in seconds. */
	readonly native: Cost;
	readonly ours: Cost;
	/** Without compiled modules. */
	readonly first: Cost;
	readonly warm: Cost;
	/** Answers that differ from the recorded ones, getStatus's apart; of ours. */
	readonly note: string;
}

const QUIT = Buffer.from('{["op"]="quit"}');

/** One session of each first module; sessions that render nothing but the source of a module say little. */
export function chooseSessions(recordings: readonly Recording[], wanted: readonly string[]): Recording[] {
	const renders = recordings.filter(
		({ name, transcript }) =>
			!/ \d+$/.test(name) &&
			(transcript.entries.length > SHORTEST || name === "Yesno") &&
			!name.includes("/"),
	);
	return wanted.length === 0 ? renders : renders.filter(({ name }) => wanted.includes(name));
}

/** The messages of a session that only validates a module. */
const SHORTEST = 210;

export async function measureSessions(
	recordings: readonly Recording[],
	peers: SessionPeers,
	rounds: number,
	onResult: (result: SessionResult) => void,
): Promise<SessionResult[]> {
	const results: SessionResult[] = [];
	const warm = new PeerProcess(peers.warm);
	const folder = mkdtempSync(join(tmpdir(), "bench-code-"));
	const fresh = {
		native: peers.native,
		ours: { ...peers.ours, env: { ...process.env, SCRIBUNTO_LUA_CACHE: folder } },
		first: { ...peers.ours, env: { ...process.env, SCRIBUNTO_LUA_CACHE: "off" } },
	};
	// Three sessions make a peer warm; what they cost is not shown.
	for (const { transcript } of recordings.slice(0, 3)) playSession(transcript.entries, warm, true);
	for (const { name, transcript } of recordings) {
		const { entries } = transcript;
		const costs: Record<"native" | "ours" | "first" | "warm", Cost[]> = {
			native: [],
			ours: [],
			first: [],
			warm: [],
		};
		let note = "";
		const count = entries.length > LONG_SESSION ? Math.min(rounds, 2) : rounds;
		const filling = new PeerProcess(fresh.ours);
		playSession(entries, filling, false);
		await filling.terminate();
		for (let round = 0; round < count; round++) {
			for (const kind of ["native", "ours", "first"] as const) {
				const peer = new PeerProcess(fresh[kind]);
				const played = playSession(entries, peer, false);
				costs[kind].push(played.cost);
				if (kind === "ours") note = played.note;
				await peer.terminate();
			}
			costs.warm.push(playSession(entries, warm, true).cost);
		}
		const result: SessionResult = {
			name,
			messages: entries.length,
			bytes: entries.reduce((sum, { body }) => sum + body.length, 0),
			native: medianCost(costs.native),
			ours: medianCost(costs.ours),
			first: medianCost(costs.first),
			warm: medianCost(costs.warm),
			note,
		};
		results.push(result);
		onResult(result);
	}
	await warm.terminate();
	rmSync(folder, { recursive: true, force: true });
	return results;
}

const LONG_SESSION = 10_000;

function playSession(
	entries: Recording["transcript"]["entries"],
	peer: PeerProcess,
	isWarm: boolean,
): { cost: Cost; note: string } {
	const before = isWarm ? cpuSeconds(peer.pid!) : 0;
	const start = isWarm ? process.hrtime.bigint() : peer.startedAt;
	const startUp = Number(process.hrtime.bigint() - start) / 1e9;
	const playback = play(entries, peer);
	const waited = playback.waits.reduce((sum, microseconds) => sum + microseconds, 0) / 1e6;
	const cost = { cpu: cpuSeconds(peer.pid!) - before, wall: startUp + waited };
	if (isWarm) peer.send(QUIT);
	if (playback.isComplete) return { cost, note: "" };
	const last = playback.divergences.at(-1)!;
	return {
		cost,
		note: `another answer to message ${last.exchange}: ${last.actual.toString("latin1", 0, 200)}`,
	};
}

function medianCost(costs: readonly Cost[]): Cost {
	return { cpu: median(costs.map(({ cpu }) => cpu)), wall: median(costs.map(({ wall }) => wall)) };
}

// -- What Node alone costs ------------------------------------------------------

/** Seconds from the start of Node to the first byte that an empty script writes. */
export function measureNodeStart(rounds: number): Cost {
	const folder = mkdtempSync(join(tmpdir(), "bench-node-"));
	try {
		const script = join(folder, "first-byte.cjs");
		writeFileSync(
			script,
			'require("node:fs").writeSync(1, "0000000100000001x"); setInterval(() => {}, 1e6);',
		);
		const costs: Cost[] = [];
		for (let round = 0; round < rounds; round++) {
			const command = { mainFile: script, includes: "", interpreterId: 0, intSize: 8 } as const;
			const node = new PeerProcess({ ...command, lua: process.execPath });
			node.receive();
			const wall = Number(process.hrtime.bigint() - node.startedAt) / 1e9;
			costs.push({ cpu: cpuSeconds(node.pid!), wall });
			void node.terminate();
		}
		return medianCost(costs);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

// -- Single messages --------------------------------------------------------------

export interface MessageResult {
	readonly name: string;
	/** Bytes of the value that is carried; 0 for small messages. */
	readonly size: number;
	/** Seconds per message, medians. */
	readonly native: Cost;
	readonly ours: Cost;
	readonly cpuRatio: number;
	readonly wallRatio: number;
}

interface MessageTest {
	readonly name: string;
	readonly size: number;
	readonly repeats: number;
	readonly chunk: string;
	readonly request: Buffer;
	/** What the host answers when the peer calls. */
	readonly reply?: Buffer;
}

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const quoted = (text: string): string =>
	`"${text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r")}"`;
const callOf = (args: readonly string[]): Buffer =>
	bytes(
		`{["op"]="call",["id"]=%,["nargs"]=${args.length},["args"]={${args.map((arg, i) => `[${i + 1}]=${arg}`)}}}`,
	);

const LINE = '{| class="wikitable" style="x"\n| a cell || \\another| text of a page, as it comes.\n';

function textOf(size: number): string {
	return LINE.repeat(Math.ceil(size / LINE.length)).slice(0, size);
}

function messageTests(): MessageTest[] {
	const tests: MessageTest[] = [
		{ name: "getStatus", size: 0, repeats: 2000, chunk: "return", request: bytes('{["op"]="getStatus"}') },
		{ name: "call of a function", size: 0, repeats: 2000, chunk: "return ...", request: callOf(["5"]) },
		{
			name: "calls by Lua",
			size: 0,
			repeats: 2,
			chunk: "for i = 1, 1000 do bench.f(i, 'x') end",
			request: callOf([]),
			reply: bytes('{["op"]="return",["nvalues"]=1,["values"]={[1]="result"}}'),
		},
		{
			name: "record of 20 fields, both ways",
			size: 0,
			repeats: 1000,
			chunk: "return ...",
			request: callOf([`{${Array.from({ length: 20 }, (_, i) => `["field${i}"]="value ${i}"`)}}`]),
		},
	];
	for (const [size, repeats] of [
		[1e3, 1000],
		[1e5, 60],
		[1e7, 2],
	] as const) {
		const shown = size === 1e3 ? "1 kB" : size === 1e5 ? "100 kB" : "10 MB";
		const text = quoted(textOf(size));
		const chunk = `local text = (${quoted(LINE)}):rep(${Math.ceil(size / LINE.length)}):sub(1, ${size}) return function() return text end`;
		tests.push(
			{ name: `${shown} to Lua`, size, repeats, chunk: "return #...", request: callOf([text]) },
			{ name: `${shown} from Lua`, size, repeats, chunk, request: callOf([]) },
		);
	}
	return tests;
}

class MessagePeer {
	readonly peer: PeerProcess;
	readonly #requests = new Map<MessageTest, Buffer>();

	constructor(command: PeerCommand) {
		this.peer = new PeerProcess(command);
		this.peer.exchange(
			bytes('{["op"]="registerLibrary",["name"]="bench",["functions"]={["f"]="bench-f-1"}}'),
		);
	}

	prepare(test: MessageTest): void {
		const load = `{["op"]="loadString",["text"]=${quoted(test.chunk)},["chunkName"]="=bench"}`;
		let id = idOf(this.peer.exchange(bytes(load)));
		if (test.chunk.includes("return function")) id = idOf(this.peer.exchange(this.#numbered(callOf([]), id)));
		this.#requests.set(test, this.#numbered(test.request, id));
	}

	#numbered(request: Buffer, id: number): Buffer {
		const at = request.indexOf("%");
		if (at < 0) return request;
		return Buffer.concat([request.subarray(0, at), bytes(String(id)), request.subarray(at + 1)]);
	}

	/** What one message costs, on the average of the test's repetitions. */
	run(test: MessageTest): Cost {
		const request = this.#requests.get(test)!;
		const before = cpuSeconds(this.peer.pid!);
		const start = clockSeconds();
		let count = 0;
		for (let repeat = 0; repeat < test.repeats; repeat++) {
			let answer = this.peer.exchange(request);
			count++;
			while (test.reply !== undefined && answer.includes('s:4:"call"')) {
				answer = this.peer.exchange(test.reply);
				count++;
			}
		}
		const wall = clockSeconds() - start;
		return { cpu: (cpuSeconds(this.peer.pid!) - before) / count, wall: wall / count };
	}
}

function idOf(answer: Buffer): number {
	const text = answer.toString("latin1");
	return Number(/"id";i:(\d+);/.exec(text)?.[1] ?? /i:1;i:(\d+);/.exec(text)?.[1]);
}

export async function measureMessages(
	{ native, ours }: SessionPeers,
	rounds: number,
): Promise<MessageResult[]> {
	const results: MessageResult[] = [];
	const peers = { native: new MessagePeer(native), ours: new MessagePeer(ours) };
	for (const test of messageTests()) {
		const costs: Record<"native" | "ours", Cost[]> = { native: [], ours: [] };
		for (const kind of ["native", "ours"] as const) {
			peers[kind].prepare(test);
			peers[kind].run(test);
		}
		for (let round = 0; round < rounds; round++) {
			for (const kind of ["native", "ours"] as const) costs[kind].push(peers[kind].run(test));
		}
		const ratio = (field: keyof Cost): number =>
			median(costs.ours.map((cost, round) => cost[field] / costs.native[round]![field]));
		results.push({
			name: test.name,
			size: test.size,
			native: medianCost(costs.native),
			ours: medianCost(costs.ours),
			cpuRatio: ratio("cpu"),
			wallRatio: ratio("wall"),
		});
	}
	await Promise.all([peers.native.peer.terminate(), peers.ours.peer.terminate()]);
	return results;
}
