import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { Host, LuaCallError, PeerGoneError } from "../../src/host/host.ts";
import { decodeReply } from "../../src/host/reply-reader.ts";
import { installedTree, ownTree, type ScribuntoTree } from "../../src/host/tree.ts";
import { encodeRequest, type HostValue, LuaFunctionHandle } from "../../src/host/value.ts";
import { NATIVE_LUA, OUR_LUA } from "../support/dialogue.ts";
import { isAlive, pause } from "../support/pool.ts";
import { fromRoot, ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

test("requests are written as PHP writes them", () => {
	const writes = (value: HostValue, expected: string): void =>
		assert.equal(encodeRequest(value, "utf8"), expected);
	writes([1, null, "x"], '{[1]=1,[2]=nil,[3]="x"}');
	writes({ op: "call", 7: true, "-3": 1, "007": 2 }, '{[7]=true,["op"]="call",[-3]=1,["007"]=2}');
	writes(
		new Map<HostValue, HostValue>([
			["1", 2],
			[1.5, 3],
		]),
		'{["1"]=2,[1.5]=3}',
	);
	writes("é\n", '"\xc3\xa9\\n"');
	writes(Uint8Array.of(0, 255), '"\\000\xff"');
	writes([new LuaFunctionHandle(0, 12)], "{[1]=chunks[12]}");
	writes([Number.NaN, 12n, -0], "{[1]=(0/0),[2]=12,[3]=-0}");
});

test("replies are read, with the doubles that php-serialize refuses", () => {
	const values = (body: string): unknown =>
		decodeReply(`a:1:{s:6:"values";a:1:{i:1;${body}}}`, "utf8").values;
	for (const [text, value] of [
		["INF", 1 / 0],
		["-INF", -1 / 0],
		["1e+17", 1e17],
		["1e-05", 1e-5],
		["-1.5", -1.5],
		["1.0000000000000001e+300", 1e300],
		["9007199254740992", 2 ** 53],
	] as const) {
		assert.deepEqual(values(`d:${text};`), { 1: value }, text);
	}
	assert.deepEqual(values("d:NAN;"), { 1: Number.NaN });
	assert.deepEqual(values('s:9:"d:INF;d:1";'), { 1: "d:INF;d:1" });
	assert.deepEqual(values('s:4:"\\n\\\\\xc3\xa9";'), { 1: "\n\\é" });
	const handle = (
		values('O:3:"A\\\\B":2:{s:13:"interpreterId";i:3;s:2:"id";i:7;}') as Record<string, unknown>
	)["1"];
	assert.ok(handle instanceof LuaFunctionHandle);
	assert.equal(handle.id, 7);
});

const peers: [name: string, lua: string, skip: string | false, tree: () => ScribuntoTree][] = [
	[
		"native lua5.1 with Scribunto's server",
		NATIVE_LUA,
		whyMissing("lua5.1", "mediawiki"),
		() => installedTree()!,
	],
	["ours with Scribunto's tree", OUR_LUA, whyMissing("bin/lua", "mediawiki"), () => installedTree()!],
	["ours with our own tree", OUR_LUA, whyMissing("bin/lua"), () => ownTree(ROOT)],
];

for (const [name, lua, skip, tree] of peers) {
	describe(name, { skip }, () => {
		let host: Host;
		before(() => {
			host = new Host({ lua, tree: tree(), interpreterId: 5 });
		});
		after(() => host.terminate());

		const evaluate = (text: string, ...args: HostValue[]): HostValue[] =>
			host.call(host.loadString(text, "=spec"), ...args);

		test("values cross in both directions", () => {
			const values: HostValue[] = [
				1,
				-1.5,
				"é",
				true,
				false,
				undefined,
				{ a: 1, b: { c: "x" } },
				1 / 0,
				1e300,
				2 ** 40,
			];
			assert.deepEqual(evaluate("return ...", ...values), values);
			assert.deepEqual(evaluate("local t = ... return #t, t[2], t", ["a", "b"]), [
				2,
				"b",
				{ 1: "a", 2: "b" },
			]);
			assert.deepEqual(evaluate("return nil, nil, 1, nil"), [undefined, undefined, 1, undefined]);
			assert.deepEqual(evaluate("return #..., ...", Uint8Array.of(65, 0, 66)), [3, "A\0B"]);
		});

		test("keys are keys, whatever JavaScript makes of them", () => {
			const made = evaluate(
				"return { ['__proto__'] = { polluted = 1 }, constructor = 2, toString = '__proto__', [3] = { '__proto__' } }",
			)[0] as { readonly [key: string]: HostValue };
			assert.equal(Object.getPrototypeOf(made), Object.prototype);
			assert.equal(made["polluted"], undefined);
			assert.deepEqual(
				new Map(Object.entries(made)),
				new Map<string, unknown>([
					["__proto__", { polluted: 1 }],
					["constructor", 2],
					["toString", "__proto__"],
					["3", { 1: "__proto__" }],
				]),
			);
			assert.deepEqual(
				evaluate("local t = ... return t.__proto__.polluted, t.constructor, t.toString, t[3][1]", made),
				[1, 2, "__proto__", "__proto__"],
			);
			// Also what stands for it while a reply is read.
			const texts = ["\0" + "00000000", "__proto__"];
			assert.deepEqual(evaluate("return '\\0' .. '00000000', '__proto__'"), texts);
		});

		test("functions are handles that can be called and passed", () => {
			const [f] = evaluate("return function(g, x) return g(x) + 1 end") as [LuaFunctionHandle];
			const [g] = evaluate("return function(x) return x * 2 end") as [LuaFunctionHandle];
			assert.equal(f.interpreterId, 5);
			assert.deepEqual(host.call(f, g, 20), [41]);
		});

		test("host functions are called, nested to any depth", () => {
			host.registerLibrary("host", {
				add: (a, b) => [Number(a) + Number(b)],
				nothing: () => undefined,
				many: () => [1, undefined, "x"],
				again: (f, n) => host.call(f as LuaFunctionHandle, f, Number(n) - 1),
			});
			assert.deepEqual(evaluate("return host.add(1, 2), select('#', host.nothing()), host.many()"), [
				3,
				0,
				1,
				undefined,
				"x",
			]);
			const f = host.loadString(
				"local f, n = ... if n == 0 then return 'bottom' end return host.again(f, n)",
				"=nested",
			);
			assert.deepEqual(host.call(f, f, 30), ["bottom"]);
			const wrapped = host.wrapFunction((x) => [`<${String(x)}>`]);
			assert.deepEqual(evaluate("local f = ... return f(1), f('x')", wrapped), ["<1>", "<x>"]);
		});

		test("errors come as exceptions with a trace, and go back as Lua errors", () => {
			assert.throws(
				() => evaluate("local function f() error('deep') end f()"),
				(error) =>
					error instanceof LuaCallError &&
					error.message === "spec:1: deep" &&
					error.trace!.some((row) => row.name === "f"),
			);
			assert.throws(
				() => evaluate("error({code = 5})"),
				(error) => error instanceof LuaCallError && (error.value as { code: number }).code === 5,
			);
			assert.throws(() => host.loadString("x x", "=bad"), /bad:1: '=' expected near 'x'/);
			host.registerLibrary("failing", {
				raise: () => {
					throw new LuaCallError("host says no");
				},
				rethrow: (f) => host.call(f as LuaFunctionHandle),
			});
			assert.deepEqual(evaluate("return pcall(function() local x = failing.raise() end)"), [
				false,
				"spec:1: host says no",
			]);
			assert.deepEqual(
				evaluate("return pcall(function() local x = failing.rethrow(function() error('inner', 0) end) end)"),
				[false, "spec:1: inner"],
			);
		});

		test("chunks that are released are forgotten", () => {
			const kept = host.loadString("return 'kept'", "=kept");
			const released = host.loadString("return 'released'", "=released");
			released.release();
			host.cleanupChunks();
			assert.deepEqual(host.call(kept), ["kept"]);
			assert.throws(() => host.call(released), new RegExp(`function id ${released.id} does not exist`));
		});

		test("the status is there", () => {
			const status = host.getStatus()!;
			assert.ok(status.pid > 0 && status.vsize > 0 && status.time >= 0);
		});

		test("the ends", async () => {
			const other = new Host({ lua, tree: tree() });
			assert.deepEqual(await other.quit(), { code: 0, signal: null });
			assert.throws(() => other.getStatus(), PeerGoneError);
			const tested = new Host({ lua, tree: tree() });
			assert.deepEqual(await tested.testquit(), { code: 42, signal: null });
			const killed = new Host({ lua, tree: tree() });
			assert.deepEqual(await killed.terminate(), { code: null, signal: "SIGTERM" });
			const broken = new Host({ lua, tree: tree() });
			assert.throws(() => broken.exchange('{["op"]="nonsense"}'), PeerGoneError);
			assert.deepEqual(await broken.close(), { code: 1, signal: null });
		});

		test("a callback that fails otherwise ends the peer", async () => {
			const other = new Host({ lua, tree: tree() });
			other.registerLibrary("x", {
				fail: () => {
					throw new TypeError("a bug of the host's");
				},
			});
			const f = other.loadString("pcall(x.fail)", "=x");
			assert.throws(() => other.call(f), TypeError);
			assert.equal((await other.close()).signal, "SIGTERM");
		});
	});
}

test("a program that closes no host ends, and the peer with it", {
	skip: whyMissing("bin/lua"),
	timeout: 60_000,
}, async () => {
	const program = `
		const { Host, ownTree } = require(process.argv[1]);
		const host = new Host({ lua: process.argv[2], tree: ownTree(process.argv[3]) });
		process.stdout.write(String(host.getStatus().pid));`;
	const args = ["-e", program, fromRoot("dist", "index.cjs"), OUR_LUA, ROOT];
	const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 50_000 });
	assert.equal(status, 0, stderr);
	while (isAlive(Number(stdout))) await pause(20);
});
