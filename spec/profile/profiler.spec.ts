// Profiles of known programs. The clock goes on by one microsecond with each event, so times are exact
// too; with the system's clock they are only plausible.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { hostCall, LuaError, load, observe } from "../../src/engine/api.ts";
import { type Frame, labelOf } from "../../src/profile/frames.ts";
import { Profiler } from "../../src/profile/profiler.ts";
import { MAX_DEPTH, MAX_NODES, totalTimes } from "../../src/profile/stack-tree.ts";
import { collapsedStacks } from "../../src/profile/texts.ts";
import { openCoroutine } from "../../src/stdlib/coroutine.ts";
import { newSession } from "../support/both.ts";

afterEach(() => observe(undefined));

function profile(source: string, clock?: () => number): Profiler {
	let time = 0;
	const profiler = new Profiler(clock ?? (() => time++));
	profiler.start();
	const state = newSession([]);
	openCoroutine(state);
	const outcome = hostCall(state, load(state, source, "=chunk"));
	assert.ok(outcome.ok || outcome.error instanceof LuaError);
	assert.ok(profiler.isIdle, "nothing is running at the end");
	return profiler;
}

function frameOf({ frames }: Profiler, name: string): Frame {
	const found = frames.frames.find((frame) => frame.name === name);
	assert.ok(found, name);
	return found;
}

const callsOf = (profiler: Profiler, ...names: readonly string[]) =>
	names.map((name) => frameOf(profiler, name).calls);

const hitsOf = ({ frames }: Profiler) =>
	frames.chunks.flatMap(({ lines, hits }) => lines.map((line) => `${line}:${hits[line]}`)).join(" ");

/** Stacks without the chunk's name and the times. */
function stacksOf({ tree }: Profiler): string[] {
	const stacks: string[] = [];
	tree.eachStack((stack) => stacks.push(stack.map(({ frame }) => frame.name).join(";")));
	return stacks;
}

const PROGRAM = `local function leaf(n)
	return n + 1
end
local t = {}
function t.both(n)
	local sum = leaf(n)
	sum = sum + leaf(n)
	return sum
end
for i = 1, 3 do
	t.both(i)
end
local never = function()
	return type(1)
end
tostring(1)`;

describe("counts", () => {
	test("of calls", () => {
		const profiler = profile(PROGRAM);
		assert.deepEqual(callsOf(profiler, "main chunk", "leaf", "t.both", "never", "tostring"), [1, 6, 3, 0, 1]);
	});

	test("of lines, with those that are not reached", () => {
		assert.equal(hitsOf(profile(PROGRAM)), "1:1 2:6 4:1 5:1 6:3 7:3 8:3 10:4 11:3 13:1 14:0 16:1");
	});

	test("by stack", () => {
		assert.deepEqual(stacksOf(profile(PROGRAM)), [
			"main chunk",
			"main chunk;t.both",
			"main chunk;t.both;leaf",
			"main chunk;tostring",
		]);
	});

	test("of a chunk that is loaded twice are counted together", () => {
		const profiler = new Profiler();
		profiler.start();
		const state = newSession([]);
		for (let i = 0; i < 2; i++) hostCall(state, load(state, "local x = 1", "=chunk"));
		assert.equal(profiler.frames.chunks.length, 1);
		assert.deepEqual(callsOf(profiler, "main chunk"), [2]);
	});
});

describe("times", () => {
	test("each event is charged to what ran before it", () => {
		const profiler = profile("local function f()\n local x = 1\nend\nf()");
		// main: line 1, line 4, and to enter f; f: line 2, line 3, and its leaving; main: its leaving.
		assert.equal(frameOf(profiler, "f").self, 3);
		assert.equal(frameOf(profiler, "main chunk").self, 4);
		assert.equal(totalTimes(profiler.tree).get(frameOf(profiler, "main chunk")), 7);
		assert.equal(collapsedStacks(profiler.tree), "main chunk <chunk> 4\nmain chunk <chunk>;f <chunk:1> 3\n");
	});

	test("are plausible by the system's clock", () => {
		const profiler = profile(PROGRAM, () => performance.now() * 1000);
		const totals = totalTimes(profiler.tree);
		let sum = 0;
		for (const frame of profiler.frames.frames) {
			assert.ok(frame.self >= 0);
			assert.ok(frame.self <= (totals.get(frame) ?? 0) + 1e-6, labelOf(frame));
			sum += frame.self;
		}
		const all = totals.get(frameOf(profiler, "main chunk")) ?? 0;
		assert.ok(Math.abs(sum - all) < 1e-6 * (1 + sum));
	});

	test("recursion counts once in a total", () => {
		const profiler = profile("local function f(n)\n if n > 0 then f(n - 1) end\nend\nf(3)");
		const f = frameOf(profiler, "f");
		assert.equal(f.calls, 4);
		assert.equal(totalTimes(profiler.tree).get(f), f.self);
	});
});

