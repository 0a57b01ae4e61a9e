/**
 * Reads the peer's messages with php-serialize, which is code of others on purpose: it is an
 * independent check of what wire/php-value.ts writes. Two things are prepared for it: the escapes
 * of the transport are undone, and what it would take wrongly is respelled: doubles (`d:INF;`, `d:1e-05;`), and
 * `__proto__`, which it would make the prototype of the object that has the key.
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
	const text = unescapeBody(body);
	const stand = text.includes(PROTO) ? standIn(text) : undefined;
	const plain = Buffer.from(respell(text, stand), "latin1");
	const read: unknown = unserialize(plain, scope, { encoding: encoding === "utf8" ? "utf8" : "binary" });
	const message = stand === undefined ? read : restored(read, stand);
	if (typeof message !== "object" || message === null) {
		throw new ProtocolError(`the peer sent ${typeof message} as a message`);
	}
	return message;
}

/** Everything between two doubles: strings are skipped by their length, since they may hold any text. */
const TOKEN = /s:(\d+):"|O:\d+:"([^"]*)"|d:([^;]*);|[^sdO]+|[sdO]/y;

function respell(text: string, stand: string | undefined): string {
	const pieces: string[] = [];
	let copied = 0;
	TOKEN.lastIndex = 0;
	for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
		const [, length, , double] = match;
		if (double !== undefined) {
			pieces.push(text.slice(copied, match.index), `d:${respelled(double)};`);
			copied = TOKEN.lastIndex;
		} else if (length !== undefined) {
			const start = TOKEN.lastIndex;
			TOKEN.lastIndex += Number(length) + 2;
			if (stand === undefined || Number(length) !== PROTO.length || !text.startsWith(PROTO, start)) continue;
			pieces.push(text.slice(copied, start), stand);
			copied = start + PROTO.length;
		}
	}
	return copied === 0 ? text : pieces.join("") + text.slice(copied);
}

const PROTO = "__proto__";

/** A string of the same length that the text does not contain. */
function standIn(text: string): string {
	for (let number = 0; ; number++) {
		const stand = `\0${String(number).padStart(PROTO.length - 1, "0")}`;
		if (!text.includes(stand)) return stand;
	}
}

/** The value with `__proto__` for the string that stands for it: as a key, it is a property like any other. */
function restored(value: unknown, stand: string): unknown {
	if (value === stand) return PROTO;
	if (typeof value !== "object" || value === null || value instanceof LuaFunctionHandle) return value;
	if (Array.isArray(value)) return value.map((element) => restored(element, stand));
	const object = {};
	for (const [key, element] of Object.entries(value)) {
		Object.defineProperty(object, key === stand ? PROTO : key, {
			value: restored(element, stand),
			configurable: true,
			enumerable: true,
			writable: true,
		});
	}
	return object;
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
