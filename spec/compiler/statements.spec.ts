// Loops and assignments at their edges. Native may loop for ever where a step is 0 or too small to
// move the variable: such loops leave by `break` after a few turns.

import { describe, test } from "node:test";
import { agrees } from "../support/both.ts";

function agree(name: string, source: string): void {
	test(name, agrees(source));
}

/** A numeric loop of at most eight turns; a zero's sign shows. */
function loop(bounds: string): void {
	agree(
		`for i = ${bounds}`,
		`local n, seen = 0, ""
		print(pcall(function()
			for i = ${bounds} do
				n = n + 1 seen = seen .. " " .. string.format("%.17g", i) .. (i == 0 and 1 / i or "")
				if n == 8 then break end
			end
		end))
		print(n, seen)`,
	);
}

describe("numeric for", () => {
	for (const bounds of [
		...["1, 3", "3, 1", "3, 1, -1", "1, 3, -1", "1, 3, 0", "3, 1, 0", "1, 1, 0", "0, 0, -0", "1, 2, -0"],
		...["0/0, 3", "1, 0/0", "1, 3, 0/0", "0/0, 0/0, 0/0", "3, 0/0, -1", "0/0, 1, -1"],
		...["1, 1/0", "1, -1/0", "-1/0, 0", "1/0, 1", "1/0, 1/0", "1, -1/0, -1", "1/0, 0, -1", "-1/0, 1/0, 1/0"],
		...["'1', '3'", "'0x10', 18", "1, ' 3 '", "1, 3, '1'", "'a', 3", "1, 'b'", "1, 2, 'c'", "'', 1"],
		...["nil, 1", "1, nil", "1, 2, nil", "{}, 1", "1, {}", "1, 2, true", "print, 1", "1, 2, {}"],
		...["-0, 0", "0, -0", "-0, -0, -1", "0.1, 1, 0.1", "1, 0, -0.1", "1e15, 1e15 + 3", "2^53 - 2, 2^53 + 4"],
		...[
			"2^53, 2^53 + 2",
			"-2^53, -2^53 + 3",
			"2^31 - 2, 2^31 + 2",
			"-2^31 - 2, -2^31 + 2",
			"2^32 - 2, 2^32 + 1",
		],
		...["1e308, 1/0, 1e308", "0, 1e-323, 5e-324", "1, 1 + 2^-52, 2^-52", "0.3, 0.3", "3, 1e100, 1e99"],
		...[
			"(function() return 1, 2 end)(), 3",
			"#'ab', #'abcd'",
			"1, select('#', 1, 2, 3)",
			"math.huge, 1, -math.huge",
		],
	])
		loop(bounds);
	agree(
		"bounds and step in variables that change",
		"local a, b, c = 1, 5, 2 for i = a, b, c do a, b, c = 100, 100, 100 print(i) end",
	);
	agree(
		"the variable is assigned",
		"for i = 1, 5 do local j = i i = i * 10 print(i, j) if i == 30 then i = 'x' end print(i) end",
	);
	agree(
		"the variable becomes another type and is used",
		"for i = 1, 3 do i = i .. '' print(type(i), i + 1, #i) end",
	);
	agree(
		"the variable is captured",
		"local fs = {} for i = 1, 3 do fs[i] = function() return i end end print(fs[1](), fs[2](), fs[3]())",
	);
	agree(
		"captured and assigned inside and outside",
		"local fs, gs = {}, {} for i = 1, 3 do fs[i] = function() i = i + 10 return i end gs[i] = function() return i end if i == 2 then i = 'two' end end print(fs[1](), gs[1](), fs[1](), gs[3](), (pcall(fs[2])), gs[2]())",
	);
	agree(
		"captured in a loop that breaks",
		"local f for i = 1, 5 do local x = i f = function() x = x + 1 return x, i end if i == 3 then break end end print(f()) print(f())",
	);
	agree(
		"nested, of one name",
		"for i = 1, 2 do for i = i, 2 do io = i end print(i) for i = 'a' .. i == 'a1' and 1 or 5, 5 do print('in', i) end end",
	);
	agree("shadows its own bound", "local i = 3 for i = 1, i do print(i) end print(i)");
	agree(
		"hot, then of strings",
		"local function f(a, b, c) local s = 0 for i = a, b, c do s = s + i end return s end for n = 1, 200 do f(1, n, 1) end print(f(1, 10, 1), f('1', '10', '2'), f(10, 1, -1), f(0.5, 3, 0.5)) print(pcall(f, 1, {}, 1)) print(pcall(f, 1, 2, nil))",
	);
	agree(
		"array reads by a loop variable that is no index",
		"local t = { 10, 20, 30 } for i = -1, 5, 0.5 do io = t[i] print(i, t[i]) end for i = 3, 1, -1 do t[i] = nil end print(#t)",
	);
	agree(
		"array writes at and past the end",
		"local t = {} for i = 1, 100 do t[i] = i end for i = 101, 95, -1 do t[i] = i == 98 and 0 or nil end print(t[98], t[97], t[94], t[101]) for i = 0, 2, 0.5 do t[i] = 'h' end print(t[0], t[0.5], t[1], t[1.5], t[2], t[3])",
	);
});

