/**
 * The pool's one process that lives for ever: takes launchers' requests, gives each to a worker, watches
 * the workers (their CPU time and memory, since a busy worker cannot watch itself, and whether the launcher
 * is still there) and tells launchers how to end. It runs no Lua.
 */
import { constants, lstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Assignment, WorkerReport } from "./assignment.ts";
import type { Log } from "./log.ts";
import { memoryLimits } from "./memory-limits.ts";
import { exists, isRunning, openFile, processFacts } from "./process-table.ts";
import { type Request, takeRequests } from "./request.ts";
import type { PoolSettings } from "./settings.ts";
import { makeFifos, Slots } from "./slots.ts";
import { type Session, WorkerProcess } from "./worker-process.ts";

/** How often running sessions are looked at: a limit is noticed that late. */
const WATCH_MS = 40;
/** How often files, idle workers and abandoned locks are. */
const TIDY_MS = 1000;
/** A worker whose launcher is gone mostly notices by itself, at the end of its input. */
const ABANDONED_GRACE_MS = 120;
/** A lock without a request belongs to a launcher that is about to write one. */
const EMPTY_LOCK_ROUNDS = 3;
/** A worker that cannot start is tried again this often, then at each tidying. */
const MAX_FAILED_STARTS = 5;

/** The launcher's descriptors: bin/lua puts stdin, stdout and stderr there, and its slot on 0. */
const LAUNCHER_SLOT = 0;
const LAUNCHER_INPUT = 5;
const LAUNCHER_OUTPUT = 6;
const LAUNCHER_ERRORS = 7;

/** Native's too, when it has no memory left or meets an error of its own. */
const STATUS_FAILURE = 1;
/** EX_SOFTWARE, as bin/lua says when it cannot start a session. */
const STATUS_NO_SESSION = 70;

interface Waiting {
	readonly request: Request;
	readonly since: number;
	readonly relays: boolean;
}

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

