/**
 * The protocol's messages (protocol.txt), and what makes a decoded expression one of them.
 * `Value` and `Table` are the reader's own types: the peer's are Lua values and tables.
 * A field that is missing or of a wrong kind is a protocol error: the native peer dies of it too.
 */
import { ProtocolError } from "./frame.ts";

/** Requests that the host sends, by `op`. */
export type HostRequest<Value, Table> =
	| { readonly op: "loadString"; readonly text: string; readonly chunkName: string | undefined }
	| { readonly op: "call"; readonly id: Value; readonly nargs: number | undefined; readonly args: Table }
	| { readonly op: "registerLibrary"; readonly name: string; readonly functions: Table }
	| { readonly op: "wrapPhpFunction"; readonly id: Value }
	| { readonly op: "getStatus" }
	| { readonly op: "cleanupChunks"; readonly ids: Table }
	| { readonly op: "quit" }
	| { readonly op: "testquit" };

/** The host's answer to a call that the peer made. */
export type HostReply<Value, Table> =
	| { readonly op: "return"; readonly nvalues: number | undefined; readonly values: Table }
	| { readonly op: "error"; readonly value: Value };

export type HostMessage<Value, Table> = HostRequest<Value, Table> | HostReply<Value, Table>;

/** How the fields of a decoded message are read. */
export interface FieldReader<Value, Table> {
	field(name: string): Value | Table | undefined;
	isTable(value: Value | Table | undefined): value is Table;
	/** What a wrong value is, for the message on stderr. */
	describe(value: Value | Table | undefined): string;
}

export function decodeMessage<Value, Table>(
	reader: FieldReader<Value, Table>,
): HostMessage<Value | Table | undefined, Table> {
	const op: unknown = reader.field("op");
	if (!isKnownOp(op))
		throw new ProtocolError(`Invalid message operation: ${reader.describe(reader.field("op"))}`);
	// ORDER as in the two unions above.
	switch (op) {
		case "loadString":
			return { op, text: textField(reader, op, "text"), chunkName: optionalText(reader, op, "chunkName") };
		case "call": {
			const nargs = countField(reader, op, "nargs");
			return { op, id: requiredField(reader, op, "id"), nargs, args: tableField(reader, op, "args") };
		}
		case "registerLibrary": {
			const functions = tableField(reader, op, "functions");
			return { op, name: textField(reader, op, "name"), functions };
		}
		case "wrapPhpFunction":
			return { op, id: reader.field("id") };
		case "getStatus":
		case "quit":
		case "testquit":
			return { op };
		case "cleanupChunks":
			return { op, ids: tableField(reader, op, "ids") };
		case "return": {
			const nvalues = countField(reader, op, "nvalues");
			return { op, nvalues, values: tableField(reader, op, "values") };
		}
		case "error":
			return { op, value: reader.field("value") };
	}
}

const OPS = new Set<unknown>([
	"loadString",
	"call",
	"registerLibrary",
	"wrapPhpFunction",
	"getStatus",
	"cleanupChunks",
	"quit",
	"testquit",
	"return",
	"error",
]);

function isKnownOp(op: unknown): op is HostMessage<unknown, unknown>["op"] {
	return OPS.has(op);
}

function requiredField<Value, Table>(
	reader: FieldReader<Value, Table>,
	op: string,
	name: string,
): Value | Table {
	const value = reader.field(name);
	if (value === undefined) throw new ProtocolError(`a ${op} message has no ${name}`);
	return value;
}

function tableField<Value, Table>(reader: FieldReader<Value, Table>, op: string, name: string): Table {
	const value = reader.field(name);
	if (!reader.isTable(value)) throw wrongField(reader, op, name, value);
	return value;
}

function textField<Value, Table>(reader: FieldReader<Value, Table>, op: string, name: string): string {
	const value = reader.field(name);
	if (typeof value !== "string") throw wrongField(reader, op, name, value);
	return value;
}

function optionalText<Value, Table>(
	reader: FieldReader<Value, Table>,
	op: string,
	name: string,
): string | undefined {
	return reader.field(name) === undefined ? undefined : textField(reader, op, name);
}

function countField<Value, Table>(
	reader: FieldReader<Value, Table>,
	op: string,
	name: string,
): number | undefined {
	const value = reader.field(name);
	if (value === undefined) return undefined;
	if (typeof value !== "number") throw wrongField(reader, op, name, value);
	return value;
}

function wrongField<Value, Table>(
	reader: FieldReader<Value, Table>,
	op: string,
	name: string,
	value: Value | Table | undefined,
): ProtocolError {
	return new ProtocolError(`a ${op} message has ${reader.describe(value)} as its ${name}`);
}
