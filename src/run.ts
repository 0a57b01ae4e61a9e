// The program that bin/lua-run starts: modules without MediaWiki.

import { writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { runMain } from "./offline/cli.ts";

const STDOUT = 1;
const STDERR = 2;

function write(fd: number, bytes: string): void {
	const buffer = Buffer.from(bytes, "latin1");
	for (let at = 0; at < buffer.length; ) {
		try {
			at += writeSync(fd, buffer, at);
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code === "EPIPE") process.exit(141); // what a shell shows for death by SIGPIPE
			if (code !== "EAGAIN") throw error;
		}
	}
}

const packageRoot = join(dirname(process.argv[1] ?? ""), "..");
const output = {
	out: (bytes: string) => write(STDOUT, bytes),
	error: (bytes: string) => write(STDERR, bytes),
};
void runMain(process.argv.slice(2), packageRoot, output).then((status) => {
	process.exitCode = status;
});
