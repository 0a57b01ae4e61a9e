// The files of a profile: what their readers need of them, and that no name in a chunk is more than a name.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { hostCall, load, observe } from "../../src/engine/api.ts";
import { flameGraph } from "../../src/profile/flame-graph.ts";
import { Profiler } from "../../src/profile/profiler.ts";
import { type SpeedscopeFile, speedscopeFile } from "../../src/profile/speedscope.ts";
import { collapsedStacks, coverage, profileTable } from "../../src/profile/texts.ts";
import { newSession } from "../support/both.ts";

afterEach(() => observe(undefined));

const PROGRAM = `local function leaf(n)
	return n + 1
end
local function twice(n)
	return leaf(leaf(n))
end
for i = 1, 10 do
	twice(i)
end
local f = function() end
type(1)`;

/** As the wiki would name a chunk: in bytes. */
const HOSTILE = Buffer.from("=</script><script>alert(1)</script><!-- ;\n\u2028\"'&\x1b[31m").toString(
	"latin1",
);

function profile(source: string, chunkName = "=chunk"): Profiler {
	let time = 0;
	const profiler = new Profiler(() => time++);
	profiler.start();
	const state = newSession([]);
	const outcome = hostCall(state, load(state, source, chunkName));
	assert.ok(outcome.ok);
	return profiler;
}

describe("speedscope", () => {
	const file = (source: string, chunkName?: string): SpeedscopeFile => {
		const { tree } = profile(source, chunkName);
		return JSON.parse(JSON.stringify(speedscopeFile(tree, "name"))) as SpeedscopeFile;
	};

	test("is as the format's schema says", () => {
		const { $schema, shared, profiles, activeProfileIndex } = file(PROGRAM);
		assert.equal($schema, "https://www.speedscope.app/file-format-schema.json");
		assert.ok(activeProfileIndex < profiles.length);
		for (const { name, line } of shared.frames) {
			assert.equal(typeof name, "string");
			assert.ok(line === undefined || line > 0);
		}
		for (const { type, unit, startValue, endValue, samples, weights } of profiles) {
			assert.deepEqual([type, unit, startValue], ["sampled", "microseconds", 0]);
			assert.equal(samples.length, weights.length);
			assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - endValue) < 1e-6);
			for (const sample of samples)
				for (const number of sample) assert.ok(shared.frames[number] !== undefined);
		}
	});

	test("both profiles have the same time, the second by line", () => {
		const { shared, profiles } = file(PROGRAM);
		const [functions, lines] = profiles;
		assert.equal(functions?.endValue, lines?.endValue);
		const innermost = lines?.samples.map((sample) => shared.frames[sample.at(-1) ?? -1]?.name);
		assert.ok(innermost?.includes("chunk:2"));
	});
});

describe("collapsed stacks", () => {
	test("a stack and a count each line", () => {
		const lines = collapsedStacks(profile(PROGRAM).tree).trimEnd().split("\n");
		assert.ok(lines.includes("main chunk <chunk>;[C] type 1"), lines.join("\n"));
		for (const line of lines) assert.match(line, /^[^;]+(;[^;]+)* [1-9]\d*$/);
	});

	test("a name does not end a line or an entry", () => {
		const lines = collapsedStacks(profile("local x = 1", HOSTILE).tree).trimEnd().split("\n");
		assert.equal(lines.length, 1);
		assert.ok(!lines[0]?.includes(";"));
	});
});

