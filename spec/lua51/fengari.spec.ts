// The C API on the exchanged files: values both ways, calls and errors both ways, lauxlib,
// interop. And the interface: ours must have what the originals export.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { lauxlib, lua, lualib, to_jsstring, to_luastring } from "fengari";
import type { CFunction } from "fengari/src/lstate.js";
import { luaopen_js, push, tojs } from "fengari-interop";
import {
	firstResult,
	hostCall,
	LuaError,
	LuaState,
	LuaTable,
	load,
	traceRows,
} from "../../src/engine/api.ts";
import type { lua_State } from "../../src/engine/fengari.ts";
import * as lapi from "../../src/lua51/fengari/lapi.ts";
import * as ldebug from "../../src/lua51/fengari/ldebug.ts";
import * as ldump from "../../src/lua51/fengari/ldump.ts";
import * as llimits from "../../src/lua51/fengari/llimits.ts";
import * as lobject from "../../src/lua51/fengari/lobject.ts";
import * as lparser from "../../src/lua51/fengari/lparser.ts";
import * as lstring from "../../src/lua51/fengari/lstring.ts";
import * as ltable from "../../src/lua51/fengari/ltable.ts";
import * as luaconf from "../../src/lua51/fengari/luaconf.ts";
import * as lualibOurs from "../../src/lua51/fengari/lualib.ts";
import * as lundump from "../../src/lua51/fengari/lundump.ts";
import * as lvm from "../../src/lua51/fengari/lvm.ts";
import * as tags from "../../src/lua51/fengari/tags.ts";
import { SUBSTITUTES } from "../../src/lua51/substitutes.ts";
import { openBase } from "../../src/stdlib/base.ts";
import { openDebug } from "../../src/stdlib/debug.ts";
import { openString } from "../../src/stdlib/string.ts";
import { openTable } from "../../src/stdlib/table.ts";
import { fromRoot } from "../support/root.ts";

const { LUA_MULTRET, LUA_REGISTRYINDEX } = lua;
const LUA_ERRRUN = 2;
const LUA_ERRSYNTAX = 3;

const bytes = to_luastring;

function newState(): LuaState {
	const state = new LuaState();
	openBase(state);
	openString(state);
	openTable(state);
	openDebug(state);
	return state;
}

/** What the value at `index` is, as bytes read one by one. */
function latin1(value: Uint8Array | null): string | undefined {
	return value === null ? undefined : Buffer.from(value).toString("latin1");
}

/** Runs Lua code through the C API; what it returns, or its error, as JavaScript values. */
function run(L: lua_State, source: string): { status: number; values: unknown[] } {
	const base = lua.lua_gettop(L);
	const text = Buffer.from(source, "latin1");
	const loaded = lauxlib.luaL_loadbuffer(L, text, text.length, bytes("=chunk"));
	const status = loaded !== 0 ? loaded : lua.lua_pcall(L, 0, LUA_MULTRET, 0);
	const values: unknown[] = [];
	for (let at = base + 1; at <= lua.lua_gettop(L); at++) values.push(plain(L, at));
	lua.lua_settop(L, base);
	return { status, values };
}

function plain(L: lua_State, at: number): unknown {
	switch (to_jsstring(lua.lua_typename(L, lua.lua_type(L, at)))) {
		case "nil":
			return undefined;
		case "boolean":
			return lua.lua_toboolean(L, at);
		case "number":
			return lua.lua_tonumber(L, at);
		case "string":
			return latin1(lua.lua_tolstring(L, at));
		default:
			return `(${to_jsstring(lua.lua_typename(L, lua.lua_type(L, at)))})`;
	}
}

function setGlobal(L: lua_State, name: string, f: CFunction): void {
	lua.lua_pushcfunction(L, f);
	lua.lua_setglobal(L, bytes(name));
}

// -- Interface ---------------------------------------------------------------------------

