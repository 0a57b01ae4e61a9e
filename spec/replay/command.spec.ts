// bin/lua-replay as a user has it: a session of the embedded host, recorded, played, changed by hand, shown.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { LuaCallError } from "../../src/host/host.ts";
import { installedTree, ownTree } from "../../src/host/tree.ts";
import { decodeTranscript, encodeTranscript, type TranscriptEntry } from "../../src/replay/transcript.ts";
import { OUR_LUA } from "../support/dialogue.ts";
import { isAlive, until } from "../support/pool.ts";
import { luaReplay, Recordings } from "../support/recordings.ts";
import { fromRoot, ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const MODULE = `local p = {}
function p.greet(name) return "Grüße,\\n" .. lib.f(name, p.twice) end
function p.twice(text) return text .. text end
return p`;

const recordings = new Recordings();
let file = "";

before(async () => {
	const host = recordings.host({}, { tree: installedTree() ?? ownTree(ROOT) });
	host.registerLibrary("lib", { f: (name, twice) => host.call(twice as never, name) });
	const [module] = host.call(host.loadString(MODULE, "=Module:Greeting")) as { greet: never }[];
	assert.deepEqual(host.call(module!.greet, "Wörld"), ["Grüße,\nWörldWörld"]);
	assert.throws(() => host.call(host.loadString("return nil + 1", "=Module:Broken")), LuaCallError);
	host.getStatus();
	await host.quit();
	file = recordings.files()[0]!;
});
after(() => recordings.remove());

/** The recording with other bytes in the message with this number (from 1). */
function changed(number: number, from: string, to: string): string {
	const { header, entries } = decodeTranscript(readFileSync(file));
	const others = entries.map((entry, index): TranscriptEntry => {
		if (index !== number - 1) return entry;
		const text = entry.body.toString("latin1");
		assert.ok(text.includes(from), text);
		return {
			...entry,
			body: Buffer.from(
				text.replace(from, () => to),
				"latin1",
			),
		};
	});
	const path = join(recordings.folder, "changed");
	writeFileSync(path, encodeTranscript(header, others));
	return path;
}

/** CPU time that a process has taken so far, in hundredths of a second. */
function cpuTicks(pid: number): number {
	const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
		.replace(/^.*\) /, "")
		.split(" ");
	return Number(fields[11]);
}

const skip = whyMissing("bin/lua");

