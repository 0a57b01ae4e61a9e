// What an observer sees: the order of events, variables in scope, and expressions in a function.

import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import {
	type Activation,
	activationDepth,
	evaluate,
	hostCall,
	linesOf,
	load,
	localsOf,
	type Observer,
	observe,
	type Proto,
	runningActivations,
	upvaluesOf,
	valueError,
} from "../../src/engine/api.ts";
import { newSession } from "../support/both.ts";

afterEach(() => observe(undefined));

/** Runs a chunk; `atLine` is called for each line event, with what an observer has. */
function watch(source: string, observer: Partial<Observer>, output: string[] = []): unknown {
	const state = newSession(output);
	observe({ wants: () => "variables", enter() {}, leave() {}, line() {}, ...observer });
	const outcome = hostCall(state, load(state, source, "=chunk"));
	return outcome.ok ? outcome.results : outcome.error.value;
}

function linesIn(source: string): string {
	const lines: number[] = [];
	watch(source, { line: (_, line) => lines.push(line) });
	return lines.join(" ");
}

const values = (activation: Activation) =>
	localsOf(activation)
		.map(({ name, get }) => `${name}=${String(get())}`)
		.join(" ");

describe("lines", () => {
	const cases: readonly [string, string, string][] = [
		["statements", "local a = 1\nlocal b = 2\n\nreturn a", "1 2 4"],
		["one event for one line", "local a = 1 local b = 2 a = b", "1"],
		["branches", "if false then\n x = 1\nelseif true then\n x = 2\nelse\n x = 3\nend", "1 3 4"],
		["while", "local i = 0\nwhile i < 2 do\n i = i + 1\nend", "1 2 3 2 3 2"],
		["repeat", "local i = 0\nrepeat\n i = i + 1\nuntil i == 2", "1 3 4 3 4"],
		["numeric for", "for i = 1, 2 do\n x = i\nend", "1 2 1 2 1"],
		["generic for", "for k in pairs({1, 2}) do\n x = k\nend", "1 2 1 2 1"],
		["loops of one line", "for i = 1, 3 do end", "1 1 1"],
		["calls on lines of their own", "local x = tostring(\n tostring(1),\n tostring(2)\n)", "1 2 3 1"],
		["functions", "local function f()\n x = 1\nend\nf()\nf()", "1 4 2 3 5 2 3"],
		["an end behind a return", "local function f()\n return 1\nend\nf()", "1 4 2"],
	];
	for (const [name, source, expected] of cases) test(name, () => assert.equal(linesIn(source), expected));

	test("all that there are, before anything runs", () => {
		let found: readonly number[] = [];
		const source = "local x = 1\n\nlocal function f()\n\n  return x\nend\nif x then\n f()\nend";
		watch(source, { loaded: (proto: Proto) => (found = [...linesOf(proto)].sort()) });
		assert.deepEqual(found, [1, 3, 5, 7, 8]);
	});
});

describe("events", () => {
	test("calls, builtins and errors", () => {
		const events: string[] = [];
		const name = ({ proto }: Activation) => `${proto.node.lineDefined}`;
		const source = "local function f()\n error('x')\nend\npcall(f)\nreturn f()";
		const result = watch(source, {
			enter: (activation) => events.push(`> ${name(activation)}`),
			leave: (activation) => events.push(`< ${name(activation)}`),
			enterUnobserved: (_, { name }) => events.push(`( ${name}`),
			leaveUnobserved: (_, { name }) => events.push(`) ${name}`),
			failed: (activation, { value }) => events.push(`! ${name(activation)} ${String(value)}`),
		});
		assert.equal(result, "chunk:2: x");
		const failing = ["> 1", "( error", ") error", "! 1 chunk:2: x", "< 1"];
		assert.deepEqual(events, ["> 0", "( pcall", ...failing, ") pcall", ...failing, "< 0"]);
	});

	test("an observer ends the program by an error", () => {
		const end = () => {
			throw valueError("enough");
		};
		assert.equal(watch("local n\nwhile true do end", { line: end }), "enough");
		assert.equal(watch("local n\nwhile true do n = n .. 1 end", { line: end }), "enough");
	});

	test("the stack through coroutines", () => {
		const seen: string[] = [];
		const source =
			"local co = coroutine.wrap(function()\n coroutine.yield()\n local x\nend)\nlocal function f()\n co()\nend\nf() f()";
		watch(source, {
			line(_, line) {
				const lines = runningActivations().map((activation) => activation.line);
				seen.push(`${line}: ${lines.join(" ")}`);
				assert.equal(activationDepth(), lines.length);
			},
		});
		assert.deepEqual(seen, [
			"1: 1",
			"5: 5",
			"8: 8",
			"6: 6 8",
			"2: 2 6 8",
			"7: 7 8",
			"6: 6 8",
			"3: 3 6 8",
			"4: 4 6 8",
			"7: 7 8",
		]);
	});

	test("chunks that nobody wants stay as they are", () => {
		const fail = () => assert.fail();
		assert.equal(watch("return 1", { wants: () => undefined, enter: fail, line: fail }), 1);
	});
});

