import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownTree } from "../../src/host/tree.ts";
import { exchangesOf } from "../../src/replay/course.ts";
import { PeerEndedError, PeerProcess } from "../../src/replay/peer-process.ts";
import { type PlayerPeer, play } from "../../src/replay/player.ts";
import type { TranscriptEntry } from "../../src/replay/transcript.ts";
import { OUR_LUA } from "../support/dialogue.ts";
import { ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const conversation = (...texts: string[]): TranscriptEntry[] =>
	texts.map((text, index) => ({
		source: index % 2 === 0 ? "host" : "peer",
		time: 0,
		body: Buffer.from(text, "latin1"),
	}));

const returns = (value: string): string =>
	`a:3:{s:2:"op";s:6:"return";s:7:"nvalues";i:1;s:6:"values";a:1:{i:1;${value}}}`;
const callOf = (name: string): string =>
	`a:4:{s:2:"op";s:4:"call";s:2:"id";s:1:"${name}";s:5:"nargs";i:0;s:4:"args";a:0:{}}`;
const calls = callOf("f");
const fails = 'a:2:{s:2:"op";s:5:"error";s:5:"value";s:1:"x";}';
/** What the host answers to a call. */
const answers = (value: number): string => `{["op"]="return",["nvalues"]=1,["values"]={[1]=${value}}}`;

/** A peer that knows its answers by heart. */
function reciting(...answers: string[]): PlayerPeer & { readonly heard: string[] } {
	const heard: string[] = [];
	return {
		heard,
		send: (body) => heard.push(Buffer.from(body).toString("latin1")),
		receive: () => {
			const answer = answers.shift();
			if (answer === undefined) throw new PeerEndedError("nothing left to say");
			return Buffer.from(answer, "latin1");
		},
	};
}

describe("player", () => {
	test("pairs each message of the host with its answer", () => {
		const entries = conversation("a", "A", "b", "B", "quit");
		entries.push({ source: "end", time: 9, body: Buffer.from("{}") });
		assert.deepEqual(
			exchangesOf(entries).map(({ request, expected }) => [String(request), expected && String(expected)]),
			[
				["a", "A"],
				["b", "B"],
				["quit", undefined],
			],
		);
	});

	test("says what the host said and finds the same answers", () => {
		const peer = reciting(returns("i:1;"), calls);
		const playback = play(conversation("a", returns("i:1;"), "b", calls, "quit"), peer);
		assert.deepEqual(peer.heard, ["a", "b", "quit"]);
		assert.equal(playback.exchanges, 2);
		assert.equal(playback.waits.length, 2);
		assert.deepEqual(playback.divergences, []);
		assert.ok(playback.isComplete);
	});

	test("goes on after another value, and after an error in place of results", () => {
		const peer = reciting(returns("i:2;"), fails, returns("i:3;"));
		const entries = conversation("a", returns("i:1;"), "b", returns("i:1;"), "c", returns("i:3;"));
		const { divergences, isComplete, isLost } = play(entries, peer);
		assert.deepEqual(
			divergences.map(({ exchange, actual }) => [exchange, String(actual)]),
			[
				[0, returns("i:2;")],
				[1, fails],
			],
		);
		assert.deepEqual([isComplete, isLost], [true, false]);
		assert.deepEqual(peer.heard, ["a", "b", "c"]);
	});

	test("refuses calls that the recording does not have, and goes on behind the function that made them", () => {
		// b calls the host twice as recorded; now it calls g twice where it called f the second time.
		const peer = reciting(
			returns("i:1;"),
			callOf("f"),
			callOf("g"),
			callOf("g"),
			returns("i:9;"),
			returns("i:3;"),
		);
		const entries = conversation(
			...["a", returns("i:1;"), "b", callOf("f"), answers(1), callOf("f")],
			...['{["op"]="call",["id"]=9}', returns("i:5;"), answers(2), returns("i:2;"), "c", returns("i:3;")],
		);
		const { divergences, isComplete, isLost } = play(entries, peer);
		assert.deepEqual(
			divergences.map(({ message, expected, actual, unrecorded }) => [
				message,
				...[expected, actual, unrecorded].map(String),
			]),
			[[8, returns("i:2;"), returns("i:9;"), callOf("g")]],
		);
		const refusal = '{["op"]="error",["value"]="the recording has no answer to this call"}';
		assert.deepEqual(peer.heard, ["a", "b", answers(1), refusal, refusal, "c"]);
		assert.deepEqual([isComplete, isLost], [false, false]);
	});

	test("leaves out what the recording has of a function that ends sooner now", () => {
		const peer = reciting(returns("i:2;"), returns("i:3;"));
		const entries = conversation("b", callOf("f"), answers(1), returns("i:1;"), "c", returns("i:3;"));
		const { divergences, isComplete } = play(entries, peer);
		assert.deepEqual(
			divergences.map(({ message, expected, unrecorded }) => [message, String(expected), unrecorded]),
			[[2, returns("i:1;"), undefined]],
		);
		assert.equal(isComplete, false);
		assert.deepEqual(peer.heard, ["b", "c"]);
	});

	test("gives a function up that calls without end, and one whose end was not recorded", () => {
		const endless = reciting(...Array.from({ length: 2000 }, () => callOf("g")));
		const whole = conversation("b", callOf("f"), answers(1), returns("i:1;"), "c", returns("i:3;"));
		assert.equal(play(whole, endless).isLost, true);
		assert.ok(endless.heard.length < 1100);
		const broken = conversation("b", callOf("f"), answers(1));
		assert.equal(play(broken, reciting(returns("i:1;"))).isLost, true);
	});

	test("plays against a process", { skip: whyMissing("bin/lua") }, async () => {
		const { mainFile, includes } = ownTree(ROOT);
		const peer = new PeerProcess({ lua: OUR_LUA, mainFile, includes, interpreterId: 2, intSize: 8 });
		const chunk = '{["op"]="loadString",["text"]="local x = ... return lib.f(x) + 1",["chunkName"]="=c"}';
		const entries = conversation(
			'{["op"]="registerLibrary",["name"]="lib",["functions"]={["f"]="lib-f"}}',
			'a:3:{s:6:"values";a:0:{}s:7:"nvalues";i:0;s:2:"op";s:6:"return";}',
			chunk,
			returns("i:1;"),
			'{["op"]="call",["id"]=1,["nargs"]=1,["args"]={[1]=20}}',
			'a:4:{s:2:"id";s:5:"lib-f";s:2:"op";s:4:"call";s:5:"nargs";i:1;s:4:"args";a:1:{i:1;i:20;}}',
			'{["op"]="return",["nvalues"]=1,["values"]={[1]=41}}',
			returns("i:43;"),
		);
		const playback = play(entries, peer);
		await peer.terminate();
		assert.ok(playback.isComplete);
		assert.equal(playback.exchanges, 4);
		const last = playback.divergences.find(({ exchange }) => exchange === 3);
		assert.match(String(last?.actual), /i:1;i:42;/);
	});

	test("a peer that ends is told", { skip: whyMissing("bin/lua") }, async () => {
		const { mainFile, includes } = ownTree(ROOT);
		const peer = new PeerProcess({ lua: OUR_LUA, mainFile, includes, interpreterId: 2, intSize: 8 });
		assert.throws(() => play(conversation('{["op"]="nonsense"}', returns("")), peer), PeerEndedError);
		await peer.terminate();
	});
});
