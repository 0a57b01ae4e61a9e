// When the files of a profile are written: often, but not for the most of a session's time, and never so rarely
// that a part of it is missing. And where: among nobody else's files.

import assert from "node:assert/strict";
import {
	chmodSync,
	chownSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
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

describe("others", () => {
	const isRoot = process.getuid?.() === 0;
	/** A folder of its own for each case. */
	const emptyFolder = (name: string) => {
		const path = join(folder, name);
		mkdirSync(path);
		return path;
	};
	const filesIn = (path: string) =>
		new ProfileFiles(new Profiler(), { folder: path, warn, fileOf: () => undefined });

	test("may not write in the folder", () => {
		const path = emptyFolder("open");
		chmodSync(path, 0o777);
		assert.throws(() => filesIn(path), /open lets others write: chmod 700 it/);
		assert.deepEqual(readdirSync(path), []);
	});

	test("do not own it", { skip: isRoot ? false : "only root can give folders away" }, () => {
		const path = emptyFolder("foreign");
		chownSync(path, 1, 1);
		assert.throws(() => filesIn(path), /foreign belongs to user 1, not to 0/);
		assert.deepEqual(readdirSync(path), []);
	});

	test("do not lead it elsewhere", () => {
		const path = emptyFolder("elsewhere");
		symlinkSync(path, join(folder, "link"));
		assert.throws(() => filesIn(join(folder, "link")), /link is a link/);
		assert.deepEqual(readdirSync(path), []);
	});

	test("lose nothing by a link in place of a file, and get none to read", () => {
		const path = emptyFolder("own");
		const victim = join(folder, "victim");
		writeFileSync(victim, "precious");
		const profiler = new Profiler();
		const files = new ProfileFiles(profiler, { folder: path, warn, fileOf: () => undefined });
		const [table = ""] = readdirSync(path);
		const base = join(path, table.replace(/\.txt$/, ""));
		symlinkSync(victim, `${base}.lcov.new`);
		writeFileSync(`${base}.speedscope.json.new`, "", { mode: 0o666 });
		chmodSync(`${base}.speedscope.json.new`, 0o666);
		profiler.events = 1;
		files.write();
		assert.equal(readFileSync(victim, "utf8"), "precious");
		const names = readdirSync(path);
		assert.equal(names.length, 5, `the five files and no drafts: ${names.join(" ")}`);
		for (const name of names) assert.equal(lstatSync(join(path, name)).mode, 0o100600, name);
	});
});
