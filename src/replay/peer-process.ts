/** A peer that is spoken to in raw message bodies, each answered before the next is sent. */
import { closeSync, readSync, writeSync } from "node:fs";
import type { ExitStatus } from "../host/host.ts";
import { type ErrorTarget, type PipedProcess, startPiped } from "../host/pipes.ts";
import { encodeHeader } from "../wire/frame.ts";
import { FrameBuffer } from "../wire/frame-buffer.ts";

/** How a peer is started; what PHP would give it. */
export interface PeerCommand {
	readonly lua: string;
	readonly mainFile: string;
	readonly includes: string;
	readonly interpreterId: number;
	readonly intSize: 4 | 8;
	readonly stderr?: ErrorTarget;
	readonly env?: NodeJS.ProcessEnv;
}

/** The peer ended without an answer. */
export class PeerEndedError extends Error {
	override readonly name = "PeerEndedError";
	/** The message of the host that got no answer, counted from 0; the player fills it in. */
	exchange: number | undefined = undefined;
}

/** For a peer to note that nothing follows, and to write its profile. */
const PATIENCE_MS = 10_000;

export class PeerProcess {
	readonly pid: number | undefined;
	/** process.hrtime.bigint() just before it was started. */
	readonly startedAt: bigint;
	readonly #process: PipedProcess;
	readonly #frames = new FrameBuffer();
	readonly #exited: Promise<ExitStatus>;

	constructor({ lua, mainFile, includes, interpreterId, intSize, stderr = "ignore", env }: PeerCommand) {
		const args = [mainFile, includes, String(interpreterId), String(intSize)];
		this.#process = startPiped(lua, args, stderr, env);
		const { child, startedAt } = this.#process;
		this.startedAt = startedAt;
		this.pid = child.pid;
		this.#exited = new Promise((resolve) => {
			child.once("exit", (code, signal) => resolve({ code, signal }));
			child.once("error", () => resolve({ code: null, signal: null }));
		});
	}

	/** Sends a body and gives the body of the answer, which is valid until the next call. */
	exchange(body: Uint8Array): Buffer {
		this.send(body);
		return this.receive();
	}

	/** A frame in one write, as far as the pipe takes it. */
	send(body: Uint8Array): void {
		const frame = Buffer.concat([Buffer.from(encodeHeader(body.length), "latin1"), body]);
		try {
			for (let at = 0; at < frame.length; ) at += writeSync(this.#process.writeFd, frame, at);
		} catch (error) {
			throw new PeerEndedError("the peer does not read any more", { cause: error });
		}
	}

	receive(): Buffer {
		for (;;) {
			const body = this.#frames.take();
			if (body !== undefined) return body;
			const count = readSync(this.#process.readFd, this.#frames.room());
			if (count === 0) throw new PeerEndedError("the peer ended without an answer");
			this.#frames.filled(count);
		}
	}

	/** Ends it as PHP does. */
	terminate(): Promise<ExitStatus> {
		this.#process.child.kill("SIGTERM");
		return this.close();
	}

	/** Lets it end by itself, behind the last message, and as PHP does where it does not. */
	finish(): Promise<ExitStatus> {
		const timer = setTimeout(() => this.#process.child.kill("SIGTERM"), PATIENCE_MS);
		return this.close().finally(() => clearTimeout(timer));
	}

	/** Closes the pipes and waits for the end of a peer that ends by itself. */
	close(): Promise<ExitStatus> {
		closeSync(this.#process.writeFd);
		closeSync(this.#process.readFd);
		return this.#exited;
	}
}
