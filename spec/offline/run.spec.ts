/** Runs of modules without MediaWiki, with this package's own libraries: no tool is needed. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ModuleFolder, moduleNameOf } from "../../src/host/module-folder.ts";
import type { OfflineData } from "../../src/offline/data.ts";
import { DataError, parseData } from "../../src/offline/data.ts";
import { NoScribuntoError, type OfflineCall, OfflineRun, runOffline } from "../../src/offline/run.ts";
import { fromRoot, ROOT } from "../support/root.ts";

const folder = mkdtempSync(join(tmpdir(), "offline-spec-"));
const modules = join(folder, "modules");

const FILES: Readonly<Record<string, string>> = {
	"Main.lua": `local p = {}
function p.args(frame)
	local out = {}
	for k, v in pairs(frame.args) do out[#out + 1] = k .. '=[' .. v .. ']' end
	return table.concat(out, ' ')
end
function p.field(frame) return frame.args[1].x.y end
function p.raise(frame) error(frame.args[1], 0) end
function p.log(frame) mw.log('a', 1) mw.logObject({ x = 1 }, 'o') return '' end
function p.require(frame) return require(frame.args[1]).name end
function p.data(frame) local d = mw.loadData('Module:Sub/data page') return d.list[2] .. tostring(pcall(function() d.x = 1 end)) end
function p.json() local d = mw.loadJsonData('Module:values.json') return d.a[1] .. d.b end
function p.parent(frame) return frame:getParent().args.who .. '|' .. frame:getTitle() .. '|' .. frame:getParent():getTitle() end
function p.expand(frame) return frame:preprocess(frame.args[1]) end
function p.template(frame) return frame:expandTemplate{ title = frame.args[1], args = { 'one', n = ' two ' } } end
function p.caught(frame) return tostring(pcall(frame.preprocess, frame, '{{Unknown}}')) end
function p.globals() return tostring(js) .. tostring(require('Module:Main') ~= nil) .. tostring(io) .. tostring(package.loaders) end
p.notAFunction = 5
return p`,
	"Sub/name.lua": "return { name = 'sub' }",
	"Sub/data_page.lua": "return { list = { 1, 2 } }",
	"values.json": '{"a": ["x"], "b": "y"}',
	"Number.lua": "return 5",
	"Syntax.lua": "return {",
};

const data: OfflineData = {
	site: { siteName: "W" },
	title: "The page",
	pages: {
		"Template:T":
			"{{{1}}}<noinclude>no</noinclude><includeonly>-{{{n|}}}</includeonly>{{{x|default {{lc:ABC}}}}}",
		"Template:Loop": "{{Loop}}",
		"Template:Calls": "{{#invoke:Main|args|a|k=v}}",
		"Template:Fails": "before {{#invoke:Main|field}} after",
		"Template:None": null,
	},
	wikitext: { "{{#if:x|yes}}": "YES", "<nowiki>n</nowiki>": "N" },
};

function call(functionName: string, ...args: readonly string[]) {
	return invoke({ module: "Main", functionName, args: args.map((value) => argument(value)) });
}

function argument(text: string) {
	const [, name, value] = /^([\w ]+)=(.*)$/.exec(text) ?? [];
	return { name, value: value ?? text };
}

function invoke(given: OfflineCall) {
	const parentArgs = [{ name: "who", value: "caller" }];
	return runOffline({ packageRoot: ROOT, modules, data, parentArgs, ...given });
}

describe("an offline run", () => {
	before(() => {
		for (const [path, text] of Object.entries(FILES)) {
			mkdirSync(join(modules, path, ".."), { recursive: true });
			writeFileSync(join(modules, path), text);
		}
		writeFileSync(join(folder, "Outside.lua"), "return { name = 'outside' }");
		symlinkSync(join(folder, "Outside.lua"), join(modules, "Link.lua"));
		symlinkSync(folder, join(modules, "Up"));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));

	test("arguments are those of #invoke", () => {
		assert.equal(call("args", " a ", "k= v ", "2=x", "b").output, "1=[ a ] 2=[b] k=[v]");
		assert.equal(call("args").output, "");
		assert.equal(call("parent").output, "caller|Module:Main|The page");
	});

	test("modules are found by their titles, in their folder only", () => {
		assert.equal(call("require", "Module:Sub/name").output, "sub");
		assert.equal(call("data").output, "2false");
		assert.equal(call("json").output, "xy");
		for (const name of [
			"Module:Link",
			"Module:../Outside",
			"Module:Up/Outside",
			"Module:Nosuch",
			"../Outside",
		]) {
			assert.match(call("require", name).failure!.message, /module '.*' not found/, name);
		}
	});

	test("errors are those that Scribunto shows", () => {
		const { output, failure } = call("field", "x");
		assert.equal(output, undefined);
		assert.equal(
			failure!.message,
			"Lua error in Module:Main at line 7: attempt to index field 'x' (a nil value).",
		);
		assert.equal(failure!.module, "Module:Main");
		assert.equal(failure!.line, 7);
		assert.ok(failure!.trace.some((row) => row.source === "Module:Main" && row.line === 7));
		const messageOf = (given: OfflineCall): string => invoke(given).failure!.message;
		assert.equal(call("raise", "boom").failure!.message, "Lua error: boom.");
		assert.equal(
			messageOf({ module: "Main", functionName: "none" }),
			'Script error: The function "none" does not exist.',
		);
		assert.equal(
			messageOf({ module: "Main", functionName: "notAFunction" }),
			'Script error: "notAFunction" is not a function.',
		);
		assert.equal(messageOf({ module: "None", functionName: "x" }), 'Script error: No such module "None".');
		assert.match(messageOf({ module: "Number", functionName: "x" }), /returned a number value/);
		assert.match(
			messageOf({ module: "Syntax", functionName: "x" }),
			/^Lua error in Module:Syntax at line 1: /,
		);
	});

	test("the log, and nothing of the process in reach", () => {
		assert.equal(call("log").log, 'a\t1\no = table#1 {\n  ["x"] = 1,\n}\n');
		assert.equal(call("globals").output, "niltruenilnil");
	});

	test("templates of the data are expanded", () => {
		assert.equal(call("template", "T").output, "one-twodefault abc");
		assert.equal(
			call("expand", "x {{T|a|n=b|x=c}} {{{1}}} <!-- c -->").output,
			"x a-bc x {{T|a|n=b|x=c}} {{{1}}} <!-- c --> ",
		);
		assert.equal(
			call("expand", "{{Calls}}{{!}}{{ucfirst:é}}").output,
			Buffer.from("1=[a] k=[v]|É").toString("latin1"),
		);
		assert.match(call("expand", "{{Loop}}").output!, /Template loop detected/);
		assert.equal(call("expand", "{{None}}").output, "[[:Template:None]]");
		assert.equal(call("expand", "{{#if:x|yes}} <nowiki>n</nowiki>").output, "YES N");
		const { output, shownFailures } = call("expand", "{{Fails}}");
		assert.match(output!, /^before <strong class="error">.*Lua error in Module:Main at line 7.* after$/);
		assert.equal(shownFailures.length, 1);
	});

	test("what nobody knows is an error that says what and where", () => {
		for (const [text, what] of [
			["{{Unknown}}", 'the page "Template:Unknown"'],
			["{{#switch:a|b}}", 'the parser function "#switch"'],
			["{{PAGENAME}}", 'the magic word "PAGENAME"'],
			["<ref>x</ref>", "the tag <ref>"],
		] as const) {
			const { failure, missing } = call("expand", text);
			assert.ok(failure!.message.includes(`lua-run does not know ${what}: put `), failure!.message);
			assert.equal(missing.length, 1);
		}
		const { output, missing } = call("caught");
		assert.match(output!, /^false/);
		assert.match(missing[0]!, /Template:Unknown/);
	});

	test("libraries that only Scribunto has are named", () => {
		const texts = new Map([["Main", "return { f = function() return mw.html.create('p') end }"]]);
		const { failure } = invoke({ module: "Main", functionName: "f", texts } as OfflineCall);
		assert.match(
			failure!.message,
			/mw\.html is not among lua-run's own libraries: name Scribunto's with --scribunto/,
		);
		assert.throws(
			() => runOffline({ packageRoot: ROOT, modules, scribunto: folder, module: "Main", functionName: "x" }),
			NoScribuntoError,
		);
	});

	test("a run is there before anything runs in it, and takes more calls than one", () => {
		const run = new OfflineRun({ packageRoot: ROOT, modules, data });
		run.load();
		assert.ok(run.session.state.globals.getStr("mw") !== undefined);
		assert.equal(
			run.call({ module: "Main", functionName: "require", args: [argument("Module:Sub/name")] }).output,
			"sub",
		);
		assert.ok(run.call({ module: "Main", functionName: "field" }).failure !== undefined);
		assert.equal(run.call({ module: "Main", functionName: "args", args: [argument("z")] }).output, "1=[z]");
	});

	test("deep recursion and endless output end as errors of the module", () => {
		const texts = new Map([
			["Main", "return { f = function() local function g() return g() + 1 end return g() end }"],
		]);
		const { failure } = invoke({ module: "Main", functionName: "f", texts } as OfflineCall);
		assert.match(failure!.message, /stack overflow/);
	});
});

test("names of module files", () => {
	assert.equal(moduleNameOf("foo.lua"), "Foo");
	assert.equal(moduleNameOf(join("Foo", "bar_baz.lua")), "Foo/bar baz");
	assert.equal(moduleNameOf("Module:X.lua"), "X");
	assert.equal(moduleNameOf("data.json"), "Data.json");
	assert.equal(moduleNameOf("README.md"), undefined);
	assert.deepEqual(new ModuleFolder(fromRoot("fixtures", "offline", "modules")).names(), [
		"Greeting",
		"Greeting/data",
		"Greeting/testcases",
	]);
});

test("wrong data is told with its place before anything runs", () => {
	const cases: readonly [data: string, complaint: string][] = [
		['{"site": {"siteName": 5}}', "site.siteName must be a string"],
		['{"site": {"server": null}}', "site.server must be a string"],
		['{"site": {"scriptPath": []}}', "site.scriptPath must be a string"],
		['{"site": {"timeZone": "Nowhere/X"}}', "site.timeZone must be the name of a time zone"],
		['{"site": {"namespaces": {"0": {"id": 0, "name": ""}}}}', "site.namespaces must be a list"],
		['{"site": {"namespaces": [{"id": 0}]}}', "site.namespaces[0].name must be there"],
		['{"site": {"interwikiMap": [{"prefix": "de", "url": 1}]}}', "site.interwikiMap[0].url must be a string"],
		['{"site": {"urlProtocols": "http:"}}', "site.urlProtocols must be a list"],
		['{"time": "never"}', "time must be a time, such as 2024-02-29T12:00:00Z"],
		['{"pages": {"A": 5}}', "pages.A must be a string, an object or null"],
		['{"pages": {"A b": {"text": 5}}}', 'pages["A b"].text must be a string'],
		['{"messages": {"and": 5}}', "messages.and must be a string"],
		['{"languages": {"de": {"pluralRules": 5}}}', "languages.de.pluralRules must be a list"],
		[
			'{"languages": {"de": {"pluralRules": ["x"]}}}',
			"languages.de.pluralRules[0] must be a plural rule of CLDR",
		],
		[
			'{"languages": {"de": {"digitGroupingPattern": 5}}}',
			"languages.de.digitGroupingPattern must be a string",
		],
		[
			'{"languages": {"de": {"grammar": {"genitive": [["(", ""]]}}}}',
			"languages.de.grammar.genitive[0] must be a regular expression and its replacement, or @metadata",
		],
		['{"categories": {"A": {"all": "5"}}}', "categories.A.all must be a number"],
	];
	for (const [data, complaint] of cases) {
		assert.throws(() => parseData(data, "f.json"), new DataError(`f.json: ${complaint}`));
	}
});

test("what is right passes, as PHP writes it, too", () => {
	for (const data of [
		{ pages: [], languages: { de: { digitTransformTable: ["0", "1"], separatorTransformTable: null } } },
		{
			languages: {
				de: { pluralRules: ["i = 1 and v = 0 @integer 1", ""], grammar: { a: "b", "@metadata": {} } },
			},
		},
		{
			languages: {
				ru: {
					grammar: {
						genitive: [
							["@metadata", {}],
							["(.+)а$", "$1ы"],
						],
					},
				},
			},
		},
		{ pages: { A: { file: false, protection: { edit: ["sysop"] } }, B: null, C: "text" } },
	]) {
		assert.deepEqual(parseData(JSON.stringify(data), "f.json"), data);
	}
});

test("a language without the messages that the libraries need is told as a script error", () => {
	const { output, failure, missing } = runOffline({
		packageRoot: ROOT,
		modules: fromRoot("fixtures", "offline", "modules"),
		data: { site: { language: "de" } },
		module: "Greeting",
		functionName: "main",
	});
	assert.equal(output, undefined);
	assert.match(
		failure?.message ?? "",
		/^Lua error: lua-run does not know the message "[a-z-]+" in the language "de"/,
	);
	assert.equal(missing.length, 1);
});

test("data files say what is wrong with them", () => {
	assert.throws(() => parseData("[", "f.json"), DataError);
	assert.throws(() => parseData("[]", "f.json"), /f\.json: not an object/);
	assert.throws(() => parseData('{"page": {}}', "f.json"), /unknown section "page" \(known: site, /);
	assert.throws(() => parseData('{"pages": 5}', "f.json"), /f\.json: pages must be an object/);
	assert.throws(() => parseData('{"complete": ["x"]}', "f.json"), /"complete" knows no "x"/);
	assert.throws(() => parseData('{"complete": "pages"}', "f.json"), /complete must be a list/);
	const hostile = parseData('{"pages": {"__proto__": "x", "constructor": null}}', "f.json");
	assert.equal(Object.getPrototypeOf(hostile), Object.prototype);
});
