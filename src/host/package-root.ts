/** Where this package lies, for whoever has it as a dependency. Holds for the built file in dist only. */
import { join } from "node:path";

/** The folder of package.json: for `ownTree` and `runOffline`. */
export const packageRoot = join(__dirname, "..");

/** What `luaPath` of a wiki names, and `lua` of a Host. Needs a POSIX shell; lua.cmd beside it is for Windows. */
export const luaPath = join(packageRoot, "bin", "lua");
