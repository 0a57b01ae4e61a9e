// Settings: what is written wrong is refused with file, line and reason, before anything happens.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readSettings, SettingsError } from "../../src/pool/settings.ts";
import { TestPool } from "../support/pool.ts";

const folder = mkdtempSync(join(tmpdir(), "lua-pool-settings-"));
const file = join(folder, "pool.conf");
after(() => rmSync(folder, { recursive: true }));

function read(text: string, environment: Readonly<Record<string, string>> = {}) {
	writeFileSync(file, text);
	return readSettings({ ...environment, SCRIBUNTO_POOL_CONFIG: file });
}

describe("what is wrong is refused", () => {
	const cases: Readonly<Record<string, string>> = {
		max_children: "not a setting",
		"= 5": "not a setting",
		"max-children = 5": "not a setting",
		"children = 5": "not a setting",
		"constructor = x": "not a setting",
		"toString = x": "not a setting",
		"max_children = many": "a whole number from 1 to 10000 is wanted",
		"max_children = 0": "a whole number from 1 to 10000 is wanted",
		"max_children =": "a whole number from 1 to 10000 is wanted",
		"max_children = -1": "a whole number from 1 to 10000 is wanted",
		"max_children = 1e3": "a whole number from 1 to 10000 is wanted",
		"max_children = 99999999999999999999": "a whole number from 1 to 10000 is wanted",
		"backlog = 4000000": "a whole number from 1 to 10000 is wanted",
		"memory_cap = 0": "a whole number from 256 to 1000000 is wanted",
		"memory_cap = 2G": "a whole number from 256 to 1000000 is wanted",
		"record_every = 0": "a whole number from 1 to 1000000 is wanted",
		"idle_timeout = 10s": "a whole number from 0 to 1000000 is wanted",
		"pm = Dynamic": "one of static, dynamic, ondemand is wanted",
		"log_level = warn": "one of error, warning, notice, debug is wanted",
		"listen = run/pool": "a path from / on is wanted",
		'listen = "/run/pool"': "a path from / on is wanted",
		"log = pool.log": "a path from / on is wanted",
		"profile = profiles": "a path from / on is wanted",
		"preload = /a:b": "a path from / on is wanted",
	};
	for (const [line, reason] of Object.entries(cases)) {
		test(line, () => {
			const isWhole = (error: unknown) =>
				error instanceof SettingsError &&
				error.message.startsWith(`${file}:3: `) &&
				error.message.includes(line) &&
				error.message.endsWith(reason === "not a setting" ? `${reason}: ${line}` : reason);
			assert.throws(() => read(`; first\npm = static\n${line} \r\nmin_spare = 1\n`), isWhole);
		});
	}

	test("a mask, which is not shown", () => {
		assert.throws(() => read("record_mask = (secret"), {
			name: "SettingsError",
			message: `${file}:1: record_mask: a mask is no regular expression: Unterminated group`,
		});
	});

	test("a variable", () => {
		assert.throws(() => read("", { SCRIBUNTO_POOL_MIN_SPARE: "two" }), {
			message: "SCRIBUNTO_POOL_MIN_SPARE: min_spare = two: a whole number from 0 to 1000000 is wanted",
		});
	});

	test("a file that is not there, or none", () => {
		assert.throws(
			() => readSettings({ SCRIBUNTO_POOL_CONFIG: join(folder, "none") }),
			/cannot read .*none: ENOENT/,
		);
		assert.throws(() => readSettings({ SCRIBUNTO_POOL_CONFIG: folder }), /cannot read .*: EISDIR/);
	});
});

test("what is right", () => {
	const text =
		"[www]\n# words\npm = ondemand ; as needed\nlog = /var/log/a#b;c.log\r\nrecord_mask = user;\\d\nmin_spare=3\n";
	const settings = read(text, { SCRIBUNTO_POOL_MIN_SPARE: "4", SCRIBUNTO_POOL_PM: "" });
	const { pm, log, record_mask, min_spare, max_children } = settings;
	assert.deepEqual(
		{ pm, log, record_mask, min_spare },
		{ pm: "ondemand", log: "/var/log/a#b;c.log", record_mask: "user;\\d", min_spare: 4 },
	);
	assert.ok(max_children >= 32);
	assert.equal(read("max_children = 400").backlog, 400);
});

test("lua-pool ends with status 78, and a running pool keeps what it has", () => {
	const pool = new TestPool({ config: file, min_spare: 0 });
	try {
		writeFileSync(file, "log_level = error\n");
		pool.start();
		writeFileSync(file, "log_level = debug\n");
		assert.equal(pool.command("reload").status, 0);
		assert.match(pool.log(), /notice: reloaded/);
		writeFileSync(file, "pm = none\n");
		const refused = pool.command("reload");
		assert.equal(refused.status, 78);
		assert.equal(
			refused.stderr,
			`lua-pool: ${file}:1: pm = none: one of static, dynamic, ondemand is wanted\n`,
		);
		// Who asks may have other settings than the pool.
		const { SCRIBUNTO_POOL_CONFIG, ...env } = pool.env;
		Object.assign(pool.env, { ...env, SCRIBUNTO_POOL_CONFIG: "/dev/null" });
		const told = pool.command("reload");
		assert.equal(told.status, 78);
		assert.match(told.stderr, /^lua-pool: not reloaded: .*:1: pm = none: /);
		assert.equal(pool.status().pm, "dynamic");
	} finally {
		pool.stop();
	}
});

describe("what is wrong is no reason to leave a pool alone", () => {
	const pool = new TestPool({ min_spare: 0, config: file });
	before(() => {
		writeFileSync(file, "");
		pool.start();
	});
	after(() => {
		writeFileSync(file, "");
		pool.stop();
	});

	test("status and stop refuse where the pool is said wrong", () => {
		for (const text of ["listen = here", "listen /run/x", "max_children = x\nlisten = here"]) {
			writeFileSync(file, text);
			for (const command of ["status", "stop"]) {
				const { status, stderr } = pool.command(command);
				assert.equal(status, 78, `${command}: ${text}`);
				assert.match(stderr, /^lua-pool: .*:\d: .*listen.*\n$/m);
			}
		}
	});

	test("both go on, and warn, when anything else is wrong", () => {
		writeFileSync(file, "max_children = x\nnonsense\n");
		const warnings = new RegExp(
			`^lua-pool: warning: ${file}:1: max_children = x: .*\nlua-pool: warning: ${file}:2: not a setting: nonsense\n$`,
		);
		const sorted = (text: string) => `${text.trimEnd().split("\n").sort().join("\n")}\n`;
		const shown = pool.command("status", "--json");
		assert.equal(shown.status, 0, shown.stderr);
		assert.match(sorted(shown.stderr), warnings);
		assert.equal(JSON.parse(shown.stdout).directory, pool.directory);
		const stopped = pool.command("stop");
		assert.equal(stopped.status, 0, stopped.stderr);
		assert.match(sorted(stopped.stderr), warnings);
		assert.equal(pool.command("status").status, 1);
	});
});
