// The rows of the running stack and of errors: levels, lines, names, tail calls, natively and here.

import { describe, test } from "node:test";
import { agrees } from "../support/both.ts";

/** The program may call `levels()`, which tells of the levels above it; outside of the chunk there is nothing to tell. */
function agree(name: string, source: string): void {
	test(
		name,
		agrees(`local function levels()
	local all = {}
	for level = 2, 30 do
		local i = debug.getinfo(level, "nSl")
		if not i or i.what == "main" then break end
		all[#all + 1] = i.what .. ":" .. i.currentline .. ":" .. i.namewhat .. ":" .. tostring(i.name) .. ":" .. i.linedefined
	end
	return table.concat(all, " ")
end
${source}`),
	);
}

describe("levels", () => {
	agree(
		"functions of all kinds of names",
		"local function loc() return (levels()) end function glob() local x = loc() return x end local t = { f = function() local x = glob() return x end } function t:m() local x = self.f() return x end local up = function() local x = t:m() return x end print(up()) print((function() local x = up() return x end)())",
	);
	agree(
		"calls on several lines",
		"local function f(...)\nreturn (levels())\nend\nlocal function g()\nlocal a =\nf(\n1,\n2)\nreturn a\nend\nprint(g())",
	);
	agree(
		"tail calls",
		"local function a() return (levels()) end local function b() return a() end local function c() return b() end local function d() local x = c() return x end print(d())",
	);
	agree(
		"tail calls, deep",
		"local function a() return (levels()) end local function b() return a() end local function d(n) if n == 0 then return b() end local x = d(n - 1) return x end print(d(3)) print(d(170))",
	);
	agree(
		"through metamethods",
		"local M = {} for _, e in ipairs({ '__index', '__add', '__call', '__concat', '__lt', '__le', '__eq', '__unm', '__len' }) do M[e] = function() return (levels()) end end M.__newindex = function() print(levels()) end local t, u = setmetatable({}, M), setmetatable({}, M) local function f() local x = t.x print(x)\nlocal y = t + 1 print(y)\nlocal z = t .. 'x' print(z)\nlocal w = -t print(w)\nt.q = 1\nlocal v = t() print(v) end f()",
	);
	agree(
		"through builtins",
		"local function f() return (levels()) end local function g() print(pcall(f))\nprint(string.gsub('a', '.', f))\ntable.sort({ 1, 2 }, function() print(levels()) end)\nprint(xpcall(f, f))\nprint(select(2, pcall(pcall, f)))\nfor x in function() print(levels()) end do end end g()",
	);
	agree(
		"in a handler",
		"local function fails() local x = nil + 1 end local function f() fails() end local function g() print(xpcall(f, levels)) end g()",
	);
	agree(
		"in a coroutine",
		"local function f() coroutine.yield() return (levels()) end local function g() local x = f() return x end local co = coroutine.create(function() local x = g() return x end) coroutine.resume(co) print(coroutine.resume(co))",
	);
	agree(
		"in loaded chunks",
		"local f = assert(loadstring('local levels = ...\\nlocal function inner() return (levels()) end\\nlocal x = inner() return x', '=loaded')) print(f(levels))",
	);
	// Only as much of a deep stack is read as a level needs.
	const AROUND = {
		"a deep recursion":
			"local function f(n) if n == 0 then show() return end local x = f(n - 1) return x end f(80)",
		"replaced functions": "local function f(n) if n == 0 then show() return 1 end return f(n - 1) end f(60)",
		sort: "local function f(n) if n == 0 then show() return end table.sort({ 1, 2 }, function(a, b) local g = f f = function() end g(n - 1) f = g return a < b end) end f(3)",
		gsub: "local function f(n) if n == 0 then show() return end local r = ('x'):gsub('x', function() f(n - 1) end) return r end f(25)",
		pcall: "local function f(n) if n == 0 then show() return end pcall(f, n - 1) end f(40)",
		metamethods:
			"local function f(n) if n == 0 then show() return end local x = setmetatable({}, { __index = function() f(n - 1) end }).x end f(25)",
		handlers:
			"local function f(n) if n == 0 then error('x') end local r = xpcall(function() f(n - 1) end, show) return r end f(9)",
		coroutines:
			"local function f(n) if n == 0 then show() return end local r = coroutine.wrap(f)(n - 1) return r end f(9)",
	};
	const SHOW = `local function show()
	for n = 0, 200 do
		local i = debug.getinfo(n, "nSl")
		if not i or i.what == "main" then break end
		print(n, i.what, i.currentline, i.name, i.namewhat, (pcall(getfenv, n)), pcall(error, "m", n))
	end
end\n`;
	for (const [name, source] of Object.entries(AROUND)) {
		test(`every level below ${name}`, agrees(SHOW + source));
	}
	test(
		"levels that are numbers of any size",
		agrees(
			"for _, n in ipairs{ 1e6, 2^31 - 1, 2^31, 2^40, 2^53, 1e300, -1, -2^40 } do local ok, env = pcall(getfenv, n) print(n, ok or env, type(debug.getinfo(n)), pcall(error, 'm', n)) end",
		),
	);
	agree(
		"hot functions",
		"local function f(n) if n == 150 then return (levels()) end end local function g(n) local x = f(n)\nlocal y = x return y end for n = 1, 150 do local x = g(n) if x then print(x) end end",
	);
});

describe("getfenv, setfenv and error by level", () => {
	agree(
		"getfenv",
		"local function f(n) return getfenv(n) == _G, pcall(getfenv, n) end print((f(1))) print((f(2))) local env = setmetatable({}, { __index = _G }) local function g() return getfenv(1) end setfenv(g, env) print(g() == env) print(pcall(getfenv, 50)) print(pcall(getfenv, -1))",
	);
	agree(
		"setfenv of the caller",
		"local function f() setfenv(2, { print = print, x = 'changed' }) end local function g() f() print(x) end x = 'global' g() print(x)",
	);
	agree(
		"positions of errors",
		"local function f(level)\nerror('m', level)\nend\nlocal function g(level)\nf(level)\nend\nfor level = 0, 3 do print(pcall(function()\ng(level)\nend)) end",
	);
	agree(
		"operations on several lines",
		"print(pcall(function()\nlocal a\nlocal b = 1 +\na\nend)) print(pcall(function()\nlocal t = {}\nt.x.y\n.z = 1 end)) print(pcall(function()\nlocal t = {}\nreturn t.a\n.b\n.c end)) print(pcall(function() return 1 ..\n{} ..\n2 end))",
	);
});
