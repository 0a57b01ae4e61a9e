// What the documents name is there: links and their anchors, npm scripts, programs, files of the
// repository; and what they say twice is the same in both places.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, test } from "node:test";
import { SUBSTITUTES } from "../src/lua51/substitutes.ts";
import { fromRoot, ROOT } from "./support/root.ts";

const documents = ["README.md", "CHANGELOG.md", ...markdownBelow("docs")];
const texts = new Map(documents.map((path) => [path, readFileSync(fromRoot(path), "utf8")]));

function markdownBelow(folder: string): string[] {
	return readdirSync(fromRoot(folder), { recursive: true, encoding: "utf8" })
		.filter((name) => name.endsWith(".md"))
		.map((name) => join(folder, name))
		.sort();
}

/** What a regular expression's first group matches in a text. */
function found(text: string, pattern: RegExp): string[] {
	return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

/** The text without its blocks of code. */
function prose(text: string): string {
	return text.replace(/^```[\s\S]*?^```$/gm, "");
}

/** The anchors that GitHub and others make of headings, and those that are written out. */
function anchorsOf(text: string): Set<string> {
	const headings = found(prose(text), /^#+ (.*)$/gm).map((heading) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, "")
			.replaceAll(" ", "-"),
	);
	return new Set([...headings, ...found(text, /<a id="([^"]+)">/g)]);
}

describe("links", () => {
	for (const [path, text] of texts) {
		test(path, () => {
			for (const target of found(prose(text), /\]\(([^)\s]+)\)/g)) {
				if (/^https?:/.test(target)) continue;
				const [file = "", anchor] = target.split("#");
				const linked = file === "" ? path : relative(ROOT, fromRoot(dirname(path), file));
				assert.ok(existsSync(fromRoot(linked)), `${target}: there is no such file`);
				if (anchor === undefined) continue;
				const anchors = anchorsOf(texts.get(linked) ?? readFileSync(fromRoot(linked), "utf8"));
				assert.ok(anchors.has(anchor), `${target}: there is no such heading`);
			}
		});
	}
});

describe("commands", () => {
	const { scripts } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
		readonly scripts: Readonly<Record<string, string>>;
	};
	const known = new Set([...Object.keys(scripts), "test"]);

	for (const [path, text] of texts) {
		test(path, () => {
			for (const name of found(text, /\bnpm (?:run )?(test|(?<=run )[\w:-]+)/g)) {
				assert.ok(known.has(name), `npm run ${name}: package.json has no such script`);
			}
			for (const program of found(text, /(?<![\w/])(?:\.\/)?((?:bin|scripts|\.ci)\/[\w./-]*\w)/g)) {
				assert.ok(existsSync(fromRoot(program)), `${program}: there is no such program`);
			}
			for (const program of found(text, /scribunto-fengari\/(bin\/[\w-]+)/g)) {
				assert.ok(existsSync(fromRoot(program)), `${program}: there is no such program`);
			}
		});
	}

	test("the two of the README are each sufficient", () => {
		const readme = texts.get("README.md") ?? "";
		assert.match(readme, /^npm ci && npm run demo\b/m);
		assert.match(readme, /^npm ci && npm run check\b/m);
	});
});

describe("paths in code marks", () => {
	for (const [path, text] of texts) {
		test(path, () => {
			for (const name of found(prose(text), /`((?:src|spec|fixtures|scripts|docs)\/[\w./-]+)`/g)) {
				assert.ok(existsSync(fromRoot(name)), `${name}: there is no such file`);
			}
		});
	}
});

test("architecture.md has the substitution table as it is", () => {
	const text = texts.get("docs/architecture.md") ?? "";
	const rows = [...text.matchAll(/^\| `(l\w+)` \| (instead|over) \| (.*) \|$/gm)].map(
		([, name, kind, why = ""]) => [name, kind, why.replaceAll("`", "")],
	);
	const wanted = Object.entries(SUBSTITUTES).map(([name, { kind, why }]) => [name, kind, why]);
	assert.deepEqual(rows, wanted);
});

test("README.md names the least memoryLimit that the launcher takes", () => {
	const [kilobytes] = found(readFileSync(fromRoot("bin", "lua"), "utf8"), /^NODE_FLOOR=(\d+)$/gm);
	assert.match(texts.get("README.md") ?? "", new RegExp(`\\b${Number(kilobytes) * 1024}\\b`));
});
