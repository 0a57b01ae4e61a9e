/**
 * More of what sessions run, for a start-up snapshot: a session with a module that does at least once what modules do,
 * through files as it would be through pipes, with a folder of compiled modules. V8 has the bytecode of these functions then.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { cachedDataVersionTag, setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { beginSession, keepCode, unshareCode } from "../engine/api.ts";
import { closeStatus } from "../peer/status.ts";
import { PipeTransport } from "../peer/transport.ts";
import { type PlayedSession, warmUp } from "../peer/warm-up.ts";
import { REHEARSAL_MODULE } from "../peer/warm-up-modules.ts";
import { encodeFrame } from "../wire/frame.ts";
import { servePipes } from "./program.ts";

const NO_CODE = Buffer.alloc(0);
const STATUS = '{["op"]="getStatus"}';

/**
 * Takes the `includes` folder of a Scribunto tree (bytes), and a folder for its files. `codeCapacity` is what the
 * process has said to `keepCode`. Throws an Error when a session failed.
 */
export function rehearse(includes: string, scratch: string, codeCapacity: number): void {
	withoutBaseline(() => {
		keepCode(0);
		try {
			for (const session of warmUp(includes, REHEARSAL_MODULE))
				withoutCode(() => serveFiles(session, scratch));
		} finally {
			keepCode(codeCapacity);
		}
	});
}

/**
 * What V8's baseline compiler has compiled, a snapshot remembers, and each process compiles it anew at the first call:
 * for functions that a session calls a few times that costs what their bytecode saves. Flags are part of what a snapshot
 * is known by, so they end as they were.
 */
function withoutBaseline(work: () => void): void {
	const tag = cachedDataVersionTag();
	setFlagsFromString("--no-sparkplug");
	const wasOn = cachedDataVersionTag() !== tag;
	try {
		work();
	} finally {
		if (wasOn) setFlagsFromString("--sparkplug");
	}
	if (cachedDataVersionTag() !== tag) throw new Error("V8's flags are not what they were");
}

/** Since Node 24 V8 ends a process that makes a snapshot and asks for the code of a script. What it refuses is compiled. */
function withoutCode(work: () => void): void {
	const { createCachedData } = Script.prototype;
	Script.prototype.createCachedData = () => NO_CODE;
	try {
		work();
	} finally {
		Script.prototype.createCachedData = createCachedData;
	}
}

/** Serves a session from a file, and once more: then it finds what was compiled. */
function serveFiles({ args, exchanges }: PlayedSession, scratch: string): void {
	const folder = mkdtempSync(join(scratch, "session-"));
	try {
		const said = join(folder, "said");
		const messages = [STATUS, ...exchanges.map(([message]) => message)];
		writeFileSync(said, messages.map(encodeFrame).join(""), "latin1");
		for (let turn = 0; turn < 2; turn++) {
			const [input, output] = [openSync(said, "r"), openSync(devNull, "w")];
			const pipes = new PipeTransport(input, output, output);
			const { status, message } = servePipes(args, undefined, pipes, { SCRIBUNTO_LUA_CACHE: folder });
			closeSync(input);
			closeSync(output);
			if (status !== 0) throw new Error(`the rehearsal with ${args[0]} failed: ${message}`);
		}
	} finally {
		unshareCode();
		closeStatus();
		beginSession(undefined);
		rmSync(folder, { recursive: true });
	}
}
