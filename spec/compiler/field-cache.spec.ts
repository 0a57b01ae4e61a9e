// Programs that would show a cache that believes too much: each access is hot before what it
// rests on changes. Native's output is the expectation.

import { describe, test } from "node:test";
import { agrees } from "../support/both.ts";

function agree(name: string, source: string): void {
	test(name, agrees(source));
}

/**
 * `body` runs over and over, as a function of the turn `i` from 1 to 120, with `change` in
 * between after turns 40 and 80. What it gives is printed when it changes, and the last.
 */
function changing(name: string, setup: string, body: string, change: string): void {
	agree(
		name,
		`${setup}
local turn = 0
local function get(i) ${body} end
local function change(step) ${change} end
local known
for i = 1, 120 do
	local ok, a, b = pcall(get, i)
	local text = tostring(ok) .. " " .. tostring(a) .. " " .. tostring(b)
	if text ~= known then print(i, text) known = text end
	if i % 40 == 0 then change(i / 40) end
end`,
	);
}

const SHAPES = `local objects = {}
for n = 1, 40 do
	local o = {}
	for k = 1, n do o["f" .. k] = k end
	o.x = n
	for k = 1, n % 7 do o["g" .. k] = k end
	objects[n] = o
end
local function pick(i, many) return objects[i % many + 1] end
`;

describe("reads meet objects of many shapes", () => {
	for (const many of [1, 2, 3, 17, 40]) {
		changing(`${many} shapes`, SHAPES, `return pick(i, ${many}).x`, `objects[1].x = step * 1000`);
		changing(
			`${many} shapes, absent`,
			SHAPES,
			`return pick(i, ${many}).y`,
			`if step == 2 then objects[1].y = 7 end`,
		);
		changing(
			`${many} shapes with one class`,
			`${SHAPES}local C = { m = function(o) return o.x end } C.__index = C
			for _, o in ipairs(objects) do setmetatable(o, C) end`,
			`return pick(i, ${many}):m()`,
			`if step == 1 then C.m = function(o) return -o.x end else C.m = nil end`,
		);
	}
	changing(
		"a table with very many names, read and made smaller",
		`local t = {} for i = 1, 5000 do t["k" .. i] = i end`,
		`return t.k77, t.nothing`,
		`if step == 1 then t.k77 = nil else t.nothing = 5 end`,
	);
	changing(
		"an object grows into one with very many names",
		`local t = { x = 1 }`,
		`return t.x, t.y`,
		`for i = 1, 3000 do t["k" .. step .. "_" .. i] = i end if step == 2 then t.y, t.x = t.x, nil end`,
	);
});

describe("fields come and go", () => {
	changing(
		"set to nil and back",
		`local t = { x = 1, y = 2 }`,
		`return t.x, t.y`,
		`t.x = nil if step == 2 then t.x = 3 end`,
	);
	changing(
		"nil'd in the object, found in the class",
		`local t = setmetatable({ x = 1 }, { __index = { x = "class" } })`,
		`return t.x`,
		`if step == 1 then t.x = nil else t.x = "own" end`,
	);
	changing(
		"added to the object over the class",
		`local C = { x = "class" } C.__index = C
		local t = setmetatable({}, C)`,
		`return t.x`,
		`if step == 1 then t.x = "own" else t.x = nil end`,
	);
	changing(
		"false is a value",
		`local t = setmetatable({ x = false }, { __index = { x = 1, y = false } })`,
		`return t.x, t.y`,
		`t.y = nil t.x = nil`,
	);
	changing(
		"added by rawset, removed by next's traversal",
		`local t = {}`,
		`return t.x`,
		`if step == 1 then rawset(t, "x", 1) else for k in next, t do t[k] = nil end end`,
	);
	changing(
		"a number and a string of the same digits",
		`local t = { ["1"] = "s" }`,
		`return t["1"], t[1]`,
		`t[1] = step if step == 2 then t["1"] = nil end`,
	);
});

