// Each command in bin says what it is, refuses what it does not know, and works in a pipe, all as the table
// has it; the manual pages and the completion that are made of the table are what their readers take.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	closeSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { helpText } from "../../src/commands/help.ts";
import { manualFiles } from "../../src/commands/manual.ts";
import { COMMANDS, commandNamed } from "../../src/commands/table.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const { version, bin } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
	readonly version: string;
	readonly bin: Readonly<Record<string, string>>;
};
const folder = mkdtempSync(join(tmpdir(), "sf commands-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** `lua` takes what lua5.1 takes, which has neither --help nor --version. */
const describing = COMMANDS.filter(({ name }) => name !== "lua");

function run(name: string, ...args: readonly string[]) {
	return spawnSync(fromRoot("bin", name), args, { encoding: "utf8", input: "", cwd: folder });
}

test("the table has all commands of bin and of the package", () => {
	const names = COMMANDS.map(({ name }) => name).sort();
	const files = readdirSync(fromRoot("bin")).filter((name) => !/\.(cmd|json)$/.test(name));
	assert.deepEqual(files.sort(), names);
	assert.deepEqual(
		Object.entries(bin).sort(),
		names.map((name) => [`scribunto-${name}`, `bin/${name}`]),
	);
});

for (const command of describing) {
	const { name } = command;
	describe(name, { skip }, () => {
		test("--help", () => {
			const { status, stdout, stderr } = run(name, "--help");
			assert.deepEqual([status, stderr], [0, ""]);
			assert.equal(stdout, helpText(command));
		});

		test("--version", () => {
			const { status, stdout, stderr } = run(name, "--version");
			assert.deepEqual([status, stdout, stderr], [0, `${name} (scribunto-fengari) ${version}\n`, ""]);
		});

		test("refuses what it does not know", () => {
			const { status, stdout, stderr } = run(name, "--no-such-thing");
			assert.deepEqual([status, stdout], [2, ""]);
			assert.equal(stderr, `${name}: there is no option --no-such-thing (${name} --help tells more)\n`);
		});

		test("says nothing about a reader that has gone", () => {
			const script = '"$0" --help | true';
			const { stderr } = spawnSync("sh", ["-c", script, fromRoot("bin", name)], { encoding: "utf8" });
			assert.equal(stderr, "");
		});
	});
}

describe("a full disk is told in one line", { skip }, () => {
	const statuses = [
		["lua-debug", 1],
		["lua-pool", 70],
		["lua-replay", 2],
		["lua-run", 74],
	] as const;
	for (const [name, status] of statuses) {
		test(name, () => {
			const full = openSync("/dev/full", "w");
			const ended = spawnSync(fromRoot("bin", name), ["--help"], {
				encoding: "utf8",
				stdio: ["ignore", full, "pipe"],
			});
			closeSync(full);
			assert.equal(ended.stderr, `${name}: ENOSPC: no space left on device, write\n`);
			assert.equal(ended.status, status);
			const listed = commandNamed(name).statuses.flatMap(([number]) => number.split(", "));
			assert.ok(listed.includes(String(status)), "the help lists it");
		});
	}
});

describe("a Node that is not there is told, and no other is taken", { skip }, () => {
	const statuses = { "lua-debug": 70, "lua-pool": 70, "lua-replay": 2, "lua-run": 70 };
	for (const [name, expected] of Object.entries(statuses)) {
		test(name, () => {
			const { status, stdout, stderr } = spawnSync(fromRoot("bin", name), ["--version"], {
				env: { ...process.env, SCRIBUNTO_LUA_NODE: "/nope" },
				encoding: "utf8",
			});
			assert.deepEqual([status, stdout], [expected, ""]);
			assert.equal(stderr, `${name}: cannot find Node (/nope): set SCRIBUNTO_LUA_NODE\n`);
		});
	}
});

describe("a wrong command line", { skip }, () => {
	const cases = [
		["lua-run"],
		["lua-run", "a.lua"],
		["lua-run", "--arg"],
		["lua-run", "--watch=1", "a.lua", "main"],
		["lua-run", "--time", "never", "a.lua", "main"],
		["lua-run", "--test", "-i", "a.lua"],
		["lua-replay"],
		["lua-replay", "--message", "1", "a.transcript"],
		["lua-replay", "--ignore", "(", "a.transcript"],
		["lua-replay", "--debug", "foo", "a.transcript"],
		["lua-debug"],
		["lua-debug", "--replay"],
		["lua-debug", "--dap=example.org:80"],
		["lua-debug", `--dap=/${"a".repeat(107)}`],
		["lua-debug", "--nonsense"],
		["lua-pool"],
		["lua-pool", "begin"],
		["lua-pool", "stop", "--json"],
		["lua-doctor", "a", "b"],
		["lua-doctor", "--memory-limit"],
		["lua-doctor", "--memory-limit=2G"],
	];
	for (const [name = "", ...args] of cases) {
		test([name, ...args].join(" "), () => {
			const { status, stdout, stderr } = run(name, ...args);
			assert.deepEqual([status, stdout], [2, ""]);
			assert.match(stderr, new RegExp(`^${name}: .+ \\(${name} --help tells more\\)\\n$`));
		});
	}

	test("a file that is missing is another trouble", () => {
		assert.equal(run("lua-debug", "--replay", "nowhere").status, 1);
		assert.equal(run("lua-replay", "nowhere").status, 2);
		assert.equal(run("lua-run", "nowhere.lua", "main").status, 66);
	});

	test("the words of lua-pool are those of the table", () => {
		for (const [word] of commandNamed("lua-pool").subcommands ?? []) {
			assert.match(
				run("lua-pool", word, "more").stderr,
				new RegExp(`^lua-pool: ${word} takes no more words`),
			);
		}
	});
});

describe("manual pages", () => {
	const pages = [...manualFiles(version)].filter(([path]) => path.startsWith("man/"));

	test("are there for each command", () => assert.equal(pages.length, COMMANDS.length));

	for (const [path, text] of pages) {
		test(`${path}, for mandoc`, { skip: whyMissing("mandoc") }, () => {
			const { stdout } = spawnSync("mandoc", ["-Tlint", "-Wwarning"], { input: text, encoding: "utf8" });
			assert.equal(stdout.replace(/.*missing date.*\n/, ""), "");
		});
	}
});

describe("completion", () => {
	const texts = manualFiles(version);
	mkdirSync(join(folder, "a folder"));
	for (const name of ["Foo bar.lua", "other.txt", "page.transcript"]) writeFileSync(join(folder, name), "");
	const fileOf = (name: string) => {
		const path = join(folder, "a folder", name);
		writeFileSync(path, texts.get(`completion/${name}`) ?? "");
		return path;
	};
	/** Words so far, the last one unfinished, and what is offered. */
	const cases: readonly (readonly [words: readonly string[], offers: readonly string[]])[] = [
		[["lua-run", "--w"], ["--watch"]],
		[["scribunto-lua-run", "--te"], ["--test"]],
		[["lua-run", "F"], ["Foo bar.lua"]],
		[["lua-run", "--modules", "a"], ["a folder"]],
		[["lua-replay", "pa"], ["page.transcript"]],
		[["lua-pool", "re"], ["reload"]],
		[["lua-debug", "--re"], ["--replay"]],
	];

	/** fish and zsh offer a folder with its slash, zsh and bash's callers quote spaces. */
	const plain = (text: string) => text.replaceAll("\\", "").replace(/\/$/, "");

	for (const [words, offers] of cases) {
		test(`bash: ${words.join(" ")}`, { skip: whyMissing("bash") }, () => {
			const script = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
				name=$(complete -p "$1"); name=\${name#*-F }; "\${name%% *}"; printf '%s\\n' "\${COMPREPLY[@]}"`;
			const args = ["-c", script, "bash", fileOf("scribunto-lua.bash"), ...words];
			const { stdout } = spawnSync("bash", args, { cwd: folder, encoding: "utf8" });
			assert.deepEqual(stdout.trimEnd().split("\n").map(plain), offers);
		});

		test(`fish: ${words.join(" ")}`, { skip: whyMissing("fish") }, () => {
			const script = `source $argv[1]; complete -C (string join -- " " $argv[2..])`;
			const args = ["--no-config", "-c", script, fileOf("scribunto-lua.fish"), ...words];
			const { stdout, stderr } = spawnSync("fish", args, { cwd: folder, encoding: "utf8" });
			const offered = stdout.trimEnd().split("\n");
			assert.deepEqual([offered.map((line) => plain(line.split("\t")[0] ?? "")), stderr], [offers, ""]);
		});

		test(`zsh: ${words.join(" ")}`, { skip: whyMissing("zsh") }, () => {
			fileOf("_scribunto-lua");
			const args = ["-f", fromRoot("spec", "support", "complete.zsh"), join(folder, "a folder")];
			const line = words.join(" ");
			const options = { cwd: folder, encoding: "utf8", timeout: 60_000 } as const;
			const { stdout } = spawnSync("zsh", [...args, line], options);
			const before = words.slice(0, -1).join(" ");
			assert.deepEqual([plain(stdout.trimEnd())], [`${before} ${offers[0]}`]);
		});
	}
});
