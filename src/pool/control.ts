/**
 * The supervisor's control socket: one line with a command in, one line of JSON out. The directory that it
 * lies in is nobody else's, so whoever gets there may command.
 */
import { lstatSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";

export type Command = "status" | "reload" | "stop";

const ANSWER_MS = 5000;

function socketPath(directory: string): string {
	return join(directory, "control.sock");
}

export class ControlServer {
	readonly #path: string;
	readonly #perform: (command: string) => unknown;
	#server: Server | undefined;

	constructor(directory: string, perform: (command: string) => unknown) {
		this.#path = socketPath(directory);
		this.#perform = perform;
		this.#open();
	}

	#open(): void {
		rmSync(this.#path, { force: true });
		this.#server = createServer((connection) => {
			connection.setEncoding("utf8");
			connection.on("error", () => connection.destroy());
			let text = "";
			connection.on("data", (more) => {
				text += String(more);
				if (!text.includes("\n")) return;
				connection.end(`${JSON.stringify(this.#perform(text.trim()) ?? null)}\n`);
			});
		});
		this.#server.on("error", () => undefined);
		this.#server.listen(this.#path);
	}

	/** Makes the socket again when somebody has removed it. */
	repair(): void {
		try {
			lstatSync(this.#path);
		} catch {
			this.#server?.close();
			this.#open();
		}
	}

	close(): void {
		this.#server?.close();
		rmSync(this.#path, { force: true });
	}
}

/** Asks the supervisor; undefined when there is none. */
export function ask(directory: string, command: Command): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const connection = createConnection(socketPath(directory));
		let text = "";
		connection.setEncoding("utf8");
		connection.setTimeout(ANSWER_MS, () => {
			connection.destroy();
			reject(new Error(`the pool in ${directory} does not answer`));
		});
		connection.on("connect", () => connection.write(`${command}\n`));
		connection.on("data", (more) => {
			text += String(more);
		});
		connection.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
			else reject(error);
		});
		connection.on("close", () => {
			if (text !== "") resolve(JSON.parse(text));
			else resolve(undefined);
		});
	});
}
