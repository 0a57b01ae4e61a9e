// Profiles of whole sessions: behind a host, killed by it, on the command line, offline.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ownTree } from "../../src/host/tree.ts";
import { PeerProcess } from "../../src/replay/peer-process.ts";
import { OUR_LUA } from "../support/dialogue.ts";
import { fromRoot, ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const folder = mkdtempSync(join(tmpdir(), "sf-profile-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const SUFFIXES = ["folded", "html", "lcov", "speedscope.json", "txt"];

/** The files of the only session in a folder, by suffix. */
function filesIn(name: string): Record<string, string> {
	const names = readdirSync(join(folder, name)).sort();
	assert.deepEqual(
		names.map((file) => file.slice(file.indexOf("Z-")).replace(/^Z-\d+\./, "")),
		SUFFIXES,
	);
	for (const file of names) assert.equal(statSync(join(folder, name, file)).mode & 0o777, 0o600);
	return Object.fromEntries(
		names.map((file, position) => [SUFFIXES[position] ?? "", readFileSync(join(folder, name, file), "utf8")]),
	);
}

const environment = (name: string) => ({ ...process.env, SCRIBUNTO_LUA_PROFILE: join(folder, name) });

describe("a profile", { skip }, () => {
	test("of a page's session, with calls of the host, though it is killed", async () => {
		const { mainFile, includes } = ownTree(ROOT);
		const env = environment("page");
		const peer = new PeerProcess({ lua: OUR_LUA, mainFile, includes, interpreterId: 0, intSize: 8, env });
		const send = (body: string) => peer.exchange(Buffer.from(body));
		send('{["op"]="registerLibrary",["name"]="lib",["functions"]={["f"]="lib-f-7"}}');
		// More than the little that may be missing at the end when writing has taken its time, as on a slow machine.
		const text = "local function g() for i = 1, 20000 do local x = i end return lib.f(1) end return g()";
		send(`{["op"]="loadString",["text"]="${text}",["chunkName"]="=Module:X"}`);
		send('{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}'); // it calls the host
		send('{["op"]="return",["nvalues"]=1,["values"]={[1]=2}}');
		// It answers messages about nothing only when it has written the profile.
		send('{["op"]="getStatus"}');
		process.kill(peer.pid!, "SIGKILL");
		await peer.close();
		const files = filesIn("page");
		assert.match(files["folded"] ?? "", /^main chunk <Module:X>;g <Module:X:1>;\[host\] lib-f \d+$/m);
		assert.match(files["lcov"] ?? "", /^SF:Module:X\nFN:1,g\nFNDA:1,g\n/m);
		assert.doesNotMatch(files["lcov"] ?? "", /mwInit/);
		assert.match(files["txt"] ?? "", / 1 {2}\[host\] lib-f$/m);
	});

	test("of a Lua program that ends itself", () => {
		const program = join(folder, "a.lua");
		writeFileSync(program, "local function f() end\nf() f()\nos.exit(3)\n");
		const { status, stderr } = spawnSync(OUR_LUA, [program], {
			env: environment("program"),
			encoding: "utf8",
		});
		assert.deepEqual([status, stderr], [3, ""]);
		const files = filesIn("program");
		assert.ok(files["lcov"]?.includes(`SF:${program}\nFN:1,f\nFNDA:2,f\n`), files["lcov"]);
		assert.equal((JSON.parse(files["speedscope.json"] ?? "") as { profiles: unknown[] }).profiles.length, 2);
	});

	test("of a module without a wiki names the module's file", () => {
		const module = fromRoot("fixtures", "offline", "modules", "Greeting.lua");
		const args = ["--profile", join(folder, "offline"), module, "main", "--arg", "x"];
		const { status, stdout } = spawnSync(fromRoot("bin", "lua-run"), args, { encoding: "utf8" });
		assert.deepEqual([status, stdout], [0, "Hello, x!\n"]);
		assert.ok(filesIn("offline")["lcov"]?.includes(`SF:${module}\n`));
	});

	test("that cannot be written keeps nothing from running", () => {
		const env = { ...process.env, SCRIBUNTO_LUA_PROFILE: "/proc/none" };
		const { status, stdout, stderr } = spawnSync(OUR_LUA, ["-e", "print(1)"], { env, encoding: "utf8" });
		assert.deepEqual([status, stdout], [0, "1\n"]);
		assert.match(stderr, /^lua: not profiled: /);
	});
});
