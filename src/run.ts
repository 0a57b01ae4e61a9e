// The program that bin/lua-run starts: modules without MediaWiki.

import { dirname, join } from "node:path";
import { STDERR, STDOUT, writeBytes } from "./commands/output.ts";
import { runFast } from "./engine/api.ts";
import { runMain } from "./offline/cli.ts";

const packageRoot = join(dirname(process.argv[1] ?? ""), "..");
const output = {
	out: (bytes: string) => writeBytes(STDOUT, bytes),
	error: (bytes: string) => writeBytes(STDERR, bytes),
};
runFast(() => {
	void runMain(process.argv.slice(2), packageRoot, output).then((status) => {
		process.exitCode = status;
	});
});
