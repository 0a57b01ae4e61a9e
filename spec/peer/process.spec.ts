// How a peer process begins and ends, and what it does with input that is no message.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { describe, test } from "node:test";
import { Host } from "../../src/host/host.ts";
import { installedTree } from "../../src/host/tree.ts";
import { encodeHeader } from "../../src/wire/frame.ts";
import { NATIVE_LUA, OUR_LUA } from "../support/dialogue.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("lua5.1", "mediawiki", "bin/lua");

function start(lua: string, input: string, args = ["0", "8"]): SpawnSyncReturns<Buffer> {
	const { mainFile, includes } = installedTree()!;
	return spawnSync(lua, [mainFile, includes, ...args], {
		input: Buffer.from(input, "latin1"),
		timeout: 20_000,
	});
}

const frame = (body: string): string => encodeHeader(body.length) + body;
const STATUS = frame('{["op"]="getStatus"}');
const LOAD = frame('{["op"]="loadString",["text"]="return 1",["chunkName"]="=x"}');

describe("the end of the input", () => {
	const inputs: Record<string, string> = {
		"no input": "",
		"after a message": LOAD,
		"after some messages": LOAD + LOAD + LOAD,
		"within the first header": "0000",
		"within a later header": `${LOAD}0000001`,
		"after a header": LOAD.slice(0, 16),
		"within a body": LOAD.slice(0, -1),
		"a wrong check word": `0000000a00000000${"x".repeat(10)}`,
		"a header that is no number": "zzzzzzzzzzzzzzzz",
		"an empty body": "00000000ffffffff",
		"capital digits": `0000001${"4"}${"00000027"}{["op"]="getStatus"}`,
		"digits A to F": `0000000F0000001D{["op"]="quit"}`,
		"an unknown op": frame('{["op"]="other"}'),
		"no message": frame("nonsense("),
		quit: LOAD + frame('{["op"]="quit"}') + LOAD,
		testquit: frame('{["op"]="testquit"}'),
	};
	for (const [name, input] of Object.entries(inputs)) {
		test(name, { skip }, () => {
			const native = start(NATIVE_LUA, input);
			const ours = start(OUR_LUA, input);
			assert.equal(ours.status, native.status);
			if (!input.includes("getStatus"))
				assert.equal(ours.stdout.toString("latin1"), native.stdout.toString("latin1"));
			assert.equal(ours.stderr.length > 0, native.stderr.length > 0);
		});
	}
});

describe("the command line", () => {
	for (const args of [[], ["x", "8"], ["0"], ["0", "5"], ["0", "x"], [" 7 ", "0x8"]]) {
		test(JSON.stringify(args), { skip }, () => {
			const native = start(NATIVE_LUA, LOAD, args);
			const ours = start(OUR_LUA, LOAD, args);
			assert.equal(ours.status, native.status);
			assert.equal(ours.stdout.toString("latin1"), native.stdout.toString("latin1"));
		});
	}
	test("a tree that is not there", { skip: whyMissing("bin/lua") }, () => {
		const ours = spawnSync(OUR_LUA, ["/nowhere/mw_main.lua", "/nowhere", "0", "8"], { input: "" });
		assert.equal(ours.status, 1);
		assert.match(ours.stderr.toString(), /^lua.*: .*\/nowhere/);
	});
});

test("nothing is lost when stderr is the null device or closed", { skip }, () => {
	const { mainFile, includes } = installedTree()!;
	const devNull = openSync("/dev/null", "w");
	for (const target of [devNull, "ignore"] as const) {
		const ended = spawnSync(OUR_LUA, [mainFile, includes, "0", "8"], {
			input: LOAD,
			stdio: ["pipe", "pipe", target],
		});
		assert.equal(ended.status, 0);
		assert.match(ended.stdout.toString(), /s:6:"return"/);
	}
	closeSync(devNull);
	const command = `exec "${OUR_LUA}" "${mainFile}" "${includes}" 0 8 2>&-`;
	assert.equal(spawnSync("/bin/sh", ["-c", command], { input: LOAD }).status, 0);
});

