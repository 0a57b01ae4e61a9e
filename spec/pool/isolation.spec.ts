// Nothing of one session can be seen by the next in the same worker: each case spoils what it can in
// one session, and a probe in the next gives what it gives in a session after none.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Host } from "../../src/host/host.ts";
import { TestPool, until } from "../support/pool.ts";

const pool = new TestPool({ pm: "static", max_children: 1, max_requests: 0 });
before(() => {
	pool.start();
});
after(() => pool.stop());

interface Way {
	readonly spoil: string;
	readonly probe: string;
	/** The session ends in the middle of the call. */
	readonly cut?: boolean;
}

const DEEP = "local function f(n) if n == 0 then lib.leave() end f(n - 1) return 1 end f(5000)";
const NESTED = "local function f(n) if n == 0 then lib.leave() end pcall(f, n - 1) return 1 end f(150)";
const DEPTH = "local n = 0 local function f() n = n + 1 f() return 1 end pcall(f) return n";
const C_LEVELS = "local n = 0 local function f() n = n + 1 pcall(f) return 1 end f() return n";

const WAYS: Readonly<Record<string, Way>> = {
	"a global": { spoil: "x = 1", probe: "return x" },
	"a global through _G": { spoil: "_G.x = 1", probe: "return _G.x, rawget(_G, 'x')" },
	"a metatable of _G": {
		spoil: "setmetatable(_G, { __index = function() return 1 end })",
		probe: "return x, getmetatable(_G)",
	},
	"the environment of a function": { spoil: "setfenv(1, { y = 2 }) z = 3", probe: "return y, z" },
	"a replaced builtin": { spoil: "print, type, pairs = 1, 2, 3", probe: "return type(type), type(pairs)" },
	"a removed builtin": { spoil: "string.format = nil", probe: "return string.format('%d', 5)" },
	"a field of string": { spoil: "string.x = 1", probe: "return string.x, ('').x" },
	"a method of strings": {
		spoil: "string.upper = function() return 'spoilt' end",
		probe: "return ('a'):upper()",
	},
	"the string metatable's __index": {
		spoil: "getmetatable('').__index = function() return 7 end",
		probe: "return ('a').x, ('a'):len()",
	},
	"the string metatable's __add": {
		spoil: "getmetatable('').__add = function() return 7 end",
		probe: "return pcall(function() return 'a' + 'b' end)",
	},
	"the string metatable's __call": {
		spoil: "getmetatable('').__call = function() return 7 end",
		probe: "return pcall(function() return ('a')() end)",
	},
	"the string metatable's guard": {
		spoil: "getmetatable('').__metatable = 'closed'",
		probe: "return type(getmetatable(''))",
	},
	"a field of table": {
		spoil: "table.x = 1 table.concat = 2",
		probe: "return table.x, table.concat({ 1, 2 })",
	},
	"a field of math": { spoil: "math.x = 1 math.huge = 5", probe: "return math.x, math.huge" },
	"a field of os": {
		spoil: "os.x = 1 os.time = function() return 1 end",
		probe: "return os.x, os.time() > 1e9",
	},
	"a field of debug": {
		spoil: "debug.x = 1 debug.traceback = nil",
		probe: "return debug.x, type(debug.traceback)",
	},
	"a field of mw": { spoil: "mw = { x = 1 }", probe: "return mw" },
	"the random sequence": {
		spoil: "math.random() math.random()",
		probe: "return math.random(), math.random(100)",
	},
	"the random seed": { spoil: "math.randomseed(99)", probe: "return math.random(), math.random()" },
	"the clock": {
		spoil: "local t = os.clock() while os.clock() < t + 0.3 do end",
		probe: "return os.clock() < 0.2",
	},
	"the locale": { spoil: "return os.setlocale", probe: "return os.setlocale" },
	"a host function": { spoil: "keep = lib.echo", probe: "return keep, lib.echo('here')" },
	"the table of host functions": { spoil: "lib.extra = 1", probe: "return lib.extra" },
	"a replaced host function": {
		spoil: "lib.echo = function() return 'spoilt' end",
		probe: "return lib.echo('x')",
	},
	"a library registered by name": { spoil: "return 1", probe: "return other" },
	"the ids of functions": { spoil: "lib.echo(function() end, function() end)", probe: "return lib.count()" },
	"the names of chunks": { spoil: "error('x')", probe: "return pcall(error, 'y')" },
	"the depth of calls": { spoil: DEEP, probe: DEPTH, cut: true },
	"the depth of C calls": { spoil: NESTED, probe: C_LEVELS, cut: true },
	"a stack overflow": { spoil: "local function f() return 1 + f() end pcall(f)", probe: DEPTH },
	"a C stack overflow": { spoil: C_LEVELS, probe: C_LEVELS },
	"an error in an error handler": {
		spoil: "xpcall(error, function() lib.leave() end)",
		probe: "return xpcall(error, debug.traceback)",
		cut: true,
	},
	"a traceback": {
		spoil: "local function secret() lib.leave() return 1 end secret()",
		probe: "return debug.traceback()",
		cut: true,
	},
	"a level of error": {
		spoil: "local function f() lib.leave() error('m', 3) end pcall(f)",
		probe: "return pcall(function() error('m', 3) end)",
		cut: true,
	},
	"getfenv by level": {
		spoil: "local function f() setfenv(1, { secret = 1 }) lib.leave() return 1 end f()",
		probe: "return pcall(getfenv, 7), getfenv(1) == _G",
		cut: true,
	},
	"a cached pattern": {
		spoil: "return ('secret'):match('(s.-)t')",
		probe: "return ('secret'):match('(s.-)t')",
	},
	"captures of the last match": {
		spoil: "('secret'):gsub('(s)(e)', function() lib.leave() end)",
		probe: "return ('abc'):match('b'), ('abc'):find('()c')",
		cut: true,
	},
	"a pattern in the middle of gmatch": {
		spoil: "for w in ('a b'):gmatch('%a') do lib.leave() end",
		probe: "local t = {} for w in ('c d'):gmatch('%a') do t[#t + 1] = w end return table.concat(t)",
		cut: true,
	},
	"a sort": {
		spoil: "table.sort({ 3, 2, 1 }, function() lib.leave() end)",
		probe: "local t = { 3, 1, 2 } table.sort(t) return table.concat(t)",
		cut: true,
	},
	"a cached format": { spoil: "return ('%5.2f'):format(1)", probe: "return ('%5.2f'):format(2)" },
	"the same chunk's upvalues": {
		spoil: "local n = 0 function bump() n = n + 1 return n end bump() return bump()",
		probe: "local n = 0 function bump() n = n + 1 return n end bump() return bump()",
	},
	"the same chunk's environment": {
		spoil: "same = (same or 0) + 1 return same",
		probe: "same = (same or 0) + 1 return same",
	},
	"a constant table": {
		spoil: "local t = { a = { 1, 2 }, b = 'x' } t.a[1] = 'spoilt' t.c = 1 return t.a[1]",
		probe: "local t = { a = { 1, 2 }, b = 'x' } return t.a[1], t.c",
	},
	"the order of pairs": {
		spoil: "for i = 1, 300 do local t = {} t['k' .. i] = 1 t.x = 2 t[i] = 3 end",
		probe: "local t, s = { b = 1, a = 2, c = 3, [1] = 4 }, '' for k in pairs(t) do s = s .. k end return s",
	},
	"the names of tables": { spoil: "return tostring({}), tostring(print)", probe: "return tostring({})" },
	"a collector's count": { spoil: "return collectgarbage", probe: "return collectgarbage" },
	"a weak table": { spoil: "w = setmetatable({}, { __mode = 'k' })", probe: "return w" },
	"memory in use": {
		spoil: "t = {} for i = 1, 30 do t[i] = ('x'):rep(1e6) .. i end",
		probe: "local t = {} for i = 1, 30 do t[i] = ('x'):rep(1e6) .. i end return #t",
	},
	"memory run out of": {
		spoil: "pcall(function() local t = {} while true do t[#t + 1] = {} end end)",
		probe: "local t = {} for i = 1, 1e5 do t[i] = {} end return #t",
	},
	"the time zone": {
		spoil: "return os.date('%H', 0)",
		probe: "return os.date('%H', 0), os.time({ year = 2000, month = 6, day = 1 })",
	},
};

