// fengari's lauxlib, and fengari-interop, with our files under them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lauxlib, lua, lualib } from "fengari";
import { luaopen_js, push, tojs } from "fengari-interop";
import type { lua_State } from "../../src/engine/fengari.ts";
import * as tags from "../../src/lua51/fengari/tags.ts";
import { bytes, latin1, newState, run } from "../support/fengari-state.ts";

const { LUA_MULTRET, LUA_REGISTRYINDEX } = lua;

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
