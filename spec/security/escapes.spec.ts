// Hostile chunks in a session as PHP drives it, once under native lua5.1 and once under ours: every byte of the
// answers is the same, and the session serves on.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownTree } from "../../src/host/tree.ts";
import {
	NATIVE_LUA,
	OUR_LUA,
	playDialogue,
	quoted,
	raises,
	returns,
	type Step,
	withoutServerRows,
} from "../support/dialogue.ts";
import { sessionWith } from "../support/fuzz-peer.ts";
import { ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { ATTACKS, NAME_PLACES, NAMES, TEXT_PLACES, TEXTS } from "./attacks.ts";

const skip = whyMissing("lua5.1", "mediawiki", "bin/lua");

interface Case {
	readonly name: string;
	readonly steps: readonly Step[];
}

const chunk = (text: string, name = "=m"): Case => ({
	name: text,
	steps: [{ load: text, name }, { call: "" }],
});

/** What a case got from a peer, by case. */
async function answers(lua: string, cases: readonly Case[]): Promise<string[][]> {
	const steps = cases.flatMap((one) => one.steps);
	const { messages } = await playDialogue(lua, steps);
	let at = 0;
	return cases.map(({ steps }) => {
		at += steps.length;
		return messages.slice(at - steps.length, at);
	});
}

/** All cases in one session, so that what one leaves behind shows in the next. */
function sameAnswers(name: string, cases: readonly Case[]): void {
	test(`${name} (${cases.length})`, { skip }, async () => {
		const native = await answers(NATIVE_LUA, cases);
		const ours = await answers(OUR_LUA, cases);
		for (const [index, one] of cases.entries()) {
			const expected = native[index]?.map(withoutServerRows);
			// Each step was answered: native is not gone, which would make all that follows the same.
			assert.equal(expected?.length, one.steps.length, `native: ${one.name}`);
			assert.ok(!expected.includes("(gone)"), `native: ${one.name}`);
			assert.deepEqual(ours[index], expected, one.name);
		}
	});
}

describe("chunks that look for a way out", () => {
	for (const [name, texts] of Object.entries(ATTACKS))
		sameAnswers(
			name,
			texts.map((text) => chunk(text)),
		);

	test("are 150 at least", () => {
		const all = Object.values(ATTACKS).flat();
		assert.ok(new Set(all).size >= 150, String(all.length));
	});
});

describe("what no PHP sends, and is answered all the same", () => {
	const answered = (bodies: readonly string[]): Case[] =>
		bodies.map((body) => ({ name: body, steps: [body] }));
	const ids =
		`0 -1 1.5 1e15 9007199254740992 18446744073709551616 1e308 (1/0) (-1/0) "" "__proto__" "1"`.split(" ");

	sameAnswers(
		"ids of functions",
		answered(ids.map((id) => `{["op"]="call",["id"]=${id},["nargs"]=0,["args"]={}}`)),
	);
	sameAnswers(
		"ids of functions that are held",
		answered(
			ids.concat("true", "{}", "chunks").map((id) => `{["op"]="cleanupChunks",["ids"]={[${id}]=true}}`),
		),
	);
	sameAnswers("precompiled chunks", [
		...[
			"\x1bLua",
			"\x1bLuaQ\0\x01\x04\x08\x04\x08\0",
			"return '\x1bLua'",
			"-- \x1bLua",
			"\x1b",
			"\x1bLu",
			"#\x1bLua",
		].map((text) => loadOnly(chunk(text))),
	]);
	sameAnswers(
		"names of chunks",
		[
			"",
			"=",
			"@",
			"x".repeat(1e5),
			`=${"x".repeat(1e5)}`,
			`@${"x/".repeat(1e5)}`,
			"a\nb",
			"=a\nb",
			"@a\nb\r",
			"=\0x",
			"=\xff\xfe",
			"=(tail call)",
			"@lua.cjs",
			"=lua-function",
			"lua-function:1:1",
			"=a\n    at process.exit (node:internal:1:1)",
		].flatMap((name) =>
			["error('x')", "local x x.y = 1", "return debug.traceback()", "x ="].map((text) => named(text, name)),
		),
	);
	sameAnswers(
		"tables that nest deeply",
		[1, 50, 150, 190].map((depth) => ({
			name: `${depth} levels`,
			steps: [
				{ load: "local t, n = ..., 0 while type(t) == 'table' do t, n = t[1], n + 1 end return n, (...)" },
				{ call: `[1]=${"{[1]=".repeat(depth)}1${"}".repeat(depth)}`, count: 1 },
			],
		})),
	);
});

test("nothing of this changes what JavaScript's own objects have", () => {
	const before = builtinProperties();
	const converse = sessionWith(ownTree(ROOT));
	const texts = [
		...Object.values(ATTACKS).flat(),
		...NAMES.flatMap((name) => Object.values(NAME_PLACES).map((place) => place.replaceAll("NAME", name))),
		...TEXTS.flatMap((text) =>
			Object.values(TEXT_PLACES).map((place) => place.replaceAll("TEXT", () => literal(text))),
		),
	];
	let answers = 0;
	for (let from = 0; from < texts.length; from += 50) {
		const bodies = texts
			.slice(from, from + 50)
			.flatMap((text, index) => [
				`{["op"]="loadString",["text"]=${quoted(text)},["chunkName"]="=m"}`,
				`{["op"]="call",["id"]=${index + 1},["nargs"]=0,["args"]={}}`,
			]);
		answers += converse(bodies).messages.length;
	}
	assert.equal(answers, 2 * texts.length);
	assert.deepEqual(builtinProperties(), before);
});

/** The names and attributes of what all built-in objects have that the global object leads to. */
function builtinProperties(): Map<string, readonly string[]> {
	const found = new Map<string, readonly string[]>();
	const seen = new Set<unknown>([process]);
	const waiting: [path: string, value: unknown][] = [["globalThis", globalThis]];
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		const [path, value] = next;
		if (value === null || !(typeof value === "object" || typeof value === "function") || seen.has(value))
			continue;
		seen.add(value);
		// call-stack.ts exchanges these two of Error's.
		const properties = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
			([name]) => name !== "prepareStackTrace" && name !== "stackTraceLimit",
		);
		found.set(
			path,
			properties.map(([name, { writable, enumerable, configurable }]) =>
				[name, writable, enumerable, configurable].join(" "),
			),
		);
		waiting.push([`${path}.__proto__`, Object.getPrototypeOf(value)]);
		for (const [name, { value: held }] of properties) waiting.push([`${path}.${name}`, held]);
	}
	return found;
}

