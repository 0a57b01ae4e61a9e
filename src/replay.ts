// The program that bin/lua-replay starts.

import { replayMain } from "./replay/command.ts";

replayMain(process.argv.slice(2), process.argv[1] ?? "").then((status) => {
	process.exitCode = status;
});
