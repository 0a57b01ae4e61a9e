// Programs print what they print otherwise when another process has left their compiled functions: fixtures/lua
// under bin/lua and in this file's own bundle, started again twice as a command line that shares code in a folder.
// CODE_STORE=all takes all fixtures, which is a matter of minutes.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CodeFolder } from "../../src/cli/code-folder.ts";
import { luaMain } from "../../src/cli/lua.ts";
import { type CodeFiles, saveCode, shareCode } from "../../src/engine/api.ts";
import { runFile } from "../support/oracle.ts";
import { fromRoot } from "../support/root.ts";

const RUN = "SF_CODE_STORE_RUN";
const FOLDER = fromRoot("fixtures", "lua");
const SOME = [
	"calls.lua",
	"closures.lua",
	"constant-tables.lua",
	"coroutines.lua",
	"error-names.lua",
	"iterator-names.lua",
	"metamethod-depth.lua",
	"traceback.lua",
];
/** Needs another environment. */
const DIFFERING = ["os-dates-zone.lua"];
/** As bin/lua has it. */
const START = 'ulimit -S -s 65536; exec "$0" --stack-size=57176 "$@"';
/**
 * Of the chunks that a program had compiled the first time, the share that it may have compiled again: chunks
 * that differ little can have one file between them.
 */
const COMPILED_AGAIN = 0.25;

/** Tells how many chunks a run has written. */
const COUNT = "count";

const folder = process.env[RUN];
if (folder === undefined) {
	const shared = mkdtempSync(join(tmpdir(), "lua-code-"));
	after(() => rmSync(shared, { recursive: true }));
	const runShared = (file: string) =>
		spawnSync("sh", ["-c", START, process.execPath, __filename, file], {
			cwd: FOLDER,
			encoding: "latin1",
			input: "",
			env: { ...process.env, [RUN]: join(shared, file), TZ: "UTC", LC_ALL: "C" },
			timeout: 300_000,
			maxBuffer: 2 ** 28,
		});
	const files = readdirSync(FOLDER).filter((name) => name.endsWith(".lua") && !DIFFERING.includes(name));
	const chosen = process.env["CODE_STORE"] === "all" ? files : files.filter((name) => SOME.includes(name));
	for (const file of chosen) {
		test(file, () => {
			const expected = runFile("ours", `${FOLDER}/${file}`);
			const written = [0, 1].map(() => {
				const ended = runShared(file);
				assert.equal(ended.stderr, expected.stderr);
				assert.equal(ended.stdout, expected.stdout);
				assert.equal(ended.status, expected.status);
				return Number(readFileSync(join(shared, file, COUNT), "latin1"));
			});
			const [first = 0, second = 0] = written;
			assert.ok(first > 0 && second <= first * COMPILED_AGAIN, `${first} chunks written, then ${second}`);
		});
	}
} else {
	mkdirSync(folder, { recursive: true });
	const files = new CodeFolder(folder);
	let written = 0;
	const counted: CodeFiles = {
		read: (name) => files.read(name),
		write(name, bytes) {
			written++;
			files.write(name, bytes);
		},
		append(name, bytes) {
			written++;
			files.append(name, bytes);
		},
	};
	shareCode(counted, "the same program");
	luaMain(process.argv.slice(2), "lua5.1", (status) => {
		saveCode();
		writeFileSync(join(folder, COUNT), String(written));
		process.exit(status);
	});
}
