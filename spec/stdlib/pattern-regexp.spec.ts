// A pattern's RegExp against its steps: whichever is used, the match must be the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { captureEnds, captureStarts, findMatch, matchEnd, matchedTexts } from "../../src/stdlib/pattern.ts";
import { Pattern } from "../../src/stdlib/pattern-compiler.ts";
import { toRegExp } from "../../src/stdlib/pattern-regexp.ts";
import { Choices } from "./call-differential.ts";
import { randomPattern, SUBJECT_ITEMS } from "./random-pattern.ts";

const CASES = Number(process.env["SF_CASES"] ?? 20000);
const SEED = Number(process.env["SF_SEED"] ?? 51);

function describeMatch(pattern: Pattern, subject: string, from: number): string {
	const start = findMatch(pattern, subject, from);
	if (start < 0) return "none";
	const texts = matchedTexts;
	const captures = pattern.captures.map((_, which) =>
		texts === undefined ? subject.slice(captureStarts[which], captureEnds[which]) : texts[which + 1],
	);
	return JSON.stringify([start, matchEnd, ...captures]);
}

function both(text: string, mayAnchor: boolean): [Pattern, Pattern] | undefined {
	const translated = new Pattern(text, mayAnchor);
	translated.regExp = toRegExp(translated);
	if (translated.regExp === null) return undefined;
	const stepwise = new Pattern(text, mayAnchor);
	stepwise.regExp = null;
	return [stepwise, translated];
}

test("the same matches", () => {
	const choices = new Choices(SEED);
	let compared = 0;
	while (compared < CASES) {
		const text = randomPattern(choices);
		const patterns = both(text, choices.below(3) !== 0);
		if (patterns === undefined) continue;
		compared++;
		for (let turn = 0; turn < 3; turn++) {
			const subject = choices.text(SUBJECT_ITEMS, 12);
			const from = choices.below(subject.length + 1);
			const steps = describeMatch(patterns[0], subject, from);
			const regExp = describeMatch(patterns[1], subject, from);
			assert.equal(regExp, steps, `${JSON.stringify(text)} in ${JSON.stringify(subject)} from ${from}`);
		}
	}
});

test("every class", () => {
	const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
	for (let code = 1; code < 256; code++) {
		const character = String.fromCharCode(code);
		for (const text of [
			`(%${character})`,
			`([^${character}])`,
			`([${character}-\x90])`,
			`%f[^%${character}](.)`,
		]) {
			const patterns = both(text, true);
			if (patterns === undefined) continue;
			for (let from = 0; from <= 256; from++) {
				const steps = describeMatch(patterns[0], bytes, from);
				const regExp = describeMatch(patterns[1], bytes, from);
				assert.equal(regExp, steps, `${JSON.stringify(text)} from ${from}`);
			}
		}
	}
});

test("long subjects", () => {
	const long = "ab ".repeat(3_000_000);
	for (const text of [
		"(.*)x",
		"(.-)x",
		"^(.*)b(.*)$",
		"^(.-)x",
		"%s*(.-)%s*$",
		"(%w+)%s*=",
		"a?b?(.*)",
		"[^x]*x",
	]) {
		const patterns = both(text, true);
		assert.ok(patterns !== undefined);
		// A search from every position would be quadratic for both.
		const from = text.startsWith("^") || text.startsWith("a?") ? 0 : long.length - 2000;
		const steps = describeMatch(patterns[0], long, from);
		const regExp = describeMatch(patterns[1], long, from);
		assert.equal(regExp, steps, text);
	}
});