describe("generic for", () => {
	agree(
		"a closure for each turn",
		"local fs = {} for k, v in ipairs({ 'a', 'b' }) do fs[k] = function() v = v .. k return v end end print(fs[1](), fs[1](), fs[2]())",
	);
	agree(
		"next replaced, ipairs' iterator given by hand",
		"local f, s, c = ipairs({ 1, 2 }) for k, v in f, s, 1 do print(k, v) end for k, v in next, { x = 1 } do print(k, v) end for k in next, {}, nil do print(k) end",
	);
	agree(
		"fields removed and changed while traversed",
		"local t = { a = 1, b = 2, c = 3, 1, 2, 3 } local n = 0 for k, v in pairs(t) do t[k] = nil n = n + 1 end print(n, next(t)) t = { 1, 2, 3 } for i, v in ipairs(t) do t[i + 1] = i < 5 and v or nil print(i, v) end",
	);
	agree(
		"the control variable is assigned",
		"for k, v in pairs({ 'a', 'b', 'c' }) do local old = k k = nil v = 5 print(old, k, v) end",
	);
	agree(
		"what cannot be called",
		"print(pcall(function() for x in nil do end end)) print(pcall(function() for x in 5, 6 do end end)) print(pcall(function() for x in {} do end end)) print(pcall(function() for x in setmetatable({}, { __call = function(_, s, c) return not c or nil end }) do print(x) end end))",
	);
	agree(
		"more and fewer values",
		"local function it(n) return function(s, c) c = c + 1 if c <= n then return c, c * 2, c * 3 end end, nil, 0 end for a in it(2) do print(a) end for a, b, c, d in it(2) do print(a, b, c, d) end for a, b in it(1), nil, 0, print('four') do print(a, b) end",
	);
	agree(
		"false ends nothing",
		"local n = 0 for x in function() n = n + 1 if n < 3 then return false end end do print(x) end",
	);
	agree(
		"__index does not show in pairs, nor past ipairs",
		"local t = setmetatable({ 1 }, { __index = function(_, k) return k < 4 and k or nil end }) for i, v in ipairs(t) do print(i, v) end for k, v in pairs(t) do print(k, v) end",
	);
	agree(
		"an invalid key",
		"print(pcall(function() for k in next, {}, 'absent' do end end)) print(pcall(next, {}, 1))",
	);
});

describe("while, repeat, break", () => {
	agree(
		"until sees the body's locals",
		"local i = 0 repeat i = i + 1 local done = i == 3 until done print(i) repeat local x = function() return i end until x() == 3",
	);
	agree(
		"a closure in a repeat's condition",
		"local fs, i = {}, 0 repeat i = i + 1 local x = i fs[i] = function() x = x + 1 return x end until fs[i]() > 3 print(i, fs[1](), fs[3]())",
	);
	agree(
		"break out of the inner one only",
		"for i = 1, 3 do while true do if i == 2 then break end repeat break until false break end print(i) end",
	);
	agree(
		"conditions that are not booleans",
		"local n = 3 while n do n = n > 0 and n - 1 or nil end print(n) while 0 do break end while '' do break end while nil do end print('end') if not nil and not false and 0 and '' and {} then print('true') end",
	);
	agree(
		"return in the middle of loops",
		"local function f(n) for i = 1, 10 do for k in pairs({ 1 }) do while true do if i == n then return i, 'x' end break end end end end print(f(3)) print(f(11))",
	);
});

