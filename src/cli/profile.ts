// What bin/lua does when SCRIBUNTO_LUA_PROFILE is set: the same as always, with a profiler.

import { isPeerCommand } from "../peer/peer.ts";
import type { Channel } from "../peer/transport.ts";
import { ProfileFiles } from "../profile/profile-files.ts";
import { Profiler } from "../profile/profiler.ts";
import { systemBytes } from "../stdlib/environment.ts";
import { runProgram } from "./program.ts";

/** Runs the program that `argv` (without node and script) ask for, and ends the process. */
export function runProfiled(argv: readonly string[], folder: string): never {
	const isPeer = isPeerCommand(argv.map(systemBytes));
	const warn = (text: string) => process.stderr.write(`lua: ${text}\n`);
	const profiler = new Profiler();
	let files: ProfileFiles;
	try {
		files = new ProfileFiles(profiler, { folder, warn, fileOf: isPeer ? moduleFile : luaFile });
	} catch (error) {
		warn(`not profiled: ${(error as Error).message}`);
		return runProgram(argv);
	}
	files.watch();
	process.once("exit", () => files.write());
	profiler.start();
	return runProgram(argv, (channel) => listening(channel, profiler, files));
}

/** A channel that writes the profile before it waits for a host that has nothing running: it may be the end. */
function listening(channel: Channel, profiler: Profiler, files: ProfileFiles): Channel {
	return {
		readBody() {
			if (profiler.isIdle) files.checkpoint();
			return channel.readBody();
		},
		writeFrame: (frame) => channel.writeFrame(frame),
		debug: (line) => channel.debug(line),
	};
}

/** Scribunto gives modules names with "=", and its libraries names of files. */
function moduleFile(chunkName: string): string | undefined {
	return chunkName.startsWith("=") ? fileName(chunkName) : undefined;
}

function luaFile(chunkName: string): string | undefined {
	return chunkName.startsWith("@") ? fileName(chunkName) : undefined;
}

function fileName(chunkName: string): string {
	return Buffer.from(chunkName.slice(1), "latin1").toString("utf8");
}
