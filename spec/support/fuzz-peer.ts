// Random messages for sessions: any text as a message's body, read as native reads it, and conversations of requests
// that are mostly right with a whole session, in this process and with native.

import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import {
	beginSession,
	LuaFunction,
	LuaState,
	LuaTable,
	type LuaValue,
	load,
	Traversal,
} from "../../src/engine/api.ts";
import type { ScribuntoTree } from "../../src/host/tree.ts";
import { ChunkTable } from "../../src/peer/chunk-table.ts";
import { readSettings, serveSession } from "../../src/peer/peer.ts";
import type { Channel } from "../../src/peer/transport.ts";
import { ValueDecoder } from "../../src/peer/value-codec.ts";
import { openString } from "../../src/stdlib/string.ts";
import { HEADER_LENGTH, ProtocolError } from "../../src/wire/frame.ts";
import { FrameBuffer } from "../../src/wire/frame-buffer.ts";
import { formatDouble } from "../../src/wire/php-value.ts";
import { withoutServerRows } from "./dialogue.ts";
import { askedNatively, bytes, frameOf, framesOf, words } from "./fuzz-inputs.ts";

export const WIRE_WORDS =
	`{ } [ ] = , "op" "call" ["op"]= [1]= chunks[ chunks[1] nil true false -1 1.5 1e+25 (0/0) (1/0) (-1/0) "x" "\\" \\n
	\\000 ["__proto__"]= { { } } 9223372036854775808 -0 0x1 return`.split(/\s+/);

// -- Expressions --------------------------------------------------------------------

/** A value as PHP writes it. */
const value: fc.Arbitrary<string> = fc.letrec<{ value: string; table: string }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 4, depthIdentifier: "value" },
		fc.constantFrom("nil", "true", "false", "(0/0)", "(1/0)", "(-1/0)", "-0", "0", "chunks[1]", "chunks[7]"),
		fc.integer({ min: -3, max: 300 }).map(String),
		fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
		bytes.map(quotedByPhp),
		tie("table"),
	),
	table: fc
		.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4, depthIdentifier: "value" })
		.map((pairs) => `{${pairs.map(([key, held]) => `[${key}]=${held}`).join(",")}}`),
})).value;

