/** What `lua-pool status --json` shows. Times are seconds, sizes are bytes. */
import type { WorkerProcess } from "./worker-process.ts";

export interface WorkerStatus {
	readonly pid: number;
	readonly state: "starting" | "idle" | "busy" | "leaving";
	readonly sessions: number;
	readonly cpu: number;
	readonly rss: number;
	readonly launcher: number | undefined;
	readonly seconds: number | undefined;
	readonly cacheHits: number;
	readonly cacheMisses: number;
	readonly cacheBytes: number;
	readonly heapUsed: number;
}

export interface PoolStatus {
	readonly pid: number;
	readonly directory: string;
	readonly pm: string;
	readonly uptime: number;
	readonly rss: number;
	readonly heapUsed: number;
	readonly waiting: number;
	readonly maxWaiting: number;
	readonly accepted: number;
	readonly ended: number;
	readonly refused: number;
	readonly cpuLimitReached: number;
	readonly memoryLimitReached: number;
	readonly workersLost: number;
	readonly workers: readonly WorkerStatus[];
}

export function workerStatus(worker: WorkerProcess): WorkerStatus {
	const facts = worker.facts();
	const { session, figures } = worker;
	return {
		pid: worker.pid,
		state: stateOf(worker),
		sessions: worker.served,
		cpu: facts?.cpu ?? 0,
		rss: facts?.rss ?? 0,
		launcher: session?.request.launcher,
		seconds: session === undefined ? undefined : (performance.now() - session.begun) / 1000,
		...figures,
	};
}

function stateOf({ isRetired, session, isReady }: WorkerProcess): WorkerStatus["state"] {
	if (isRetired) return "leaving";
	if (session !== undefined) return "busy";
	return isReady ? "idle" : "starting";
}
