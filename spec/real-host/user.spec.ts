// The real host as a user without rights, as a web server is: in Scribunto's default configuration with
// that user's own pool, and without a pool with the least memoryLimit that the README allows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { OtherUser, whyNoOtherUser } from "../support/other-user.ts";
import { TestPool } from "../support/pool.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { type Rendering, Wiki } from "../support/wiki.ts";

const PAGES = [
	"Algorithms",
	"Backtraces",
	"Language library",
	"Large texts",
	"Recursion depth",
	"Runtime errors",
];

/** What bin/lua and the README name, in bytes. */
function leastMemoryLimit(): number {
	const [, kilobytes] = /^NODE_FLOOR=(\d+)$/m.exec(readFileSync(fromRoot("bin", "lua"), "utf8")) ?? [];
	// What README.md says of Node 24 and later.
	return Number.parseInt(process.versions.node, 10) < 24 ? Number(kilobytes) * 1024 : 1_740_800_000;
}

const skip = whyMissing("lua5.1", "php", "mediawiki") || whyNoOtherUser();
describe("the real host as a user without rights", { skip }, () => {
	let user: OtherUser;
	let wiki: Wiki;
	let pool: TestPool;
	let native: Rendering;

	before(async () => {
		user = new OtherUser();
		wiki = new Wiki(user);
		await wiki.setUp();
		pool = new TestPool({ max_children: 8 }, { user });
		native = await wiki.render("/usr/bin/lua5.1", "native", { REAL_HOST_DEFAULT_LIMITS: "1" }, PAGES);
	});
	after(() => {
		pool.stop();
		wiki.remove();
		user.remove();
	});

	test("in its default configuration, through the pool", async () => {
		pool.start();
		const lua = join(user.root, "bin", "lua");
		const env = { REAL_HOST_DEFAULT_LIMITS: "1", SCRIBUNTO_LUA_RUNTIME_DIR: pool.directory };
		assert.deepEqual(await wiki.render(lua, "pool", env, PAGES), native);
		assert.equal(native.size, PAGES.length + 1);
		assert.ok(pool.status().accepted >= PAGES.length, pool.log());
		pool.command("stop");
	});

	test("without a pool, with the least memoryLimit that is enough for Node", async () => {
		const env = { REAL_HOST_MEMORY_LIMIT: String(leastMemoryLimit()), SCRIBUNTO_LUA_MODE: "direct" };
		assert.deepEqual(await wiki.render(join(user.root, "bin", "lua"), "direct", env, PAGES), native);
		assert.match(readFileSync(fromRoot("README.md"), "utf8"), new RegExp(`\\b${leastMemoryLimit()}\\b`));
	});
});