describe("the stack is balanced", () => {
	const cases: readonly [string, string, readonly string[]][] = [
		[
			"after errors",
			"local function f() error('x') end\npcall(f)\nlocal function g() end\ng()",
			["main chunk", "main chunk;pcall", "main chunk;pcall;f", "main chunk;pcall;f;error", "main chunk;g"],
		],
		[
			"after an error that nothing catches",
			"local function f() local x = nil + 1 end\nf()",
			["main chunk", "main chunk;f"],
		],
		[
			"in tail calls",
			"local function f() end\nlocal function g() return f() end\ng()\nf()",
			["main chunk", "main chunk;g", "main chunk;g;f", "main chunk;f"],
		],
		[
			"in coroutines",
			"local function f() end\nlocal co = coroutine.create(function() f() coroutine.yield() f() end)\n" +
				"local function g() coroutine.resume(co) end\ng()\nf()\ncoroutine.resume(co)",
			[
				"main chunk",
				"main chunk;create",
				"main chunk;g",
				"main chunk;g;resume",
				"main chunk;g;resume;function",
				"main chunk;g;resume;function;f",
				"main chunk;f",
				"main chunk;resume",
			],
		],
		[
			"when a loop resumes a coroutine",
			"local function f() end\nfor i in coroutine.wrap(function() coroutine.yield(1) end) do f() end",
			["main chunk", "main chunk;wrap", "main chunk;function", "main chunk;f"],
		],
		[
			"when an error leaves a coroutine",
			"local co = coroutine.create(function() error('x') end)\ncoroutine.resume(co)\nlocal function f() end\nf()",
			[
				"main chunk",
				"main chunk;create",
				"main chunk;resume",
				"main chunk;resume;function",
				"main chunk;resume;function;error",
				"main chunk;f",
			],
		],
	];
	for (const [name, source, expected] of cases) {
		test(name, () => assert.deepEqual(stacksOf(profile(source)), expected));
	}

	test("after many tail calls", () => {
		const profiler = profile("local function f(n) if n > 0 then return f(n - 1) end end\nf(10000)");
		assert.deepEqual(callsOf(profiler, "f"), [10_001]);
	});
});

describe("bounds", () => {
	test("deep stacks", () => {
		const profiler = profile("local function f(n)\n if n > 0 then f(n - 1) end\nend\nf(1000)");
		const depths = stacksOf(profiler).map((stack) => stack.split(";").length);
		assert.equal(Math.max(...depths), MAX_DEPTH + 1);
		assert.deepEqual(callsOf(profiler, "f"), [1001]);
		const totals = totalTimes(profiler.tree);
		const f = frameOf(profiler, "f");
		assert.equal(totals.get(f), f.self);
	});

	test("many stacks", () => {
		const source =
			"local a, b\nfunction a(n) if n > 0 then a(n - 1) b(n - 1) end end\n" +
			"function b(n) if n > 0 then a(n - 1) b(n - 1) end end\na(15)";
		const profiler = profile(source);
		const stacks = stacksOf(profiler).length;
		// Each stack may still have one entry for what is beyond.
		assert.ok(stacks <= 2 * MAX_NODES, `${stacks}`);
		const calls = callsOf(profiler, "a", "b");
		assert.equal((calls[0] ?? 0) + (calls[1] ?? 0), 2 ** 16 - 1);
	});

	test("the alarm rings once, in a program that does not end", () => {
		let rings = 0;
		let time = 0;
		const profiler = new Profiler(() => time++);
		profiler.start();
		const state = newSession([]);
		profiler.setAlarm(50, () => rings++);
		hostCall(state, load(state, "for i = 1, 1000 do local x = 1 end", "=chunk"));
		assert.equal(rings, 1);
	});
});
