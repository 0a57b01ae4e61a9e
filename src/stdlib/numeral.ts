// `read("*n")`: scanf("%lf") takes the longest start of the input that may still become a
// numeral, character by character, and fails when what it took is not one.

import { toNumber } from "../engine/api.ts";
import type { Stream } from "./stream.ts";

const SPACE = /[ \t\n\v\f\r]/;
const DECIMAL_START = /^[+-]?(\d*\.?\d*)([eE][+-]?\d*)?$/;
const HEX_START = /^[+-]?0[xX][\da-fA-F]*\.?[\da-fA-F]*([pP][+-]?\d*)?$/;
const WORDS = ["infinity", "nan"];

/** Whether more input could make this text a numeral. */
function mayBecomeNumeral(text: string): boolean {
	const decimal = DECIMAL_START.exec(text);
	if (decimal !== null) return decimal[2] === undefined || /\d/.test(decimal[1] ?? "");
	if (HEX_START.test(text)) return true;
	const letters = text.replace(/^[+-]/, "").toLowerCase();
	return letters !== "" && WORDS.some((word) => word.startsWith(letters));
}

export function readNumeral(stream: Stream): number | undefined {
	while (SPACE.test(stream.peek())) stream.skip();
	let text = "";
	for (let next = stream.peek(); next !== "" && mayBecomeNumeral(text + next); next = stream.peek()) {
		text += next;
		stream.skip();
	}
	return toNumber(text);
}