describe("metatables change", () => {
	changing(
		"given and taken",
		`local t = { y = 1 }`,
		`return t.x, t.y`,
		`if step == 1 then setmetatable(t, { __index = { x = "inherited" } }) else setmetatable(t, nil) end`,
	);
	changing(
		"another of the same shape",
		`local t = setmetatable({}, { __index = { x = 1 } })`,
		`return t.x`,
		`setmetatable(t, { __index = { x = step * 10 } })`,
	);
	changing(
		"__index replaced by another table, by a function",
		`local M = { __index = { x = 1 } }
		local t = setmetatable({}, M)`,
		`return t.x`,
		`if step == 1 then M.__index = { x = 2 } else M.__index = function(_, k) return k .. k end end`,
	);
	changing(
		"__index removed, then not a table",
		`local M = { __index = { x = 1 } }
		local t = setmetatable({}, M)`,
		`return t.x`,
		`if step == 1 then M.__index = nil else M.__index = 5 end`,
	);
	changing(
		"__index added to a metatable without it",
		`local M = {}
		local t = setmetatable({}, M)`,
		`return t.x`,
		`M.__index = step == 1 and { x = "late" } or function() return "later" end`,
	);
	changing(
		"the middle of a chain of classes gets the name",
		`local A = { x = "A" } A.__index = A
		local B = setmetatable({}, A) B.__index = B
		local C = setmetatable({}, B) C.__index = C
		local t = setmetatable({}, C)`,
		`return t.x`,
		`if step == 1 then B.x = "B" else C.x = "C" B.x = nil end`,
	);
	changing(
		"the chain is cut in the middle",
		`local A = { x = "A" } A.__index = A
		local B = setmetatable({}, A) B.__index = B
		local t = setmetatable({}, B)`,
		`return t.x`,
		`if step == 1 then setmetatable(B, nil) else setmetatable(B, { __index = { x = "Z" } }) end`,
	);
	changing(
		"the class's field is nil'd and comes back",
		`local A = { x = "A" } A.__index = A
		local B = { x = "B" } B.__index = B setmetatable(B, A)
		local t = setmetatable({}, B)`,
		`return t.x`,
		`if step == 1 then B.x = nil else B.x = "again" end`,
	);
	changing(
		"a chain longer than a cache follows",
		`local t, classes = {}, {}
		local last = t
		for i = 1, 12 do local C = {} C.__index = C setmetatable(last, C) last = C classes[i] = C end
		last.x = "end"`,
		`return t.x`,
		`classes[step == 1 and 12 or 5].x = step`,
	);
	changing(
		"a loop of __index",
		`local a, b = { x = 1 }, {}
		setmetatable(a, { __index = b }) setmetatable(b, { __index = a })`,
		`return b.x, a.y`,
		`if step == 1 then a.x = nil else b.y = "found" end`,
	);
	changing(
		"arithmetic and comparison handlers",
		`local M = { __add = function() return "add" end, __lt = function() return true end }
		local t, u = setmetatable({}, M), setmetatable({}, M)`,
		`return t + 1, t < u`,
		`if step == 1 then M.__add = function() return "other" end M.__lt = function() return false end else M.__add = nil end`,
	);
	changing(
		"__eq and __concat and __call",
		`local M = { __eq = function() return true end, __concat = function() return "joined" end }
		local t, u = setmetatable({}, M), setmetatable({}, M)`,
		`return tostring(t == u) .. (t .. u), pcall(t)`,
		`if step == 1 then M.__eq = nil M.__call = function() end else M.__concat = function() return "new" end end`,
	);
});

describe("writes", () => {
	changing(
		"__newindex added later",
		`local log, M = {}, {}
		local t = setmetatable({}, M)`,
		`t.x = i t.x = nil return rawget(t, "x"), #log`,
		`if step == 1 then M.__newindex = function(o, k, v) log[1] = v rawset(o, k, v) end else M.__newindex = nil end`,
	);
	changing(
		"__newindex a table, then another",
		`local a, b, M = {}, {}, {}
		local t = setmetatable({}, M)`,
		`t.x = i > 80 and "late" or "early" return a.x, b.x`,
		`M.__newindex = step == 1 and a or b t.x = nil`,
	);
	changing(
		"a name added to objects of many shapes",
		SHAPES,
		`local o = pick(i, 40) o.new = o.x o.new = nil o.y = 1 return o.new, o.y`,
		`for _, o in ipairs(objects) do o.y = nil end`,
	);
	changing(
		"the same constructor, then fields added in two orders",
		``,
		`local o = { a = 1 } if i % 2 == 0 then o.b = 2 o.c = 3 else o.c = 3 o.b = 2 end
		local names = "" for k, v in pairs(o) do names = names .. k .. v end return o.b + o.c, names`,
		``,
	);
	changing(
		"an existing name is written past __newindex",
		`local M = { __newindex = function() error("never") end }
		local t = setmetatable({ x = 0 }, M)`,
		`t.x = 5 return t.x`,
		`if step == 1 then t.x = nil else rawset(t, "x", 1) end`,
	);
	changing(
		"nil written where nothing is",
		`local t = setmetatable({}, { __newindex = function(o, k, v) rawset(o, "seen", tostring(v)) end })`,
		`t.x = nil return t.seen`,
		`t.seen = nil`,
	);
});

describe("strings and environments", () => {
	agree(
		"string methods after the library changes",
		`local function f(s) return s:upper() end
		for i = 1, 150 do f("a") end
		print(f("a"))
		string.upper = function(s) return "mine " .. s end print(f("a"))
		string.upper = nil print(pcall(f, "a"))
		setmetatable(string, { __index = { upper = function() return "far" end } }) print(f("a"))
		getmetatable("").__index = function(s, k) return function() return s .. k end end print(f("a"))
		getmetatable("").__index = { upper = function() return "other table" end } print(f("a"))
		getmetatable("").__index = nil print(pcall(f, "a"))`,
	);
	agree(
		"a method that strings and tables have",
		`local t = { len = function() return "table's" end }
		local function f(o) return o:len() end
		for i = 1, 150 do f(i % 2 == 0 and t or "abc") end
		print(f(t), f("abc")) t.len = nil print(pcall(f, t)) print(pcall(f, 5)) print(pcall(f, nil))`,
	);
	agree(
		"setfenv between calls",
		`x = "global"
		local function f() return x end
		local function g() x = (x or "") .. "+" return x end
		for i = 1, 150 do f() end
		print(f(), g())
		setfenv(f, { x = "first" }) print(f(), x)
		setfenv(f, setmetatable({}, { __index = _G })) print(f())
		setfenv(f, setmetatable({}, { __index = function(_, k) return k .. "!" end })) print(f())
		local env = { y = 1 } setfenv(f, env) setfenv(g, env) print(f()) g() g() print(f(), env.x, x)
		setfenv(g, setmetatable({}, { __newindex = function(_, k, v) rawset(env, k, "caught") end })) g() print(f())`,
	);
	agree(
		"globals added, removed and inherited",
		`local function f() return late end
		for i = 1, 150 do f() end
		print(f()) late = 1 print(f()) late = nil print(f())
		setmetatable(_G, { __index = function(_, k) return "made " .. k end }) print(f())
		late = false print(f()) rawset(_G, "late", nil) print(f())
		setmetatable(_G, { __index = { late = "table" } }) print(f()) setmetatable(_G, nil) print(f())`,
	);
});
