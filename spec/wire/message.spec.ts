import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolError } from "../../src/wire/frame.ts";
import { decodeMessage, type FieldReader } from "../../src/wire/message.ts";

type Table = Map<string, unknown>;

const message = (fields: Record<string, unknown>): ReturnType<typeof decodeMessage<unknown, Table>> => {
	const reader: FieldReader<unknown, Table> = {
		field: (name) => fields[name],
		isTable: (value): value is Table => value instanceof Map,
		describe: (value) => typeof value,
	};
	return decodeMessage(reader);
};
const reads = (fields: Record<string, unknown>, expected: unknown = fields): void =>
	assert.deepEqual(message(fields), expected);
const refuses = (fields: Record<string, unknown>): void =>
	assert.throws(() => message(fields), ProtocolError);
const table: Table = new Map();

test("every message of the protocol is read", () => {
	reads({ op: "loadString", text: "return", chunkName: "=x" });
	reads({ op: "loadString", text: "return" }, { op: "loadString", text: "return", chunkName: undefined });
	reads({ op: "call", id: 1, nargs: 2, args: table });
	reads({ op: "call", id: 1, args: table }, { op: "call", id: 1, nargs: undefined, args: table });
	reads({ op: "registerLibrary", name: "mw", functions: table });
	reads({ op: "wrapPhpFunction", id: "x" });
	reads({ op: "getStatus", more: 1 }, { op: "getStatus" });
	reads({ op: "cleanupChunks", ids: table });
	reads({ op: "quit" });
	reads({ op: "testquit" });
	reads({ op: "return", nvalues: 0, values: table });
	reads({ op: "error", value: undefined });
	reads({ op: "error", value: "x" });
});

test("what is none of them is a protocol error", () => {
	refuses({});
	refuses({ op: 5 });
	refuses({ op: "Quit" });
	refuses({ op: "constructor" });
	refuses({ op: "loadString" });
	refuses({ op: "loadString", text: "x", chunkName: 1 });
	refuses({ op: "call", id: 1, nargs: "2", args: table });
	refuses({ op: "call", nargs: 1, args: table });
	refuses({ op: "call", id: 1 });
	refuses({ op: "cleanupChunks" });
	refuses({ op: "registerLibrary", name: "x", functions: 1 });
	refuses({ op: "return", nvalues: 1 });
});

test("a protocol error says what is wrong", () => {
	const says = (fields: Record<string, unknown>, text: string): void =>
		assert.throws(() => message(fields), { name: "ProtocolError", message: text });
	says({ op: 5 }, "Invalid message operation: number");
	says({ op: "call", args: table }, "a call message has no id");
	says({ op: "call", id: 1, args: "x" }, "a call message has string as its args");
	says({ op: "return", nvalues: table, values: table }, "a return message has object as its nvalues");
	says({ op: "loadString", text: 1 }, "a loadString message has number as its text");
	says({ op: "registerLibrary", functions: table }, "a registerLibrary message has undefined as its name");
});