describe("exchanged files have fengari's interface", () => {
	const ours: Readonly<Record<string, object>> = {
		lapi,
		ldebug,
		ldump,
		llimits,
		lobject,
		lparser,
		lstring,
		ltable,
		luaconf,
		lualib: lualibOurs,
		lundump,
		lvm,
	};
	const require = createRequire(fromRoot("package.json"));

	for (const [name, { kind }] of Object.entries(SUBSTITUTES)) {
		test(name, () => {
			require("fengari"); // they require each other: in this order none is incomplete
			const original = Object.keys(require(`fengari/src/${name}.js`) as object).sort();
			const exchanged = Object.keys(ours[name] ?? {});
			if (kind === "over") {
				assert.deepEqual(
					exchanged.filter((key) => !original.includes(key)),
					[],
				);
			} else {
				assert.deepEqual(
					original.filter((key) => !exchanged.includes(key)),
					[],
				);
			}
		});
	}

	test("tags and status codes", () => {
		const defs = require("fengari/src/defs.js") as {
			constant_types: Record<string, number>;
			thread_status: Record<string, number>;
			LUA_MULTRET: number;
			LUA_RIDX_GLOBALS: number;
		};
		const { LUA_MULTRET: multret, LUA_RIDX_GLOBALS: globals } = defs;
		const all: Record<string, number> = {
			...defs.constant_types,
			...defs.thread_status,
			LUA_MULTRET: multret,
			LUA_RIDX_GLOBALS: globals,
		};
		for (const [name, value] of Object.entries(tags)) assert.equal(value, all[name], name);
	});
});

// -- Values -----------------------------------------------------------------------------------

