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

	/** A watch that looks when it is told to. */
	function toldWatch(paths: readonly string[]) {
		let wake = () => {};
		const watch = new Watch(paths, () => new Promise((resolve) => (wake = resolve)));
		const look = () => {
			wake();
			return new Promise((resolve) => setImmediate(resolve));
		};
		return { watch, look };
	}

	test("takes changes that follow each other at once for one", async () => {
		const { watch, look } = toldWatch([folder]);
		const told: string[] = [];
		const tell = (name: string) => void told.push(name);
		void watch.next().then(tell);
		write("Outer.lua", "");
		await look();
		write("Outer.lua", "return 4444");
		await look();
		assert.deepEqual(told, []);
		await look();
		assert.deepEqual(told, ["Outer.lua"]);
		void watch.next().then(tell);
		write("Inner/data.lua", "return 22");
		await look();
		await look();
		assert.deepEqual(told, ["Outer.lua", join("Inner", "data.lua")]);
	});

	test("of one file sees nothing of others", async () => {
		const { watch, look } = toldWatch([join(folder, "Outer.lua"), join(folder, "no such file")]);
		write("Inner/data.lua", "return 22");
		write("Other.lua", "return 22");
		const told: string[] = [];
		void watch.next().then((name) => told.push(name));
		for (let count = 0; count < 3; count++) await look();
		assert.deepEqual(told, []);
		write("Outer.lua", "return 22");
		for (let count = 0; count < 2; count++) await look();
		assert.deepEqual(told, ["Outer.lua"]);
	});
});
