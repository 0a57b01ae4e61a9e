// Programs with mounts of their own, which nobody else sees: for what a machine may lack.

import { type SpawnSyncReturns, spawnSync } from "node:child_process";

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