describe("values", () => {
	test("numbers are doubles and print as in 5.1", () => {
		const { L } = newState();
		const shown = (value: number): string | undefined => {
			lua.lua_pushnumber(L, value);
			const text = latin1(lua.lua_tolstring(L, -1));
			lua.lua_pop(L, 1);
			return text;
		};
		assert.equal(shown(3), "3");
		assert.equal(shown(10 / 2), "5");
		assert.equal(shown(1e15), "1e+15");
		assert.equal(shown(0.1), "0.1");
		assert.equal(shown(2 ** 53), "9.007199254741e+15");
		assert.equal(shown(-0), "-0");
		assert.equal(shown(Number.POSITIVE_INFINITY), "inf");
		lua.lua_pushinteger(L, 7);
		lua.lua_pushinteger(L, 2 ** 31 - 1);
		lua.lua_arith(L, lua.LUA_OPADD);
		assert.equal(lua.lua_tonumber(L, -1), 2 ** 31 + 6, "no 32 bit wrap");
		assert.equal(lua.lua_stringtonumber(L, bytes("0x10")), 5);
		assert.equal(lua.lua_tonumber(L, -1), 16);
		lua.lua_pushliteral(L, " 1e2 ");
		assert.equal(lua.lua_tonumber(L, -1), 100);
		lua.lua_pushnumber(L, -3.7);
		assert.equal(lua.lua_tointeger(L, -1), -3, "5.1 cuts off");
	});

	test("strings keep all 256 bytes", () => {
		const { L } = newState();
		const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
		lua.lua_pushstring(L, all);
		lua.lua_setglobal(L, bytes("all"));
		const { values } = run(L, "local s = all:reverse():reverse() return #s, s == all, s:byte(256), s");
		assert.deepEqual(values, [256, true, 255, Buffer.from(all).toString("latin1")]);
		lua.lua_getglobal(L, bytes("all"));
		assert.deepEqual(lua.lua_tolstring(L, -1), all);
		assert.equal(lua.lua_rawlen(L, -1), 256);
		lua.lua_pushliteral(L, "é");
		assert.equal(lua.lua_rawlen(L, -1), 2, "a JavaScript string goes in as UTF-8");
		assert.equal(lua.lua_tojsstring(L, -1), "é");
	});

	test("tables are the engine's", () => {
		const state = newState();
		const { L } = state;
		lua.lua_createtable(L, 0, 0);
		lua.lua_pushliteral(L, "v");
		lua.lua_setfield(L, -2, bytes("k"));
		for (let i = 1; i <= 3; i++) {
			lua.lua_pushnumber(L, i * 10);
			lua.lua_rawseti(L, -2, i);
		}
		assert.equal(lua.lua_rawlen(L, -1), 3);
		lua.lua_setglobal(L, bytes("t"));
		const table = state.globals.getStr("t");
		assert.ok(table instanceof LuaTable);
		assert.equal(table.getStr("k"), "v");
		assert.deepEqual(run(L, "t[4] = 'x' return t.k, #t, t[2]").values, ["v", 4, 20]);
		lua.lua_getglobal(L, bytes("t"));
		assert.equal(lua.lua_rawgeti(L, -1, 4), 4);
		assert.equal(lua.lua_tojsstring(L, -1), "x");
	});

	test("lua_next has native's order", () => {
		const { L } = newState();
		lauxlib.luaL_loadstring(L, bytes("return {10, 20, x = 1, 30, y = 2}"));
		lua.lua_pcall(L, 0, 1, 0);
		const seen: unknown[] = [];
		lua.lua_pushnil(L);
		while (lua.lua_next(L, -2) !== 0) {
			seen.push(plain(L, -2));
			lua.lua_pop(L, 1);
		}
		assert.deepEqual(seen, [1, 2, 3, "y", "x"]);
		assert.equal(lua.lua_gettop(L), 1);
	});

	test("metatables through the API are seen by code, and the other way round", () => {
		const state = newState();
		const { L } = state;
		lua.lua_newtable(L);
		assert.equal(lua.lua_getmetatable(L, -1), false);
		lua.lua_newtable(L);
		lua.lua_pushcfunction(L, (l) => {
			lua.lua_pushvalue(l, 2);
			return 1;
		});
		lua.lua_setfield(L, -2, bytes("__index"));
		lua.lua_setmetatable(L, -2);
		lua.lua_setglobal(L, bytes("t"));
		assert.deepEqual(run(L, "return t.abc, getmetatable(t) ~= nil").values, ["abc", true]);
		lua.lua_getglobal(L, bytes("t"));
		lua.lua_pushnil(L);
		lua.lua_setmetatable(L, -2);
		assert.equal((state.globals.getStr("t") as LuaTable).metatable, undefined, "not null");
		assert.deepEqual(run(L, "return t.abc, getmetatable(t)").values, [undefined, undefined]);
		run(L, "setmetatable(t, {__metatable = 'm', __len = function() return 9 end})");
		assert.equal(lua.lua_getmetatable(L, -1), true);
		lua.lua_pop(L, 1);
		lua.lua_len(L, -1);
		assert.equal(lua.lua_tonumber(L, -1), 0, "5.1 asks no __len of a table");
	});

	test("one string metatable", () => {
		const state = newState();
		const { L } = state;
		lua.lua_pushliteral(L, "");
		assert.equal(lua.lua_getmetatable(L, -1), true);
		lua.lua_getfield(L, -1, bytes("__index"));
		assert.equal(lua.lua_type(L, -1), tags.LUA_TTABLE);
		lua.lua_newtable(L);
		lua.lua_setmetatable(L, 1);
		assert.notEqual(state.stringMetatable, undefined);
		assert.equal(state.stringMetatable?.getStr("__index"), undefined);
		state.stringMetatable = undefined;
		assert.equal(lua.lua_getmetatable(L, 1), false);
	});

	test("functions, userdata, threads and light userdata keep their identity", () => {
		const state = newState();
		const { L } = state;
		const f: CFunction = () => 0;
		setGlobal(L, "f", f);
		lua.lua_getglobal(L, bytes("f"));
		assert.equal(lua.lua_tocfunction(L, -1), f);
		assert.deepEqual(run(L, "return f == f, type(f)").values, [true, "function"]);
		lua.lua_getglobal(L, bytes("print"));
		assert.notEqual(lua.lua_tocfunction(L, -1), null, "builtins are C functions");
		lua.lua_setglobal(L, bytes("q"));
		assert.deepEqual(run(L, "return q == print").values, [true]);

		const key = {};
		lua.lua_pushlightuserdata(L, key);
		lua.lua_setglobal(L, bytes("light"));
		assert.deepEqual(run(L, "return type(light), light == light").values, ["userdata", true]);
		lua.lua_getglobal(L, bytes("light"));
		assert.equal(lua.lua_touserdata(L, -1), key);

		const data = lua.lua_newuserdata(L, 0);
		lua.lua_setglobal(L, bytes("full"));
		lua.lua_getglobal(L, bytes("full"));
		assert.equal(lua.lua_touserdata(L, -1), data);

		lua.lua_pushthread(L);
		lua.lua_setglobal(L, bytes("thread"));
		lua.lua_getglobal(L, bytes("thread"));
		assert.equal(lua.lua_tothread(L, -1), L);
		assert.deepEqual(run(L, "return type(thread), type(full)").values, ["thread", "userdata"]);
	});

	test("upvalues of C functions", () => {
		const { L } = newState();
		lua.lua_pushnumber(L, 0);
		lua.lua_pushcclosure(
			L,
			(l) => {
				lua.lua_pushnumber(l, lua.lua_tonumber(l, lua.lua_upvalueindex(1)) + 1);
				lua.lua_pushvalue(l, -1);
				lua.lua_pushvalue(l, -1);
				lua.lua_settop(l, -2);
				return 1;
			},
			1,
		);
		lua.lua_setglobal(L, bytes("count"));
		assert.deepEqual(run(L, "return count(), count == count").values, [1, true]);
		lua.lua_getglobal(L, bytes("count"));
		assert.deepEqual(lua.lua_getupvalue(L, -1, 1), bytes(""));
		run(L, "local x = 1 function g() return x end");
		lua.lua_getglobal(L, bytes("g"));
		assert.equal(lua.lua_getupvalue(L, -1, 1), null, "Lua functions show none");
	});

	test("comparison and concatenation", () => {
		const { L } = newState();
		lua.lua_pushnumber(L, 1);
		lua.lua_pushinteger(L, 1);
		assert.equal(lua.lua_compare(L, -1, -2, lua.LUA_OPEQ), 1);
		assert.equal(lua.lua_rawequal(L, -1, -2), 1);
		assert.equal(lua.lua_compare(L, -1, -2, lua.LUA_OPLT), 0);
		assert.equal(lua.lua_compare(L, -1, -2, lua.LUA_OPLE), 1);
		lua.lua_pushliteral(L, "x");
		lua.lua_concat(L, 3);
		assert.equal(lua.lua_tojsstring(L, -1), "11x");
		assert.equal(lua.lua_gettop(L), 1);
	});
});

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

