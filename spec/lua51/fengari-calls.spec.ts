// Calls and errors through the C API of fengari with our files in it, and the engine's own calls.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lauxlib, lua } from "fengari";
import { firstResult, hostCall, LuaError, load, traceRows } from "../../src/engine/api.ts";
import * as tags from "../../src/lua51/fengari/tags.ts";
import { bytes, newState, plain, run, setGlobal } from "../support/fengari-state.ts";

const { LUA_MULTRET } = lua;
const LUA_ERRRUN = 2;
const LUA_ERRSYNTAX = 3;

// -- Calls and errors -----------------------------------------------------------------------

describe("calls", () => {
	test("lua_pcall of Lua functions: parameters, varargs, results", () => {
		const { L } = newState();
		const call = (source: string, args: readonly number[], results: number): unknown[] => {
			const base = lua.lua_gettop(L);
			lauxlib.luaL_loadstring(L, bytes(`return ${source}`));
			lua.lua_pcall(L, 0, 1, 0);
			for (const value of args) lua.lua_pushnumber(L, value);
			assert.equal(lua.lua_pcall(L, args.length, results, 0), 0);
			const values: unknown[] = [];
			for (let at = base + 1; at <= lua.lua_gettop(L); at++) values.push(plain(L, at));
			lua.lua_settop(L, base);
			return values;
		};
		assert.deepEqual(call("function(a, b) return b, a end", [1, 2, 3], LUA_MULTRET), [2, 1]);
		assert.deepEqual(call("function(a, b) return b, a end", [1], LUA_MULTRET), [undefined, 1]);
		assert.deepEqual(call("function(a, b, c, d, e) return e end", [1, 2, 3, 4, 5], 1), [5]);
		assert.deepEqual(
			call("function(a, ...) return select('#', ...), a, ... end", [1, 2, 3], -1),
			[2, 1, 2, 3],
		);
		assert.deepEqual(call("function(a, b, ...) return select('#', ...), a, b end", [1], -1), [
			0,
			1,
			undefined,
		]);
		assert.deepEqual(call("function(...) return arg.n, arg[2] end", [7, 8], -1), [2, 8]);
		assert.deepEqual(call("function() return 1, 2, 3 end", [], 2), [1, 2]);
		assert.deepEqual(call("function() end", [], 2), [undefined, undefined]);
		assert.deepEqual(call("function() return 1, 2 end", [], 0), []);
		assert.deepEqual(call("string.rep", [1, 3], 1), ["111"]);
		assert.deepEqual(call("setmetatable({}, {__call = function(t, a) return a end})", [4], 1), [4]);
		assert.deepEqual(call("function(n) return unpack({}, 1, n) end", [5000], LUA_MULTRET).length, 5000);
	});

	test("errors of Lua code reach the C API", () => {
		const { L } = newState();
		assert.deepEqual(run(L, "local x x.y = 1"), {
			status: LUA_ERRRUN,
			values: ["chunk:1: attempt to index local 'x' (a nil value)"],
		});
		assert.deepEqual(run(L, "error({})"), { status: LUA_ERRRUN, values: ["(table)"] });
		assert.deepEqual(run(L, "error()"), { status: LUA_ERRRUN, values: [undefined] });
		assert.deepEqual(run(L, "x ="), {
			status: LUA_ERRSYNTAX,
			values: ["chunk:1: unexpected symbol near '<eof>'"],
		});
		assert.deepEqual(run(L, "\x1bLua"), {
			status: LUA_ERRSYNTAX,
			values: ["chunk: unexpected end in precompiled chunk"],
		});
		lua.lua_pushnil(L);
		assert.equal(lua.lua_pcall(L, 0, 0, 0), LUA_ERRRUN);
		assert.equal(lua.lua_tojsstring(L, -1), "attempt to call a nil value");
		lua.lua_settop(L, 0);
		assert.deepEqual(run(L, "return 1").values, [1], "the state goes on");
	});

	test("errors of C functions reach Lua code", () => {
		const { L } = newState();
		setGlobal(L, "fail", (l) => lauxlib.luaL_error(l, bytes("no %s %d"), bytes("way"), 3));
		setGlobal(L, "throwTable", (l) => {
			lua.lua_newtable(l);
			return lua.lua_error(l);
		});
		setGlobal(L, "check", (l) => {
			lua.lua_pushnumber(l, lauxlib.luaL_checknumber(l, 1) + lauxlib.luaL_checkinteger(l, 2));
			return 1;
		});
		setGlobal(L, "index", (l) => {
			lua.lua_getfield(l, 1, bytes("k"));
			return 1;
		});
		assert.deepEqual(run(L, "return pcall(fail)").values, [false, "no way 3"]);
		assert.deepEqual(run(L, "\nreturn pcall(function() fail() end)").values, [false, "chunk:2: no way 3"]);
		assert.deepEqual(run(L, "fail()"), { status: LUA_ERRRUN, values: ["chunk:1: no way 3"] });
		assert.deepEqual(run(L, "local ok, e = pcall(throwTable) return ok, type(e)").values, [false, "table"]);
		assert.deepEqual(run(L, "return check(1, '2')").values, [3]);
		assert.deepEqual(run(L, "local t = {f = check} t.f(1, {})").values, [
			"chunk:1: bad argument #2 to 'f' (number expected, got table)",
		]);
		assert.deepEqual(run(L, "check()").values, [
			"chunk:1: bad argument #1 to 'check' (number expected, got no value)",
		]);
		assert.deepEqual(run(L, "return pcall(index, nil)").values, [false, "attempt to index a nil value"]);
		assert.deepEqual(
			run(L, "return pcall(index, setmetatable({}, {__index = function() error('deep', 0) end}))").values,
			[false, "deep"],
		);
		assert.equal(lua.lua_gettop(L), 0);
	});

	test("errors pass C functions that call back", () => {
		const state = newState();
		const { L } = state;
		setGlobal(L, "through", (l) => {
			lua.lua_call(l, lua.lua_gettop(l) - 1, LUA_MULTRET);
			return lua.lua_gettop(l);
		});
		setGlobal(L, "protect", (l) => {
			lua.lua_pushboolean(l, lua.lua_pcall(l, 0, 0, 0) === 0);
			return 1;
		});
		assert.deepEqual(run(L, "return through(function(...) return ..., 'b' end, 'a')").values, ["a", "b"]);
		assert.deepEqual(run(L, "return pcall(through, error, 'e', 0)").values, [false, "e"]);
		assert.deepEqual(run(L, "return protect(function() error('x') end), protect(function() end)").values, [
			false,
			true,
		]);
		assert.deepEqual(run(L, "through(through, function() local a = {} a.b.c = 1 end)").values, [
			"chunk:1: attempt to index field 'b' (a nil value)",
		]);
		assert.deepEqual(run(L, "local function f(n) return through(f, n + 1) end return pcall(f, 1)").values, [
			false,
			"C stack overflow",
		]);
		const outcome = hostCall(state, load(state, "through(function() local a = nil + 1 end)", "=chunk"));
		assert.equal(outcome.ok, false);
		if (outcome.ok) return;
		assert.deepEqual(
			traceRows(outcome.error).map(({ what, currentline }) => [what, currentline]),
			[
				["Lua", 1],
				["C", -1],
				["main", 1],
			],
		);
	});

	test("message handlers see the traceback", () => {
		const { L } = newState();
		lua.lua_pushcfunction(L, (l) => {
			lauxlib.luaL_traceback(l, l, lua.lua_tolstring(l, 1), 1);
			return 1;
		});
		lauxlib.luaL_loadbuffer(L, bytes("local function f()\nlocal x = nil .. 'a'\nend\nf()"), 43, bytes("=c"));
		assert.equal(lua.lua_pcall(L, 0, 0, 1), LUA_ERRRUN);
		const text = lua.lua_tojsstring(L, -1) ?? "";
		assert.match(text, /^c:2: attempt to concatenate a nil value\nstack traceback:\n/);
		assert.match(text, /\tc:2: in upvalue 'f'|\tc:2: in local 'f'|\tc:2: in function/);
		assert.match(text, /\tc:4: in main chunk/);
		lua.lua_settop(L, 0);
		lua.lua_pushcfunction(L, (l) => lua.lua_error(l));
		lauxlib.luaL_loadstring(L, bytes("error('x')"));
		assert.equal(lua.lua_pcall(L, 0, 0, 1), tags.LUA_ERRERR);
		assert.equal(lua.lua_tojsstring(L, -1), "error in error handling");
	});

	test("a coroutine of the C API runs a function, and yields from C only", () => {
		const { L } = newState();
		const thread = lua.lua_newthread(L);
		lauxlib.luaL_loadstring(thread, bytes("return ..., 2"));
		lua.lua_pushnumber(thread, 1);
		assert.equal(lua.lua_resume(thread, L, 1), 0);
		assert.deepEqual([plain(thread, 1), plain(thread, 2)], [1, 2]);
		setGlobal(L, "leave", (l) => lua.lua_yield(l, 0));
		const other = lua.lua_newthread(L);
		lauxlib.luaL_loadstring(other, bytes("leave()"));
		assert.equal(lua.lua_resume(other, L, 0), LUA_ERRRUN);
		assert.match(lua.lua_tojsstring(other, -1) ?? "", /attempt to yield across a JS-call boundary/);
	});
});

