/** The peer's messages as the same kind of tree as the host's (expression-tree.ts). */
import { decodeReply } from "../host/reply-reader.ts";
import { LuaFunctionHandle } from "../host/value.ts";
import { FunctionReference, Table, type Value } from "./expression-tree.ts";

/** A message of the peer's, one character per byte; undefined for what is not PHP's format. */
export function readReply(text: string): Table | undefined {
	try {
		const value = treeOf(decodeReply(text, "latin1"));
		return value instanceof Table ? value : undefined;
	} catch {
		// The file may have been changed, or never have been right.
		return undefined;
	}
}

function treeOf(value: unknown): Value {
	if (value === null) return undefined;
	if (typeof value === "bigint") return Number(value);
	if (typeof value !== "object") return value as Value; // undefined, boolean, number or string
	if (value instanceof LuaFunctionHandle) return new FunctionReference(value.id);
	return new Table(Object.entries(value).map(([key, element]) => [keyOf(key), treeOf(element)] as const));
}

/** PHP's arrays have integers for these. */
function keyOf(key: string): number | string {
	return /^(?:0|-?[1-9]\d{0,14})$/.test(key) ? Number(key) : key;
}
