/**
 * The same program as cli.ts, but started from a snapshot of V8's heap: bin/lua-prepare runs this file with
 * `node --build-snapshot`. What it does before the snapshot is taken no session has to do again: loading our
 * own code, parsing and compiling Scribunto's libraries, and sessions, so that V8 has compiled what sessions run.
 * Nothing of these may be left in the modules but code and the texts of libraries and warm-up modules: no open files,
 * no time zone, no limits.
 *
 *   SCRIBUNTO_LUA_TREES     `includes` folders, separated by colons
 *   SCRIBUNTO_LUA_SCRATCH   a folder for files that somebody removes
 */
import { tmpdir } from "node:os";
import { startupSnapshot } from "node:v8";
import { crc32 } from "node:zlib";
import { codeStamp } from "./cli/code-folder.ts";
import { runProgram } from "./cli/program.ts";
import { rehearse } from "./cli/rehearsal.ts";
import { keepCode, packCode } from "./engine/api.ts";
import { realTrees } from "./peer/scribunto-tree.ts";
import { warmUp } from "./peer/warm-up.ts";

/** Bytes of source text whose compiled form the snapshot may hold, and a process from it. */
const CODE_CAPACITY = 32 * 1024 * 1024;

// What reading compiled modules needs: Node's part for check sums, and by what this build is known.
crc32("");
codeStamp(process.argv[1] ?? "");
keepCode(CODE_CAPACITY);
for (const tree of realTrees((process.env["SCRIBUNTO_LUA_TREES"] ?? "").split(":"))) {
	warmUp(tree);
	rehearse(tree, process.env["SCRIBUNTO_LUA_SCRATCH"] ?? tmpdir(), CODE_CAPACITY);
}
packCode();

// A snapshot has no script: what follows the node's own name are our arguments.
// The launcher gives a name in the script's place.
startupSnapshot.setDeserializeMainFunction(() => runProgram(process.argv.slice(2)));
