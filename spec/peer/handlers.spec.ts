// Where the peer is meant to differ from the native one of 1.39.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Host, type HostCallback } from "../../src/host/host.ts";
import { ownTree } from "../../src/host/tree.ts";
import type { HostValue } from "../../src/host/value.ts";
import { OUR_LUA, playDialogue } from "../support/dialogue.ts";
import { ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const answer =
	(value: HostValue): HostCallback =>
	() => [value];

test("a dotted library name makes subtables", { skip }, async () => {
	const host = new Host({ lua: OUR_LUA, tree: ownTree(ROOT) });
	const evaluate = (text: string): HostValue[] => host.call(host.loadString(text, "=spec"));
	host.registerLibrary("a.b.c", { f: answer(1) });
	host.registerLibrary("a.b", { g: answer(2) });
	host.registerLibrary("a", { h: answer(3) });
	assert.deepEqual(evaluate("return a.b.c.f(), a.b.g(), a.h(), _G['a.b']"), [1, 2, 3, undefined]);
	evaluate("kept = {x = 1} kept.sub = false");
	host.registerLibrary("kept.sub", { f: answer(4) });
	assert.deepEqual(evaluate("return kept.x, kept.sub.f()"), [1, 4]);
	await host.quit();
});

test("a library in the place of something else ends the process", { skip }, async () => {
	const played = await playDialogue(
		OUR_LUA,
		[{ load: "x = 'text'" }, { call: "" }, '{["op"]="registerLibrary",["name"]="x.y",["functions"]={}}'],
		{ tree: ownTree(ROOT) },
	);
	assert.equal(played.messages.at(-1), "(gone)");
	assert.equal(played.status, 1);
});

test("getStatus has rss, and is exactly this message", { skip }, async () => {
	const { messages } = await playDialogue(OUR_LUA, ['{["op"]="getStatus"}'], { tree: ownTree(ROOT) });
	assert.match(
		messages[0]!,
		/^a:3:\{s:2:"op";s:6:"return";s:7:"nvalues";i:1;s:6:"values";a:1:\{i:1;a:4:\{s:3:"rss";i:\d+;s:4:"time";i:\d+;s:3:"pid";i:\d+;s:5:"vsize";i:\d+;\}\}\}$/,
	);
});

test("very deep tables are refused, not crashed on", { skip }, async () => {
	const deep = "local t = {} local root = t for i = 1, 50000 do local n = {} t[1] = n t = n end ";
	const steps = [{ load: `${deep} return root` }, { call: "" }, { load: "return 'alive'" }, { call: "" }];
	const { messages } = await playDialogue(OUR_LUA, steps, { tree: ownTree(ROOT) });
	assert.match(messages[1]!, /stack overflow/);
	assert.match(messages[3]!, /alive/);
});
