// Any bytes as a chunk or as a message's body, for scripts/fuzz-wire.mjs and the short run of it that is a spec. What
// must hold: an input is taken or refused in the way that is meant for it, and no other error of JavaScript shows.

import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { compileTree } from "../../src/compiler/compile.ts";
import { LuaError } from "../../src/engine/api.ts";
import { parseProto } from "../../src/engine/load.ts";
import { encodeHeader, ProtocolError } from "../../src/wire/frame.ts";
import { FrameBuffer } from "../../src/wire/frame-buffer.ts";
import { readLuaExpression, UNSUPPORTED } from "../../src/wire/lua-expression.ts";

const LUA_WORDS =
	`and break do else elseif end false for function if in local nil not or repeat return then true until
	while x y _ 1 0x 1e 1e309 .5 0xFFFFFFFFFF .. ... == ~= <= >= < > = + - * / % ^ # ( ) { } [ ] ; : , . " ' \\ [[ ]]
	[=[ ]=] -- --[[ "a" '\\065' "\\300" "\\ __proto__ constructor`.split(/\s+/);
const WIRE_WORDS =
	`{ } [ ] = , "op" "call" ["op"]= [1]= chunks[ chunks[1] nil true false -1 1.5 1e+25 (0/0) (1/0) (-1/0) "x" "\\" \\n
	\\000 ["__proto__"]= { { } } 9223372036854775808 -0 0x1 return`.split(/\s+/);

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = fc.array(byte, { maxLength: 60 }).map((list) => list.join(""));
const words = (list: readonly string[]) =>
	fc
		.array(
			fc.tuple(
				fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...list) }, byte),
				fc.constantFrom(" ", "", "\n"),
			),
			{
				maxLength: 40,
			},
		)
		.map((parts) => parts.flat().join(""));

/** Chunks that compile, so that any text gets into emitted code. */
const literals = bytes.map((text) => {
	const literal = `"${text.replace(/./gs, (one) => `\\${String(one.charCodeAt(0)).padStart(3, "0")}`)}"`;
	return `local t = { [${literal}] = ${literal} } t[${literal}] = t[${literal}](${literal} .. t) return ${literal}`;
});

/** One character a byte. */
export const chunkText = fc.oneof({ weight: 4, arbitrary: words(LUA_WORDS) }, bytes, literals);
export const expressionText = fc.oneof({ weight: 4, arbitrary: words(WIRE_WORDS) }, bytes);
export const stream = fc.array(
	fc.oneof(
		bytes,
		bytes.filter((body) => body !== "").map((body) => encodeHeader(body.length) + body),
		fc.stringMatching(/^[0-9a-fA-F]{16}$/),
	),
	{ maxLength: 6 },
);

/** "ok" or the text of the syntax error. All functions of the chunk are emitted and given to V8, none is run. */
export function compiled(text: string): string {
	try {
		compileTree(parseProto(text, "=c"));
		return "ok";
	} catch (error) {
		if (error instanceof LuaError) return String(error.value);
		throw error;
	}
}

/** What native says of each chunk. */
export function compiledNatively(texts: readonly string[]): string[] {
	const program = `local n = io.read("*n", 1) for i = 1, n do local size = io.read("*n", 1)
		local f, message = loadstring(io.read(size) or "", "=c") message = f and "ok" or message
		io.write(#message, "\\n", message) end`;
	const input = `${texts.length}\n${texts.map((text) => `${text.length}\n${text}`).join("")}`;
	const run = spawnSync("lua5.1", ["-e", program], {
		input: Buffer.from(input, "latin1"),
		maxBuffer: 2 ** 28,
	});
	if (run.status !== 0) throw new Error(`lua5.1 failed: ${run.stderr.toString("latin1")}`);
	const output = run.stdout.toString("latin1");
	const messages: string[] = [];
	for (let at = 0; at < output.length; ) {
		const end = output.indexOf("\n", at);
		const size = Number(output.slice(at, end));
		messages.push(output.slice(end + 1, end + 1 + size));
		at = end + 1 + size;
	}
	return messages;
}

/** Reads a body as the peer does; what is no part of PHP's Lua is left to the compiler. */
export function readExpression(text: string): "read" | "left" {
	const builder = { table: (pairs: readonly unknown[]) => pairs, chunk: (id: number) => [id] };
	return readLuaExpression<readonly unknown[]>(text, builder) === UNSUPPORTED ? "left" : "read";
}

/** Takes frames from bytes that come in pieces; gives their number, or undefined for a broken header. */
export function takeFrames(pieces: readonly string[]): number | undefined {
	const frames = new FrameBuffer();
	let count = 0;
	try {
		for (const piece of pieces) {
			// A header may announce two gigabytes: room for them is made when a byte of the body comes, not before.
			if (/^[0-7][0-9a-fA-F]{15}$/.test(piece) && !/^0000/.test(piece)) return undefined;
			frames.append(Buffer.from(piece, "latin1"));
			while (frames.take() !== undefined) count++;
		}
	} catch (error) {
		if (error instanceof ProtocolError) return undefined;
		throw error;
	}
	return count;
}

export const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] =>
	fc.sample(arbitrary, { numRuns: count, seed });
