// The program that bin/lua starts: Scribunto's peer when PHP asks for it, else Lua 5.1's
// command line. The only place that puts programs together.

import { luaMain } from "./cli/lua.ts";
import { isPeerCommand, runPeer } from "./peer/peer.ts";

const args = process.argv.slice(2);

if (isPeerCommand(args)) process.exit(runPeer(args));

// Native shows the name it was started under; ours has always been started as some `lua`.
luaMain(args, "lua5.1", (status) => process.exit(status));