// -- lauxlib and interop ------------------------------------------------------------------------

describe("lauxlib", () => {
	test("libraries, metatables by name, references", () => {
		const { L } = newState();
		lauxlib.luaL_newlib(L, {
			make(l) {
				lua.lua_newuserdata(l, 0);
				lauxlib.luaL_setmetatable(l, bytes("Thing"));
				return 1;
			},
			use(l) {
				lauxlib.luaL_checkudata(l, 1, bytes("Thing"));
				lua.lua_pushliteral(l, "used");
				return 1;
			},
		});
		lua.lua_setglobal(L, bytes("things"));
		assert.equal(lauxlib.luaL_newmetatable(L, bytes("Thing")), 1);
		lua.lua_pushvalue(L, -1);
		lua.lua_setfield(L, -2, bytes("__index"));
		lua.lua_pushcfunction(L, (l) => {
			lua.lua_pushliteral(l, "method");
			return 1;
		});
		lua.lua_setfield(L, -2, bytes("m"));
		lua.lua_settop(L, 0);
		assert.deepEqual(run(L, "local t = things.make() return things.use(t), t:m()").values, [
			"used",
			"method",
		]);
		assert.deepEqual(run(L, "things.use({})").values, [
			"chunk:1: bad argument #1 to 'use' (Thing expected, got table)",
		]);
		lua.lua_pushliteral(L, "kept");
		const reference = lauxlib.luaL_ref(L, LUA_REGISTRYINDEX);
		lua.lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
		assert.equal(lua.lua_tojsstring(L, -1), "kept");
	});

	test("luaL_tolstring shows values as 5.1 does", () => {
		const { L } = newState();
		lua.lua_pushnumber(L, 100);
		assert.equal(latin1(lauxlib.luaL_tolstring(L, -1)), "100");
		lua.lua_newtable(L);
		assert.match(latin1(lauxlib.luaL_tolstring(L, -1)) ?? "", /^table: 0x/);
	});

	test("luaopen_base gives the library that is there", () => {
		const state = newState();
		lauxlib.luaL_requiref(state.L, bytes("_G"), lualib.luaopen_base, 0);
		lua.lua_getfield(state.L, -1, bytes("pairs"));
		assert.equal(lua.lua_type(state.L, -1), tags.LUA_TFUNCTION);
	});
});

