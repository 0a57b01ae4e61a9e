// Where a debug adapter listens: a port of this machine only, or a socket that nobody else may open.

import { isAbsolute } from "node:path";

export type Address =
	| { readonly host: string; readonly port: number }
	| { readonly path: string }
	/** File descriptors of a client that has started us. */
	| { readonly input: number; readonly output: number };

/** Not an address, or one where nobody may listen. */
export class AddressError extends Error {
	override readonly name = "AddressError";
}

/** Hosts that are this machine. */
const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const MAX_PORT = 65535;
/** Bytes of a socket's path: the system cuts a longer one off, without a word. */
const LONGEST_PATH = process.platform === "linux" ? 107 : 103;

/** Reads `PORT`, `HOST:PORT` or an absolute path; throws an AddressError. */
export function parseAddress(text: string): Address {
	if (isAbsolute(text)) {
		const length = Buffer.byteLength(text);
		if (length <= LONGEST_PATH) return { path: text };
		throw new AddressError(`${text} is too long for a socket: ${length} bytes, of ${LONGEST_PATH} at most`);
	}
	const [, host = "127.0.0.1", digits] = /^(?:\[?(.*?)\]?:)?(\d+)$/.exec(text) ?? [];
	const port = Number(digits);
	if (digits === undefined || port > MAX_PORT) {
		throw new AddressError(`${text}: neither PORT, HOST:PORT nor the absolute path of a socket`);
	}
	if (!LOOPBACK.has(host)) {
		throw new AddressError(
			`${host}: a debugger can do anything here, so it listens on 127.0.0.1 or ::1 only`,
		);
	}
	return { host, port };
}

export function addressText(address: Address): string {
	if ("path" in address) return address.path;
	if ("port" in address) return `${address.host}:${address.port}`;
	return "standard input and output";
}
