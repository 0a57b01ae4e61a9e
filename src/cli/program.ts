// What bin/lua starts: Scribunto's peer when PHP asks for it, else Lua 5.1's command line.

import { crc32 } from "node:zlib";
import { delayOptimization, limitHeap, runFast, shareCode } from "../engine/api.ts";
import { isPeerCommand, runSession, type SessionEnding } from "../peer/peer.ts";
import { type Channel, PipeTransport } from "../peer/transport.ts";
import { serveRecorded, wishFrom } from "../replay/recorder.ts";
import { systemBytes } from "../stdlib/environment.ts";
import { codeStamp, openCodeFolder } from "./code-folder.ts";
import { heapBudget } from "./heap-budget.ts";
import { luaMain } from "./lua.ts";

/**
 * Runs the program that `argv` (without node and script) ask for, when the calling script has ended, and ends
 * the process. `listening` may put something between a session and its pipes.
 */
export function runProgram(
	argv: readonly string[],
	listening: (channel: Channel) => Channel = (channel) => channel,
): void {
	delayOptimization();
	limitHeap(heapBudget);
	const args = argv.map(systemBytes);
	runFast(() => {
		// Native shows the name it was started under; ours has always been started as some `lua`.
		if (!isPeerCommand(args)) return luaMain(args, "lua5.1", (status) => process.exit(status));
		const { status, message } = servePipes(args, listening);
		if (message !== "") process.stderr.write(`${message}\n`, "latin1");
		return process.exit(status);
	});
}

/** Serves one session over stdin and stdout, or other pipes, and records it if the environment says so. */
export function servePipes(
	args: readonly string[],
	listening: (channel: Channel) => Channel = (channel) => channel,
	pipes: PipeTransport = new PipeTransport(),
	environment: NodeJS.ProcessEnv = process.env,
): SessionEnding {
	const warn = (text: string) => pipes.debug(`lua: ${text}`);
	shareModules(environment, warn);
	const serve = (channel: Channel) => runSession(args, listening(channel));
	return serveRecorded(wishFrom(environment), args, pipes, warn, serve);
}

/** Has sessions leave to each other what they have compiled. */
function shareModules(environment: NodeJS.ProcessEnv, warn: (text: string) => void): void {
	const stamp = codeStamp(process.argv[1] ?? "");
	// Some Nodes below 22.2 have no check sums.
	if (stamp === undefined || typeof crc32 !== "function") return;
	try {
		const folder = openCodeFolder(environment);
		if (folder !== undefined) shareCode(folder, stamp);
	} catch (error) {
		warn(`SCRIBUNTO_LUA_CACHE: ${(error as Error).message}`);
	}
}
