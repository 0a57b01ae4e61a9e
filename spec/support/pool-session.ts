/** Sessions that run beside each other, and end in whatever way. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { startPiped } from "../../src/host/pipes.ts";
import { installedTree, ownTree } from "../../src/host/tree.ts";
import { encodeHeader } from "../../src/wire/frame.ts";
import { pause, type TestPool } from "./pool.ts";
import { ROOT } from "./root.ts";

export const { mainFile, includes } = installedTree() ?? ownTree(ROOT);
export const frame = (body: string): string => encodeHeader(body.length) + body;
/** Loads the text, calls it, and sends more messages. */
export const message = (text: string, ...more: readonly string[]): string =>
	[
		frame(`{["op"]="loadString",["text"]="${text}",["chunkName"]="=x"}`),
		frame('{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}'),
		...more.map((op) => frame(`{["op"]="${op}"}`)),
	].join("");

export interface Ending {
	readonly code: number | null;
	readonly signal: string | null;
	readonly output: string;
	readonly errors: string;
}

export interface TestSession {
	readonly child: ChildProcess;
	readonly ending: Promise<Ending>;
	/** The host closes its pipes. */
	hangUp(): void;
	/** The host has no more to say. */
	endInput(): void;
}

/** A session over pipes, as PHP makes them, or over sockets, which the pool cannot open but must relay. */
export function session(lua: string, input: string, isRelayed = false): TestSession {
	const args = [mainFile, includes, "0", "8"];
	let child: ChildProcess;
	let toPeer: Writable;
	let fromPeer: Readable;
	if (isRelayed) {
		const started = spawn(lua, args, { stdio: ["pipe", "pipe", "pipe"] });
		[child, toPeer, fromPeer] = [started, started.stdin, started.stdout];
	} else {
		const started = startPiped(lua, args, "pipe");
		child = started.child;
		toPeer = new Socket({ fd: started.writeFd, readable: false, writable: true });
		fromPeer = new Socket({ fd: started.readFd, readable: true, writable: false });
	}
	let output = "";
	let errors = "";
	fromPeer.on("data", (bytes) => {
		output += String(bytes);
	});
	child.stderr?.on("data", (bytes) => {
		errors += String(bytes);
	});
	for (const stream of [toPeer, fromPeer]) stream.on("error", () => undefined);
	toPeer.write(input);
	const closed = new Promise((resolve) => fromPeer.once("close", resolve));
	const ending = new Promise<Ending>((resolve) => {
		child.once("close", async (code, signal) => {
			await closed;
			toPeer.destroy();
			resolve({ code, signal, output, errors });
		});
	});
	return {
		child,
		ending,
		hangUp() {
			toPeer.destroy();
			fromPeer.destroy();
		},
		endInput: () => toPeer.end(),
	};
}

/** The guard may have to wait, and that for its turn on the processor. */
const SERVING_MS = 60_000;

/** A session that must work; the guard may still be starting another supervisor. */
export async function assertServes(pool: TestPool, lua: string): Promise<void> {
	let last: Ending | undefined;
	for (const end = Date.now() + SERVING_MS; Date.now() < end; ) {
		last = await session(lua, message("return 6 * 7", "testquit")).ending;
		if (last.code === 42) {
			assert.match(last.output, /i:1;i:42;/);
			return;
		}
		await pause(100);
	}
	assert.fail(`${JSON.stringify(last)}\n${pool.log()}`);
}
