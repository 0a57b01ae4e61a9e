// What a worker does before its first session.

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ownTree } from "../../src/host/tree.ts";
import { KnownTrees, USUAL_TREES } from "../../src/pool/known-trees.ts";
import { TestPool, until } from "../support/pool.ts";
import { assertServes, includes } from "../support/pool-session.ts";
import { ROOT } from "../support/root.ts";

describe("a worker", () => {
	const pool = new TestPool({ max_children: 1, min_spare: 1, preload: includes });
	after(() => pool.stop());

	test("knows Scribunto's libraries before its first session", async () => {
		pool.start();
		const [ready] = pool.status().workers;
		assert.equal(ready!.sessions, 0);
		assert.ok(ready!.cacheMisses > 0, JSON.stringify(ready));
		await assertServes(pool, pool.launcher({ cpu: 20 }));
		// What it has in its cache by then it tells when it has tidied up, which no session waits for.
		await until("the worker is idle again", () => pool.status().workers[0]?.state === "idle");
		const [used] = pool.status().workers;
		assert.equal(used!.pid, ready!.pid);
		assert.ok(used!.cacheHits > ready!.cacheHits, JSON.stringify(used));
		assert.doesNotMatch(pool.log(), /warm-up/);
	});
});

describe("a tree that never comes to its end", () => {
	const pool = new TestPool({ max_children: 1, pm: "ondemand", queue_timeout: 60 });
	after(() => pool.stop());

	test("is left out when it has cost a worker its time", async () => {
		const tree = join(pool.folder, "tree");
		cpSync(ownTree(ROOT).includes, tree, { recursive: true });
		writeFileSync(join(tree, "engines/LuaCommon/lualib/mwInit.lua"), "while true do end");
		pool.env["SCRIBUNTO_POOL_PRELOAD"] = tree;
		pool.start();
		await assertServes(pool, pool.launcher({ cpu: 20 }));
		assert.match(pool.log(), /worker \d+ was not ready after 15 s/);
	});
});

describe("the trees that are known", () => {
	test("are those of the setting and those met", () => {
		// (Whatever letters our own path has: these are bytes.)
		const trees = new KnownTrees("/nowhere:/usr");
		assert.deepEqual(trees.list(), ["/usr"]);
		for (const path of ["/a", "relative", undefined, "/b", "/a"]) trees.add(path);
		assert.deepEqual(trees.list(), ["/usr", "/a", "/b"]);
		for (let count = 0; count < 20; count++) trees.add(`/c${count}`);
		assert.equal(trees.list().length, 8);
		trees.clear();
		assert.deepEqual(trees.list(), []);
	});

	test("are looked for where bin/lua-prepare looks", () => {
		const prepare = readFileSync(join(ROOT, "bin", "lua-prepare"), "utf8");
		for (const path of USUAL_TREES) assert.ok(prepare.includes(path), path);
		assert.equal(prepare.match(/\S+\/Scribunto\/includes/g)?.length, USUAL_TREES.length);
	});
});
