/**
 * The way of docs/debugging.md from a broken page to a repaired one: a page of fixtures/wiki, broken on purpose, is
 * recorded on the real MediaWiki, played elsewhere, stopped in the module that fails, profiled, repaired, and checked
 * against the recording.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { luaReplay } from "../support/recordings.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { Wiki } from "../support/wiki.ts";

const PAGE = "Infobox of a river";
const RIGHT = "local label = args['label' .. number]";
const WRONG = "local label = self.arguments['label' .. number]";
const LINE = 85;
const ERROR = `Module:Infobox:${LINE}: attempt to index field 'arguments' (a nil value)`;

describe("from a broken page to a repaired one", {
	skip: whyMissing("lua5.1", "php", "mediawiki", "bin/lua"),
}, () => {
	const elsewhere = mkdtempSync(join(tmpdir(), "sf-repair-"));
	const recording = join(elsewhere, "page.transcript");
	const modules = join(elsewhere, "modules");
	const right = readFileSync(fromRoot("fixtures", "wiki", "modules", "Infobox.lua"), "utf8");
	let page = "";

	before(async () => {
		assert.equal(right.split("\n")[LINE - 1]?.trim(), RIGHT);
		const wiki = new Wiki();
		try {
			await wiki.setUp();
			const changes = join(wiki.directory, "changes");
			for (const kind of ["messages", "modules", "pages", "templates"]) {
				mkdirSync(join(changes, kind), { recursive: true });
			}
			writeFileSync(join(changes, "modules", "Infobox.lua"), right.replace(RIGHT, WRONG));
			await wiki.importPages(changes);
			const sessions = join(wiki.directory, "sessions");
			const env = { SCRIBUNTO_LUA_RECORD: sessions };
			page = (await wiki.render(fromRoot("bin", "lua"), "broken", env, [PAGE])).get(PAGE) ?? "";
			const [file, ...others] = readdirSync(sessions);
			assert.deepEqual(others, []);
			cpSync(join(sessions, file ?? ""), recording);
		} finally {
			wiki.remove();
		}
	});
	after(() => rmSync(elsewhere, { recursive: true, force: true }));

	/** Numbers of the answers that are errors, as `--list` shows them. */
	function errors(): string[] {
		const { stdout } = luaReplay(["--list", recording]);
		return stdout
			.split("\n")
			.filter((line) => line.includes(`< error "${ERROR}"`))
			.map((line) => /^ *(\d+)/.exec(line)?.[1] ?? "");
	}

	function debug(commands: readonly string[], ...args: readonly string[]): string {
		const { stdout } = spawnSync(fromRoot("bin", "lua-debug"), ["--replay", recording, ...args], {
			input: `${commands.join("\n")}\n`,
			encoding: "utf8",
		});
		return stdout;
	}

	test("the page shows the error", () => {
		assert.match(page, new RegExp(`Lua error in Module:Infobox at line ${LINE}: attempt to index field`));
	});

	test("the recording gives the same again, with the errors", () => {
		const { status, stdout } = luaReplay([recording]);
		assert.equal(status, 0, stdout);
		assert.match(stdout, /^.*: \d+ answers, all the same: /);
		assert.ok(errors().length >= 3);
	});

	test("a breakpoint stops in the module that fails, with its variables", () => {
		const seen = debug([`break Infobox:${LINE}`, "continue", "bt", "locals", "print self.arguments", "quit"]);
		assert.ok(seen.includes(`Module:Infobox:${LINE}: breakpoint 1\n${LINE}    \t${WRONG}\n`), seen);
		assert.match(seen, /^\*#0 {2}Box:row {3}Module:Infobox:85\n #1 {2}Box:body {2}Module:Infobox:119\n/m);
		assert.match(
			seen,
			/^self = \{ .*args = \{\.\.\.\}.*\}\nnumber = 2\nargs = .*\ndata = "\[\[Hohe Lehne\]\].*"\nnil$/m,
		);
	});

	test("without a breakpoint it stops where the error is raised", () => {
		const seen = debug(["continue", "print number", "quit"]);
		assert.match(seen, new RegExp(`^Module:Infobox:${LINE}: .*attempt to index field 'arguments'`, "m"));
		assert.match(seen, /^2$/m);
	});

	test("a profile has the module's functions, and what they wait for", () => {
		const folder = join(elsewhere, "profile");
		const env = { ...process.env, SCRIBUNTO_LUA_PROFILE: folder };
		const { status } = spawnSync(fromRoot("bin", "lua-replay"), [recording], { env });
		assert.equal(status, 0);
		const table = readdirSync(folder).find((name) => name.endsWith(".txt")) ?? "";
		const text = readFileSync(join(folder, table), "utf8");
		assert.match(text, / Box:row <Module:Infobox:\d+>$/m);
		assert.match(text, / \[host\] mw_interface-getExpandedArgument$/m);
	});

	test("the repair changes the answers that were errors, and no other", () => {
		mkdirSync(modules);
		writeFileSync(join(modules, "Infobox.lua"), right);
		const { status, stdout, stderr } = luaReplay(["--modules", modules, recording]);
		assert.equal(status, 1);
		assert.equal(stderr, `lua-replay: from ${modules}: Module:Infobox\n`);
		const [first = "", ...others] = errors();
		assert.match(stdout, new RegExp(`message ${first}, an answer, is another one`));
		assert.ok(stdout.includes(`the recorded answer: error "${ERROR}"`), stdout);
		assert.ok(stdout.includes(`${others.length} of the`), stdout);
		assert.ok(stdout.endsWith(` other answers differ too: messages ${others.join(", ")}\n`), stdout);
	});

	test("the debugger stops in the repaired module, and goes past the line", () => {
		const seen = debug(
			[`break Infobox:${LINE}`, "continue", "next", "print label", "quit"],
			"--modules",
			modules,
		);
		assert.ok(seen.includes(`${LINE}    \t${RIGHT}\n`), seen);
		assert.match(seen, /^Module:Infobox:86: .*\n.*\n"Source"$/m);
	});
});
