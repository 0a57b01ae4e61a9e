/**
 * A user without rights, for specs that root runs: with a copy of the program that it can read, since the
 * tree itself may lie where only root gets.
 */
import { spawnSync } from "node:child_process";
import { chownSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromRoot } from "./root.ts";

/** What a process is started as: for node:child_process. */
export interface UserIds {
	readonly uid: number;
	readonly gid: number;
}

const NAME = "nobody";
const PARTS = ["bin", join("spec", "real-host"), join("fixtures", "wiki")];
const PROGRAMS = ["lua.cjs", "pool.cjs"];

export class OtherUser {
	/** The copy's root: bin, dist, and what the real-host specs run. */
	readonly root = mkdtempSync(join(tmpdir(), "lua-user-"));
	readonly ids: UserIds;

	constructor() {
		this.ids = { uid: idOf("-u"), gid: idOf("-g") };
		for (const part of PARTS) cpSync(fromRoot(part), join(this.root, part), { recursive: true });
		for (const name of PROGRAMS) cpSync(fromRoot("dist", name), join(this.root, "dist", name));
		// Whatever our umask is, and that of whoever made the tree.
		spawnSync("chmod", ["-R", "a+rX", this.root]);
	}

	/** Gives it a folder of ours. */
	own(folder: string): void {
		chownSync(folder, this.ids.uid, this.ids.gid);
	}

	remove(): void {
		rmSync(this.root, { recursive: true, force: true });
	}
}

function idOf(option: string): number {
	return Number(spawnSync("id", [option, NAME], { encoding: "utf8" }).stdout);
}

/** For a spec's `skip`. */
export function whyNoOtherUser(): string | false {
	return process.getuid?.() === 0 && idOf("-u") > 0 ? false : "only root can become another user";
}