describe("names that mean something in JavaScript", () => {
	for (const [place, template] of Object.entries(NAME_PLACES)) {
		sameAnswers(
			`as ${place}`,
			NAMES.map((name) => chunk(template.replaceAll("NAME", name))),
		);
	}

	sameAnswers(
		"as a chunk's name",
		NAMES.flatMap((name) => ["", "=", "@"].map((kind) => chunk("error('x')", kind + name))),
	);
	sameAnswers(
		"as a library's and its function's name",
		NAMES.map((name) => ({
			name,
			steps: [
				`{["op"]="registerLibrary",["name"]="${name}",["functions"]={["${name}"]="${name}-1",["plain"]="p-1"}}`,
				{
					load: `local lib = _G["${name}"] local a, b = lib["${name}"](1), pcall(lib.plain) _G["${name}"] = nil return a, b`,
				},
				{ call: "" },
				returns(`"${name}"`),
				raises(`{["${name}"]=1}`),
			],
		})),
	);
	sameAnswers(
		"as a key of what the host gives",
		NAMES.map((name) => ({
			name,
			steps: [
				{
					load: "local t = ... local s = '' for k, v in pairs(t) do s = s .. k .. type(v) end return s, t.x, t",
				},
				{ call: `[1]={["${name}"]={["${name}"]=1}}`, count: 1 },
			],
		})),
	);
	sameAnswers(
		"as the id of a function of the host",
		NAMES.map((name) => ({
			name,
			steps: [`{["op"]="wrapPhpFunction",["id"]="${name}"}`, '{["op"]="cleanupChunks",["ids"]={}}'],
		})),
	);
});

/** Bytes as a Lua literal in which nothing stands for itself but letters. */
const literal = (text: string): string =>
	`"${text.replace(/[^A-Za-z]/g, (byte) => `\\${String(byte.charCodeAt(0)).padStart(3, "0")}`)}"`;

describe("texts that would break out of generated code", () => {
	for (const [place, template] of Object.entries(TEXT_PLACES)) {
		sameAnswers(
			`in ${place}`,
			TEXTS.map((text) => chunk(template.replaceAll("TEXT", () => literal(text)))),
		);
	}

	sameAnswers(
		"as a chunk's name",
		TEXTS.flatMap((text) => ["", "=", "@"].map((kind) => chunk("local x = nil; x.y = 1", kind + text))),
	);
	sameAnswers(
		"as source text",
		TEXTS.flatMap((text) =>
			[chunk(text), chunk(`return 1 ${text}`), chunk(`return "x${text}y"`)].map(loadOnly),
		),
	);
	sameAnswers(
		"in comments and long strings",
		TEXTS.flatMap((text) => [
			chunk(`-- ${text.replace(/[\r\n]/g, " ")}\nreturn 1`),
			chunk(`--[==[ ${text} ]==] return [==[${text}]==]`),
		]),
	);
	sameAnswers(
		"in what the host gives",
		TEXTS.map((text) => ({
			name: text,
			steps: [{ load: "return ..." }, { call: `[1]=${quoted(text)},[2]={[${quoted(text)}]=1}`, count: 2 }],
		})),
	);
});

/** A chunk of that name; when it does not compile, the call fails in the same way. */
function named(text: string, name: string): Case {
	return { name: `${text} as ${JSON.stringify(name.slice(0, 40))}`, steps: chunk(text, name).steps };
}

/** A chunk that may not compile is not called. */
function loadOnly({ name, steps }: Case): Case {
	return { name, steps: steps.slice(0, 1) };
}
