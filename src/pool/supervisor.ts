/**
 * The pool's one process that lives for ever: takes launchers' requests, gives each to a worker, watches
 * the workers (their CPU time and memory, since a busy worker cannot watch itself, and whether the launcher
 * is still there) and tells launchers how to end. It runs no Lua.
 */
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Assignment, WorkerReport } from "./assignment.ts";
import { Bell } from "./bell.ts";
import { KnownTrees } from "./known-trees.ts";
import { LockWatch } from "./lock-watch.ts";
import type { Log } from "./log.ts";
import { LARGEST_IDLE, memoryLimits } from "./memory-limits.ts";
import { type PoolStatus, workerStatus } from "./pool-status.ts";
import {
	identify,
	isStillThere,
	NOBODY,
	type ProcessIdentity,
	processFacts,
	RUNNING,
	whoIsGone,
} from "./process-table.ts";
import type { Request } from "./request.ts";
import { announce, endLeftOvers, isAnnounced, noteWorkers, removeFifos } from "./runtime-files.ts";
import type { PoolSettings } from "./settings.ts";
import { Slots } from "./slots.ts";
import { StartFailures } from "./start-failures.ts";
import { profileWish, recordingWish } from "./wishes.ts";
import { type Session, WorkerProcess } from "./worker-process.ts";

/** How often running sessions are looked at: a limit is noticed that late. */
const WATCH_MS = 40;
/** How often files, idle workers and abandoned locks are. */
const TIDY_MS = 1000;
/** A worker whose launcher is gone mostly notices by itself, at the end of its input. */
const ABANDONED_GRACE_MS = 120;
/** One that still computes at the next look does not. */
const BUSY_GRACE_MS = 30;
/** A launcher that is none of the processes seen here has so long to read why it ends. */
const STRANGER_MS = 1000;
/** Sessions of one host that do nothing for so long wait for that host, and it for them. */
const DEADLOCK_MS = 5000;
/** A worker that is not ready by then is stuck in what it prepares for. */
const STARTING_MS = 15_000;
/** What a session waits for when no worker can be started: for another attempt or two. */
const NO_WORKER_MS = 2500;
/** So many start at a time: more would only be ready later, and each keeps the supervisor waiting when processors are few. */
const MAX_STARTING = Math.max(2, availableParallelism());

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
	readonly launcher: ProcessIdentity;
	readonly since: number;
	readonly relays: boolean;
}

/** A launcher that has been told how to end: its slot is free once it is gone. */
interface Finishing {
	readonly launcher: ProcessIdentity;
	readonly notBefore: number;
}

export class Supervisor {
	readonly #directory: string;
	readonly #program: string;
	readonly #log: Log;
	#settings: PoolSettings;
	#slots: Slots;
	#bell: Bell;
	readonly #workers = new Set<WorkerProcess>();
	readonly #queue: Waiting[] = [];
	/** By slot. */
	readonly #finishing = new Map<number, Finishing>();
	readonly #locks = new LockWatch();
	readonly #trees: KnownTrees;
	readonly #watcher: NodeJS.Timeout;
	readonly #tidier: NodeJS.Timeout;
	readonly #begun = performance.now();
	readonly #startFailures = new StartFailures();
	/** Why files that were removed could not be made again at the last look; "" when all are there. */
	#repairFailure = "";
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

	/** Throws when it cannot make its files, and may leave some: nothing but the end of the process is of use then. */
	constructor(directory: string, program: string, settings: PoolSettings, log: Log) {
		this.#directory = directory;
		this.#program = program;
		this.#settings = settings;
		this.#log = log;
		endLeftOvers(directory, log);
		this.#trees = new KnownTrees(settings.preload);
		this.#slots = new Slots(directory, settings.backlog);
		this.#bell = this.#openBell();
		announce(directory, this.#slots.count);
		this.#keepWorkers();
		this.#watcher = setInterval(() => this.#watch(), WATCH_MS);
		this.#tidier = setInterval(() => this.#tidy(), TIDY_MS);
	}

	// -- Requests ---------------------------------------------------------------------------

	#openBell(): Bell {
		return new Bell(join(this.#directory, "bell"), this.#log, (request) => this.#accept(request));
	}

	#accept(request: Request): void {
		const { slot, launcher } = request;
		if (slot >= this.#slots.count) {
			this.#log.write("error", `request of ${launcher} for slot ${slot}, which is not there`);
			return;
		}
		this.#counts.accepted++;
		this.#log.write("debug", `slot ${slot}: request of ${launcher}`);
		this.#queue.push({
			request,
			launcher: identify(launcher),
			since: performance.now(),
			relays: process.platform !== "linux",
		});
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

