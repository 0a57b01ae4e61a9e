// Files that are put where they belong as a whole, or not at all.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkOwnFolder, putOwnFile } from "../../src/files/own-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "sf-own-folder-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("a file replaces the one before, for its owner only", () => {
	const path = join(folder, "file");
	for (const text of ["first", "second"]) putOwnFile(path, `${path}.new`, Buffer.from(text));
	assert.equal(readFileSync(path, "utf8"), "second");
	assert.equal(statSync(path).mode & 0o777, 0o600);
	assert.deepEqual(readdirSync(folder), ["file"]);
});

test("what cannot be put there leaves no draft", () => {
	const path = join(folder, "taken");
	mkdirSync(path);
	assert.throws(() => putOwnFile(path, join(folder, "draft"), Buffer.from("text")), /EISDIR/);
	assert.ok(!readdirSync(folder).includes("draft"));
});

test("a folder that is not there is none", () => {
	assert.throws(() => checkOwnFolder(join(folder, "none")), /ENOENT/);
});
