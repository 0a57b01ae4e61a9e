/**
 * Values on the host's side, and how they cross: nil is undefined (null is taken too), tables come
 * as plain objects and go as arrays (1-based in Lua), objects or Maps, functions are handles.
 * Strings are Unicode and UTF-8 on the wire, or one character per byte with the "latin1" encoding;
 * a Buffer always goes as its bytes.
 */
import { writeLuaExpression } from "../wire/lua-expression.ts";

export type HostEncoding = "utf8" | "latin1";

export type HostValue =
	| undefined
	| null
	| boolean
	| number
	| bigint
	| string
	| Uint8Array
	| LuaFunctionHandle
	| readonly HostValue[]
	| ReadonlyMap<HostValue, HostValue>
	| { readonly [key: string]: HostValue };

/** A function that lives in the peer. The peer keeps it until it is released. */
export class LuaFunctionHandle {
	/** As PHP's property is called: the reader of replies fills both in. */
	readonly interpreterId: number;
	readonly id: number;
	/** No private field: php-serialize makes handles without the constructor. */
	isReleased: boolean | undefined = undefined;

	constructor(interpreterId = -1, id = -1) {
		this.interpreterId = interpreterId;
		this.id = id;
	}

	/** The next cleanupChunks lets the peer forget the function, when no other handle has its id. */
	release(): void {
		this.isReleased = true;
	}
}

/** The message body for a request. */
export function encodeRequest(request: HostValue, encoding: HostEncoding): string {
	const source = {
		visit: (value: Container, entry: (key: Leaf | Container, value: Leaf | Container) => void) => {
			if (value instanceof LuaFunctionHandle) return value.id;
			for (const [key, element] of entriesOf(value))
				entry(prepare(key, encoding), prepare(element, encoding));
			return undefined;
		},
	};
	return writeLuaExpression<Container>(prepare(request, encoding), source);
}

type Leaf = undefined | boolean | number | string;
type Container = Exclude<HostValue, Leaf | null | bigint | Uint8Array>;

function prepare(value: HostValue, encoding: HostEncoding): Leaf | Container {
	if (value === null) return undefined;
	if (typeof value === "bigint") return Number(value);
	if (typeof value === "string") {
		return encoding === "latin1" ? value : Buffer.from(value, "utf8").toString("latin1");
	}
	if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
	return value;
}

function* entriesOf(value: Exclude<Container, LuaFunctionHandle>): Iterable<[HostValue, HostValue]> {
	if (value instanceof Map) yield* value;
	else if (Array.isArray(value)) {
		for (const [index, element] of value.entries()) yield [index + 1, element];
	} else {
		// PHP's arrays turn such keys into integers: a table that came from Lua goes back as it was.
		for (const [key, element] of Object.entries(value)) {
			yield [/^(?:0|-?[1-9][0-9]{0,14})$/.test(key) ? Number(key) : key, element];
		}
	}
}