test("a pipe that nobody reads ends the process with status 1", { skip }, () => {
	const { mainFile, includes } = installedTree()!;
	const command = `{ printf '%s' '${STATUS}'; sleep 0.5; printf '%s' '${STATUS}'; sleep 0.5; } | { "${OUR_LUA}" "${mainFile}" "${includes}" 0 8 2>/dev/null; echo $? >&3; } | true`;
	const ended = spawnSync("/bin/sh", ["-c", command], {
		stdio: ["ignore", "pipe", "pipe", "pipe"],
		timeout: 20_000,
	});
	assert.equal(ended.output[3]?.toString().trim(), "1");
});

test("getStatus tells the truth about the process", { skip }, async () => {
	const host = new Host({ lua: OUR_LUA, tree: installedTree()! });
	const status = host.getStatus();
	assert.ok(status !== undefined && status.rss !== undefined);
	const ps = spawnSync("ps", ["-o", "vsz=,rss=", "-p", String(status.pid)]).stdout.toString();
	const [vsz = 0, rss = 0] = ps
		.trim()
		.split(/\s+/)
		.map((field) => Number(field) * 1024);
	if (vsz > 0) {
		assert.ok(Math.abs(status.vsize - vsz) < vsz / 10, `vsize ${status.vsize}, ps ${vsz}`);
		assert.ok(Math.abs(status.rss - rss) < rss / 4, `rss ${status.rss}, ps ${rss}`);
	}
	const busy = host.loadString("local t = os.clock() while os.clock() - t < 0.5 do end", "=busy");
	host.call(busy);
	const ticks = host.getStatus()!.time - status.time;
	assert.ok(ticks >= 45 && ticks < 150, `${ticks} ticks for half a second`);
	assert.deepEqual(await host.quit(), { code: 0, signal: null });
});

test("SIGTERM ends a busy loop at once", { skip }, async () => {
	const { mainFile, includes } = installedTree()!;
	const body = '{["op"]="loadString",["text"]="while true do end",["chunkName"]="=x"}';
	const call = '{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}';
	const script = `{ printf '%s' '${frame(body)}${frame(call)}'; sleep 5; } | { "${OUR_LUA}" "${mainFile}" "${includes}" 0 8 2>/dev/null & p=$!; sleep 1; kill -TERM $p; wait $p; echo $?; }`;
	const started = Date.now();
	const ended = spawnSync(
		"/bin/bash",
		[
			"-c",
			script.replace("| {", "| { exec 0<&0;").replaceAll(" 2>/dev/null &", " 2>/dev/null <&0 >/dev/null &"),
		],
		{ timeout: 20_000 },
	);
	assert.equal(ended.stdout.toString().trim(), "143");
	assert.ok(Date.now() - started < 15_000);
});

test("messages of 100 MB in both directions take linear time and memory", { skip }, async () => {
	const host = new Host({ lua: OUR_LUA, tree: installedTree()!, encoding: "latin1" });
	try {
		const { id } = host.loadString("return ...", "=echo");
		const ticks = (): number => host.getStatus()!.time;
		/** CPU time of the peer for a string of this many bytes, there and back. */
		const echo = (unit: string, escaped: string, bytes: number): number => {
			const count = Math.ceil(bytes / escaped.length);
			const before = ticks();
			const text = escaped.repeat(count);
			const reply = host.exchange(`{["op"]="call",["id"]=${id},["nargs"]=1,["args"]={[1]="${text}"}}`);
			const taken = ticks() - before;
			const length = `s:${unit.length * count}:"`;
			const start = reply.indexOf(length) + length.length;
			assert.ok(
				start > length.length && reply.slice(start, -4) === text,
				`${JSON.stringify(unit)} came back changed`,
			);
			return taken;
		};
		echo("warm up", "warm up", 5e6);
		for (const [unit, escaped] of [
			["plain text, ", "plain text, "],
			["a\n\\\r\xff", "a\\n\\\\\\r\xff"],
		] as const) {
			const small = echo(unit, escaped, 25e6);
			const large = echo(unit, escaped, 100e6);
			assert.ok(large < 12 * Math.max(small, 10), `${large} ticks for 100 MB, ${small} for 25 MB`);
		}
		const { rss = 0 } = host.getStatus()!;
		assert.ok(rss < 1.2e9, `${rss} bytes`);
		const [count] = host.call(
			host.loadString("local t = {} for i = 1, 1e5 do t[i] = 'value ' .. i end return #t, t", "=many"),
		);
		assert.equal(count, 1e5);
	} finally {
		await host.quit();
	}
});
