/** The FIFO into which launchers write their requests. */
import { constants, lstatSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import type { Log } from "./log.ts";
import { type Request, takeRequests } from "./request.ts";
import { makeFifos } from "./slots.ts";

export class Bell {
	readonly #path: string;
	readonly #socket: Socket;
	readonly #inode: number;
	#text = "";

	/** Takes the place of what is at `path`. */
	constructor(path: string, log: Log, accept: (request: Request) => void) {
		this.#path = path;
		rmSync(path, { recursive: true, force: true });
		makeFifos([path]);
		// Open for writing too, so that it does not end with the first launcher.
		const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
		this.#inode = lstatSync(path).ino;
		this.#socket = new Socket({ fd, readable: true, writable: false });
		this.#socket.setEncoding("latin1");
		this.#socket.on("data", (text) => {
			const { requests, rest } = takeRequests(this.#text + String(text));
			this.#text = rest;
			for (const request of requests) accept(request);
		});
		this.#socket.on("error", (error) => log.write("error", `bell: ${error.message}`));
	}

	/** Is it what launchers find by its name? */
	get isIntact(): boolean {
		try {
			return lstatSync(this.#path).ino === this.#inode;
		} catch {
			return false;
		}
	}

	close(): void {
		this.#socket.destroy();
	}
}
