import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Comparison, type ComparisonOptions } from "../../src/replay/comparison.ts";
import { play } from "../../src/replay/player.ts";
import type { TranscriptEntry } from "../../src/replay/transcript.ts";

const CALL = '{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}';
const LOAD = '{["op"]="loadString",["text"]="return 1",["chunkName"]="=c"}';

const returns = (...values: string[]): string =>
	`a:3:{s:2:"op";s:6:"return";s:7:"nvalues";i:${values.length};s:6:"values";a:${values.length}:{${values.map((value, i) => `i:${i + 1};${value}`).join("")}}}`;
const text = (value: string): string => `s:${value.length}:"${value}";`;
const functionObject = (id: number, name = "F"): string =>
	`O:${name.length}:"${name}":2:{s:13:"interpreterId";i:0;s:2:"id";i:${id};}`;
const bytes = (body: string): Buffer => Buffer.from(body, "latin1");

function differences(expected: string, actual: string, options: ComparisonOptions = {}, request = CALL) {
	return new Comparison(options).differences(bytes(request), bytes(expected), bytes(actual));
}

describe("the same are", () => {
	const same: readonly [name: string, expected: string, actual: string, request?: string][] = [
		["the same bytes", returns("i:1;"), returns("i:1;")],
		["the same values in another spelling", returns("d:100000;"), returns("d:1e+5;")],
		[
			"and in another order",
			returns('a:2:{s:1:"a";i:1;s:1:"b";i:2;}'),
			returns('a:2:{s:1:"b";i:2;s:1:"a";i:1;}'),
		],
		["not-a-numbers", returns("d:NAN;", "d:1;"), returns("d:NAN;", "d:1.0;")],
		[
			"answers to getStatus",
			returns('a:2:{s:3:"pid";i:5;s:3:"rss";i:7;}'),
			returns('a:1:{s:3:"pid";i:6;}'),
			'{["op"]="getStatus"}',
		],
		["functions with another number and class", returns(functionObject(4)), returns(functionObject(5, "G"))],
		["chunks with another number", returns("i:4;"), returns("i:5;"), LOAD],
	];
	for (const [name, expected, actual, request] of same) {
		test(name, () => {
			assert.deepEqual(differences(expected, actual, {}, request), []);
		});
	}

	test("traces with and without the rows of native's server", () => {
		const row = (source: string): string => `a:1:{s:9:"short_src";${text(source)}}`;
		const trace = (...sources: string[]): string =>
			`a:3:{s:5:"value";s:1:"x";s:2:"op";s:5:"error";s:5:"trace";a:${sources.length}:{${sources.map((source, i) => `i:${i + 1};${row(source)}`).join("")}}}`;
		const server = [
			"=(tail call)",
			"[C]",
			"MWServer.lua",
			"MWServer.lua",
			"MWServer.lua",
			"mw_main.lua",
			"[C]",
		];
		assert.deepEqual(differences(trace("a", "b"), trace("a", "b", ...server)), []);
		assert.deepEqual(differences(trace("a", "b", ...server), trace("a", "b")), []);
		assert.equal(differences(trace("a", "b"), trace("a", "c", ...server)).length, 1);
	});
});

describe("different are", () => {
	const cases: readonly [name: string, expected: string, actual: string, paths: string[]][] = [
		["values", returns("i:1;", "b:1;"), returns("i:1;", "b:0;"), ["values[2]"]],
		["types", returns("i:1;"), returns(text("1")), ["values[1]"]],
		["zeros", returns("d:-0;"), returns("i:0;"), ["values[1]"]],
		[
			"fields",
			returns('a:1:{s:1:"a";i:1;}'),
			returns('a:1:{s:3:"a b";i:1;}'),
			["values[1].a", 'values[1]["a b"]'],
		],
		[
			"operations",
			returns("i:1;"),
			'a:2:{s:5:"value";s:1:"x";s:2:"op";s:5:"error";}',
			["nvalues", "op", "values", "value"],
		],
		["what is no message", returns("i:1;"), "nonsense", [""]],
	];
	for (const [name, expected, actual, paths] of cases) {
		test(name, () => {
			assert.deepEqual(
				differences(expected, actual)
					.map(({ path }) => path)
					.sort(),
				[...paths].sort(),
			);
		});
	}
});

describe("of strings is compared", () => {
	const secret = returns(text("the key is *****, I say"));
	test("what a mask shows", () => {
		const now = returns(text("the key is ab c*, I say"));
		assert.deepEqual(differences(secret, now, { mask: "*" }), []);
		assert.equal(differences(secret, now).length, 1);
		assert.equal(differences(secret, returns(text("the key is ab c*, I sag")), { mask: "*" }).length, 1);
		assert.equal(differences(secret, returns(text("the key is ab, I say")), { mask: "*" }).length, 1);
	});

	test("what is not ignored, and of numbers", () => {
		const [was, is] = [returns(text("at 12:30 h"), "d:0.25;"), returns(text("at 9:31 h"), "d:0.5;")];
		assert.equal(differences(was, is).length, 2);
		assert.deepEqual(differences(was, is, { ignored: [/\d+:\d+/g, /^0\.\d+$/g] }), []);
		assert.equal(differences(was, is, { ignored: [/\d+/g] }).length, 0);
		assert.equal(differences(was, is, { ignored: [/x/g] }).length, 2);
	});
});

describe("a peer that numbers functions in another way", () => {
	const conversation = (...bodies: string[]): TranscriptEntry[] =>
		bodies.map((body, i) => ({ source: i % 2 === 0 ? "host" : "peer", time: 0, body: bytes(body) }));

	test("is spoken to in its own numbers", () => {
		const heard: string[] = [];
		const answers = [returns("i:11;"), returns(functionObject(12)), returns("b:1;"), returns("b:1;")];
		const peer = {
			send: (body: Uint8Array) => heard.push(Buffer.from(body).toString("latin1")),
			receive: () => bytes(answers.shift() ?? ""),
		};
		const comparison = new Comparison();
		const entries = conversation(
			...[LOAD, returns("i:1;"), CALL, returns(functionObject(2))],
			...['{["op"]="call",["id"]=2,["nargs"]=1,["args"]={[1]=chunks[1]}}', returns("b:1;")],
			...['{["op"]="cleanupChunks",["ids"]={[2]=true,[7]=true}}', returns("b:1;")],
		);
		const { divergences } = play(entries, peer, comparison);
		assert.deepEqual(divergences, []);
		assert.deepEqual(heard.slice(1), [
			'{["op"]="call",["id"]=11,["nargs"]=0,["args"]={}}',
			'{["op"]="call",["id"]=12,["nargs"]=1,["args"]={[1]=chunks[11]}}',
			'{["op"]="cleanupChunks",["ids"]={[12]=true,[7]=true}}',
		]);
		assert.deepEqual(comparison.agreement, { bytes: 2, status: 0, values: 2, visible: 0 });
	});
});