	#begin(worker: WorkerProcess, waiting: Waiting): void {
		const { request, launcher, relays } = waiting;
		const { slot } = request;
		if (!isStillThere(launcher)) {
			this.#log.write("notice", `slot ${slot}: launcher ${launcher.pid} has gone`);
			this.#finish(slot, launcher);
			return;
		}
		const isLauncher = relays || this.#slots.isOpenIn(slot, launcher.pid, LAUNCHER_SLOT);
		if (isLauncher === undefined) {
			// Without a right to look into it all bytes must be relayed.
			this.#relay(waiting);
			return;
		}
		if (!isLauncher) {
			this.#refuse(slot, `process ${launcher.pid} is no launcher here: pool and PHP must see the same /proc`);
			this.#finishStranger(slot);
			return;
		}
		const cpu = worker.facts()?.cpu ?? 0;
		const begun = performance.now();
		worker.session = {
			request,
			launcher,
			begun,
			cpuBase: cpu,
			cpu,
			activeAt: begun,
			abandonedAt: undefined,
			isTold: false,
		};
		worker.served++;
		this.#slots.tell(slot, { verb: "worker", pid: worker.pid });
		worker.assign(this.#assignment(request, relays));
		this.#trees.add(request.args[1]);
	}

	#assignment(request: Request, relays: boolean): Assignment {
		const { slot, launcher, args, directory, timeZone } = request;
		const relay = this.#slots.relayPaths(slot);
		const file = this.#slots.identity(slot);
		const of = (fd: number) => `/proc/${launcher}/fd/${fd}`;
		return {
			slot,
			args,
			directory,
			timeZone,
			memory: memoryLimits(request.addressSpace, this.#settings).lua,
			record: recordingWish(request, this.#settings),
			profile: profileWish(request, this.#settings),
			input: relays ? relay.input : of(LAUNCHER_INPUT),
			output: relays ? relay.output : of(LAUNCHER_OUTPUT),
			errors: relays ? relay.errors : of(LAUNCHER_ERRORS),
			proof: relays || file === undefined ? undefined : { pid: launcher, fd: LAUNCHER_SLOT, file },
		};
	}

	/** Ends a launcher whose session has not begun. */
	#refuse(slot: number, message: string): void {
		this.#counts.refused++;
		this.#log.write("warning", `slot ${slot}: ${message}`);
		this.#slots.tell(slot, { verb: "fail", status: STATUS_NO_SESSION, message });
	}

	/** The bytes go through `cat`s: see bin/lua. */
	#relay(waiting: Waiting): void {
		const { slot } = waiting.request;
		try {
			this.#slots.openRelay(slot);
		} catch (error) {
			const reason = (error as Error).message;
			this.#refuse(slot, `the pool can neither open the launcher's pipes nor make FIFOs: ${reason}`);
			this.#finish(slot, waiting.launcher);
			return;
		}
		this.#slots.tell(slot, { verb: "relay" });
		this.#queue.unshift({ ...waiting, relays: true });
	}

	// -- Workers ----------------------------------------------------------------------------

