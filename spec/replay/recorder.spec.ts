import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ownTree } from "../../src/host/tree.ts";
import { PeerProcess } from "../../src/replay/peer-process.ts";
import { decodeTranscript } from "../../src/replay/transcript.ts";
import { OUR_LUA } from "../support/dialogue.ts";
import { pause } from "../support/pool.ts";
import { Recordings } from "../support/recordings.ts";
import { ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const made: Recordings[] = [];
after(() => {
	for (const recordings of made) recordings.remove();
});
function recordings(): Recordings {
	const those = new Recordings();
	made.push(those);
	return those;
}

/** A session in which Lua calls the host; gives what the chunk returned. */
async function session(
	host: ReturnType<Recordings["host"]>,
	text = "return lib.f(...) .. '!'",
	argument = "x",
) {
	host.registerLibrary("lib", { f: (value) => [`<${String(value)}>`] });
	const results = host.call(host.loadString(text, "=chunk"), argument);
	const ended = await host.quit();
	return { results, ended };
}

describe("a recording", { skip }, () => {
	test("has the whole conversation, in both directions, and its end", async () => {
		const those = recordings();
		const { results } = await session(those.host({}, { interpreterId: 7 }));
		assert.deepEqual(results, ["<x>!"]);
		const { header, entries, isWhole } = those.last();
		assert.ok(isWhole);
		assert.equal(header.interpreterId, 7);
		assert.equal(header.includes, ownTree(ROOT).includes);
		assert.deepEqual(
			entries.map(({ source }) => source),
			["host", "peer", "host", "peer", "host", "peer", "host", "peer", "host", "end"],
		);
		assert.match(String(entries[5]?.body), /s:7:"lib-f-1"/);
		assert.match(String(entries[7]?.body), /s:4:"<x>!"/);
		assert.equal(String(entries.at(-1)?.body), '{"code":0,"signal":null}');
		const times = entries.map(({ time }) => time);
		assert.deepEqual(
			times,
			[...times].sort((a, b) => a - b),
		);
	});

	test("is for its owner only, one file a session", async () => {
		const those = recordings();
		await session(those.host());
		await session(those.host());
		assert.equal(statSync(those.target).mode & 0o777, 0o700);
		assert.deepEqual(
			those.files().map((file) => statSync(file).mode & 0o777),
			[0o600, 0o600],
		);
	});

	test("takes messages of any size and any bytes", async () => {
		const those = recordings();
		for (const length of [65_000, 65_400, 65_500, 65_600, 300_000]) {
			const bytes = "\xff\n\\\r\0\"'".repeat(length / 7);
			const host = those.host({}, { encoding: "latin1" });
			await session(host, "return ...", bytes);
			const { entries, isWhole } = those.last();
			assert.ok(isWhole);
			assert.equal(entries.length, 8);
			assert.ok(entries[5]!.body.includes(`s:${bytes.length}:"\xff\\n\\\\\\r\0`, 0, "latin1"));
		}
	});

	test("of a session that was killed ends with the message that it was about", async () => {
		const those = recordings();
		const { mainFile, includes } = ownTree(ROOT);
		const env = { ...process.env, SCRIBUNTO_LUA_RECORD: those.target };
		const peer = new PeerProcess({ lua: OUR_LUA, mainFile, includes, interpreterId: 0, intSize: 8, env });
		peer.exchange(Buffer.from('{["op"]="loadString",["text"]="while true do end",["chunkName"]="=c"}'));
		const call = '{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}';
		peer.send(Buffer.from(call));
		while (those.last().entries.length < 3) await pause(20);
		process.kill(peer.pid!, "SIGKILL");
		assert.deepEqual(await peer.close(), { code: null, signal: "SIGKILL" });
		const { entries, isWhole } = those.last();
		assert.ok(isWhole);
		assert.equal(String(entries.at(-1)?.body), call);
		// And if the machine had stopped in the middle of it.
		const bytes = readFileSync(those.files()[0]!);
		const cut = decodeTranscript(bytes.subarray(0, bytes.length - 5));
		assert.deepEqual([cut.entries.length, cut.isWhole], [2, false]);
	});

	test("is not made unless it is asked for", async () => {
		const those = recordings();
		const { results } = await session(those.host({}, { env: { ...process.env, SCRIBUNTO_LUA_RECORD: "" } }));
		assert.deepEqual(results, ["<x>!"]);
		assert.deepEqual(readdirSync(those.folder), ["errors"]);
	});

	test("is made of some sessions, when so many are enough", async () => {
		const those = recordings();
		await session(those.host({ EVERY: "1000000000" }));
		assert.deepEqual(readdirSync(those.folder), ["errors"]);
		assert.deepEqual(those.warnings(), []);
	});
});

describe("the size limit", { skip }, () => {
	test("ends a recording, not the session, and keeps later ones away", async () => {
		const those = recordings();
		const long = await session(those.host({ SIZE: "1" }), "return ('x'):rep(1100000) .. lib.f()");
		assert.equal(String(long.results[0]).length, 1_100_011);
		assert.deepEqual(those.warnings(), [
			"lua: the rest of this session is not recorded: the size limit is reached",
		]);
		const { entries, isWhole } = those.last();
		assert.ok(isWhole);
		assert.deepEqual(JSON.parse(String(entries.at(-1)?.body)), {
			code: null,
			signal: null,
			reason: "the size limit was reached",
		});
		const { results } = await session(those.host({ SIZE: "1" }));
		assert.deepEqual(results, ["<x>!"]);
		assert.equal(those.files().length, 1);
		assert.match(those.warnings()[0] ?? "", /the recordings in .* take 1 MB, which is the limit/);
	});
});

describe("what cannot be recorded is told, and the session goes on", { skip }, () => {
	const cases: readonly [name: string, variables: Record<string, string>, path: string[], warning: RegExp][] =
		[
			["a folder in a folder that is not there", {}, ["a", "b"], /ENOENT/],
			["a folder where none can be", {}, ["/proc/none"], /ENOENT/],
			["a file in the folder's place", {}, ["file"], /ENOTDIR/],
			["a folder without write permission", {}, ["/proc/self"], /E(ACCES|PERM|NOENT|ROFS)/],
			["a wrong rate", { EVERY: "0" }, ["x"], /one session of 0: a whole number/],
			["a wrong size", { SIZE: "big" }, ["x"], /a size of big: a whole number/],
			["a wrong mask", { MASK: "secret(" }, ["x"], /a mask is no regular expression: Unterminated group$/],
		];
	for (const [name, variables, path, warning] of cases) {
		test(name, async () => {
			const those = recordings();
			mkdirSync(those.target);
			writeFileSync(join(those.target, "file"), "");
			const [first = ""] = path;
			const folder = first.startsWith("/") ? first : join(those.target, ...path);
			const env: NodeJS.ProcessEnv = { ...process.env, SCRIBUNTO_LUA_RECORD: folder };
			for (const [key, value] of Object.entries(variables)) env[`SCRIBUNTO_LUA_RECORD_${key}`] = value;
			const { results, ended } = await session(those.host({}, { env }));
			assert.deepEqual(results, ["<x>!"]);
			assert.equal(ended.code, 0);
			assert.equal(those.warnings().length, 1);
			assert.match(those.warnings()[0] ?? "", /^lua: this session is not recorded: /);
			assert.match(those.warnings()[0] ?? "", warning);
		});
	}
});

describe("a masked recording", { skip }, () => {
	test("hides what matches on both ways, and decodes", async () => {
		const those = recordings();
		const host = those.host({ MASK: "s3cr\\w+|pässwort" });
		const { results } = await session(host, "local key = 's3cret\\n' return lib.f(...) .. key", "pässwort");
		assert.deepEqual(results, ["<pässwort>s3cret\n"]);
		const { header, entries } = those.last();
		assert.equal(header.mask, "*");
		const text = entries.map(({ body }) => String(body)).join("\n");
		assert.doesNotMatch(text, /s3cr|sswort/);
		assert.match(text, /local key = '\*{6}\\\\n' return/);
		assert.match(text, /s:18:"<\*{9}>\*{6}\\n";/);
	});

	test("ends where a message cannot be read", async () => {
		const those = recordings();
		const host = those.host({ MASK: "x" });
		host.exchange('{ ["op"] = "getStatus" }');
		await host.quit();
		assert.match(
			those.warnings()[0] ?? "",
			/the rest of this session is not recorded: a message of the host's/,
		);
		assert.deepEqual(those.last().entries, []);
	});
});