describe("the engine's own calls", () => {
	test("hostCall gives the error that was thrown, with its trace", () => {
		const state = newState();
		const failing = load(state, "local function f() error('x') end\nf()", "=chunk");
		const outcome = hostCall(state, failing);
		assert.equal(outcome.ok, false);
		if (outcome.ok) return;
		assert.ok(outcome.error instanceof LuaError);
		assert.equal(outcome.error.value, "chunk:1: x");
		assert.deepEqual(
			traceRows(outcome.error).map(({ what }) => what),
			["C", "Lua", "main"],
		);
		const again = hostCall(state, load(state, "return ...", "=chunk"), 1, undefined);
		assert.deepEqual(again, { ok: true, results: [1, undefined] });
	});

	test("hostCall nests", () => {
		const state = newState();
		const inner = load(state, "return debug.traceback('t')", "=inner");
		state.define(state.globals, {
			back() {
				const outcome = hostCall(state, inner);
				return outcome.ok ? outcome.results : "failed";
			},
		});
		const outcome = hostCall(state, load(state, "local x = back() return x", "=outer"));
		assert.ok(outcome.ok);
		const text = String(firstResult(outcome.results));
		assert.match(text, /inner:1: in main chunk|inner:1: in function <inner:0>/);
		assert.match(text, /outer:1: in main chunk/, "frames of the C API hide nothing");
	});

	test("load throws the syntax error", () => {
		const state = newState();
		assert.throws(
			() => load(state, "x = = 1", "=c"),
			(error) => error instanceof LuaError && error.value === "c:1: unexpected symbol near '='",
		);
	});

	test("an error of ours is no Lua error, on whatever way", () => {
		const state = newState();
		const { L } = state;
		class Broken extends Error {}
		state.define(state.globals, {
			breakdown() {
				throw new Broken("ours");
			},
		});
		setGlobal(L, "breakC", () => {
			throw new Broken("C");
		});
		setGlobal(L, "protect", (l) => {
			lua.lua_pcall(l, 0, 0, 0);
			return 0;
		});
		for (const source of [
			"pcall(breakdown)",
			"pcall(breakC)",
			"xpcall(breakC, print)",
			"protect(breakdown)",
			"pcall(protect, function() pcall(breakdown) end)",
			"protect(breakC)",
		]) {
			assert.throws(() => hostCall(state, load(state, source, "=c")), Broken, source);
		}
		assert.deepEqual(hostCall(state, load(state, "return 1", "=c")), { ok: true, results: 1 });
		assert.equal(lua.lua_gettop(L), 0);
	});

	test("sessions do not see each other", () => {
		const one = newState();
		const two = newState();
		setGlobal(one.L, "f", (l) => {
			lua.lua_getglobal(l, bytes("name"));
			return 1;
		});
		one.globals.setStr("name", "one");
		two.globals.setStr("name", "two");
		one.activate();
		assert.deepEqual(hostCall(one, load(one, "return f()", "=c")), { ok: true, results: "one" });
		assert.equal(two.globals.getStr("f"), undefined);
		assert.notEqual(one.L, two.L);
	});
});