describe("the table", () => {
	test("shares of own time add up, calls are exact", () => {
		const { frames, tree } = profile(PROGRAM);
		const [functions = "", lines = ""] = profileTable(frames, tree)
			.split("\n\n")
			.slice(1)
			.join("\n")
			.split(/(?=own %.*line\n)/);
		const rows = [...functions.matchAll(/^ *([\d.]+) +([\d.]+) +([\d.]+) +(\d+) {2}(.+)$/gm)];
		assert.deepEqual(Object.fromEntries(rows.map((row) => [row[5], Number(row[4])])), {
			"leaf <chunk:1>": 20,
			"twice <chunk:4>": 10,
			"main chunk <chunk>": 1,
			"[C] type": 1,
		});
		const sum = rows.reduce((all, row) => all + Number(row[1]), 0);
		assert.ok(Math.abs(sum - 100) < 1, `${sum}`);
		for (const row of rows) assert.ok(Number(row[2]) <= Number(row[3]));
		assert.match(lines, / 20 {2}chunk:2$/m);
	});

	test("has no control characters but ends of lines", () => {
		const { frames, tree } = profile("local x = 1", HOSTILE);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
		assert.doesNotMatch(profileTable(frames, tree), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
	});
});

describe("lcov", () => {
	test("lines and functions", () => {
		assert.equal(
			coverage(profile(PROGRAM).frames.chunks, () => "a.lua"),
			[
				"TN:",
				"SF:a.lua",
				...[
					"FN:1,leaf",
					"FN:4,twice",
					"FN:10,f",
					"FNDA:20,leaf",
					"FNDA:10,twice",
					"FNDA:0,f",
					"FNF:3",
					"FNH:2",
				],
				...["DA:1,1", "DA:2,20", "DA:4,1", "DA:5,10", "DA:7,11", "DA:8,10", "DA:10,1", "DA:11,1"],
				...["LF:8", "LH:8"],
				"end_of_record\n",
			].join("\n"),
		);
	});

	test("names are each there once, and chunks can be left out", () => {
		const { chunks } = profile(
			"local a = { function() end, function() end }\nlocal f = function() end f = function() end",
		).frames;
		const names = [...coverage(chunks, (name) => name).matchAll(/^FN:(.*)$/gm)].map(([, name]) => name);
		assert.deepEqual(names, ["1,function:1", "1,function:1#2", "2,f", "2,f#2"]);
		assert.equal(
			coverage(chunks, () => undefined),
			"",
		);
	});

	test("a file's name does not end its line", () => {
		const text = coverage(profile("local x = 1", HOSTILE).frames.chunks, (name) => name);
		assert.equal(text.match(/^SF:/gm)?.length, 1);
		assert.match(text, /^TN:\nSF:[^\n]*\nFNF:/);
	});
});

describe("the flame graph", () => {
	const html = flameGraph(profile(PROGRAM, HOSTILE).tree, HOSTILE);
	const scripts = [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => text);

	test("has no markup but its own", () => {
		assert.ok(!html.includes("<script>alert"));
		assert.ok(!html.includes("<!--"));
		assert.equal(html.match(/<script/g)?.length, 2);
		assert.equal(html.match(/<\/script/g)?.length, 2);
	});

	test("needs nothing from elsewhere, and lets nothing else run", () => {
		assert.doesNotMatch(html.replace(HOSTILE, ""), /\b(?:https?:|src=|href=)/);
		const hash = createHash("sha256")
			.update(scripts[1] ?? "")
			.digest("base64");
		assert.ok(html.includes(`default-src 'none'; script-src 'sha256-${hash}'`));
		assert.doesNotMatch(scripts[1] ?? "", /innerHTML|insertAdjacentHTML|document\.write|\beval\b/);
	});

	test("its data has the names as they are", () => {
		const { labels, blocks } = JSON.parse(scripts[0] ?? "") as {
			labels: readonly string[];
			blocks: readonly (readonly [number, number, readonly unknown[]])[];
		};
		assert.ok(labels.some((label) => label.includes("</script><script>alert(1)")));
		assert.equal(blocks.length, 1);
	});

	test("its script draws a block for each function, and a part when one is clicked", () => {
		const page = new Page(scripts[0] ?? "");
		runInNewContext(scripts[1] ?? "", page.globals);
		const texts = () => page.graph.children.map(({ textContent }) => textContent.replace(/ <.*/s, ""));
		assert.deepEqual(texts(), ["all", "main chunk", "twice", "leaf", "[C] type"]);
		page.graph.children[2]?.onclick?.();
		assert.deepEqual(texts(), ["all", "main chunk", "twice", "leaf"]);
	});
});

/** As much of an element as the script uses. */
class Element {
	textContentOf = "";
	children: Element[] = [];
	style = {};
	value = "";
	clientWidth = 10_000;
	onclick: (() => void) | undefined = undefined;

	get textContent(): string {
		return this.textContentOf;
	}

	set textContent(text: string) {
		this.textContentOf = text;
		this.children = [];
	}

	append(child: Element): void {
		this.children.push(child);
	}
}

class Page {
	readonly graph = new Element();
	readonly globals: Record<string, unknown>;

	constructor(json: string) {
		const data = new Element();
		data.textContent = json;
		const known: ReadonlyMap<string, Element> = new Map([
			["data", data],
			["graph", this.graph],
		]);
		const others = new Map<string, Element>();
		const find = (id: string) => known.get(id) ?? others.get(id) ?? new Element();
		for (const id of ["about", "search"]) others.set(id, new Element());
		this.globals = { document: { getElementById: find, createElement: () => new Element() }, window: {} };
	}
}