class SessionLeft extends Error {}

/** What a chunk gives; a cut session ends in its middle. */
async function play(text: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
	const host: Host = pool.host({ cpu: 30, env });
	let calls = 0;
	host.registerLibrary("lib", {
		echo: (...values) => values,
		count: () => [++calls],
		leave: () => {
			throw new SessionLeft();
		},
	});
	let result: string;
	try {
		result = JSON.stringify(host.call(host.loadString(text, "=chunk")));
	} catch (error) {
		if (!(error instanceof Error)) throw error;
		result = String(error);
	}
	await host.close().catch(() => undefined);
	return result;
}

describe("one session after another", () => {
	for (const [name, { spoil, probe }] of Object.entries(WAYS)) {
		test(name, async () => {
			const clean = await play(probe);
			await play(spoil);
			assert.equal(await play(probe), clean);
		});
	}

	test("a large constant table that the same chunk spoils", async () => {
		const items = Array.from(
			{ length: 60 },
			(_, i) => `k${i} = { ${i}, "${i}", inner = { x = ${i} } }, ${i}, [${i}.5] = true`,
		);
		const text = `local t = { ${items.join(", ")} } local shown = {}
			for k, v in pairs(t) do shown[#shown + 1] = tostring(k) .. type(v) end
			for i = 1, 60 do shown[#shown + 1] = t["k" .. i - 1].inner.x .. t["k" .. i - 1][2] end
			for i = 0, 59 do t["k" .. i].inner.x, t["k" .. i][2], t["k" .. i].y = "spoilt", "spoilt", 1 end
			for i = 1, 200 do t["new" .. i], t[i], t[i + 0.5] = 1, nil, nil end
			setmetatable(t, { __index = error }) setmetatable(t.k1, { __index = error })
			return table.concat(shown, " ")`;
		const first = await play(text);
		assert.match(first, /k0table/);
		for (let session = 2; session <= 5; session++) assert.equal(await play(text), first);
	});

	test("the time zone of each launcher", async () => {
		const hour = "return os.date('%H', 0)";
		assert.equal(await play(hour, { TZ: "Asia/Tokyo" }), '["09"]');
		assert.equal(await play(hour, { TZ: "UTC" }), '["00"]');
		assert.equal(await play(hour, { TZ: "Asia/Tokyo" }), '["09"]');
	});

	test("all in one worker, which has kept compiled code", async () => {
		await until("the worker is idle", () => pool.status().workers[0]?.state === "idle");
		const { workers } = pool.status();
		assert.equal(workers.length, 1);
		const [worker] = workers;
		assert.ok(
			worker !== undefined && worker.sessions >= 3 * Object.keys(WAYS).length,
			JSON.stringify(workers),
		);
		assert.ok(worker.cacheHits > worker.cacheMisses / 2, JSON.stringify(worker));
	});

	test("there are at least forty ways", () => {
		assert.ok(Object.keys(WAYS).length >= 40);
	});
});
