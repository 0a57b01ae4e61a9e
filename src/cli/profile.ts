// What bin/lua does when SCRIBUNTO_LUA_PROFILE is set: the same as always, with a profiler.

import { isPeerCommand } from "../peer/peer.ts";
import { luaFile, moduleFile, SessionProfile } from "../profile/session-profile.ts";
import { systemBytes } from "../stdlib/environment.ts";
import { runProgram } from "./program.ts";

/** Has the program run that `argv` (without node and script) ask for, which ends the process. */
export function runProfiled(argv: readonly string[], folder: string): void {
	const isPeer = isPeerCommand(argv.map(systemBytes));
	const warn = (text: string) => process.stderr.write(`lua: ${text}\n`);
	let profile: SessionProfile;
	try {
		profile = new SessionProfile({ folder, fileOf: isPeer ? moduleFile : luaFile, warn });
	} catch (error) {
		warn(`not profiled: ${(error as Error).message}`);
		runProgram(argv);
		return;
	}
	process.once("exit", () => profile.end());
	runProgram(argv, (channel) => profile.listening(channel));
}
