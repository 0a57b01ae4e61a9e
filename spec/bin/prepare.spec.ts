// bin/lua-prepare where it can make no snapshot: what was there stays, and nothing else is left. A script stands in for Node.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { isAlive, until } from "../support/pool.ts";
import { fromRoot } from "../support/root.ts";

const PROGRAM_FILES = ["build-id", "snapshot.cjs"];
/** Answers as Node does where it is asked for itself; else the argument behind --snapshot-blob is $blob. */
const STAND_IN = `#!/bin/sh
[ "$1" != -p ] || { printf '/its/path\\nv20.0.0\\n'; exit; }
while [ "$1" != --snapshot-blob ]; do shift; done
blob=$2
`;

describe("lua-prepare", () => {
	let folder = "";
	let prepare = "";

	before(() => {
		folder = mkdtempSync(join(tmpdir(), "prepare-"));
		prepare = join(folder, "bin", "lua-prepare");
		mkdirSync(join(folder, "bin"));
		copyFileSync(fromRoot("bin", "lua-prepare"), prepare);
	});
	beforeEach(() => {
		rmSync(join(folder, "dist"), { recursive: true, force: true });
		mkdirSync(join(folder, "dist"));
		for (const file of PROGRAM_FILES) writeFileSync(join(folder, "dist", file), "");
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	/** The environment in which Node is this script. */
	function withNode(script: string): NodeJS.ProcessEnv {
		const node = join(folder, "node");
		writeFileSync(node, STAND_IN + script);
		chmodSync(node, 0o755);
		return { ...process.env, SCRIBUNTO_LUA_NODE: node };
	}

	const made = (): string[] =>
		readdirSync(join(folder, "dist"))
			.filter((name) => !PROGRAM_FILES.includes(name))
			.sort();

	test("makes snapshots that everybody may read, whoever makes them", () => {
		const command = `umask 077; "${prepare}"`;
		const { status } = spawnSync("sh", ["-c", command], { env: withNode('echo made >"$blob"') });
		assert.equal(status, 0);
		const names = [57176, 7000].flatMap((stack) => [`lua-${stack}.snapshot`, `lua-${stack}.snapshot.fits`]);
		assert.deepEqual(made(), names);
		for (const name of names) assert.equal(statSync(join(folder, "dist", name)).mode & 0o777, 0o644, name);
	});

	test("leaves what was there where it fails", () => {
		const failures = { 'echo "no way"; exit 3': "no way", "exit 0": `${join(folder, "node")} wrote none` };
		for (const [script, reason] of Object.entries(failures)) {
			const old = join(folder, "dist", "lua-57176.snapshot");
			for (const name of [old, `${old}.fits`]) writeFileSync(name, "old");
			const { status, stdout, stderr } = spawnSync(prepare, { encoding: "utf8", env: withNode(script) });
			assert.deepEqual(
				{ status, stdout, stderr },
				{ status: 1, stdout: "", stderr: `lua-prepare: no snapshot could be made: ${reason}\n` },
			);
			assert.deepEqual(made(), ["lua-57176.snapshot", "lua-57176.snapshot.fits"]);
			assert.equal(readFileSync(old, "utf8"), "old");
		}
	});

	test("ends Node and leaves nothing when it is ended", async () => {
		const started = join(folder, "started");
		const env = withNode(`echo $$ >"${started}"; echo half >"$blob"; exec sleep 60`);
		for (const signal of ["SIGTERM", "SIGHUP"] as const) {
			rmSync(started, { force: true });
			const child = spawn(prepare, { env, stdio: "ignore" });
			await until("Node has started", () => existsSync(started) && readFileSync(started, "utf8") !== "");
			child.kill(signal);
			assert.deepEqual(await once(child, "exit"), [143, null]);
			assert.deepEqual(made(), []);
			const node = Number(readFileSync(started, "utf8"));
			await until("Node has ended", () => !isAlive(node));
		}
	});

	test("takes away what a killed one has left", () => {
		const ended = spawnSync("true").pid;
		for (const name of [`rehearsal.${ended}`, `rehearsal.${process.pid}`])
			mkdirSync(join(folder, "dist", name));
		spawnSync(prepare, { env: withNode("exit 1") });
		assert.deepEqual(made(), [`rehearsal.${process.pid}`]);
	});

	test("refuses folders that are no Scribunto's", () => {
		const named = join(folder, "a:b");
		mkdirSync(join(named, "engines", "LuaCommon", "lualib"), { recursive: true });
		const lacking = "there is no engines/LuaCommon/lualib in it";
		for (const [includes, why] of [
			["/nope", lacking],
			["", lacking],
			[named, "its name has a colon, which separates folders"],
		] as const) {
			const { status, stderr } = spawnSync(prepare, ["--", includes], { encoding: "utf8" });
			const reason = `lua-prepare: ${includes} is no includes folder of Scribunto: ${why}\n`;
			assert.deepEqual({ status, stderr }, { status: 2, stderr: reason });
		}
	});
});