describe("interop in a trusted state", () => {
	function trusted(): lua_State {
		const { L } = newState();
		lauxlib.luaL_requiref(L, bytes("js"), luaopen_js, 1);
		lua.lua_settop(L, 0);
		return L;
	}

	test("JavaScript values in Lua", () => {
		const L = trusted();
		push(L, { answer: 42, list: [1, 2], hello: (name: string) => `hello ${name}` });
		lua.lua_setglobal(L, bytes("object"));
		assert.deepEqual(
			run(L, "return object.answer, object.list.length, object:hello('you'), type(object)").values,
			[42, 2, "hello you", "userdata"],
		);
		assert.deepEqual(run(L, "object.extra = 'e' return object.extra, object.none").values, ["e", undefined]);
		assert.deepEqual(run(L, "return js.typeof(object), js.tostring(1), js.null == js.null").values, [
			"object",
			"1",
			true,
		]);
		assert.deepEqual(run(L, "return object == object, object.list == object.list").values, [true, true]);
	});

	test("Lua values in JavaScript", () => {
		const L = trusted();
		lauxlib.luaL_loadstring(
			L,
			bytes("return {x = 1, f = function(_, a, b) return a + b end}, 'é', nil, 2.5"),
		);
		lua.lua_pcall(L, 0, LUA_MULTRET, 0);
		assert.equal(tojs(L, -1), 2.5);
		assert.equal(tojs(L, -2), undefined);
		assert.equal(tojs(L, -3), "é");
		const table = tojs(L, -4) as { get(key: string): unknown; set(key: string, value: unknown): void };
		assert.equal(table.get("x"), 1);
		table.set("y", "z");
		assert.equal(table.get("y"), "z");
		assert.equal((table.get("f") as (a: number, b: number) => unknown)(2, 3), 5);
		assert.deepEqual([...(table as unknown as Iterable<unknown>)].length, 3);
	});

	test("errors both ways", () => {
		const L = trusted();
		const thrown = new Error("from JavaScript");
		push(L, () => {
			throw thrown;
		});
		lua.lua_setglobal(L, bytes("fail"));
		assert.deepEqual(run(L, "local ok, e = pcall(fail) return ok, type(e), e.message").values, [
			false,
			"userdata",
			"from JavaScript",
		]);
		lauxlib.luaL_loadstring(L, bytes("return function() error('from Lua', 0) end"));
		lua.lua_pcall(L, 0, 1, 0);
		const f = tojs(L, -1) as () => void;
		assert.throws(f, (error) => error === "from Lua");
	});

	test("js.new, js.of, createproxy", () => {
		const L = trusted();
		push(L, Map);
		lua.lua_setglobal(L, bytes("Map"));
		const { values } = run(
			L,
			"local m = js.new(Map) m:set('a', 1) local n = 0 for e in js.of(m) do n = n + e[1] end return m.size, n",
		);
		assert.deepEqual(values, [1, 1]);
		assert.deepEqual(run(L, "return js.typeof(js.createproxy({}, 'function'))").values, ["function"]);
	});
});