	#keepWorkers(): void {
		if (this.#isStopping) return;
		const { pm, max_children, min_spare } = this.#settings;
		const living = [...this.#workers].filter(({ isRetired }) => !isRetired);
		const free = living.filter(({ session }) => session === undefined).length;
		const wantedFree = this.#queue.length + (pm === "dynamic" ? min_spare : 0);
		const wanted = pm === "static" ? max_children : living.length - free + wantedFree;
		const starting = [...this.#workers].filter(({ isStarting }) => isStarting).length;
		const missing = Math.min(wanted, max_children) - living.length;
		const startable = this.#startFailures.mayStart(performance.now(), MAX_STARTING) - starting;
		for (let count = 0; count < Math.min(missing, startable); count++) this.#startWorker();
	}

	#noteWorkers(): void {
		if (this.#isStopping) return;
		noteWorkers(
			this.#directory,
			[...this.#workers].map(({ pid }) => pid),
			this.#log,
		);
	}

	#startWorker(): void {
		const worker = new WorkerProcess(this.#program, this.#settings, this.#trees.list(), {
			report: (from, report) => this.#hear(from, report),
			ended: (from, how) => this.#lose(from, how),
			complain: (from, text) => this.#noteComplaint(from, text),
		});
		this.#workers.add(worker);
		this.#noteWorkers();
		this.#log.write("debug", `worker ${worker.pid} started`);
	}

	#noteComplaint(worker: WorkerProcess, text: string): void {
		const isKnown = worker.isStarting && !this.#startFailures.isNews(text);
		this.#log.write(isKnown ? "debug" : "warning", `worker ${worker.pid}: ${text.trimEnd()}`);
	}

