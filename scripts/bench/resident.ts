/**
 * A process that runs a driver (driver.lua or foreign.mjs) and waits for commands, and what it costs: CPU
 * time of all its threads to the nanosecond, as /proc/PID/task/.../schedstat tells, and memory.
 */
import { spawnSync } from "node:child_process";
import { closeSync, readdirSync, readFileSync, readSync, writeSync } from "node:fs";
import { type PipedProcess, startPiped } from "../../src/host/pipes.ts";

const NEWLINE = 10;

export interface Cost {
	/** Seconds of CPU time, user and system, of all threads. */
	readonly cpu: number;
	/** Seconds on the clock. */
	readonly wall: number;
}

export class DriverError extends Error {
	override readonly name = "DriverError";
}

/** Seconds of CPU time that a process has used so far. Threads that have ended are not counted. */
export function cpuSeconds(pid: number): number {
	let nanoseconds = 0;
	for (const task of readdirSync(`/proc/${pid}/task`)) {
		try {
			nanoseconds += Number.parseInt(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "latin1"), 10);
		} catch {
			// It has just ended.
		}
	}
	return nanoseconds / 1e9;
}

/** A line of /proc/PID/status, which counts in kB, in bytes. */
export function memoryOf(pid: number, field: "VmHWM" | "VmRSS"): number {
	const status = readFileSync(`/proc/${pid}/status`, "latin1");
	return Number(new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
}

export function clockSeconds(): number {
	return Number(process.hrtime.bigint()) / 1e9;
}

const sleep = new Int32Array(new SharedArrayBuffer(4));

export class Resident {
	readonly pid: number;
	readonly #process: PipedProcess;
	readonly #exited: Promise<void>;
	readonly #bytes = Buffer.alloc(64 * 1024);
	#pending = "";
	#cpu = 0;

	constructor(command: string, args: readonly string[]) {
		this.#process = startPiped(command, args, "inherit");
		const { child } = this.#process;
		if (child.pid === undefined) throw new DriverError(`cannot start ${command}`);
		this.pid = child.pid;
		this.#exited = new Promise((resolve) => child.once("exit", () => resolve()));
		if (this.#readLine() !== "ready") throw new DriverError(`${command} does not get ready`);
	}

	/**
	 * The answer to a command and what it cost, with what was still going on from the command before. The system
	 * knows all that a thread has used when it has gone to sleep, which `pause` milliseconds give it time for.
	 */
	ask(command: string, pause = 0): { answer: string; cost: Cost } {
		const start = clockSeconds();
		if (this.#cpu === 0) this.#cpu = cpuSeconds(this.pid);
		writeSync(this.#process.writeFd, `${command}\n`);
		const line = this.#readLine();
		const wall = clockSeconds() - start;
		const before = this.#cpu;
		if (pause > 0) Atomics.wait(sleep, 0, 0, pause);
		this.#cpu = cpuSeconds(this.pid);
		if (!line.startsWith("ok ")) throw new DriverError(`${command}: ${line}`);
		return { answer: line.slice("ok ".length), cost: { cpu: this.#cpu - before, wall } };
	}

	memory(field: "VmHWM" | "VmRSS"): number {
		return memoryOf(this.pid, field);
	}

	end(): Promise<void> {
		closeSync(this.#process.writeFd);
		closeSync(this.#process.readFd);
		this.#process.child.kill("SIGKILL");
		return this.#exited;
	}

	#readLine(): string {
		for (;;) {
			const end = this.#pending.indexOf(String.fromCharCode(NEWLINE));
			if (end >= 0) {
				const line = this.#pending.slice(0, end);
				this.#pending = this.#pending.slice(end + 1);
				return line;
			}
			const count = readSync(this.#process.readFd, this.#bytes);
			if (count === 0) throw new DriverError("the driver ended");
			this.#pending += this.#bytes.toString("latin1", 0, count);
		}
	}
}

/** A whole process, from its start to its end, measured by bash: Node tells nothing of its children. */
export function runWhole(command: string, args: readonly string[]): { output: string; cost: Cost } {
	const run = spawnSync("bash", ["-c", 'TIMEFORMAT="%R %U %S"; time "$@" 2>&3', "bash", command, ...args], {
		encoding: "latin1",
		stdio: ["ignore", "pipe", "pipe", "inherit"],
		env: { ...process.env, LC_ALL: "C" },
	});
	if (run.status !== 0) throw new DriverError(`${command} ended with status ${run.status ?? run.signal}`);
	const [wall = 0, user = 0, system = 0] = run.stderr.trim().split(" ").map(Number);
	return { output: run.stdout.trim(), cost: { cpu: user + system, wall } };
}
