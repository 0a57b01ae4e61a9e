// What wiki projects copy from docs/ci: the script runs, workflows are YAML and start what is there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fromRoot } from "../support/root.ts";

const MODULES = fromRoot("fixtures", "offline", "modules");
const folder = mkdtempSync(join(tmpdir(), "lua-ci-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function testModules(...args: readonly string[]) {
	const script = fromRoot("docs", "ci", "test-modules.sh");
	const env = { ...process.env, LUA_RUN: fromRoot("bin", "lua-run") };
	return spawnSync("sh", [script, ...args], { cwd: folder, env, encoding: "utf8" });
}

describe("test-modules.sh", () => {
	test("runs all test modules of a folder", () => {
		const junit = join(folder, "results.xml");
		const { stdout, stderr } = testModules(MODULES, "--junit", junit);
		assert.match(stdout, /^ok 1 /m, stderr);
		assert.match(readFileSync(junit, "utf8"), /<testsuite /);
	});

	test("fails in a folder without any", () => {
		mkdirSync(join(folder, "a b"));
		const { status, stderr } = testModules("a b");
		assert.equal(status, 66);
		assert.match(stderr, /no testcases\.lua in a b/);
	});
});

describe("workflows", () => {
	const indentedByTabs = /^ *\t/m;
	for (const path of [join("docs", "ci", "module-tests.yml"), join(".github", "workflows", "ci.yml")]) {
		test(path, (context) => {
			const text = readFileSync(fromRoot(path), "utf8");
			assert.doesNotMatch(text, indentedByTabs);
			const program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
			const python = spawnSync("python3", ["-c", program], { input: text, encoding: "utf8" });
			// No part of what CI installs: what it would add is little.
			if (python.error !== undefined || /ModuleNotFoundError/.test(python.stderr)) {
				context.diagnostic("no python3 with yaml: read as text only");
				return;
			}
			assert.equal(python.status, 0, python.stderr);
			const { jobs } = JSON.parse(python.stdout) as {
				readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
			};
			const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
			assert.ok(commands.length >= 2);
			for (const command of commands) {
				const named = /^(?:sh )?(ci|\.ci)\/([\w.-]+)/.exec(command);
				if (named === null) continue;
				const [, place, name = ""] = named;
				const file = place === "ci" ? fromRoot("docs", "ci", name) : fromRoot(".ci", name);
				assert.ok(existsSync(file), `${file}: there is no such program`);
			}
		});
	}
});
