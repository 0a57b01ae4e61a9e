/** The supervisor's view of one worker. */
import { type ChildProcess, spawn } from "node:child_process";
import { type Assignment, LineReader, type WorkerFigures, type WorkerReport } from "./assignment.ts";
import { type ProcessFacts, type ProcessIdentity, processFacts } from "./process-table.ts";
import type { Request } from "./request.ts";
import type { PoolSettings } from "./settings.ts";

/** The session that a worker serves. */
export interface Session {
	readonly request: Request;
	readonly launcher: ProcessIdentity;
	readonly begun: number;
	/** The worker's CPU time when it began. */
	readonly cpuBase: number;
	/** The worker's CPU time when it was last seen, and when it was seen to have become more. */
	cpu: number;
	activeAt: number;
	/** When the launcher, or its host, was found to be gone. */
	abandonedAt: number | undefined;
	/** The launcher has been told how it ends. */
	isTold: boolean;
}

export interface WorkerEvents {
	report(worker: WorkerProcess, report: WorkerReport): void;
	ended(worker: WorkerProcess, how: string): void;
	complain(worker: WorkerProcess, text: string): void;
}

export class WorkerProcess {
	readonly pid: number;
	readonly #child: ChildProcess;
	session: Session | undefined = undefined;
	isReady = false;
	/** It takes no more sessions. */
	isRetired = false;
	served = 0;
	idleSince = performance.now();
	figures: WorkerFigures = { cacheHits: 0, cacheMisses: 0, cacheBytes: 0, heapUsed: 0 };

	constructor(program: string, settings: PoolSettings, preload: readonly string[], events: WorkerEvents) {
		// V8's own cache of what it compiled would keep the code of past sessions for many collections.
		const flags = ["--no-compilation-cache", `--max-old-space-size=${settings.memory_cap}`];
		this.#child = spawn(
			process.execPath,
			[...process.execArgv, ...flags, program, "worker", String(settings.cache_size), ...preload],
			{ stdio: ["pipe", "pipe", "pipe"], cwd: "/" },
		);
		this.pid = this.#child.pid ?? 0;
		const lines = new LineReader<WorkerReport>();
		this.#child.stdout?.setEncoding("utf8");
		this.#child.stdout?.on("data", (text: string) => {
			for (const report of lines.take(text)) events.report(this, report);
		});
		this.#child.stderr?.setEncoding("utf8");
		this.#child.stderr?.on("data", (text: string) => events.complain(this, text));
		// A worker that has just died: its end is reported by "exit".
		this.#child.stdin?.on("error", () => undefined);
		this.#child.on("error", (error) => events.ended(this, error.message));
		// When all that it has said is read, too.
		this.#child.on("close", (status, signal) => events.ended(this, signal ?? `status ${status}`));
	}

	get isIdle(): boolean {
		return this.isReady && !this.isRetired && this.session === undefined;
	}

	/** It has not been ready yet. */
	get isStarting(): boolean {
		return !this.isReady && this.session === undefined && this.served === 0;
	}

	assign(assignment: Assignment): void {
		this.isReady = false;
		this.#child.stdin?.write(`${JSON.stringify(assignment)}\n`);
	}

	/** No more sessions: it ends when it has none. */
	retire(): void {
		this.isRetired = true;
		this.#child.stdin?.end();
	}

	kill(): void {
		this.isRetired = true;
		this.#child.kill("SIGKILL");
	}

	facts(): ProcessFacts | undefined {
		return processFacts(this.pid);
	}
}
