// Programs with mounts of their own, which nobody else sees: for what a machine may lack.

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs a command after some shell commands that mount. Only root can. */
export function withMounts(
	mounts: string,
	command: readonly string[],
	options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): SpawnSyncReturns<string> {
	const script = `${mounts} && exec "$@"`;
	const args = ["--mount", "sh", "-c", script, "sh", ...command];
	return spawnSync("unshare", args, { ...options, encoding: "utf8", input: "" });
}

/** For a spec's `skip`. */
export function whyNoMounts(): string | false {
	const attempt = withMounts("mount -t tmpfs tmpfs /mnt", ["true"]);
	return attempt.status === 0 ? false : "this user cannot mount";
}

/** A disk of one megabyte, or with other limits; undefined when nobody lets us have one. */
export function mountSmallDisk(options = "size=1m"): string | undefined {
	const folder = mkdtempSync(join(tmpdir(), "lua-pool-disk-"));
	const args = ["-t", "tmpfs", "-o", `${options},mode=755`, "lua-pool-disk", folder];
	if (spawnSync("mount", args).status === 0) return folder;
	rmSync(folder, { recursive: true });
	return undefined;
}

export function fill(folder: string): void {
	let size = 65_536;
	for (let count = 0; size > 0; count++) {
		try {
			writeFileSync(join(folder, `filler-${count}`), Buffer.alloc(size));
		} catch {
			size >>= 1;
		}
	}
}

export function unmount(folder: string): void {
	spawnSync("umount", [folder]);
	rmSync(folder, { recursive: true, force: true });
}
