// `read("*n")` is scanf("%lf"): it takes characters as long as they may belong to a numeral
// and then converts the longest start that is one. It never puts back more than one
// character, so "1e+x" is 1 and leaves "x", and "nope" is nothing and leaves "pe".

import { toNumber } from "../engine/api.ts";
import type { Stream } from "./stream.ts";

const SPACE = /[ \t\n\v\f\r]/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;
const HEXADECIMAL = /^[+-]?0[xX](?:[\da-fA-F]+\.?[\da-fA-F]*|\.[\da-fA-F]+)(?:[pP][+-]?\d+)?/;

/** Takes the next character if it is one of `wanted`. */
function take(stream: Stream, wanted: RegExp): string {
	const next = stream.peek();
	if (next === "" || !wanted.test(next)) return "";
	stream.skip();
	return next;
}

/** Takes the rest of a word; what does not fit is taken too, once. */
function takeWord(stream: Stream, rest: string): boolean {
	for (const letter of rest) {
		const next = stream.peek();
		if (next !== "") stream.skip();
		if (next.toLowerCase() !== letter) return false;
	}
	return true;
}

export function readNumeral(stream: Stream): number | undefined {
	while (take(stream, SPACE) !== "");
	const sign = take(stream, /[+-]/);
	if (take(stream, /n/i) !== "") return takeWord(stream, "an") ? toNumber(`${sign}nan`) : undefined;
	if (take(stream, /i/i) !== "") {
		if (!takeWord(stream, "nf")) return undefined;
		if (take(stream, /i/i) !== "" && !takeWord(stream, "nity")) return undefined;
		return sign === "-" ? -Infinity : Infinity;
	}

	let text = sign + take(stream, /0/);
	const marker = text.endsWith("0") ? take(stream, /x/i) : "";
	text += marker;
	const isHex = marker !== "";
	const digit = isHex ? /[\da-f]/i : /\d/;
	const exponent = isHex ? /p/i : /e/i;
	const start = text.length;
	let hasPoint = false;
	for (;;) {
		let next = take(stream, digit);
		if (next === "" && !hasPoint) {
			next = take(stream, /\./);
			hasPoint = next !== "";
		}
		if (next === "") break;
		text += next;
	}
	const mantissa = text.slice(isHex ? start : sign.length);
	if (/[\da-f]/i.test(mantissa)) {
		const mark = take(stream, exponent);
		if (mark !== "") {
			text += mark + take(stream, /[+-]/);
			for (let next = take(stream, /\d/); next !== ""; next = take(stream, /\d/)) text += next;
		}
	}
	if (isHex) {
		const found = HEXADECIMAL.exec(text)?.[0];
		// "0x" alone is refused, while of "0x." the zero counts.
		return found === undefined ? (mantissa === "" ? undefined : sign === "-" ? -0 : 0) : toNumber(found);
	}
	const found = DECIMAL.exec(text)?.[0];
	return found === undefined ? undefined : toNumber(found);
}
