/**
 * lua-run is the real host without PHP: functions of modules give the same bytes, and the same errors with the
 * same backtraces, as behind an unmodified MediaWiki 1.39. What is called: every #invoke of the pages of
 * fixtures/wiki, and fixtures/offline/interface, which calls each function that Scribunto's libraries have from
 * their host with many arguments. What a wiki knows is exported from that wiki by scripts/export-wiki-data.php.
 *
 * OFFLINE_REPORT=/path writes all differences there.
 */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type OfflineData, parseData } from "../../src/offline/data.ts";
import { runOffline } from "../../src/offline/run.ts";
import { fromRoot, ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { Wiki } from "../support/wiki.ts";

const SCRIBUNTO = "/usr/share/mediawiki/extensions/Scribunto";
const LANGUAGES = "de,fr,hi,ar,pl,ru,fa,sr,es,de-ch,tr,cy,ja,my";
const TIME = "20240229123456";
const TIME_MS = Date.UTC(2024, 1, 29, 12, 34, 56);
/** Interwiki prefixes and the like are the same in both; the pages are rendered elsewhere. */
const PAGE = "Fixture page";

/** Calls that cannot be compared, and why. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
	"Error pages|recursionDepth":
		"the depth of the stack is that of the process, which bin/lua-run makes larger",
	"Error pages|recursionCaught": "the same",
	"Order|libraries": "ParserFunctions adds a library of its own to the wiki",
	"Error pages|errorHtml": "MediaWiki expands templates in the text of an error",
	"Large texts|expr": "that library",
};

/** What lua-run says that it does not know, in all these calls; the docs name these. */
const UNKNOWN = [
	"the calendar of the format code",
	'the fallbacks of the language "de-at"',
	'the gender of the user "Nobody"',
	'the grammar of the language "fi"',
	'the parser function "#expr"',
	'the parser function "#if"',
	'the parser function "#tag"',
	'the parser function "DISPLAYTITLE"',
	'the parser function "PAGESINCATEGORY"',
	'the parser function "nosuch"',
	'the parser function "nosuchfunction"',
	'the parser function "padleft"',
	"the tag <nowiki>",
];

interface Call {
	readonly module: string;
	readonly functionName: string;
	readonly args: readonly (readonly [name: string | null, value: string])[];
	readonly title: string;
}

interface Outcome {
	readonly output: string | null;
	readonly error: string | null;
	readonly trace: readonly (readonly [source: string, line: number, name: string | null])[];
}

/** Every #invoke of the pages whose arguments are plain text. */
function invokesOfPages(): Call[] {
	const folder = fromRoot("fixtures", "wiki", "pages");
	const calls: Call[] = [];
	for (const file of readdirSync(folder)) {
		const text = readFileSync(join(folder, file), "utf8");
		for (const [, inner = ""] of text.matchAll(/\{\{#invoke:([^{}]*)\}\}/g)) {
			if (/\[\[|<|\]\]/.test(inner)) continue;
			const [module = "", functionName = "", ...rest] = inner.split("|");
			const args = rest.map((part) => {
				const at = part.indexOf("=");
				return at < 0 ? ([null, part] as const) : ([part.slice(0, at), part.slice(at + 1)] as const);
			});
			const title = file.replace(/\.wikitext$/, "");
			calls.push({ module: module.trim(), functionName: functionName.trim(), args, title });
		}
	}
	return calls;
}

/** Every function of the modules that call the libraries. */
function interfaceCalls(): Call[] {
	const folder = fromRoot("fixtures", "offline", "interface", "modules");
	return readdirSync(folder).flatMap((file) => {
		const text = readFileSync(join(folder, file), "utf8");
		const module = file.replace(/\.lua$/, "");
		return [...text.matchAll(/^function p\.(\w+)/gm)].map(([, functionName = ""]) => ({
			module,
			functionName,
			args: [],
			title: PAGE,
		}));
	});
}

// Modules are run in this process, in the zone that support/wiki.ts gives to the wiki.
process.env["TZ"] = "UTC";

describe("lua-run and MediaWiki", { skip: whyMissing("lua5.1", "php", "mediawiki") }, () => {
	const folder = mkdtempSync(join(tmpdir(), "lua-run-spec-"));
	const modules = join(folder, "modules");
	const calls = [...interfaceCalls(), ...invokesOfPages()];
	let data: OfflineData = {};
	let outcomes: readonly Outcome[] = [];

	before(async () => {
		for (const source of ["wiki", "offline/interface"]) {
			cpSync(fromRoot("fixtures", source, "modules"), modules, { recursive: true });
		}
		const wiki = new Wiki();
		try {
			await wiki.setUp();
			await wiki.importPages(fromRoot("fixtures", "offline", "interface"));
			const pages = join(folder, "pages.txt");
			writeFileSync(pages, "*\n");
			const options = ["--pages", pages, "--languages", LANGUAGES, "--messages"];
			data = parseData(await wiki.run(fromRoot("scripts", "export-wiki-data.php"), options), "the export");
			const [input, output] = [join(folder, "calls.json"), join(folder, "outcomes.json")];
			writeFileSync(input, JSON.stringify(calls));
			await wiki.run(fromRoot("spec", "real-host", "InvokeModules.php"), [input, output, TIME]);
			outcomes = JSON.parse(readFileSync(output, "utf8")) as Outcome[];
		} finally {
			wiki.remove();
		}
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	test("all calls were made", () => {
		assert.equal(outcomes.length, calls.length);
		assert.ok(calls.length > 300, `only ${calls.length} calls`);
	});

	test("the same results, errors and backtraces", () => {
		const differences: string[] = [];
		for (const [index, call] of calls.entries()) {
			const name = `${call.module}|${call.functionName}`;
			if (Object.hasOwn(NOT_COMPARED, name)) continue;
			differences.push(...compare(call, outcomes[index]!, modules, data).filter((text) => !isUnknown(text)));
		}
		const report = process.env["OFFLINE_REPORT"];
		if (report !== undefined) writeFileSync(report, differences.join("\n"));
		assert.deepEqual(differences.slice(0, 20), []);
	});
});

function isUnknown(difference: string): boolean {
	return UNKNOWN.some((what) => difference.includes(`lua-run does not know ${what}`));
}

function compare(call: Call, expected: Outcome, modules: string, data: OfflineData): string[] {
	const { module, functionName, title } = call;
	const args = call.args.map(([name, value]) => ({ name: name ?? undefined, value }));
	const options = { packageRoot: ROOT, modules, scribunto: SCRIBUNTO, data, title, time: TIME_MS };
	const { output, failure } = runOffline({ ...options, module, functionName, args });
	const name = `${module}|${functionName}`;
	const wanted =
		expected.output === null ? undefined : Buffer.from(expected.output, "base64").toString("latin1");
	if (wanted !== undefined && output !== undefined) return differentLines(name, wanted, output);
	// MediaWiki cannot show every value that can be raised.
	if (failure !== undefined && expected.error?.startsWith("PHP fails")) return [];
	if (failure?.message !== expected.error) {
		return [
			`${name}\n  MediaWiki ${expected.error ?? "gave a result"}\n  lua-run   ${failure?.message ?? "gave a result"}`,
		];
	}
	const rows = failure.trace.map(({ source, line, name: called }) => [source, line, called ?? null]);
	const native = expected.trace.map(([source, line, called]) => [source, Math.max(line, 0), called]);
	const isSame = JSON.stringify(rows) === JSON.stringify(native.slice(0, rows.length));
	return isSame
		? []
		: [`${name}\n  MediaWiki ${JSON.stringify(native)}\n  lua-run   ${JSON.stringify(rows)}`];
}

function differentLines(name: string, wanted: string, given: string): string[] {
	if (wanted === given) return [];
	const [a, b] = [wanted.split("\n"), given.split("\n")];
	const shown = (line: string | undefined): string =>
		Buffer.from(line ?? "(nothing)", "latin1")
			.toString("utf8")
			.replace(/&#34;|\\34/g, '"')
			.replaceAll("&#60;", "<")
			.replaceAll("&#62;", ">");
	return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i)
		.filter((i) => a[i] !== b[i])
		.map((i) => `${name}\n  MediaWiki ${shown(a[i])}\n  lua-run   ${shown(b[i])}`);
}
