// Any bytes as a chunk or as a stream of the wire, for scripts/fuzz-wire.mjs and the short run of it that is a spec.
// What must hold: an input is taken or refused in the way that is meant for it, as native or a simple model does, and
// no other error of JavaScript shows. What sessions make of messages is in fuzz-peer.ts.

import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { compileTree, generatorFactory } from "../../src/compiler/compile.ts";
import { LuaError } from "../../src/engine/api.ts";
import { parseProto } from "../../src/engine/load.ts";
import { Proto } from "../../src/lua51/proto.ts";
import { encodeHeader, MAX_BODY_LENGTH, ProtocolError } from "../../src/wire/frame.ts";
import { FrameBuffer } from "../../src/wire/frame-buffer.ts";
import { generateProgram } from "./program-generator.ts";

export const LUA_WORDS =
	`and break do else elseif end false for function if in local nil not or repeat return then true until
	while x y _ 1 0x 1e 1e309 .5 0xFFFFFFFFFF .. ... == ~= <= >= < > = + - * / % ^ # ( ) { } [ ] ; : , . " ' \\ [[ ]]
	[=[ ]=] -- --[[ "a" '\\065' "\\300" "\\ __proto__ constructor`.split(/\s+/);

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
export const bytes = fc.array(byte, { maxLength: 60 }).map((list) => list.join(""));

/** Mostly these words, some bytes between them. */
export const words = (list: readonly string[]): fc.Arbitrary<string> => {
	const word = fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...list) }, byte);
	const space = fc.constantFrom(" ", "", "\n");
	return fc.array(fc.tuple(word, space), { maxLength: 40 }).map((parts) => parts.flat().join(""));
};

export const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] =>
	fc.sample(arbitrary, { numRuns: count, seed });

// -- Chunks -----------------------------------------------------------------------

/** Chunks that compile, so that any text gets into emitted code. */
const literals = bytes.map((text) => {
	const literal = `"${text.replace(/./gs, (one) => `\\${String(one.charCodeAt(0)).padStart(3, "0")}`)}"`;
	return `local t = { [${literal}] = ${literal} } t[${literal}] = t[${literal}](${literal} .. t) return ${literal}`;
});

/** Programs that compile, but for those with a mistake: random words hardly ever give one. */
const programs = fc
	.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 60 })
	.map(generateProgram);

/** One character a byte. */
export const chunkText = fc.oneof(
	{ weight: 4, arbitrary: words(LUA_WORDS) },
	{ weight: 2, arbitrary: programs },
	bytes,
	literals,
);

/**
 * "ok" or the text of the syntax error. All functions are emitted and given to V8, none is run. `inAllWays`: for
 * coroutines and observers too.
 */
export function compiled(text: string, inAllWays: boolean): string {
	try {
		const proto = parseProto(text, "=c");
		compileTree(proto);
		if (inAllWays) {
			compileGenerators(proto);
			for (const observation of ["lines", "variables"] as const) {
				compileTree(new Proto(proto.chunkName, proto.node, observation));
			}
		}
		return "ok";
	} catch (error) {
		if (error instanceof LuaError) return String(error.value);
		throw error;
	}
}

function compileGenerators(proto: Proto): void {
	generatorFactory(proto);
	proto.children.forEach(compileGenerators);
}

/** What native says of each chunk. */
export function compiledNatively(texts: readonly string[]): string[] {
	return askedNatively('local f, message = loadstring(text, "=c") return f and "ok" or message', texts);
}

/** What lua5.1 answers for each `text`, by a program that returns a string. */
export function askedNatively(body: string, texts: readonly string[]): string[] {
	const program = `local function answer(text) ${body} end
		local n = io.read("*n", 1) for i = 1, n do local size = io.read("*n", 1)
		local said = answer(io.read(size) or "") io.write(#said, "\\n", said) end`;
	const input = `${texts.length}\n${texts.map((text) => `${text.length}\n${text}`).join("")}`;
	const run = spawnSync("lua5.1", ["-e", program], {
		input: Buffer.from(input, "latin1"),
		maxBuffer: 2 ** 28,
	});
	if (run.status !== 0) throw new Error(`lua5.1 failed: ${run.stderr.toString("latin1")}`);
	const output = run.stdout.toString("latin1");
	const answers: string[] = [];
	for (let at = 0; at < output.length; ) {
		const end = output.indexOf("\n", at);
		const size = Number(output.slice(at, end));
		answers.push(output.slice(end + 1, end + 1 + size));
		at = end + 1 + size;
	}
	return answers;
}

// -- Frames -----------------------------------------------------------------------

/** Lengths that are announced, of which less comes: also beyond what the buffer has at first, up to the greatest. */
const announced = fc.oneof(
	{ weight: 100, arbitrary: fc.integer({ min: 1, max: 2 ** 12 }) },
	{ weight: 20, arbitrary: fc.integer({ min: 2 ** 15, max: 2 ** 18 }) },
	fc.integer({ min: 2 ** 18, max: MAX_BODY_LENGTH }),
);

export const stream = fc.array(
	fc.oneof(
		{ weight: 4, arbitrary: bytes },
		{ weight: 8, arbitrary: bytes.filter((body) => body !== "").map(frameOf) },
		{ weight: 1, arbitrary: fc.stringMatching(/^[0-9a-fA-F]{16}$/) },
		{ weight: 1, arbitrary: announced.map(encodeHeader) },
		// Bodies that are larger than what the buffer keeps, and are there.
		{
			weight: 1,
			arbitrary: fc.integer({ min: 1, max: 200 }).map((thousands) => frameOf("x".repeat(thousands * 1000))),
		},
	),
	{ maxLength: 6 },
);

export function frameOf(body: string): string {
	return encodeHeader(body.length) + body;
}

/** What comes out of a stream: bodies, and how it ends. */
export interface Taken {
	readonly bodies: readonly string[];
	readonly end: "whole" | "truncated" | "broken";
}

/** Takes frames from bytes that come in pieces. */
export function takeFrames(pieces: readonly string[]): Taken {
	const frames = new FrameBuffer();
	const bodies: string[] = [];
	try {
		for (const piece of pieces) {
			frames.append(Buffer.from(piece, "latin1"));
			for (let body = frames.take(); body !== undefined; body = frames.take()) {
				bodies.push(body.toString("latin1"));
			}
		}
	} catch (error) {
		if (error instanceof ProtocolError) return { bodies, end: "broken" };
		throw error;
	}
	return { bodies, end: frames.isEmpty ? "whole" : "truncated" };
}

/** The same of the whole text, as protocol.txt says it. */
export function framesOf(text: string): Taken {
	const bodies: string[] = [];
	for (let at = 0; at < text.length; ) {
		const header = text.slice(at, at + 16);
		if (header.length < 16) return { bodies, end: "truncated" };
		const length = Number(`0x${header.slice(0, 8)}`);
		if (!/^[0-9a-f]*$/i.test(header) || length * 2 - 1 !== Number(`0x${header.slice(8)}`)) {
			return { bodies, end: "broken" };
		}
		if (text.length - at - 16 < length) return { bodies, end: "truncated" };
		bodies.push(text.slice(at + 16, at + 16 + length));
		at += 16 + length;
	}
	return { bodies, end: "whole" };
}
