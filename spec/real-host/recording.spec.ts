// What the real host says is recorded while pages are rendered, and played again without it: by ours and by
// lua5.1 with the recorded Scribunto, with the same answers.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { luaReplay, Recordings } from "../support/recordings.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { Wiki } from "../support/wiki.ts";

/** One session of so many is played, by each of the two. */
const STEP = Number(process.env["REAL_HOST_REPLAY_STEP"] ?? 5);

describe("pages that were recorded", { skip: whyMissing("lua5.1", "php", "mediawiki", "bin/lua") }, () => {
	const recordings = new Recordings();
	let files: string[] = [];

	before(async () => {
		const wiki = new Wiki();
		try {
			await wiki.setUp();
			await wiki.render(fromRoot("bin", "lua"), "recorded", { SCRIBUNTO_LUA_RECORD: recordings.target });
		} finally {
			wiki.remove();
		}
		files = recordings.files().filter((_, index) => index % STEP === 0);
	});
	after(() => recordings.remove());

	for (const lua of [fromRoot("bin", "lua"), "lua5.1"]) {
		test(`are answered in the same way by ${lua === "lua5.1" ? lua : "bin/lua"}`, () => {
			assert.ok(files.length * STEP >= 30, `only ${files.length} sessions`);
			const { status, stdout, stderr } = luaReplay(["--lua", lua, ...files]);
			assert.equal(stderr, "");
			assert.equal(status, 0, stdout.replace(/^.*all the same.*\n/gm, ""));
		});
	}
});
