/** What --watch waits for: every change of a file since the watch was made, and nothing else. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Watch } from "../../src/offline/watch.ts";

describe("a watch", () => {
	let folder = "";
	const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "watch-"));
		mkdirSync(join(folder, "Inner"));
		write("Outer.lua", "return 1");
		write("Inner/data.lua", "return 1");
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	test("tells of a change before it was asked", async () => {
		const watch = new Watch([folder]);
		write("Inner/data.lua", "return 22");
		assert.equal(await watch.next(), join("Inner", "data.lua"));
	});

	test("tells of a change while it was not asked", async () => {
		const watch = new Watch([folder]);
		write("Outer.lua", "return 22");
		assert.equal(await watch.next(), "Outer.lua");
		write("Inner/data.lua", "return 333");
		assert.equal(await watch.next(), join("Inner", "data.lua"));
	});

	test("tells of files that come, go and are exchanged", async () => {
		const watch = new Watch([folder]);
		write("Inner/New.lua", "");
		assert.equal(await watch.next(), join("Inner", "New.lua"));
		rmSync(join(folder, "Outer.lua"));
		assert.equal(await watch.next(), "Outer.lua");
		renameSync(join(folder, "Inner", "New.lua"), join(folder, "Inner", "data.lua"));
		assert.equal(await watch.next(), join("Inner", "data.lua"));
	});

	test("takes changes that follow each other at once for one", async () => {
		const watch = new Watch([folder]);
		const answer = watch.next();
		write("Outer.lua", "");
		await new Promise((resolve) => setTimeout(resolve, 120));
		write("Outer.lua", "return 4444");
		assert.equal(await answer, "Outer.lua");
		const later = watch.next();
		write("Inner/data.lua", "return 22");
		assert.equal(await later, join("Inner", "data.lua"));
	});

	test("of one file sees nothing of others", async () => {
		const watch = new Watch([join(folder, "Outer.lua"), join(folder, "no such file")]);
		write("Inner/data.lua", "return 22");
		write("Other.lua", "return 22");
		const answer = watch.next();
		await new Promise((resolve) => setTimeout(resolve, 300));
		write("Outer.lua", "return 22");
		assert.equal(await answer, "Outer.lua");
	});
});
