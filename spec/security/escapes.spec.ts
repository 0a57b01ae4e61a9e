// Hostile chunks in a session as PHP drives it, once under native lua5.1 and once under ours: every byte of the
// answers is the same, and the session serves on.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
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

/** A chunk that may not compile is not called. */
function loadOnly({ name, steps }: Case): Case {
	return { name, steps: steps.slice(0, 1) };
}
