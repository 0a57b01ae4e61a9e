// The real host with Scribunto's default limits, that is with nothing but luaPath set: native and ours in
// the pool render the same bytes, under dash and under busybox ash.

import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { TestPool } from "../support/pool.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { type Rendering, Wiki } from "../support/wiki.ts";

const DEFAULT_LIMITS = { REAL_HOST_DEFAULT_LIMITS: "1" };

describe("Scribunto's default configuration", { skip: whyMissing("lua5.1", "php", "mediawiki") }, () => {
	const pool = new TestPool({ max_children: 180, min_spare: 4 });
	let wiki: Wiki | undefined;
	let native: Rendering = new Map();

	before(async () => {
		pool.start();
		wiki = new Wiki();
		await wiki.setUp();
		native = await wiki.render("/usr/bin/lua5.1", "native", DEFAULT_LIMITS);
	});
	after(() => {
		wiki?.remove();
		pool.stop();
	});

	for (const shell of ["/bin/sh", "/bin/busybox ash"]) {
		test(`through the pool, under ${shell}`, async () => {
			const lua = join(pool.folder, shell.replace(/\W/g, "-"));
			const lines = ["#!/bin/sh", `export SCRIBUNTO_LUA_RUNTIME_DIR='${pool.directory}'`];
			writeFileSync(lua, `${lines.join("\n")}\nexec ${shell} ${fromRoot("bin", "lua")} "$@"\n`);
			chmodSync(lua, 0o755);
			const ours = await wiki!.render(lua, `ours-${shell.replace(/\W/g, "-")}`, DEFAULT_LIMITS);
			const different = [...native]
				.filter(([title, text]) => ours.get(title) !== text)
				.map(([title]) => title);
			assert.deepEqual(different, []);
			assert.ok(native.size >= 30, `only ${native.size} pages were rendered`);
			assert.ok(pool.status().accepted > 30, pool.log());
		});
	}
});
