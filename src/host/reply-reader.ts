/**
 * Reads the peer's messages with php-serialize, which is code of others on purpose: it is an
 * independent check of what wire/php-value.ts writes. Two things are prepared for it: the escapes
 * of the transport are undone, and doubles are respelled that it would refuse (`d:INF;`, `d:1e-05;`).
 */
import { unserialize } from "php-serialize";
import { ProtocolError } from "../wire/frame.ts";
import { unescapeBody } from "../wire/php-value.ts";
import { type HostEncoding, LuaFunctionHandle } from "./value.ts";

/** The fields that the peer's messages can have; what they hold is checked by who reads them. */
export interface PeerMessage {
	readonly op?: unknown;
	readonly nvalues?: unknown;
	readonly values?: unknown;
	readonly value?: unknown;
	readonly trace?: unknown;
	readonly log?: unknown;
	readonly id?: unknown;
	readonly nargs?: unknown;
	readonly args?: unknown;
}

export function decodeReply(body: string, encoding: HostEncoding): PeerMessage {
	const scope = new Proxy({}, { get: () => LuaFunctionHandle });
	const plain = Buffer.from(respellDoubles(unescapeBody(body)), "latin1");
	const message: unknown = unserialize(plain, scope, { encoding: encoding === "utf8" ? "utf8" : "binary" });
	if (typeof message !== "object" || message === null) {
		throw new ProtocolError(`the peer sent ${typeof message} as a message`);
	}
	return message;
}

/** Everything between two doubles: strings are skipped by their length, since they may hold any text. */
const TOKEN = /s:(\d+):"|O:\d+:"([^"]*)"|d:([^;]*);|[^sdO]+|[sdO]/y;

function respellDoubles(text: string): string {
	const pieces: string[] = [];
	let copied = 0;
	TOKEN.lastIndex = 0;
	for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
		const [, length, , double] = match;
		if (length !== undefined) TOKEN.lastIndex += Number(length) + 2;
		if (double === undefined) continue;
		pieces.push(text.slice(copied, match.index), `d:${respelled(double)};`);
		copied = TOKEN.lastIndex;
	}
	return copied === 0 ? text : pieces.join("") + text.slice(copied);
}

/** php-serialize takes any spelling with a point in it through parseFloat. */
function respelled(double: string): string {
	switch (double) {
		case "INF":
			return "1.0e999";
		case "-INF":
			return "-1.0e999";
		case "NAN":
			return ".NAN";
		default:
			return double.includes(".") ? double : double.replace(/^(-?\d+)/, "$1.0");
	}
}
