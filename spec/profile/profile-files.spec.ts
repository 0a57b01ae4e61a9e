// When the files of a profile are written: often, but not for the most of a session's time, and never so rarely
// that a part of it is missing.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ProfileFiles } from "../../src/profile/profile-files.ts";
import { Profiler } from "../../src/profile/profiler.ts";

const folder = mkdtempSync(join(tmpdir(), "sf-profile-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const warn = (text: string) => assert.fail(text);

test("a profile that has grown is written, though writing has taken its time already", () => {
	const profiler = new Profiler();
	const files = new ProfileFiles(profiler, { folder, warn, fileOf: () => undefined });
	const [table = ""] = readdirSync(folder).map((name) => join(folder, name));
	/** Whether the files are written when there have been so many events. */
	const isWrittenAt = (events: number) => {
		profiler.events = events;
		writeFileSync(table, "old");
		files.checkpoint();
		return readFileSync(table, "utf8") !== "old";
	};
	let events = 1_000_000;
	assert.ok(isWrittenAt(events));
	assert.ok(!isWrittenAt(events), "nothing has happened");
	while (isWrittenAt(++events));
	assert.ok(isWrittenAt(events * 1.2));
});

test("a folder that is full takes no more", () => {
	writeFileSync(join(folder, "old.folded"), Buffer.alloc(1000));
	const settings = { folder, warn, fileOf: () => undefined, megabytes: 0.001 };
	assert.throws(() => new ProfileFiles(new Profiler(), settings), /take 0\.001 MB, which is the limit/);
});