	#hear(worker: WorkerProcess, report: WorkerReport): void {
		switch (report.kind) {
			case "ready":
				this.#startFailures.forget();
				worker.figures = report.figures;
				worker.isReady = true;
				worker.idleSince = performance.now();
				if (this.#isWorn(worker)) worker.retire();
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
				worker.served--;
				this.#log.write("notice", `slot ${session.request.slot}: ${report.reason}: bytes are relayed`);
				this.#relay({ ...session, since: performance.now(), relays: true });
				break;
			}
		}
	}

	#isWorn(worker: WorkerProcess): boolean {
		const { max_requests } = this.#settings;
		if (max_requests > 0 && worker.served >= max_requests) return true;
		return worker.served > 0 && (worker.facts()?.rss ?? 0) > LARGEST_IDLE;
	}

	#endSession(worker: WorkerProcess, { request, launcher }: Session): void {
		worker.session = undefined;
		this.#counts.ended++;
		this.#finish(request.slot, launcher);
	}

	#finish(slot: number, launcher: ProcessIdentity): void {
		this.#finishing.set(slot, { launcher, notBefore: 0 });
	}

	/** Whose end cannot be seen. */
	#finishStranger(slot: number): void {
		this.#finishing.set(slot, { launcher: NOBODY, notBefore: performance.now() + STRANGER_MS });
	}

	#lose(worker: WorkerProcess, how: string): void {
		if (!this.#workers.delete(worker)) return;
		const { session } = worker;
		if (!worker.isRetired) {
			this.#counts.workersLost++;
			this.#log.write("warning", `worker ${worker.pid} ended by itself: ${how}`);
			if (worker.isStarting) this.#startFailures.note(performance.now());
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
	// What a launcher is told is in the log before: who has seen its end finds the reason there.

	#watch(): void {
		for (const worker of this.#workers) {
			const { session } = worker;
			if (session !== undefined && !session.isTold) this.#inspect(worker, session);
		}
		for (const [slot, { launcher, notBefore }] of this.#finishing) {
			if (performance.now() < notBefore || isStillThere(launcher)) continue;
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
			this.#log.write("notice", `slot ${request.slot}: ${cpu} s of CPU time: limit reached`);
			this.#slots.tell(request.slot, { verb: "signal", name: "XCPU" });
			this.#cut(worker, session);
			return;
		}
		const { process: cap } = memoryLimits(request.addressSpace, this.#settings);
		if (facts.rss > cap) {
			this.#counts.memoryLimitReached++;
			this.#log.write("notice", `slot ${request.slot}: ${facts.rss} bytes of memory: worker killed`);
			this.#slots.tell(request.slot, { verb: "fail", status: STATUS_FAILURE, message: "not enough memory" });
			this.#cut(worker, session);
			return;
		}
		if (facts.cpu > session.cpu) {
			session.cpu = facts.cpu;
			session.activeAt = performance.now();
		}
		const gone = whoIsGone(session.launcher);
		if (gone === undefined) return;
		session.abandonedAt ??= performance.now();
		const grace = facts.state === RUNNING ? BUSY_GRACE_MS : ABANDONED_GRACE_MS;
		if (performance.now() - session.abandonedAt < grace) return;
		const message = `${gone} has ended: worker killed`;
		this.#log.write("notice", `slot ${request.slot}: ${message}`);
		this.#slots.tell(request.slot, { verb: "fail", status: STATUS_FAILURE, message });
		this.#cut(worker, session);
	}

	#cut(worker: WorkerProcess, session: Session): void {
		session.isTold = true;
		worker.kill();
	}

	// -- Tidying ----------------------------------------------------------------------------

	#tidy(): void {
		this.#refuseLate();
		this.#freeLocks();
		this.#dismissIdle();
		this.#killStuck();
		this.#dispatch();
	}

	/** A new worker runs what it finds in Scribunto's trees: others are to do without. */
	#killStuck(): void {
		const late = performance.now() - STARTING_MS;
		for (const worker of this.#workers) {
			if (!worker.isStarting || worker.isRetired || worker.idleSince > late) continue;
			this.#log.write("warning", `worker ${worker.pid} was not ready after ${STARTING_MS / 1000} s`);
			this.#trees.clear();
			this.#startFailures.note(performance.now());
			worker.kill();
		}
	}

	#refuseLate(): void {
		const { max_children, queue_timeout } = this.#settings;
		const late = performance.now() - queue_timeout * 1000;
		const soon = performance.now() - Math.min(NO_WORKER_MS, queue_timeout * 1000);
		const host = this.#waitingHost();
		for (const waiting of this.#queue.splice(0)) {
			const { slot } = waiting.request;
			const { parent } = waiting.launcher;
			if (isStillThere(waiting.launcher)) {
				if (parent !== undefined && parent === host) {
					const message = `process ${parent} holds all ${max_children} workers of the pool, and waits`;
					this.#refuse(slot, `${message} for one more: raise max_children`);
				} else if (this.#startFailures.isLasting && waiting.since < (this.#hasWorker ? late : soon)) {
					this.#refuse(slot, `no worker can be started: see ${this.#log.place}`);
				} else if (waiting.since < late) {
					const message = `all ${max_children} workers of the pool were busy for ${queue_timeout} s`;
					this.#refuse(slot, `${message}: raise max_children`);
				} else {
					this.#queue.push(waiting);
					continue;
				}
			}
			this.#finish(slot, waiting.launcher);
		}
	}

	/** One that has a session, or waits for one. */
	get #hasWorker(): boolean {
		return [...this.#workers].some(({ isStarting, isRetired }) => !isStarting && !isRetired);
	}

	/** The process that holds all workers there may be, and lets them wait. */
	#waitingHost(): number | undefined {
		const sessions = [...this.#workers].flatMap(({ session }) => session ?? []);
		const host = sessions[0]?.launcher.parent;
		const quiet = performance.now() - DEADLOCK_MS;
		const isAll = sessions.every(({ launcher, activeAt }) => launcher.parent === host && activeAt < quiet);
		return isAll && sessions.length >= this.#settings.max_children ? host : undefined;
	}

	/** Locks of launchers that ended before they could ask, or asked in vain. */
	#freeLocks(): void {
		const locks = this.#slots.locked();
		for (const { session } of this.#workers) if (session !== undefined) locks.delete(session.request.slot);
		for (const { request } of this.#queue) locks.delete(request.slot);
		for (const slot of this.#finishing.keys()) locks.delete(slot);
		for (const { slot, launcher, isAbandoned } of this.#locks.look(locks)) {
			// A launcher that has not come to its slot by now will find that it has lost it.
			if (isAbandoned || this.#slots.isOpenIn(slot, launcher, LAUNCHER_SLOT) === false) {
				this.#slots.release(slot);
				continue;
			}
			this.#refuse(slot, "the pool has not got the request");
			if (launcher === 0) this.#finishStranger(slot);
			else this.#finish(slot, identify(launcher));
		}
	}

	#dismissIdle(): void {
		const { pm, min_spare, idle_timeout } = this.#settings;
		if (pm === "static") return;
		const idle = [...this.#workers].filter(({ isIdle }) => isIdle);
		const spare = pm === "dynamic" ? min_spare : 0;
		for (const worker of idle.slice(spare)) {
			if (performance.now() - worker.idleSince > idle_timeout * 1000) worker.retire();
		}
	}

	/**
	 * What somebody has removed is made again. To be called while the supervisors' lock is ours only: another
	 * supervisor's files would look like ours that have been removed.
	 */
	repairFiles(): void {
		const { isIntact } = this.#slots;
		if (this.#bell.isIntact && isIntact && isAnnounced(this.#directory)) return;
		if (this.#repairFailure === "") {
			this.#log.write("warning", "files in the runtime directory have been removed: making them again");
		}
		try {
			if (!isIntact) this.#replaceSlots();
			if (!this.#bell.isIntact) {
				this.#bell.close();
				this.#bell = this.#openBell();
			}
			announce(this.#directory, this.#slots.count);
			this.#noteWorkers();
			this.#repairFailure = "";
		} catch (error) {
			const { message } = error as Error;
			if (message === this.#repairFailure) return;
			this.#repairFailure = message;
			this.#log.write("error", `cannot repair the runtime directory: ${message}`);
		}
	}

	/** Launchers that wait at the old FIFOs find their end and complain: nothing of them may reach the new ones. */
	#replaceSlots(): void {
		const old = this.#slots;
		this.#slots = new Slots(this.#directory, this.#settings.backlog);
		for (const worker of this.#workers) {
			if (worker.session === undefined) continue;
			worker.session = undefined;
			this.#counts.ended++;
			worker.kill();
		}
		this.#queue.length = 0;
		this.#finishing.clear();
		old.close();
	}

	// -- Control ----------------------------------------------------------------------------

	/** New settings for new workers; the old ones end with their sessions. */
	reload(settings: PoolSettings): void {
		this.#settings = { ...settings, backlog: this.#slots.count };
		this.#startFailures.forget();
		for (const worker of this.#workers) {
			if (worker.isStarting) worker.kill();
			else if (!worker.isRetired) worker.retire();
		}
		this.#log.write("notice", "reloaded");
		this.#keepWorkers();
	}

	/** Sessions that run are ended. The files stay when they are another supervisor's by now. */
	stop(message = "the pool was stopped", areFilesOurs = true): void {
		if (this.#isStopping) return;
		this.#isStopping = true;
		clearInterval(this.#watcher);
		clearInterval(this.#tidier);
		if (areFilesOurs) rmSync(join(this.#directory, "pool"), { force: true });
		for (const { request } of this.#queue) this.#refuse(request.slot, message);
		for (const worker of this.#workers) {
			if (worker.session !== undefined) {
				this.#slots.tell(worker.session.request.slot, { verb: "fail", status: STATUS_FAILURE, message });
				worker.session.isTold = true;
			}
			worker.kill();
		}
		this.#bell.close();
		this.#slots.close();
		if (areFilesOurs) {
			removeFifos(this.#directory);
			rmSync(join(this.#directory, "workers"), { force: true });
		}
		this.#log.write("notice", message);
	}

	status(): PoolStatus {
		return {
			pid: process.pid,
			directory: this.#directory,
			pm: this.#settings.pm,
			uptime: Math.floor((performance.now() - this.#begun) / 1000),
			rss: processFacts(process.pid)?.rss ?? 0,
			heapUsed: process.memoryUsage().heapUsed,
			waiting: this.#queue.length,
			...this.#counts,
			workers: [...this.#workers].map(workerStatus),
		};
	}
}
