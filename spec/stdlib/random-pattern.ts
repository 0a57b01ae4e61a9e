// Patterns and subjects for the random cases: well-formed items mostly, with all that is
// rare, and a few that are broken.

import type { Choices } from "./call-differential.ts";

const PLAIN_ITEMS = [
	"a",
	"b",
	"c",
	"ab",
	"x",
	"1",
	" ",
	".",
	"%a",
	"%d",
	"%s",
	"%w",
	"%A",
	"%W",
	"%S",
	"[ab]",
	"[^a]",
	"[a-c]",
	"[%a_]",
	"[%d%s]",
];
const RARE_ITEMS = [
	"%c",
	"%l",
	"%p",
	"%u",
	"%x",
	"%z",
	"%Z",
	"%C",
	"%D",
	"%L",
	"%P",
	"%U",
	"%X",
	"%.",
	"%%",
	"%-",
	"%y",
	"%]",
	"\xe9",
	"[]]",
	"[^]]",
	"[]-a]",
	"[a-]",
	"[-a]",
	"[%]]",
	"[^%s%d]",
	"[a-%z]",
	"[%a-z]",
	"[z-a]",
	"[^\xe0-\xff]",
	"[\x80-\xff]",
	"%b()",
	"%bab",
	"%baa",
	"%f[%w]",
	"%f[^%w]",
	"%f[%z]",
	"%f[a]",
];
export const BROKEN_ITEMS = [
	"[",
	"[^",
	"[a",
	"[]",
	"[%",
	"%",
	"%f",
	"%fa",
	"%b",
	"%bx",
	"(",
	")",
	"%0",
	"%9",
	"\0",
	"]",
	"^",
	"$",
	"*",
	"+",
	"-",
	"?",
	"{",
	"|",
	"\\",
	"/",
];
const SUFFIXES = ["", "", "", "*", "+", "-", "?"];
export const SUBJECT_ITEMS = [
	"a",
	"b",
	"c",
	"ab",
	"aa",
	"x",
	"1",
	" ",
	"(",
	")",
	"_",
	"A",
	".",
	"%",
	"\0",
	"\xe9",
	"\n",
	"-",
	"]",
	"^",
	"$",
];

export function randomPattern(choices: Choices): string {
	let text = choices.below(4) === 0 ? "^" : "";
	let open = 0;
	let captures = 0;
	for (let left = choices.below(6) + 1; left > 0; left--) {
		const kind = choices.below(100);
		if (kind < 60) text += choices.of(PLAIN_ITEMS) + choices.of(SUFFIXES);
		else if (kind < 72) text += choices.of(RARE_ITEMS) + choices.of(SUFFIXES);
		else if (kind < 76) text += choices.of(BROKEN_ITEMS);
		else if (kind < 84) {
			text += "(";
			open++;
			captures++;
		} else if (kind < 92 && open > 0) {
			text += ")";
			open--;
		} else if (kind < 96) {
			text += "()";
			captures++;
		} else if (captures > 0) text += `%${choices.below(captures) + 1}`;
	}
	if (choices.below(20) !== 0) text += ")".repeat(open);
	return choices.below(4) === 0 ? `${text}$` : text;
}
