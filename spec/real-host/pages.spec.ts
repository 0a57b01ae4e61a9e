/**
 * The main job on its real host: an unmodified MediaWiki 1.39 with Scribunto renders each page of
 * fixtures/wiki with lua5.1 and with bin/lua, and both renderings are the same bytes: HTML, error boxes with
 * backtraces, the log, links and categories. RenderPages.php names what is not compared (times and memory).
 *
 * REAL_HOST_KEEP=1 keeps the temporary folder with the renderings; REAL_HOST_OURS=/path renders with another
 * interpreter in our place (/usr/bin/lua5.1 shows that what is compared does not vary by itself).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { type Rendering, Wiki } from "../support/wiki.ts";

const nativeLua = "/usr/bin/lua5.1";
const otherLua = process.env["REAL_HOST_OURS"];
const missing = whyMissing("lua5.1", "php", "mediawiki", ...(otherLua ? [] : ["bin/lua" as const]));

/** An error value that is neither text nor number: PHP 8 refuses the table or function in place of a message. */
const EXCEPTIONS = ["function", "nil", "table", "tabletostring"].map((kind) => `Error value ${kind}`);

describe("Scribunto on MediaWiki", { skip: missing }, () => {
	let wiki: Wiki | undefined;
	let native: Rendering = new Map();
	let ours: Rendering = new Map();

	before(async () => {
		wiki = new Wiki();
		await wiki.setUp();
		[native, ours] = await Promise.all([
			wiki.render(nativeLua, "native"),
			wiki.render(otherLua ?? fromRoot("bin", "lua"), "ours"),
		]);
	});

	after(() => {
		if (process.env["REAL_HOST_KEEP"]) console.log(`the renderings are in ${wiki?.directory}`);
		else wiki?.remove();
	});

	test("renders each page as lua5.1 does", async (context) => {
		assert.ok(native.size >= 30, `only ${native.size} pages were rendered`);
		for (const [title, expected] of native) {
			await context.test(title, () => {
				assert.equal(ours.get(title), expected);
			});
		}
	});

	test("meets no exception but where MediaWiki 1.39 has one for native too", () => {
		const broken = [...native].filter(([, page]) => page.startsWith("-- Exception --"));
		assert.deepEqual(
			broken.map(([title]) => title),
			EXCEPTIONS,
		);
	});

	test("renders the same pages", () => {
		assert.deepEqual([...ours.keys()], [...native.keys()]);
	});
});
