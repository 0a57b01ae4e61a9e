import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PromptSession } from "../../src/offline/prompt-session.ts";
import { OfflineRun } from "../../src/offline/run.ts";
import { fromRoot, ROOT } from "../support/root.ts";

function newSession(): PromptSession {
	const run = new OfflineRun({ packageRoot: ROOT, modules: fromRoot("fixtures", "offline", "modules") });
	return new PromptSession(run, () => undefined);
}

function outputOf(session: PromptSession, text: string): string {
	const evaluation = session.evaluate(text);
	return evaluation.kind === "incomplete" ? "incomplete" : evaluation.output;
}

describe("a prompt", () => {
	test("knows when a text is not complete", () => {
		const session = newSession();
		for (const text of [
			"f(",
			"for i = 1, 2 do",
			"x = {",
			"if a then",
			"function f()",
			"return 'a' ..",
			"--[[",
		]) {
			assert.equal(outputOf(session, text), "incomplete", text);
		}
		for (const text of ["x =* 1", "end", "1 1"]) assert.equal(session.evaluate(text).kind, "error", text);
		assert.equal(outputOf(session, ""), "");
	});

	test("keeps what was defined, away from modules", () => {
		const session = newSession();
		assert.equal(outputOf(session, "a, b = 1, 'x'"), "");
		assert.equal(outputOf(session, "a, b"), '1\t"x"');
		assert.equal(outputOf(session, "_G.a"), "nil");
		session.define("secret", "s");
		assert.equal(outputOf(session, "secret"), '"s"');
		assert.equal(outputOf(session, "getfenv"), "nil");
	});

	test("prints tables", () => {
		const session = newSession();
		assert.equal(outputOf(session, "{}"), "{}");
		assert.equal(outputOf(session, "{ 1, 'a', x = 1, ['y z'] = false, [2.5] = {} }").length > 0, true);
		assert.equal(outputOf(session, "{ 'a', { b = 1 } }"), '{ "a", { b = 1 } }');
		assert.equal(
			outputOf(session, "(function() local t = {} t.t = t return t end)()"),
			"{ t = <this table again> }",
		);
		assert.match(outputOf(session, `{ ("x"):rep(50), ("y"):rep(50) }`), /^\{\n {2}"x+",\n {2}"y+",\n\}$/);
		assert.equal(
			outputOf(session, "setmetatable({}, { __tostring = function() return 'self' end })"),
			"self",
		);
		assert.equal(outputOf(session, `"a\\n\\1\\"\\255"`), String.raw`"a\n\001\"\255"`);
	});

	test("completes globals, fields and keywords without running anything", () => {
		const session = newSession();
		session.evaluate("thing = { field = 1, other = 2, ['no name'] = 3 }");
		assert.deepEqual(session.complete("x = thi"), [["thing"], "thi"]);
		assert.deepEqual(session.complete("thing.f"), [["thing.field"], "thing.f"]);
		assert.deepEqual(session.complete("thing."), [["thing.field", "thing.other"], "thing."]);
		assert.ok(session.complete("string.g")[0].includes("string.gsub"));
		assert.ok(session.complete("func")[0].includes("function"));
		assert.ok(session.complete("mw.text.tr")[0].includes("mw.text.trim"));
		session.evaluate("trap = setmetatable({}, { __index = function() error('run') end })");
		assert.deepEqual(session.complete("trap.x.y"), [[], "trap.x.y"]);
	});

	test("errors have the calls that led to them", () => {
		const session = newSession();
		session.loadModule("Module:Greeting");
		assert.match(
			outputOf(session, "p.greet('x', 'y')"),
			/^(stdin:1: )?no greeting in y\n[\s\S]*Module:Greeting:7: /,
		);
		assert.equal(outputOf(session, "1"), "1");
	});
});