/** As LuaStandaloneInterpreter::encodeLuaVar() escapes a string. */
function quotedByPhp(text: string): string {
	const escaped = text
		.replace(/["\\]/g, "\\$&")
		.replace(/\n/g, "\\n")
		.replace(/\r/g, "\\r")
		.replace(/\0/g, "\\000");
	return `"${escaped}"`;
}

export const expressionText = fc.oneof(
	{ weight: 3, arbitrary: words(WIRE_WORDS) },
	{ weight: 3, arbitrary: value },
	bytes,
);

/** Reads bodies in one state, as a session does. */
export function expressionReader(): (text: string) => string {
	const state = new LuaState();
	openString(state);
	const chunks = new ChunkTable();
	chunks.add(load(state, "return", "=f"));
	const decoder = new ValueDecoder(state, chunks);
	return (text) => {
		try {
			return shown(decoder.decode(text), !OBJECT_AS_KEY.test(text));
		} catch (error) {
			if (error instanceof ProtocolError) return error.message;
			throw error;
		}
	};
}

/** With such a key the order of `pairs` depends on addresses, even when its value is nil. */
const OBJECT_AS_KEY = /\[\s*(?:chunks|\{)/;

/** Tables in the order of `pairs`, or sorted; all NaNs are the same. */
function shown(held: LuaValue, inOrder: boolean): string {
	if (typeof held === "string") return `${held.length}:${held}`;
	if (typeof held === "number") return Object.is(held, -0) ? "-0" : formatDouble(held).toLowerCase();
	if (held instanceof LuaFunction) return "function";
	if (!(held instanceof LuaTable)) return held === undefined ? "nil" : String(held);
	const entries: string[] = [];
	for (const walk = new Traversal(held); walk.advance(); ) {
		entries.push(`${shown(walk.key, inOrder)}=${shown(walk.value, inOrder)},`);
	}
	if (!inOrder) entries.sort();
	return `{${entries.join("")}}`;
}

const READ_NATIVELY = `
	local inOrder = not text:find("%[%s*chunks") and not text:find("%[%s*{")
	local function shown(held)
		if type(held) == "string" then return #held .. ":" .. held end
		if type(held) == "number" then return held ~= held and "nan" or ("%.17g"):format(held) end
		if type(held) == "function" then return "function" end
		if type(held) ~= "table" then return tostring(held) end
		local parts = {}
		for key, value in pairs(held) do parts[#parts + 1] = shown(key) .. "=" .. shown(value) .. "," end
		if not inOrder then table.sort(parts) end
		return "{" .. table.concat(parts) .. "}"
	end
	local f, message = loadstring("return " .. text)
	if not f then return "invalid chunk: " .. message end
	setfenv(f, { chunks = { function() end } })
	local ok, held = pcall(f)
	return ok and shown(held) or "invalid chunk: " .. held`;

/** What native reads. */
export const expressionsRead = (texts: readonly string[]): string[] => askedNatively(READ_NATIVELY, texts);

// -- Conversations ------------------------------------------------------------------

const CHUNKS = [
	"return ...",
	"local t = { ... } return function(...) return t, ... end",
	"error('x')",
	"error({ 1, ... })",
	"error()",
	"return lib and pcall(lib.f, ...)",
	"return nil, { [{}] = 1 }",
	"local t = {} t.t = t return t",
	"return setmetatable({}, { __index = error, __pairs = error, __tostring = error })",
	"x = (x or 0) + 1 return x, ...",
	"return ((...) or {}).op",
	"return 1 +",
	"\x1bLua",
	"return lib.f(...), lib.g(...)",
	"return debug.traceback('m')",
	"return tostring, {}, pcall, 0/0, 1/0, 2^53, -0, 'a\\0b\\n\\\\'",
];

const field = fc.oneof(
	fc.tuple(fc.constant("text"), fc.constantFrom(...CHUNKS).map(quotedByPhp)),
	fc.tuple(fc.constant("chunkName"), fc.constantFrom('"=m"', '"@a/b"', '"x"', '"="', '"__proto__"')),
	fc.tuple(fc.constant("id"), fc.constantFrom("1", "2", "3", "4", '"f-1"')),
	fc.tuple(fc.constant("nargs"), fc.constantFrom("0", "1", "2", "3")),
	fc.tuple(fc.constant("nvalues"), fc.constantFrom("0", "1", "2", "3")),
	fc.tuple(fc.constantFrom("args", "values"), fc.array(value, { maxLength: 3 }).map(listOf)),
	fc.tuple(fc.constant("ids"), fc.array(fc.constantFrom("1", "2", "3"), { maxLength: 3 }).map(setOf)),
	fc.tuple(fc.constant("name"), fc.constantFrom('"lib"', '"constructor"', '"x"')),
	fc.tuple(
		fc.constant("functions"),
		fc.constantFrom('{["f"]="f-1",["g"]="g-1"}', "{}", '{["__proto__"]="p-1"}'),
	),
	fc.tuple(fc.constant("value"), value),
);

function listOf(values: readonly string[]): string {
	return `{${values.map((held, index) => `[${index + 1}]=${held}`).join(",")}}`;
}

function setOf(keys: readonly string[]): string {
	return `{${keys.map((key) => `[${key}]=true`).join(",")}}`;
}

/** Ops with their weight and what each wants; other fields come with it, or instead. */
const OPS: readonly (readonly [op: string, weight: number, names: readonly string[]])[] = [
	["loadString", 6, ["text", "chunkName"]],
	["call", 8, ["id", "nargs", "args"]],
	["registerLibrary", 2, ["name", "functions"]],
	["wrapPhpFunction", 1, ["id"]],
	["cleanupChunks", 1, ["ids"]],
	["return", 4, ["nvalues", "values"]],
	["error", 1, ["value"]],
	["quit", 1, []],
	["testquit", 1, []],
	["toString", 1, []],
];

const request = fc
	.oneof(
		...OPS.map(([op, weight, names]) => ({
			weight,
			arbitrary: fc.tuple(
				fc.constant(op),
				fc.tuple(...names.map((name) => field.filter(([other]) => other === name))),
				fc.oneof({ weight: 12, arbitrary: fc.constant([]) }, fc.array(field, { maxLength: 2 })),
			),
		})),
	)
	.map(([op, usual, more]) => {
		const fields = [["op", `"${op}"`] as const, ...usual, ...more];
		return `{${fields.map(([name, text]) => `["${name}"]=${text}`).join(",")}}`;
	});

/** Bodies with a meant difference (docs/protocol.md): native takes this for an error of the module that waits for one. */
const FAILS_WHEN_READ = /: (?:table index is|attempt to) /;

/** Bodies of messages; the first ones make functions to call. */
export const conversation = fc
	.tuple(
		fc.array(
			fc
				.constantFrom(...CHUNKS)
				.map((text) => `{["op"]="loadString",["text"]=${quotedByPhp(text)},["chunkName"]="=m"}`),
			{ maxLength: 2 },
		),
		fc.array(fc.oneof({ weight: 30, arbitrary: request }, expressionText), { maxLength: 10 }),
	)
	.map((parts) => {
		const read = expressionReader();
		return parts.flat().filter((body) => body !== "" && !FAILS_WHEN_READ.test(read(body)));
	});

/** What a peer wrote, message by message, and how it ended. */
export interface Said {
	readonly messages: readonly string[];
	readonly status: number;
}

/** Holds whole sessions in this process. They throw what is no end of a session: a fault of ours. */
export function sessionWith(tree: ScribuntoTree): (bodies: readonly string[]) => Said {
	// Arguments are bytes, one character each.
	const paths = [tree.mainFile, tree.includes].map((path) => Buffer.from(path).toString("latin1"));
	const settings = readSettings([...paths, "3", "8"]);
	return (bodies) => {
		const frames = new FrameBuffer();
		frames.append(Buffer.from(bodies.map(frameOf).join(""), "latin1"));
		const messages: string[] = [];
		const channel: Channel = {
			readBody: () => frames.take(),
			writeFrame: (frame) => void messages.push(frame.toString("latin1", HEADER_LENGTH)),
			debug: () => undefined,
		};
		beginSession(undefined);
		return { status: serveSession(settings, channel), messages };
	};
}

/** The same with native, without the rows of its server in traces. */
export function spokenNatively(tree: ScribuntoTree, bodies: readonly string[]): Said {
	const run = spawnSync("lua5.1", [tree.mainFile, tree.includes, "3", "8"], {
		input: Buffer.from(bodies.map(frameOf).join(""), "latin1"),
		maxBuffer: 2 ** 28,
	});
	const messages = framesOf(run.stdout.toString("latin1")).bodies.map(withoutServerRows);
	return { status: run.status ?? -1, messages };
}
