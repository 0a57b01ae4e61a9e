/** A pool of its own for a spec, and launchers that find it, under Scribunto's limits. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Host } from "../../src/host/host.ts";
import { installedTree, ownTree } from "../../src/host/tree.ts";
import type { PoolStatus } from "../../src/pool/pool-status.ts";
import type { OtherUser } from "./other-user.ts";
import { ROOT } from "./root.ts";

export interface LauncherOptions {
	/** Seconds, as in `ulimit -t`. */
	readonly cpu?: number;
	/** Kilobytes, as in `ulimit -v`. */
	readonly memory?: number | "unlimited";
	readonly shell?: string;
	/** Another Lua to be limited in the same way. */
	readonly lua?: string;
	readonly env?: Readonly<Record<string, string>>;
}

const DEFAULT_MEMORY = 51_200;

export class TestPool {
	readonly folder = mkdtempSync(join(tmpdir(), "lua-pool-"));
	readonly directory: string;
	/** Of the program that runs. */
	readonly root: string;
	readonly env: NodeJS.ProcessEnv;
	readonly #user: OtherUser | undefined;
	#launchers = 0;

	/** `directory`: the runtime directory, if not one in the pool's own folder. `root`: of another copy of the program. */
	constructor(
		settings: Readonly<Record<string, string | number>> = {},
		{
			directory,
			user,
			root = user?.root ?? ROOT,
		}: { readonly directory?: string; readonly user?: OtherUser; readonly root?: string } = {},
	) {
		this.#user = user;
		this.root = root;
		user?.own(this.folder);
		this.directory = directory ?? join(this.folder, "run");
		this.env = { ...process.env, SCRIBUNTO_LUA_RUNTIME_DIR: this.directory };
		for (const [name, value] of Object.entries(settings)) {
			this.env[`SCRIBUNTO_POOL_${name.toUpperCase()}`] = String(value);
		}
	}

	command(...args: readonly string[]) {
		const options = { env: this.env, cwd: this.folder, timeout: 30_000, ...this.#user?.ids };
		return spawnSync(this.program, args, { ...options, encoding: "utf8" });
	}

	start(): this {
		const { status, stderr } = this.command("start");
		if (status !== 0) throw new Error(`lua-pool start ended with ${status}: ${stderr}`);
		return this;
	}

	status(): PoolStatus {
		return JSON.parse(this.command("status", "--json").stdout) as PoolStatus;
	}

	get program(): string {
		return join(this.root, "bin", "lua-pool");
	}

	/** A file to be used as luaPath. */
	launcher({ cpu, memory = DEFAULT_MEMORY, shell = "/bin/sh", lua, env = {} }: LauncherOptions = {}): string {
		const path = join(this.folder, `lua-${this.#launchers++}`);
		const variables = { SCRIBUNTO_LUA_RUNTIME_DIR: this.directory, ...env };
		const lines = [
			"#!/bin/sh",
			...Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`),
			...(cpu === undefined ? [] : [`ulimit -St ${cpu}`, `ulimit -Ht ${cpu + 1}`]),
			`ulimit -v ${memory}`,
			`exec ${lua ?? `${shell} '${join(this.root, "bin", "lua")}'`} "$@"`,
		];
		writeFileSync(path, `${lines.join("\n")}\n`);
		chmodSync(path, 0o755);
		return path;
	}

	host(options: LauncherOptions = {}): Host {
		return new Host({ lua: this.launcher(options), tree: installedTree() ?? ownTree(ROOT) });
	}

	log(): string {
		return readFileSync(join(this.directory, "pool.log"), "utf8");
	}

	stop(): void {
		this.command("stop");
		rmSync(this.folder, { recursive: true, force: true });
	}
}

/** Whether there is such a process, and not only its unnoticed end. */
export function isAlive(pid: number): boolean {
	try {
		return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
	} catch {
		return false;
	}
}

export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/** So long may take what comes at once on a machine that has nothing else to do. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

/** Waits for what other processes bring about. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
	for (const end = Date.now() + PATIENCE_MS; !isSo(); await pause(LOOK_MS)) {
		if (Date.now() > end) assert.fail(`not within ${PATIENCE_MS / 1000} s: ${what}`);
	}
}