describe("playing a recording", { skip }, () => {
	test("against bin/lua: all answers are the same", () => {
		const { status, stdout, stderr } = luaReplay([file]);
		assert.equal(stderr, "");
		assert.equal(stdout, `${file}: 9 answers, all the same: 8 in every byte, 1 of getStatus\n`);
		assert.equal(status, 0);
	});

	test("against lua5.1", { skip: whyMissing("lua5.1", "mediawiki") }, () => {
		const { status, stdout } = luaReplay(["--lua", "lua5.1", file]);
		assert.equal(
			stdout,
			`${file}: 9 answers, all the same: 7 in every byte, 1 of getStatus, 1 in other bytes for the same values\n`,
		);
		assert.equal(status, 0);
	});

	test("from a pipe, and twice", () => {
		const { status, stdout } = luaReplay(["-", file], readFileSync(file));
		assert.match(stdout, /^-: 9 answers, all the same.*\n.*: 9 answers, all the same/);
		assert.equal(status, 0);
	});

	test("whose answers are no messages ends, and so does the peer", () => {
		const { header, entries } = decodeTranscript(readFileSync(file));
		const path = join(recordings.folder, "no-messages");
		const empty = (entry: TranscriptEntry) =>
			entry.source === "peer" ? { ...entry, body: Buffer.alloc(0) } : entry;
		writeFileSync(path, encodeTranscript(header, entries.map(empty)));
		const { status, stderr } = luaReplay([path]);
		assert.match(stderr, /^lua-replay: .*no-messages cannot be played: .*unserializ.*\n$/);
		assert.equal(status, 2);
	});

	for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"] as const) {
		test(`whose peer does not come to an end is ended with it by ${signal}`, async () => {
			const { header, entries: recorded } = decodeTranscript(readFileSync(file));
			const answer = recorded.find(({ source }) => source === "peer")!;
			const endless = join(recordings.folder, "endless");
			const bodies = [
				'{["op"]="loadString",["text"]="while true do end",["chunkName"]="=Module:Endless"}',
				'{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}',
			];
			const entries = bodies.flatMap((body): TranscriptEntry[] => [
				{ source: "host", time: 0, body: Buffer.from(body) },
				answer,
			]);
			writeFileSync(endless, encodeTranscript(header, entries));
			const [lua, pidFile] = [join(recordings.folder, "lua"), join(recordings.folder, `peer-${signal}`)];
			writeFileSync(lua, `#!/bin/sh\necho $$ >${pidFile}\nexec ${OUR_LUA} "$@"\n`, { mode: 0o755 });
			const player = spawn(fromRoot("bin", "lua-replay"), ["--lua", lua, endless], { stdio: "ignore" });
			after(() => player.kill("SIGKILL"));
			const ended = new Promise((resolve) => player.once("exit", (_, by) => resolve(by)));
			await until("the peer runs", () => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
			const peer = Number(readFileSync(pidFile, "utf8"));
			await until("the peer is in the loop", () => cpuTicks(peer) > 100); // a second
			assert.ok(isAlive(peer));
			player.kill(signal);
			assert.equal(await ended, signal);
			await until("the peer has ended", () => !isAlive(peer));
		});
	}

	test("another value is shown where it differs", () => {
		const path = changed(12, "rldW", "rlsW");
		const { status, stdout } = luaReplay([path]);
		assert.equal(
			stdout,
			`${path}: message 12, an answer, is another one
  the message before: return "WörldWörld"
  the recorded answer: return "Grüße,\\nWörlsWörld"
  values[1]: differs from byte 15 on, in line 2
    recorded  "Grüße,\\nWörlsWörld" of 21 bytes
    now       "Grüße,\\nWörldWörld" of 21 bytes
                           ^
  the 8 other answers are the same
`,
		);
		assert.equal(status, 1);
	});

	test("other kinds of values too, and how many messages", () => {
		const path = changed(10, 's:12:"W\xc3\xb6rldW\xc3\xb6rld";', "b:1;");
		const { status, stdout } = luaReplay([path]);
		assert.equal(status, 1);
		assert.match(stdout, /message 10, an answer, is another one\n/);
		assert.match(stdout, /^ {2}values\[1\]\n {4}recorded {2}true\n {4}now {7}"WörldWörld"$/m);
	});

	test("another course is told", () => {
		const { status, stdout } = luaReplay([changed(8, "lib-f-1", "lib-g-1")]);
		assert.equal(status, 1);
		assert.match(stdout, /^ {2}now: call lib-f-1\("Wörld", .*\), to which the recording has no answer$/m);
		assert.match(
			stdout,
			/^ {2}and, .*: error "Module:Greeting:2: the recording has no answer to this call"$/m,
		);
		assert.match(stdout, /^ {2}the 6 other answers are the same$/m);
	});

	test("modules of a folder take the place of the recorded ones", () => {
		const modules = join(recordings.folder, "modules");
		mkdirSync(modules, { recursive: true });
		writeFileSync(join(modules, "Greeting.lua"), MODULE);
		const same = luaReplay(["--modules", modules, file]);
		assert.equal(same.stderr, `lua-replay: no module differs from that in ${modules}\n`);
		assert.equal(same.status, 0, same.stdout);

		writeFileSync(join(modules, "Greeting.lua"), MODULE.replace("text .. text", "text"));
		const { status, stdout, stderr } = luaReplay(["--modules", modules, file]);
		assert.equal(stderr, `lua-replay: from ${modules}: Module:Greeting\n`);
		assert.match(stdout, /now {7}"Wörld" of 6 bytes/);
		// Hosts answer as they did then.
		assert.match(stdout, /^ {2}the 8 other answers are the same$/m);
		assert.equal(status, 1);
	});

	test("a module that has become wrong is told, and playing goes on", () => {
		const modules = join(recordings.folder, "wrong");
		mkdirSync(modules, { recursive: true });
		writeFileSync(join(modules, "Greeting.lua"), "return }");
		const { status, stdout } = luaReplay(["--modules", modules, file]);
		assert.match(stdout, /error "Module:Greeting:1: unexpected symbol near '}'"|unexpected symbol/);
		assert.equal(status, 1);
	});

	test("a folder of modules that is none", () => {
		const { status, stderr } = luaReplay(["--modules", "/nowhere", file]);
		assert.equal(status, 2);
		assert.match(stderr, /^lua-replay: cannot read \/nowhere: ENOENT/);
	});

	test("a peer that ends is told", () => {
		const { status, stdout } = luaReplay([changed(3, "loadString", "lodeString")]);
		assert.equal(status, 1);
		assert.match(stdout, /the peer ended with status 1\n {2}in place of an answer to message 3: /);
	});

	test("what is ignored does not count", () => {
		const path = changed(12, "rldW", "rlsW");
		assert.equal(luaReplay(["--ignore", "rl[ds]W", path]).status, 0);
		assert.equal(luaReplay(["--ignore", "ß", path]).status, 1);
	});

	test("a file that breaks off is played up to there, and that is told", () => {
		const path = join(recordings.folder, "cut");
		const bytes = readFileSync(file);
		writeFileSync(path, bytes.subarray(0, bytes.indexOf("Module:Broken")));
		const { status, stdout, stderr } = luaReplay([path]);
		assert.equal(status, 0);
		assert.match(stdout, /: 6 answers, all the same/);
		assert.match(stderr, /^lua-replay: .*cut breaks off within a message/);
	});

	test("what has nothing to play is trouble", () => {
		const bytes = readFileSync(file);
		const path = join(recordings.folder, "nothing");
		const { header } = decodeTranscript(bytes);
		for (const content of [encodeTranscript(header, []), bytes.subarray(0, bytes.indexOf("\n> ") + 20)]) {
			writeFileSync(path, content);
			const { status, stdout, stderr } = luaReplay([path]);
			assert.deepEqual([status, stdout], [2, ""]);
			assert.ok(stderr.endsWith(`lua-replay: ${path}: there is nothing to play\n`), stderr);
		}
	});

	test("one answer is one", () => {
		const { header, entries } = decodeTranscript(readFileSync(file));
		const path = join(recordings.folder, "short");
		const played = (count: number, change: (body: string) => string = (body) => body) => {
			const others = entries.slice(0, count).map((entry, index): TranscriptEntry => {
				const body = entry.body.toString("latin1");
				return index === 1 ? { ...entry, body: Buffer.from(change(body), "latin1") } : entry;
			});
			writeFileSync(path, encodeTranscript(header, others));
			return luaReplay([path]).stdout;
		};
		assert.match(played(2), /: 1 answer, the same: 1 in every byte\n$/);
		const wrong = (body: string) => body.replace("return", "error!");
		assert.match(played(4, wrong), /^ {2}the other answer is the same$/m);
	});

	test("a recording without the last answer says so", () => {
		const { header, entries } = decodeTranscript(readFileSync(file));
		const path = join(recordings.folder, "busy");
		writeFileSync(path, encodeTranscript(header, entries.slice(0, 5)));
		const { status, stdout } = luaReplay([path]);
		assert.equal(status, 0);
		assert.match(stdout, /there is none to the last message, 5: call #1 Module:Greeting\(\)\n$/);
	});

	test("a masked recording is the same as far as it shows", async () => {
		const masked = new Recordings();
		try {
			const host = masked.host({ MASK: "s3cr\\w*" });
			host.registerLibrary("lib", { f: (value) => [`${String(value)} s3cret`] });
			host.call(
				host.loadString("return lib.f(...) .. #lib.f('s3crets') .. ('s3c' .. 'ret'):upper()", "=m"),
				"x",
			);
			await host.quit();
			const { status, stdout } = luaReplay(masked.files());
			assert.equal(status, 0, stdout);
			assert.match(stdout, /all the same/);
		} finally {
			masked.remove();
		}
	});
});

describe("the tree of a recording", { skip }, () => {
	function recordedWith(mainFile: string, includes: string): string {
		const path = join(recordings.folder, "moved");
		const { header, entries } = decodeTranscript(readFileSync(file));
		writeFileSync(path, encodeTranscript({ ...header, mainFile, includes }, entries));
		return path;
	}

	test("another one is used, and told, where it is missing", () => {
		const { status, stderr } = luaReplay([recordedWith("/nowhere/mw_main.lua", "/nowhere")]);
		assert.equal(status, 0);
		assert.match(stderr, /^lua-replay: the recording's \/nowhere\/mw_main\.lua is not here: .* is used/);
	});

	test("is never an option or a script of another name", () => {
		for (const mainFile of ["-e", "-", "mw_main.lua", "/etc/passwd"]) {
			const { status, stdout, stderr } = luaReplay([recordedWith(mainFile, "print('run') os.exit(3)")]);
			assert.match(stderr, /is not here/, mainFile);
			assert.doesNotMatch(stdout, /status 3/);
			assert.equal(status, 0);
		}
	});

	test("can be named", () => {
		const { includes } = ownTree(ROOT);
		assert.equal(luaReplay(["--scribunto", includes, file]).status, 0);
		const { status, stderr } = luaReplay(["--scribunto", "/etc", file]);
		assert.equal(status, 2);
		assert.match(stderr, /\/etc is no includes folder/);
	});
});

describe("showing a recording", () => {
	test("--list: one line a message, calls nested", () => {
		const { status, stdout } = luaReplay(["--list", file]);
		assert.equal(status, 0);
		const messages = stdout.split("\n").map((line) => line.slice(29));
		assert.deepEqual(messages.slice(1, 13), [
			'> registerLibrary "lib" {f = "lib-f-1"}',
			"< return",
			`> loadString "=Module:Greeting", ${Buffer.byteLength(MODULE)} bytes`,
			"< return 1",
			"> call #1 Module:Greeting()",
			"< return {greet = function #2, twice = function #3}",
			'> call #2 Module:Greeting.greet("Wörld")',
			'  < call lib-f-1("Wörld", function #3 (Module:Greeting.twice))',
			'    > call #3 Module:Greeting.twice("Wörld")',
			'    < return "WörldWörld"',
			'  > return "WörldWörld"',
			'< return "Grüße,\\nWörldWörld"',
		]);
		assert.match(messages.at(-2) ?? "", /^! the session ended with status 0$/);
		assert.match(stdout, /^ {4}12 +\d+\.\d\d +\d+\.\d\d < return/m);
	});

	test("--show: all of them, or one", () => {
		const { stdout } = luaReplay(["--show", "--message", "3", file]);
		const lines = stdout.trimEnd().split("\n");
		assert.deepEqual(lines.slice(2), [
			`${" ".repeat(31)}text = (${Buffer.byteLength(MODULE)} bytes)`,
			...MODULE.split("\n").map((line) => `${" ".repeat(33)}| ${line.replaceAll("\\", "\\\\")}`),
			`${" ".repeat(31)}chunkName = "=Module:Greeting"`,
		]);
		const all = luaReplay(["--show", file]).stdout;
		assert.ok(all.split("\n").length > 100);
		assert.match(all, /short_src = "Module:Broken"/);
	});

	test("a message that is not there", () => {
		const { status, stdout, stderr } = luaReplay(["--show", "--message", "999", file]);
		assert.deepEqual([status, stdout], [2, ""]);
		assert.match(stderr, /^lua-replay: .* has no message 999: the last one is \d+\n$/);
	});

	test("what could command a terminal is shown as bytes", () => {
		const path = changed(12, "rldW", "\x1b]W");
		assert.match(luaReplay(["--list", path]).stdout, /Wö\\027\]Wö/);
		assert.match(luaReplay(["--list", changed(12, "rldW", "\xff\x9bW")]).stdout, /W\\195\\182\\255\\155W/);
	});

	test("bodies that nobody can read are shown as they are", () => {
		const { status, stdout } = luaReplay(["--list", changed(12, "a:3:{", "a:x:{")]);
		assert.equal(status, 0);
		assert.match(stdout, /< a:x:\{s:2:"op"/);
	});

	test("a reader that has seen enough ends it quietly", () => {
		const command = '"$0" --show "$1" | head -n 1';
		const { stdout, stderr } = spawnSync("sh", ["-c", command, fromRoot("bin", "lua-replay"), file], {
			encoding: "utf8",
		});
		assert.equal(stdout, "     #      at ms    took ms\n");
		assert.equal(stderr, "");
	});
});

describe("trouble has status 2 and a message", () => {
	const other = join(recordings.folder, "other");
	const cases: readonly [args: string[], message: RegExp][] = [
		[[], /no file is named/],
		[["--nonsense", other], /there is no option --nonsense/],
		[["--message", "3", other], /--message N goes with --show/],
		[["--show", "--message", "x", other], /N counts from 1/],
		[["--ignore", "(", other], /--ignore: Invalid regular expression/],
		[["/nowhere"], /cannot read \/nowhere: ENOENT/],
		[[recordings.folder], /cannot read .*EISDIR/],
		[[other], /other: this is no transcript of a Scribunto session/],
	];
	for (const [args, message] of cases) {
		test(args.join(" ") || "no arguments", () => {
			writeFileSync(other, "something else, which is longer than the first line");
			const { status, stdout, stderr } = luaReplay(args);
			assert.deepEqual([status, stdout], [2, ""]);
			assert.match(stderr, message);
			assert.match(stderr, /^lua-replay: /);
		});
	}

	test("a Lua that is not there", () => {
		const { status, stderr } = luaReplay(["--lua", "/nowhere/lua", file]);
		assert.equal(status, 2);
		assert.match(stderr, /cannot start \/nowhere\/lua/);
	});
});
