// The interface of the exchanged files: ours must have what the originals export. And values both ways
// through the C API on top of them.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { lauxlib, lua } from "fengari";
import type { CFunction } from "fengari/src/lstate.js";
import { LuaTable } from "../../src/engine/api.ts";
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
import { bytes, latin1, newState, plain, run, setGlobal } from "../support/fengari-state.ts";
import { fromRoot } from "../support/root.ts";

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
