// The real host with Scribunto's default limits, that is with nothing but luaPath set: native and ours in
// the pool render the same bytes, under dash and under busybox ash.

import assert from "node:assert/strict";
import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { TestPool } from "../support/pool.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { type Rendering, Wiki } from "../support/wiki.ts";

const DEFAULT_LIMITS = { REAL_HOST_DEFAULT_LIMITS: "1" };
/** Profiles need more (docs/profiling.md): the profiler's time counts, and the largest page comes near 7 seconds. */
const PROFILED_LIMITS = { ...DEFAULT_LIMITS, REAL_HOST_CPU_LIMIT: "60" };

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

	async function compare(
		name: string,
		shell: string,
		variables: Readonly<Record<string, string>>,
		limits: Readonly<Record<string, string>> = DEFAULT_LIMITS,
	) {
		const lua = join(pool.folder, name);
		const exports = Object.entries({ SCRIBUNTO_LUA_RUNTIME_DIR: pool.directory, ...variables });
		const lines = ["#!/bin/sh", ...exports.map(([name, value]) => `export ${name}='${value}'`)];
		writeFileSync(lua, `${lines.join("\n")}\nexec ${shell} '${fromRoot("bin", "lua")}' "$@"\n`);
		chmodSync(lua, 0o755);
		const ours = await wiki!.render(lua, name, limits);
		const different = [...native].filter(([title, text]) => ours.get(title) !== text).map(([title]) => title);
		assert.deepEqual(different, []);
		assert.ok(native.size >= 30, `only ${native.size} pages were rendered`);
	}

	for (const [name, shell] of [
		["dash", "/bin/sh"],
		["ash", "/bin/busybox ash"],
	] as const) {
		test(`through the pool, under ${shell}`, async () => {
			const { accepted } = pool.status();
			await compare(name, shell, {});
			assert.ok(pool.status().accepted > accepted + 30, pool.log());
		});
	}

	test("through the pool, with profiles", async () => {
		const folder = join(pool.folder, "profiles");
		await compare("profiled", "/bin/sh", { SCRIBUNTO_LUA_PROFILE: folder }, PROFILED_LIMITS);
		const tables = readdirSync(folder).filter((name) => name.endsWith(".txt"));
		assert.ok(tables.length >= 30, `only ${tables.length} profiles`);
		assert.doesNotMatch(pool.log(), /not profiled|cannot be written/);
	});
});
