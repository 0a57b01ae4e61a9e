// What `npm pack` packs, installed without a network: the programs and the public API, for a user without
// rights, in a folder that nobody may write to, whose path has spaces and umlauts, without HOME; and for root where
// nothing at all can be written.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { manualFiles } from "../../src/commands/manual.ts";
import { whyNoMounts, withMounts } from "../support/mounts.ts";
import { OtherUser, whyNoOtherUser } from "../support/other-user.ts";
import { fromRoot } from "../support/root.ts";

const folder = mkdtempSync(join(tmpdir(), "lua-package-"));
const project = join(folder, "Käse & Brot, 100 %");
const prefix = join(folder, "für alle");
const archive = join(folder, "scribunto-fengari.tgz");
const installed = join(project, "node_modules", "scribunto-fengari");
const path = [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
const npmEnv = {
	...process.env,
	npm_config_cache: join(folder, "cache"),
	npm_config_update_notifier: "false",
};
const user = whyNoOtherUser() === false ? new OtherUser() : undefined;

const RENDER = `
import { Host, LuaCallError, luaPath, ownTree, packageRoot, runOffline } from "scribunto-fengari";
const host = new Host({ lua: luaPath, tree: ownTree(packageRoot) });
host.registerLibrary("page", { link: (title) => ["[[" + title + "]]"] });
const [module] = host.call(host.loadString(\`return {
	show = function(frame) return page.link(frame.name) .. " & " .. string.format("%5.1f", 1 / 3) end,
	fail = function() error("wrong") end,
}\`, "=Module:Page"));
console.log(host.call(module.show, { name: "Käse" })[0]);
try { host.call(module.fail); } catch (error) { console.log(error instanceof LuaCallError, error.message); }
console.log((await host.quit()).code);
const { output } = runOffline({ packageRoot, modules: "modules", module: "Greeting", functionName: "main" });
console.log(output);
`;
const RENDERED = "[[Käse]] &   0.3\ntrue Module:Page:3: wrong\n0\nHello, nobody!\n";

const CONSUMER = `
import { Host, type HostValue, ownTree, packageRoot, play, PeerProcess, runSession } from "scribunto-fengari";
const host: Host = new Host({ lua: "lua", tree: ownTree(packageRoot) });
const values: HostValue[] = host.call(host.loadString("return 1", "=c"), 1, "x", [true]);
const status: number = runSession(["mw_main.lua"], { readBody: () => undefined, writeFrame() {}, debug() {} }).status;
// @ts-expect-error a number is no tree
new Host({ lua: "lua", tree: 1 });
export { play, PeerProcess, status, values };
`;

function npm(...args: readonly string[]): string {
	const { status, stdout, stderr } = spawnSync("npm", args, { cwd: project, env: npmEnv, encoding: "utf8" });
	assert.equal(status, 0, stderr);
	return stdout;
}

/** What a program prints, run as the other user in the project. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
	const { status, stdout, stderr, error } = spawnSync(command, args, {
		cwd: project,
		env: { PATH: path, ...env },
		encoding: "utf8",
		input: "",
		...user?.ids,
	});
	assert.equal(status, 0, `${error ?? stderr}`);
	return stdout;
}

const bin = (name: string): string => join(project, "node_modules", ".bin", `scribunto-${name}`);

describe("the package", () => {
	before(() => {
		mkdirSync(project);
		writeFileSync(join(project, "package.json"), '{ "name": "wiki", "type": "module" }');
		// Not by `prepack`: it would exchange dist/ under the other specs.
		const types = spawnSync(process.execPath, [fromRoot("scripts", "types.mjs")], { encoding: "utf8" });
		assert.equal(types.status, 0, types.stdout);
		const packed = npm("pack", fromRoot(), "--ignore-scripts", "--silent", "--pack-destination", folder);
		renameSync(join(folder, packed.trim()), archive);
		npm("install", "--save-dev", "--offline", "--no-audit", "--no-fund", archive);
		npm("install", "--global", "--prefix", prefix, "--offline", "--no-audit", "--no-fund", archive);
		cpSync(fromRoot("fixtures", "offline", "modules"), join(project, "modules"), { recursive: true });
		writeFileSync(join(project, "render.mjs"), RENDER);
		chmodSync(folder, 0o755);
		// Whatever our umask is; and so that the owner, where no other user is to be had, cannot write either.
		spawnSync("chmod", ["-R", "a+rX,a-w", project, prefix]);
	});
	after(() => {
		spawnSync("chmod", ["-R", "u+w", project, prefix]);
		user?.remove();
		rmSync(folder, { recursive: true, force: true });
	});

	test("is one folder, with no dependency and nothing that is not run", () => {
		const modules = readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."));
		assert.deepEqual(modules, ["scribunto-fengari"]);
		assert.deepEqual(readdirSync(installed).sort(), [
			"CHANGELOG.md",
			"LICENSE",
			"README.md",
			"bin",
			"dist",
			"editors",
			"package.json",
		]);
		const dist = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
		const other = dist.filter((name) => !/^(types|host-tree|man|completion)\b/.test(name));
		assert.deepEqual(other.sort(), [
			"build-id",
			"debug-adapter.cjs",
			"debug.cjs",
			"index.cjs",
			"licences.txt",
			"lua.cjs",
			"pool.cjs",
			"profile.cjs",
			"replay.cjs",
			"run.cjs",
			"snapshot.cjs",
		]);
		const manual = dist.filter((name) => /^(man|completion)\/./.test(name));
		assert.deepEqual(manual.sort(), [...manualFiles("").keys()].sort());
		const pages = manual.filter((name) => name.startsWith("man/")).map((name) => `dist/${name}`);
		const { man } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { man: string[] };
		assert.deepEqual(man.sort(), pages);
		const licences = readFileSync(join(installed, "dist", "licences.txt"), "utf8");
		for (const name of ["fengari", "php-serialize", "@vscode/debugadapter"]) {
			assert.match(licences, new RegExp(`^${name}\n\n`, "m"));
		}
	});

	test("names its programs so that none hides a system's lua", () => {
		const programs = readdirSync(join(project, "node_modules", ".bin")).sort();
		assert.deepEqual(
			programs,
			["lua", "lua-debug", "lua-doctor", "lua-pool", "lua-prepare", "lua-replay", "lua-run"].map(
				(name) => `scribunto-${name}`,
			),
		);
	});

	test("is packed after a build", () => {
		const { scripts } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
			readonly scripts: Readonly<Record<string, string>>;
		};
		assert.equal(scripts["prepack"], "node scripts/build.mjs --no-snapshot && node scripts/types.mjs");
	});

	test("renders with the host, and runs a module offline", () => {
		assert.equal(run(process.execPath, ["render.mjs"]), RENDERED);
		assert.equal(run(process.execPath, ["render.mjs"], { HOME: "/nonexistent" }), RENDERED);
	});

	test("is found by require as well", () => {
		const text = "console.log(typeof require('scribunto-fengari').Host)";
		assert.equal(run(process.execPath, ["--input-type=commonjs", "-e", text]), "function\n");
	});

	test("has programs that start through npm's links", () => {
		assert.equal(run(bin("lua"), ["-e", "print(1e15, ('x'):rep(3))"]), "1e+15\txxx\n");
		const module = join(project, "modules", "Greeting.lua");
		assert.equal(run(bin("lua-run"), [module, "main", "--arg", "Wörld"]), "Hello, Wörld!\n");
		assert.match(run(bin("lua-run"), ["--version"]), /^lua-run \(scribunto-fengari\) \d/);
		assert.match(run(bin("lua-replay"), ["--version"]), /\d\.\d/);
		assert.match(run(bin("lua-debug"), ["--version"]), /\d\.\d/);
	});

	test("has them when it is installed globally, too", () => {
		const globally = (name: string): string => join(prefix, "bin", `scribunto-${name}`);
		assert.equal(run(globally("lua"), ["-e", "print(1e15, ('x'):rep(3))"]), "1e+15\txxx\n");
		const module = join(project, "modules", "Greeting.lua");
		assert.equal(run(globally("lua-run"), [module, "main", "--arg", "Wörld"]), "Hello, Wörld!\n");
	});

	test("works for root where only TMPDIR can be written", { skip: whyNoMounts() }, () => {
		const mounts = "mount -t tmpfs tmpfs /mnt && mount -o remount,bind,ro / && ! touch 2>/dev/null /written";
		const readOnly = (...command: readonly string[]): string => {
			const env = { PATH: path, TMPDIR: "/mnt" };
			const { status, stdout, stderr } = withMounts(mounts, command, { cwd: project, env });
			assert.equal(status, 0, stderr);
			return stdout;
		};
		assert.equal(readOnly(bin("lua"), "-e", "print(1)"), "1\n");
		assert.equal(readOnly(process.execPath, "render.mjs"), RENDERED);
	});

	test("is what the workflow of docs/ci installs and runs", () => {
		const checkout = join(folder, "checkout");
		cpSync(fromRoot("fixtures", "offline", "modules"), join(checkout, "modules"), { recursive: true });
		cpSync(fromRoot("docs", "ci", "test-modules.sh"), join(checkout, "ci", "test-modules.sh"));
		cpSync(archive, join(checkout, "ci", "scribunto-fengari-0.tgz"));
		const workflow = readFileSync(fromRoot("docs", "ci", "module-tests.yml"), "utf8");
		const commands = [...workflow.matchAll(/^ +- run: (.*)$/gm)].map((match) => match[1] ?? "");
		assert.deepEqual(
			commands.map((command) => command.split(" ", 2).join(" ")),
			["npm install", "sh ci/test-modules.sh"],
		);
		const env = {
			...npmEnv,
			npm_config_prefix: join(folder, "tools"),
			npm_config_offline: "true",
			PATH: [join(folder, "tools", "bin"), process.env["PATH"]].join(delimiter),
		};
		const runs = commands.map((command) =>
			spawnSync("sh", ["-ec", command], { cwd: checkout, env, encoding: "utf8" }),
		);
		// Some of these tests are there to fail: 1 is lua-run's status for that.
		assert.deepEqual(
			runs.map(({ status }) => status),
			[0, 1],
			runs.map(({ stderr }) => stderr).join("\n"),
		);
		assert.match(readFileSync(join(checkout, "results.xml"), "utf8"), /<testsuite /);
	});

	test("starts a pool, and the doctor finds no fault", () => {
		const directory = mkdtempSync(join(tmpdir(), "lua-package-pool-"));
		user?.own(directory);
		const env = { SCRIBUNTO_LUA_RUNTIME_DIR: directory };
		try {
			run(bin("lua-pool"), ["start"], env);
			assert.match(run(bin("lua-doctor"), [], env), /^ok {4}a session under.*\n(?:.*\n)*All is well\.$/m);
		} finally {
			run(bin("lua-pool"), ["stop"], env);
			rmSync(directory, { recursive: true, force: true });
		}
	});

	test("has types", () => {
		const file = join(folder, "consumer.mts");
		writeFileSync(file, CONSUMER);
		const config = {
			compilerOptions: {
				strict: true,
				noEmit: true,
				target: "es2023",
				module: "nodenext",
				types: ["node"],
				typeRoots: [fromRoot("node_modules", "@types")],
				paths: { "scribunto-fengari": [join(installed, "dist", "types", "index.d.ts")] },
			},
			files: [file],
		};
		writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
		const compiler = fromRoot("node_modules", ".bin", "tsc");
		const { status, stdout } = spawnSync(compiler, ["-p", folder], { encoding: "utf8" });
		assert.equal(status, 0, stdout);
	});
});