describe("variables", () => {
	test("in scope", () => {
		const seen: string[] = [];
		const source = `local a = 1
local function f(p, ...)
	local b, a = p, 5
	for i = 1, 1 do local c = i
		local d
	end
	do local e = 1 end
	repeat local g = 1
	until g == 1
	return b
end
f(2)`;
		watch(source, { line: (activation, line) => seen.push(`${line}: ${values(activation)}`.trim()) });
		assert.deepEqual(
			seen.map((text) => text.replace(/f=\S+ \S+/, "f")),
			[
				"1:",
				"2: a=1",
				"12: a=1 f",
				"3: p=2",
				"4: p=2 b=2 a=5",
				"5: p=2 b=2 a=5 i=1 c=1",
				"4: p=2 b=2 a=5",
				"7: p=2 b=2 a=5",
				"8: p=2 b=2 a=5",
				"9: p=2 b=2 a=5 g=1",
				"10: p=2 b=2 a=5",
			],
		);
	});

	test("can be set, also those that closures share or that are never assigned", () => {
		const output: string[] = [];
		watch(
			"local n = 1\nlocal function get() return n end\nfor i = 1, 2 do\n print(n + i, get())\nend",
			{
				line(activation, line) {
					if (line !== 4) return;
					for (const { name, set } of localsOf(activation)) if (name === "n") set("7");
				},
			},
			output,
		);
		assert.deepEqual(output, ["8\t7", "9\t7"]);
	});

	test("of loops are new for each turn", () => {
		const output: string[] = [];
		const source =
			"local fs = {}\nfor i = 1, 3 do local x = i fs[i] = function() x = x + 1 return x + i end end\nprint(fs[1](), fs[1](), fs[3]())";
		watch(source, {}, output);
		assert.deepEqual(output, ["3\t4\t7"]);
	});

	test("upvalues", () => {
		let seen = "";
		watch("local u, w = 1, 2\nlocal function f()\n return w + u\nend\nf()", {
			line(activation, line) {
				if (line !== 3) return;
				seen = upvaluesOf(activation)
					.map(({ name, get }) => `${name}=${String(get())}`)
					.join(" ");
			},
		});
		assert.equal(seen, "w=2 u=1");
	});
});

describe("expressions in a function", () => {
	const SOURCE = `local up = 10
g = "global"
local function f(p, ...)
	local a, p2 = 1, p
	local t = { x = a }
	return up, a
end
return f(2, 3, 4)`;

	function evaluated(...texts: string[]): unknown[] {
		const state = newSession();
		const results: unknown[] = [];
		observe({
			wants: () => "variables",
			enter() {},
			leave() {},
			line(activation, line) {
				if (line !== 6) return;
				observe(undefined);
				for (const text of texts) {
					const outcome = evaluate(activation, text);
					results.push(outcome.ok ? outcome.results : outcome.error.value);
				}
			},
		});
		const outcome = hostCall(state, load(state, SOURCE, "=chunk"));
		assert.ok(outcome.ok);
		return [...results, outcome.results];
	}

	const cases: readonly [string, unknown][] = [
		["a + up + t.x", 12],
		["g", "global"],
		["...", [3, 4]],
		["nothing", undefined],
		["local q = a return q", 1],
		["a +", "(debugger):1: '=' expected near '+'"],
		["nothing.x", "(debugger):1: attempt to index global 'nothing' (a nil value)"],
		["1 end, function() return 2", "one expression, please"],
		["getfenv(1) == _G", true],
		["arg", undefined],
	];
	for (const [text, expected] of cases) {
		test(text, () => assert.deepEqual(evaluated(text)[0], expected));
	}
	test("assign to locals and upvalues", () => {
		assert.deepEqual(evaluated("a = 5", "up = a + 1", "a, up"), [[], [], [5, 6], [6, 5]]);
	});
});