export class Supervisor {
	readonly #directory: string;
	readonly #program: string;
	readonly #log: Log;
	#settings: PoolSettings;
	#slots: Slots;
	#bell: Socket | undefined;
	#bellInode = 0;
	#bellText = "";
	readonly #workers = new Set<WorkerProcess>();
	readonly #queue: Waiting[] = [];
	/** Slots whose launchers have been told how to end, by slot: free once these are gone. */
	readonly #finishing = new Map<number, number>();
	readonly #lockRounds = new Map<number, number>();
	/** Scribunto's `includes` folders met so far: new workers compile their libraries. */
	readonly #trees = new Set<string>();
	readonly #watcher: NodeJS.Timeout;
	readonly #tidier: NodeJS.Timeout;
	readonly #begun = Date.now();
	#failedStarts = 0;
	#isStopping = false;
	readonly #counts = {
		accepted: 0,
		ended: 0,
		refused: 0,
		cpuLimitReached: 0,
		memoryLimitReached: 0,
		workersLost: 0,
		maxWaiting: 0,
	};

	constructor(directory: string, program: string, settings: PoolSettings, log: Log) {
		this.#directory = directory;
		this.#program = program;
		this.#settings = settings;
		this.#log = log;
		this.#endLeftOvers();
		for (const tree of settings.preload.split(":")) if (tree !== "") this.#trees.add(tree);
		this.#slots = new Slots(directory, settings.backlog);
		this.#openBell();
		this.#announce();
		this.#keepWorkers();
		this.#watcher = setInterval(() => this.#watch(), WATCH_MS);
		this.#tidier = setInterval(() => this.#tidy(), TIDY_MS);
	}

	// -- Files ------------------------------------------------------------------------------

	#path(name: string): string {
		return join(this.#directory, name);
	}

	/** Workers of a supervisor that was killed: their sessions' launchers have ended. */
	#endLeftOvers(): void {
		let text = "";
		try {
			text = readFileSync(this.#path("workers"), "latin1");
		} catch {
			return;
		}
		for (const line of text.split("\n")) {
			const [pid = "", started = ""] = line.split(" ");
			if (started === "" || processFacts(Number(pid))?.started !== started) continue;
			this.#log.write("warning", `worker ${pid} was left behind: killed`);
			try {
				process.kill(Number(pid), "SIGKILL");
			} catch {
				// It has just ended.
			}
		}
	}

	#noteWorkers(): void {
		if (this.#isStopping) return;
		const lines = [...this.#workers].map(({ pid }) => `${pid} ${processFacts(pid)?.started ?? ""}\n`);
		this.#writeFile("workers", lines.join(""));
	}

	/** Whole or not at all. A full disk is no reason to stop. */
	#writeFile(name: string, text: string): void {
		const draft = this.#path(`${name}.new`);
		try {
			writeFileSync(draft, text, { mode: 0o600 });
			renameSync(draft, this.#path(name));
		} catch (error) {
			this.#log.write("error", `cannot write ${this.#path(name)}: ${(error as Error).message}`);
		}
	}

	#openBell(): void {
		const path = this.#path("bell");
		this.#bell?.destroy();
		rmSync(path, { force: true });
		makeFifos([path]);
		// Open for writing too, so that it does not end with the first launcher.
		const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
		this.#bellInode = lstatSync(path).ino;
		this.#bellText = "";
		this.#bell = new Socket({ fd, readable: true, writable: false });
		this.#bell.setEncoding("latin1");
		this.#bell.on("data", (text) => this.#ring(String(text)));
		this.#bell.on("error", (error) => this.#log.write("error", `bell: ${error.message}`));
	}

	/** From now on launchers come. */
	#announce(): void {
		this.#writeFile("pool", `${process.pid} ${this.#slots.count}\n`);
	}

	// -- Requests ---------------------------------------------------------------------------

	#ring(text: string): void {
		const { requests, rest } = takeRequests(this.#bellText + text);
		this.#bellText = rest;
		for (const request of requests) this.#accept(request);
	}

	#accept(request: Request): void {
		const { slot, launcher } = request;
		if (slot >= this.#slots.count) {
			this.#log.write("error", `request of ${launcher} for slot ${slot}, which is not there`);
			return;
		}
		this.#counts.accepted++;
		this.#log.write("debug", `slot ${slot}: request of ${launcher}`);
		this.#queue.push({ request, since: Date.now(), relays: process.platform !== "linux" });
		this.#counts.maxWaiting = Math.max(this.#counts.maxWaiting, this.#queue.length);
		this.#dispatch();
	}

	/** Gives waiting requests to idle workers, and asks for more workers. */
	#dispatch(): void {
		while (this.#queue.length > 0) {
			const worker = [...this.#workers].find(({ isIdle }) => isIdle);
			if (worker === undefined) break;
			const waiting = this.#queue.shift();
			if (waiting !== undefined) this.#begin(worker, waiting);
		}
		this.#keepWorkers();
	}

	#begin(worker: WorkerProcess, { request, relays }: Waiting): void {
		const { slot, launcher } = request;
		const facts = processFacts(launcher);
		const slotFile = this.#slots.path(slot);
		const isThere = isRunning(launcher);
		if (!isThere || (!relays && openFile(launcher, LAUNCHER_SLOT) !== slotFile)) {
			// The launcher has ended, or (without a right to look into it) all bytes must be relayed.
			if (isThere && openFile(launcher, LAUNCHER_SLOT) === undefined) {
				this.#relay({ request, since: Date.now(), relays: true });
				return;
			}
			this.#log.write("notice", `slot ${slot}: launcher ${launcher} has gone`);
			this.#finish(request);
			return;
		}
		worker.session = {
			request,
			launcherStarted: facts?.started,
			begun: Date.now(),
			cpuBase: worker.facts()?.cpu ?? 0,
			abandonedAt: undefined,
			isTold: false,
		};
		worker.served++;
		this.#slots.tell(slot, { verb: "worker", pid: worker.pid });
		worker.assign(this.#assignment(request, relays));
		this.#remember(request);
	}

	#assignment(request: Request, relays: boolean): Assignment {
		const { slot, launcher, args, directory, timeZone } = request;
		const relay = this.#slots.relayPaths(slot);
		const of = (fd: number) => `/proc/${launcher}/fd/${fd}`;
		return {
			slot,
			args,
			directory,
			timeZone,
			memory: memoryLimits(request.addressSpace, this.#settings).lua,
			input: relays ? relay.input : of(LAUNCHER_INPUT),
			output: relays ? relay.output : of(LAUNCHER_OUTPUT),
			errors: relays ? relay.errors : of(LAUNCHER_ERRORS),
			proof: relays ? undefined : { pid: launcher, fd: LAUNCHER_SLOT, file: this.#slots.path(slot) },
		};
	}

	/** The bytes go through two `cat`s: see bin/lua. */
	#relay(waiting: Waiting): void {
		const { slot } = waiting.request;
		try {
			this.#slots.openRelay(slot);
		} catch (error) {
			this.#slots.tell(slot, {
				verb: "fail",
				status: STATUS_NO_SESSION,
				message: `the pool can neither open the launcher's pipes nor make FIFOs: ${(error as Error).message}`,
			});
			this.#finish(waiting.request);
			return;
		}
		this.#slots.tell(slot, { verb: "relay" });
		this.#queue.unshift({ ...waiting, relays: true });
	}

	#remember(request: Request): void {
		const includes = request.args[1];
		if (includes?.startsWith("/") && this.#trees.size < 8) this.#trees.add(includes);
	}

	// -- Workers ----------------------------------------------------------------------------

	#keepWorkers(): void {
		if (this.#isStopping || this.#failedStarts >= MAX_FAILED_STARTS) return;
		const { pm, max_children, min_spare } = this.#settings;
		const living = [...this.#workers].filter(({ isRetired }) => !isRetired);
		const free = living.filter(({ session }) => session === undefined).length;
		const wantedFree = this.#queue.length + (pm === "dynamic" ? min_spare : 0);
		const wanted = pm === "static" ? max_children : living.length - free + wantedFree;
		for (let count = living.length; count < Math.min(wanted, max_children); count++) this.#startWorker();
	}

	#startWorker(): void {
		const worker = new WorkerProcess(this.#program, this.#settings, [...this.#trees], {
			report: (from, report) => this.#hear(from, report),
			ended: (from, how) => this.#lose(from, how),
			complain: (from, text) => this.#log.write("warning", `worker ${from.pid}: ${text.trimEnd()}`),
		});
		this.#workers.add(worker);
		this.#noteWorkers();
		this.#log.write("debug", `worker ${worker.pid} started`);
	}

	#hear(worker: WorkerProcess, report: WorkerReport): void {
		switch (report.kind) {
			case "ready":
				this.#failedStarts = 0;
				worker.figures = report.figures;
				worker.isReady = true;
				worker.idleSince = Date.now();
				if (this.#settings.max_requests > 0 && worker.served >= this.#settings.max_requests) worker.retire();
				this.#dispatch();
				break;
			case "end": {
				const { session } = worker;
				if (session === undefined) break;
				if (report.retires) worker.retire();
				const { status, message } = report;
				const how =
					message === "" ? ({ verb: "exit", status } as const) : ({ verb: "fail", status, message } as const);
				if (!session.isTold) this.#slots.tell(session.request.slot, how);
				this.#endSession(worker, session);
				break;
			}
			case "unreachable": {
				const { session } = worker;
				if (session === undefined) break;
				worker.session = undefined;
				this.#log.write("notice", `slot ${session.request.slot}: ${report.reason}: bytes are relayed`);
				this.#relay({ request: session.request, since: Date.now(), relays: true });
				break;
			}
		}
	}

	#endSession(worker: WorkerProcess, session: Session): void {
		worker.session = undefined;
		this.#counts.ended++;
		this.#finish(session.request);
	}

	#finish({ slot, launcher }: Request): void {
		this.#finishing.set(slot, launcher);
	}

	#lose(worker: WorkerProcess, how: string): void {
		if (!this.#workers.delete(worker)) return;
		const { session } = worker;
		if (!worker.isRetired) {
			this.#counts.workersLost++;
			if (!worker.isReady && session === undefined) this.#failedStarts++;
			this.#log.write("warning", `worker ${worker.pid} ended by itself: ${how}`);
		}
		if (session !== undefined) {
			if (!session.isTold) {
				this.#slots.tell(session.request.slot, {
					verb: "fail",
					status: STATUS_FAILURE,
					message: `the worker of this session ended: ${how}`,
				});
			}
			this.#endSession(worker, session);
		}
		this.#noteWorkers();
		this.#dispatch();
	}

	// -- Limits -----------------------------------------------------------------------------

	#watch(): void {
		for (const worker of this.#workers) {
			const { session } = worker;
			if (session !== undefined && !session.isTold) this.#inspect(worker, session);
		}
		for (const [slot, launcher] of this.#finishing) {
			if (isRunning(launcher)) continue;
			this.#slots.release(slot);
			this.#finishing.delete(slot);
		}
	}

	#inspect(worker: WorkerProcess, session: Session): void {
		const { request } = session;
		const facts = worker.facts();
		if (facts === undefined) return; // Its end is about to be reported.
		const cpu = facts.cpu - session.cpuBase;
		if (request.cpuLimit !== undefined && cpu >= request.cpuLimit) {
			this.#counts.cpuLimitReached++;
			this.#slots.tell(request.slot, { verb: "signal", name: "XCPU" });
			this.#log.write("notice", `slot ${request.slot}: ${cpu} s of CPU time: limit reached`);
			this.#cut(worker, session);
			return;
		}
		const { process: cap } = memoryLimits(request.addressSpace, this.#settings);
		if (facts.rss > cap) {
			this.#counts.memoryLimitReached++;
			this.#slots.tell(request.slot, { verb: "fail", status: STATUS_FAILURE, message: "not enough memory" });
			this.#log.write("notice", `slot ${request.slot}: ${facts.rss} bytes of memory: worker killed`);
			this.#cut(worker, session);
			return;
		}
		const launcher = processFacts(request.launcher);
		const isThere =
			session.launcherStarted === undefined
				? exists(request.launcher)
				: launcher?.started === session.launcherStarted;
		if (isThere) return;
		session.abandonedAt ??= Date.now();
		if (Date.now() - session.abandonedAt < ABANDONED_GRACE_MS) return;
		this.#log.write("notice", `slot ${request.slot}: launcher ${request.launcher} has ended: worker killed`);
		this.#cut(worker, session);
	}

	#cut(worker: WorkerProcess, session: Session): void {
		session.isTold = true;
		worker.kill();
	}

	// -- Tidying ----------------------------------------------------------------------------

	#tidy(): void {
		this.#failedStarts = Math.max(0, this.#failedStarts - 1);
		this.#refuseLate();
		this.#freeLocks();
		this.#dismissIdle();
		this.#repairFiles();
		this.#dispatch();
	}

	#refuseLate(): void {
		const patience = this.#settings.queue_timeout * 1000;
		while (this.#queue.length > 0) {
			const waiting = this.#queue[0] as Waiting;
			const { slot, launcher } = waiting.request;
			const isGone = !isRunning(launcher);
			if (!isGone && Date.now() - waiting.since < patience) break;
			this.#queue.shift();
			if (!isGone) {
				this.#counts.refused++;
				const { max_children, queue_timeout } = this.#settings;
				const message = `all ${max_children} workers of the pool were busy for ${queue_timeout} s: raise max_children`;
				this.#slots.tell(slot, { verb: "fail", status: STATUS_NO_SESSION, message });
				this.#log.write("warning", `slot ${slot}: ${message}`);
			}
			this.#finish(waiting.request);
		}
	}

	/** Locks of launchers that ended before they could ask. */
	#freeLocks(): void {
		const inUse = new Set([...this.#workers].map(({ session }) => session?.request.slot));
		for (const { request } of this.#queue) inUse.add(request.slot);
		for (const [slot, launcher] of this.#slots.locked()) {
			if (inUse.has(slot) || this.#finishing.has(slot)) continue;
			if (launcher === 0 || isRunning(launcher)) {
				const rounds = (this.#lockRounds.get(slot) ?? 0) + 1;
				this.#lockRounds.set(slot, rounds);
				if (rounds < EMPTY_LOCK_ROUNDS) continue;
				const message = "the pool has not got the request";
				this.#slots.tell(slot, { verb: "fail", status: STATUS_NO_SESSION, message });
				if (launcher !== 0) continue;
			}
			this.#lockRounds.delete(slot);
			this.#slots.release(slot);
		}
	}

	#dismissIdle(): void {
		const { pm, min_spare, idle_timeout } = this.#settings;
		if (pm === "static") return;
		const idle = [...this.#workers].filter(({ isIdle }) => isIdle);
		const spare = pm === "dynamic" ? min_spare : 0;
		for (const worker of idle.slice(spare)) {
			if (Date.now() - worker.idleSince > idle_timeout * 1000) worker.retire();
		}
	}

	/** What somebody has removed is made again. */
	#repairFiles(): void {
		let isBellThere = false;
		let isAnnounced = false;
		try {
			isBellThere = lstatSync(this.#path("bell")).ino === this.#bellInode;
			isAnnounced = readFileSync(this.#path("pool"), "latin1").startsWith(`${process.pid} `);
		} catch {
			// Not there.
		}
		if (isBellThere && isAnnounced && this.#slots.isIntact) return;
		this.#log.write("warning", "files in the runtime directory have been removed: making them again");
		try {
			if (!isBellThere) this.#openBell();
			// Launchers that wait at the old FIFOs find their end and complain.
			if (!this.#slots.isIntact) {
				this.#slots.close();
				this.#slots = new Slots(this.#directory, this.#settings.backlog);
			}
			this.#announce();
		} catch (error) {
			this.#log.write("error", `cannot repair the runtime directory: ${(error as Error).message}`);
		}
	}

	// -- Control ----------------------------------------------------------------------------

	/** New settings for new workers; the old ones end with their sessions. */
	reload(settings: PoolSettings): void {
		this.#settings = { ...settings, backlog: this.#slots.count };
		for (const worker of this.#workers) if (!worker.isRetired) worker.retire();
		this.#log.write("notice", "reloaded");
		this.#keepWorkers();
	}

	/** Sessions that run are ended. */
	stop(): void {
		if (this.#isStopping) return;
		this.#isStopping = true;
		clearInterval(this.#watcher);
		clearInterval(this.#tidier);
		rmSync(this.#path("pool"), { force: true });
		const message = "the pool was stopped";
		for (const { request } of this.#queue) {
			this.#slots.tell(request.slot, { verb: "fail", status: STATUS_NO_SESSION, message });
		}
		for (const worker of this.#workers) {
			if (worker.session !== undefined) {
				this.#slots.tell(worker.session.request.slot, { verb: "fail", status: STATUS_FAILURE, message });
				worker.session.isTold = true;
			}
			worker.kill();
		}
		this.#bell?.destroy();
		this.#slots.close();
		rmSync(this.#path("bell"), { force: true });
		rmSync(this.#path("workers"), { force: true });
		this.#log.write("notice", "stopped");
	}

	status(): PoolStatus {
		const workers = [...this.#workers].map((worker): WorkerStatus => {
			const facts = worker.facts();
			const { session, figures } = worker;
			return {
				pid: worker.pid,
				state: worker.isRetired
					? "leaving"
					: session !== undefined
						? "busy"
						: worker.isReady
							? "idle"
							: "starting",
				sessions: worker.served,
				cpu: facts?.cpu ?? 0,
				rss: facts?.rss ?? 0,
				launcher: session?.request.launcher,
				seconds: session === undefined ? undefined : (Date.now() - session.begun) / 1000,
				...figures,
			};
		});
		return {
			pid: process.pid,
			directory: this.#directory,
			pm: this.#settings.pm,
			uptime: Math.floor((Date.now() - this.#begun) / 1000),
			rss: processFacts(process.pid)?.rss ?? 0,
			waiting: this.#queue.length,
			...this.#counts,
			workers,
		};
	}
}
