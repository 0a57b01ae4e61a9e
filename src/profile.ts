// What bin/lua starts when SCRIBUNTO_LUA_PROFILE is set. Its own program, so that others have nothing of it.

import { runProfiled } from "./cli/profile.ts";

runProfiled(process.argv.slice(2), process.env["SCRIBUNTO_LUA_PROFILE"] ?? "");
