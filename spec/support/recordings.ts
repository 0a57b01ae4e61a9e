/** Recordings made for a spec, and bin/lua-replay. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Host, type HostOptions } from "../../src/host/host.ts";
import { ownTree } from "../../src/host/tree.ts";
import { decodeTranscript, type Transcript } from "../../src/replay/transcript.ts";
import { OUR_LUA } from "./dialogue.ts";
import { fromRoot, ROOT } from "./root.ts";

export class Recordings {
	readonly folder = mkdtempSync(join(tmpdir(), "recordings-"));
	/** Made by the first session. */
	readonly target = join(this.folder, "made");
	/** What the last session wrote to stderr. */
	readonly errors = join(this.folder, "errors");

	/** A peer that records; `variables` are SCRIBUNTO_LUA_RECORD_* without that. */
	host(variables: Readonly<Record<string, string>> = {}, options: Partial<HostOptions> = {}): Host {
		const env: NodeJS.ProcessEnv = { ...process.env, SCRIBUNTO_LUA_RECORD: this.target };
		for (const [name, value] of Object.entries(variables)) env[`SCRIBUNTO_LUA_RECORD_${name}`] = value;
		rmSync(this.errors, { force: true });
		return new Host({ lua: OUR_LUA, tree: ownTree(ROOT), env, stderr: { file: this.errors }, ...options });
	}

	/** What our own part of stderr says. */
	warnings(): string[] {
		return readFileSync(this.errors, "utf8")
			.split("\n")
			.filter((line) => line.startsWith("lua: "));
	}

	/** The files, oldest first. */
	files(): string[] {
		return readdirSync(this.target)
			.sort()
			.map((name) => join(this.target, name));
	}

	/** The youngest recording. */
	last(): Transcript {
		return decodeTranscript(readFileSync(this.files().at(-1)!));
	}

	remove(): void {
		rmSync(this.folder, { recursive: true, force: true });
	}
}

export function luaReplay(args: readonly string[], input: string | Uint8Array = "") {
	const { status, stdout, stderr } = spawnSync(fromRoot("bin", "lua-replay"), args, {
		encoding: "utf8",
		input,
		timeout: 120_000,
		maxBuffer: 256 * 1024 * 1024,
	});
	return { status, stdout, stderr };
}
