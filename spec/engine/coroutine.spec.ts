import { test } from "node:test";
import { agrees } from "../support/both.ts";

function agree(name: string, source: string): void {
	test(name, agrees(source));
}

agree(
	"values both ways",
	"local co = coroutine.create(function(a, b) print(a, b) local c, d = coroutine.yield(1, nil, 3) print(c, d) print(coroutine.yield()) return 'end', nil end) for i = 1, 5 do print(coroutine.resume(co, i, -i)) end",
);
agree(
	"status",
	"local co co = coroutine.create(function() print(coroutine.status(co)) local inner = coroutine.create(function() print(coroutine.status(co)) end) coroutine.resume(inner) coroutine.yield() end) print(coroutine.status(co)) coroutine.resume(co) print(coroutine.status(co)) coroutine.resume(co) print(coroutine.status(co), coroutine.running())",
);
agree(
	"errors",
	"local co = coroutine.create(function() local x = nil + 1 end) print(coroutine.resume(co)) print(coroutine.resume(co)) print(coroutine.status(co)) print(pcall(coroutine.wrap(function() error({}, 0) end)) == false) print(pcall(coroutine.wrap(function() error('m') end))) print(pcall(coroutine.yield, 1))",
);
agree(
	"yields across pcall, metamethods, iterators and builtins are refused",
	"print(coroutine.resume(coroutine.create(function() print(pcall(coroutine.yield, 1)) print(pcall(table.sort, { 1, 2 }, coroutine.yield)) print(pcall(string.gsub, 'a', '.', function() coroutine.yield() end)) local t = setmetatable({}, { __index = function() coroutine.yield() end }) print(pcall(function() return t.x end)) return 'end' end)))",
);
agree(
	"yields from every kind of place",
	"local y = coroutine.yield local co = coroutine.create(function(...) local t = { y(1), y(2), x = y(3) } for i = y(4), y(5), y(6) do print(i, y(7)) end while y(8) do break end repeat until y(9) if y(10) and not y(false) then local s = y(11) .. y(12) print(s) end t.a, t.b = y(13), y(14) return y(y(15)), ... end) print(coroutine.resume(co, 'arg')) for n = 1, 40 do print(coroutine.resume(co, n % 4 + 1)) if coroutine.status(co) == 'dead' then break end end",
);
agree(
	"generators",
	"local function each(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end local s = 0 for i in each(100) do s = s + i end print(s) for a in each(3) do for b in each(a) do print(a, b) end end",
);
agree(
	"a function inside and outside",
	"local function f(x) if x then coroutine.yield(x) end return 'f' end for i = 1, 200 do f() end print(coroutine.wrap(f)(5), f()) local co = coroutine.wrap(f) print(co(1), co()) print(f())",
);
agree(
	"resume of itself and of the dead",
	"local co co = coroutine.create(function() return coroutine.resume(co) end) print(coroutine.resume(co)) print(coroutine.resume(co)) print(pcall(coroutine.resume, 5)) print(pcall(coroutine.create, 5)) local w = coroutine.wrap(function() end) w() print(pcall(w))",
);
agree(
	"deep recursion inside",
	"local function f(n) if n == 0 then coroutine.yield('deep') return 0 end return 1 + f(n - 1) end local co = coroutine.wrap(f) print(co(100)) print(co())",
);
agree(
	"tail calls inside",
	"local function g(n) if n == 0 then return coroutine.yield('there') end return g(n - 1) end local co = coroutine.wrap(function() return g(1000) end) print(co()) print(co('back'))",
);
