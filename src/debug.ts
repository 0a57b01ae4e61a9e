// What bin/lua-debug starts, and bin/lua when SCRIBUNTO_LUA_DEBUG wants a session debugged. Its own
// program, so that bin/lua has nothing of it.

import { runDebug } from "./cli/debug.ts";

void runDebug(process.argv.slice(2));
