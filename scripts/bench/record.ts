/**
 * Records sessions of a real Scribunto: every page of the fixture wiki is rendered with a luaPath that is a
 * shell script around the native binary, with a `tee` in each direction.
 */
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyMissing } from "../../spec/support/tools.ts";
import { Wiki } from "../../spec/support/wiki.ts";
import { installedTree } from "../../src/host/tree.ts";
import {
	encodeTranscript,
	entriesOfStreams,
	type Transcript,
	type TranscriptHeader,
} from "../../src/replay/transcript.ts";

export interface Recording {
	readonly name: string;
	readonly transcript: Transcript;
}

/** Why nothing can be recorded here; false when it can. */
export function whyNotRecorded(): string | false {
	return whyMissing("lua5.1", "php", "mediawiki");
}

function wrapperScript(folder: string): string {
	return `#!/bin/sh
case $1 in -v) exec lua5.1 -v ;; esac
session='${folder}'/$(date +%s%N)
printf '%s\\n' "$@" >"$session.arguments"
tee "$session.host" | lua5.1 "$@" | tee "$session.peer"
`;
}

/** Renders all pages and gives what was said; the files are gone afterwards, unless a folder was named. */
export async function recordSessions(keptIn: string | undefined): Promise<Recording[]> {
	const folder = mkdtempSync(join(tmpdir(), "scribunto-record-"));
	const wiki = new Wiki();
	try {
		const wrapper = join(folder, "lua");
		writeFileSync(wrapper, wrapperScript(folder), { mode: 0o755 });
		await wiki.setUp();
		await wiki.render(wrapper, "recorded");
		const recordings = readRecordings(folder);
		if (keptIn !== undefined) {
			mkdirSync(keptIn, { recursive: true });
			for (const { name, transcript } of recordings) {
				const path = join(keptIn, `${name.replaceAll("/", "-")}.transcript`);
				writeFileSync(path, encodeTranscript(transcript.header, transcript.entries));
			}
		}
		return recordings;
	} finally {
		wiki.remove();
		rmSync(folder, { recursive: true, force: true });
	}
}

function readRecordings(folder: string): Recording[] {
	const recordings: Recording[] = [];
	const names = new Map<string, number>();
	for (const file of readdirSync(folder).sort()) {
		if (!file.endsWith(".arguments")) continue;
		const path = join(folder, file.slice(0, -".arguments".length));
		if (!existsSync(`${path}.peer`)) continue;
		const [mainFile = "", includes = "", id, size] = readFileSync(`${path}.arguments`, "utf8").split("\n");
		const entries = entriesOfStreams(readFileSync(`${path}.host`), readFileSync(`${path}.peer`));
		const module = firstModule(entries.map(({ body }) => body));
		const count = (names.get(module) ?? 0) + 1;
		names.set(module, count);
		const name = count === 1 ? module : `${module} ${count}`;
		const header: TranscriptHeader = {
			mainFile,
			includes,
			interpreterId: Number(id),
			intSize: size === "4" ? 4 : 8,
			lua: "lua5.1",
			title: name,
		};
		recordings.push({ name, transcript: { header, entries, isWhole: true } });
	}
	return recordings;
}

/** The first module that was loaded gives a session its name. */
function firstModule(bodies: readonly Buffer[]): string {
	for (const body of bodies) {
		const name = /\["chunkName"\]="=Module:([^"]*)"/.exec(body.toString("latin1"))?.[1];
		if (name !== undefined) return name;
	}
	return "no module";
}

/** The tree that the replayed peers are started with: the installed one. */
export function treeForReplay(): { mainFile: string; includes: string } {
	const tree = installedTree();
	if (tree === undefined) throw new Error("no Scribunto is installed");
	return tree;
}
