// A client of the Debug Adapter Protocol, for specs: the wire format, requests with their responses,
// and events in the order in which they come.

import { once } from "node:events";
import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { DebugProtocol } from "@vscode/debugprotocol";

const HEADER_END = "\r\n\r\n";
const TIMEOUT_MS = 60_000;

type Message = DebugProtocol.Request | DebugProtocol.Response | DebugProtocol.Event;

export class DapClient {
	readonly #output: Writable;
	#bytes: Buffer = Buffer.alloc(0);
	#sequence = 1;
	readonly #pending = new Map<number, (response: DebugProtocol.Response) => void>();
	readonly #events: DebugProtocol.Event[] = [];
	#wake: () => void = () => {};
	/** Is settled when the other side has closed. */
	readonly closed: Promise<unknown>;

	constructor(input: Readable, output: Writable) {
		this.#output = output;
		this.closed = new Promise((resolve) => input.once("close", resolve));
		input.on("data", (bytes: Buffer) => this.#take(bytes));
	}

	/** Connects to `HOST:PORT` or to the path of a socket. */
	static async connect(address: string): Promise<DapClient> {
		const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
		const socket = port === undefined ? connect(address) : connect(Number(port), host);
		await once(socket, "connect");
		socket.on("error", () => {}); // the end is told by `closed`
		return new DapClient(socket, socket);
	}

	close(): void {
		this.#output.end();
	}

	/** The body of the response; a request that fails rejects with the adapter's message. */
	async request<T = Record<string, unknown>>(command: string, args: object = {}): Promise<T> {
		const seq = this.#sequence++;
		const json = JSON.stringify({ seq, type: "request", command, arguments: args });
		this.#output.write(`Content-Length: ${Buffer.byteLength(json)}${HEADER_END}${json}`);
		const response = await new Promise<DebugProtocol.Response>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`no response to ${command}`)), TIMEOUT_MS);
			void this.closed.then(() => {
				clearTimeout(timer);
				reject(new Error(`closed in place of a response to ${command}`));
			});
			this.#pending.set(seq, (given) => {
				clearTimeout(timer);
				resolve(given);
			});
		});
		if (!response.success) throw new Error(response.message);
		return response.body as T;
	}

	/** The next event of a kind; those before it are dropped. */
	async event<T = Record<string, unknown>>(kind: string, timeoutMs = TIMEOUT_MS): Promise<T> {
		const end = Date.now() + timeoutMs;
		for (;;) {
			for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
				if (event.event === kind) return event.body as T;
			}
			const left = end - Date.now();
			if (left <= 0) throw new Error(`no event ${kind}`);
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, left).unref();
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	#take(bytes: Buffer): void {
		this.#bytes = Buffer.concat([this.#bytes, bytes]);
		for (;;) {
			const headerEnd = this.#bytes.indexOf(HEADER_END);
			if (headerEnd < 0) return;
			const length = Number(/Content-Length: (\d+)/.exec(this.#bytes.toString("latin1", 0, headerEnd))?.[1]);
			const start = headerEnd + HEADER_END.length;
			if (this.#bytes.length < start + length) return;
			const message = JSON.parse(this.#bytes.toString("utf8", start, start + length)) as Message;
			this.#bytes = this.#bytes.subarray(start + length);
			if (message.type === "response") {
				const { request_seq } = message as DebugProtocol.Response;
				this.#pending.get(request_seq)?.(message as DebugProtocol.Response);
				this.#pending.delete(request_seq);
			} else if (message.type === "event") {
				this.#events.push(message as DebugProtocol.Event);
				this.#wake();
			}
		}
	}
}
