/**
 * Hides in recorded messages what nobody is to read: each character that a regular expression matches becomes
 * a `*`, within strings only. Lengths stay as they are, so that the message decodes, and so that what Lua
 * makes of a masked string looks, where it only passes it on, like the masked result. The words of the
 * protocol itself are kept.
 *
 * Strings are bytes on the wire, one character each here; a pattern's own letters are taken as UTF-8.
 */
import { HEADER_LENGTH } from "../wire/frame.ts";
import { INTEGER_RANGES, PhpWriter, unescapeBody } from "../wire/php-value.ts";
import { mapLeaves, readRequest, Table, writeRequest } from "./expression-tree.ts";

export const MASK_CHARACTER = "*";

/** A pattern is wrong, or a message cannot be read and so not be masked. */
export class MaskError extends Error {
	override readonly name = "MaskError";
}

/** Names of fields and operations: a message without them is none. */
const PROTOCOL_WORDS = new Set([
	...["op", "call", "return", "error", "loadString", "registerLibrary", "wrapPhpFunction", "getStatus"],
	...["cleanupChunks", "quit", "testquit", "text", "chunkName", "id", "ids", "nargs", "args", "nvalues"],
	...["values", "value", "trace", "log", "name", "functions", "interpreterId"],
]);

/** A string's start, a class's name, or what stands between these: all that PHP's format has. */
const TOKEN = /s:(\d+):"|O:\d+:"[^"]*"|[^sO]+|[sO]/y;

export class Mask {
	readonly #patterns: readonly RegExp[];
	readonly #writer = new PhpWriter(INTEGER_RANGES[8], "", "");

	/** Sources of regular expressions, as JavaScript has them. */
	constructor(sources: readonly string[]) {
		this.#patterns = sources.map((source) => {
			try {
				return new RegExp(Buffer.from(source, "utf8").toString("latin1"), "g");
			} catch (error) {
				// V8's text shows the pattern, which may be a secret itself.
				const reason = (error as Error).message.split(": ").at(-1);
				throw new MaskError(`a mask is no regular expression: ${reason}`);
			}
		});
	}

	/** A body from the host. */
	request(body: Buffer): Buffer {
		const request = readRequest(body.toString("latin1"));
		if (request === undefined) throw new MaskError("a message of the host's is not written as PHP writes it");
		let isChanged = false;
		const masked = mapLeaves(request, (leaf) => {
			if (typeof leaf !== "string") return leaf;
			const hidden = this.#hide(leaf);
			isChanged ||= hidden !== leaf;
			return hidden;
		});
		return isChanged && masked instanceof Table ? Buffer.from(writeRequest(masked), "latin1") : body;
	}

	/** A body from the peer. The result is good until the next call. */
	reply(body: Buffer): Buffer {
		const text = unescapeBody(body.toString("latin1"));
		const writer = this.#writer;
		writer.reset();
		TOKEN.lastIndex = 0;
		for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
			const [token, length] = match;
			if (length === undefined) writer.raw(token.replaceAll("\\", "\\\\"));
			else {
				const start = TOKEN.lastIndex;
				const end = start + Number(length);
				writer.string(this.#hide(text.slice(start, end)));
				TOKEN.lastIndex = end + '";'.length;
			}
		}
		return writer.frame().subarray(HEADER_LENGTH);
	}

	#hide(text: string): string {
		if (PROTOCOL_WORDS.has(text)) return text;
		let hidden = text;
		for (const pattern of this.#patterns) {
			hidden = hidden.replace(pattern, (match) => MASK_CHARACTER.repeat(match.length));
		}
		return hidden;
	}
}