describe("assignment and locals", () => {
	agree(
		"more and fewer values",
		"local a, b, c = 1 print(a, b, c) local d, e = 1, 2, print('extra') local function m() return 1, 2, 3 end local f, g, h, i = 0, m() print(f, g, h, i) a, b, c = m() print(a, b, c) a, b, c = m(), 10 print(a, b, c) a, b = (m()) print(a, b)",
	);
	agree(
		"targets are evaluated before",
		"local t = { 1, 2 } local i = 1 i, t[i] = 2, 'x' print(i, t[1], t[2]) local o = {} local p = o o, o.x = { y = 1 }, 5 print(p.x, o.x, o.y)",
	);
	agree(
		"a local function that is replaced",
		"local function f(n) return n == 0 and 'old' or f(n - 1) end local g = f print(g(2)) f = function() return 'new' end print(g(2), f())",
	);
	agree(
		"a local is not in scope in its own value",
		"x = 'global' local x = x print(x) local x = function() return x end print(x())",
	);
	agree(
		"captured per turn, shared per scope",
		"local get, set do local v = 0 get = function() return v end set = function(x) v = x end end set(5) print(get()) local a = {} for i = 1, 2 do local v = i a[i] = { function() return v end, function(x) v = x end } end a[1][2]('changed') print(a[1][1](), a[2][1]())",
	);
	agree(
		"parameters and varargs assigned",
		"local function f(a, ...) a = a or 'none' local b, c = ... b = b or 'b' return a, b, c, select('#', ...) end print(f()) print(f(1, nil, nil)) print(f(nil, 2)) local function g(...) local arg = { ... } arg[1] = 0 return ..., #arg end print(g(1, 2)) local function h(...) return arg.n, arg[1] end print(h(7, 8))",
	);
});

describe("targets of an assignment that changes what they are made of", () => {
	agree(
		"a key",
		"local t, k = {}, 1 t[k], k = 10, 2 print(t[1], t[2], k) t[k], t[k], k = 'a', 'b', 3 print(t[2], t[3], k)",
	);
	agree(
		"a table",
		"local a = {} local b = a a.x, a = 1, { x = 2 } print(b.x, a.x) a[1], a, b = 3, b, a print(b[1], a[1])",
	);
	agree(
		"both, and neither",
		"local t, u, k = {}, {}, 'k' t[k], t, k = 1, u, 'z' print(t.k, u.k, k) u[k], t = 2, { [k] = 3 } print(u.z, t.z) local v, w = {}, 'w' v[w], k = 4, 5 print(v.w, k)",
	);
	agree(
		"captured",
		"local t, k = {}, 1 local function get() return t, k end local old = t t[k], t, k = 7, {}, 2 print(old[1], old[2], next(t), k, select(2, get()))",
	);
});

describe("constructors whose keys come again", () => {
	agree(
		"names",
		"local t = { a = 1, b = 2, a = 3 } print(t.a, t.b) local s = '' for k, v in pairs(t) do s = s .. k .. v end print(s)",
	);
	agree(
		"names and others",
		"local x = 'a' local t = { a = 1, [x] = 2, 'p', [1] = 'q', [2] = 'r', 's' } print(t.a, t[1], t[2], #t) t = { [x] = 1, [x] = nil, y = x } print(t.a, t.y, next(t))",
	);
	agree(
		"with effects",
		"local n = 0 local function f() n = n + 1 return n end local t = { a = f(), b = f(), a = f(), f(), f() } print(t.a, t.b, t[1], t[2], n)",
	);
});
