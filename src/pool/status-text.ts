/** `lua-pool status` for people. */
import type { PoolStatus } from "./pool-status.ts";

const MEGABYTE = 1024 * 1024;

export function statusText(status: PoolStatus): string {
	const { workers } = status;
	const busy = workers.filter(({ state }) => state === "busy").length;
	const lines = [
		`pool ${status.pid} in ${status.directory}: ${status.pm}, up for ${status.uptime} s, ${megabytes(status.rss)} MB`,
		`sessions: ${status.accepted} accepted, ${status.ended} ended, ${busy} running, ${status.waiting} waiting` +
			` (at most ${status.maxWaiting}), ${status.refused} refused`,
		`limits reached: CPU time ${status.cpuLimitReached}, memory ${status.memoryLimitReached};` +
			` workers lost: ${status.workersLost}`,
		row(["worker", "state", "sessions", "CPU s", "MB", "hits", "misses", "launcher", "for s"]),
		...workers.map((worker) =>
			row([
				String(worker.pid),
				worker.state,
				String(worker.sessions),
				worker.cpu.toFixed(2),
				megabytes(worker.rss),
				String(worker.cacheHits),
				String(worker.cacheMisses),
				String(worker.launcher ?? ""),
				worker.seconds?.toFixed(1) ?? "",
			]),
		),
	];
	return `${lines.join("\n")}\n`;
}

function megabytes(bytes: number): string {
	return (bytes / MEGABYTE).toFixed(1);
}

function row(cells: readonly string[]): string {
	return cells
		.map((cell) => cell.padStart(9))
		.join(" ")
		.trimEnd();
}
