// What goes over the wire is what native sends: errors, host functions, the other requests, the sandbox.

import { describe, test } from "node:test";
import { agreesIn, REGISTER, raises, returns, run, type Step } from "../support/dialogue.ts";

function same(name: string, steps: readonly Step[]): void {
	test(name, agreesIn(steps));
}

/** Each call makes a host call, for which the host calls again. */
function nested(depth: number, bottom: string): Step[] {
	return [
		REGISTER,
		{ load: `local n = ... if n == 0 then return ${bottom} end return (lib.f(n))` },
		...Array.from({ length: depth }, (_, i) => ({ call: `[1]=${depth - i}`, count: 1 })),
		{ call: "[1]=0", count: 1 },
		...Array.from({ length: depth }, (_, i) => returns(String(i))),
	];
}

/** How many calls nest until the stack is full. */
const ROOM = `(function()
	local count = 0
	local function recurse() count = count + 1 return 1 + recurse() end
	local _, message = pcall(recurse)
	return count .. ' ' .. tostring(message)
end)()`;

describe("room on the stack", () => {
	same("of a called chunk", [...run(`return ${ROOM}, ${ROOM}`), ...run(`return ${ROOM}`)]);
	same("below calls of the host", [...nested(3, ROOM), ...run(`return ${ROOM}`)]);
	same("after a host function that failed", [
		REGISTER,
		{ load: `local ok, message = pcall(lib.f, 1) return ok, message, ${ROOM}` },
		{ call: "", count: 0 },
		raises('s:4:"fail";'),
		...run(`return ${ROOM}`),
	]);
	same("after a host function of several results", [
		REGISTER,
		{ load: `local n = select('#', lib.f(1), lib.f(2)) return n, ${ROOM}` },
		{ call: "", count: 0 },
		returns("1", "2"),
		returns("3"),
	]);
});

describe("arguments and results", () => {
	const shown = `local parts = {}
		for i = 1, select('#', ...) do
			local value = (select(i, ...))
			local inner = {}
			if type(value) == 'table' then for k, v in pairs(value) do inner[#inner + 1] = tostring(k) .. '=' .. tostring(v) end end
			parts[i] = type(value) .. ':' .. table.concat(inner, ' ') .. (type(value) == 'table' and #value or tostring(value))
		end
		return table.concat(parts, ';')`;
	const lists = [
		...[
			"[1]=1",
			"[1]=1,[2]=2,[3]=3",
			"[1]=nil",
			"[1]=nil,[2]=2",
			"[1]=1,[3]=3",
			"[2]=2,[1]=1",
			'["1"]=1',
			"[1]=1,[1]=2",
		],
		...[
			"[1]={[1]=1,[2]=2,[3]=3},[2]={}",
			"[1]={[3]=3,[1]=1},[2]=false",
			"[1]=1,[2]=2,[0]=0",
			'[1]=1,["n"]=5',
		],
	];
	same(
		"of calls",
		lists.flatMap((list) => [
			{ load: shown },
			...[0, 1, 2, 3, 5].map((count) => ({ call: list, count })),
			{ call: list },
		]),
	);
	same("of host functions", [
		REGISTER,
		{ load: `local function show(...) ${shown} end return show(lib.f())` },
		...lists.flatMap((list) =>
			[0, 1, 2, 3, 5].flatMap((count) => [
				{ call: "", count: 0 },
				`{["op"]="return",["nvalues"]=${count},["values"]={${list}}}`,
			]),
		),
	]);
	const made = `{["op"]="loadString",["text"]=chunks[2](),["chunkName"]="=${"x".repeat(300)}"}`;
	same("a text that a function makes is made anew each time", [
		{ load: "local count = 0 return function() count = count + 1 return 'return ' .. count end" },
		{ call: "" },
		...[made, made],
		...[
			{ call: "", chunk: "3" },
			{ call: "", chunk: "4" },
		],
	]);
});

describe("errors of called chunks", () => {
	same(
		"of every type",
		[
			"error('text')",
			"error(12)",
			"error(1.5)",
			"error({1,2})",
			"error({})",
			"error(nil)",
			"error()",
			"error(false)",
			"error(true)",
			"error(next)",
			"error(setmetatable({},{__tostring=function() return 'x' end}))",
			"error('')",
			"error('\\n\\\\')",
		].flatMap((text) => run(text)),
	);
	same(
		"with levels",
		[0, 1, 2, 3].flatMap((level) => run(`error('text', ${level})`)),
	);
	same(
		"with levels in functions",
		[0, 1, 2, 3].flatMap((level) =>
			run(`local function f() error('text', ${level}) end\nlocal function g()\nf()\nend\ng()`),
		),
	);
	same(
		"run-time errors",
		[
			"local x = nil + 1",
			"local x = {} .. 'a'",
			"undefined()",
			"local t = {} t.x.y = 1",
			"local t = nil; return t.x",
			"return #nil",
			"return {} < {}",
			"return 1 < 'x'",
			"for i = 1, 'x' do end",
			"return -{}",
			"local s = ('x'):nope()",
			"string.rep()",
			"setmetatable(1, {})",
			"ipairs()",
			"return nil > 1",
			"local a; a.b = 1",
			"math.floor('x')",
			"('x'):rep({})",
		].flatMap((text) => run(text)),
	);
	same("traces of nested, tail and method calls", [
		...run(
			"local function a() error('deep') end\nlocal function b()\n a()\nend\nlocal t = {c = function() b() end}\nt.c()\n",
		),
		...run("local function a() error('deep') end local function b() return a() end b()"),
		...run("local t = {} function t:m() error('method') end t:m()"),
		...run("function G() error('global') end G()"),
		...run("local mt = {__index = function(t, k) error('index') end} local x = setmetatable({}, mt).field"),
		...run("local mt = {__add = function(t, k) error('add') end} local x = setmetatable({}, mt) + 1"),
		...run("pcall(error, 'caught') error('later')"),
		...run("table.sort({3,2,1}, function(a, b) error('in sort') end)"),
		...run("return (string.gsub('abc', '.', function() error('in gsub') end))"),
		...run("for k in function() error('iterator') end do end"),
		...run("local co = nil; error(co)"),
		...run("return xpcall(function() error('x') end, function(e) return debug.traceback(e) end)"),
		...run("xpcall(function() error('x') end, function(e) error('in handler') end) error('end')"),
		...run("assert(false, 'assertion')"),
		...run("assert(nil)"),
		...run("assert(false, {1})"),
	]);
	same("tostring of the sandbox", [
		...run(
			"return tostring(), tostring(nil), tostring(1.5), tostring('s'), tostring(true), tostring({}), tostring(next), tostring(setmetatable({}, {__metatable = 'x'})), tostring(setmetatable({}, {__tostring = function() return 5 end}))",
		),
		...run("return tostring(setmetatable({}, {__tostring = function() error('ts') end}))"),
		...run("local x = tostring(setmetatable({}, {__tostring = function() error('ts') end})) return x"),
		...run("return tostring(setmetatable({}, {__metatable = 5}))"),
		...run("return tostring(setmetatable({}, {__tostring = 5}))"),
	]);
	same("tracebacks as text", [
		...run("return debug.traceback('in')"),
		...run(
			"local function f() return debug.traceback('f') end local function g() return (f()) end return g()",
		),
		...run(
			"return debug.traceback(), debug.traceback('x', 0), debug.traceback('x', 2), debug.traceback('x', 99)",
		),
	]);
	same("a function id that does not exist", [
		'{["op"]="call",["id"]=99,["nargs"]=0,["args"]={}}',
		'{["op"]="call",["id"]="x",["nargs"]=0,["args"]={}}',
		'{["op"]="call",["id"]=1.5,["nargs"]=0,["args"]={}}',
	]);
});

describe("host functions", () => {
	same("arguments and results", [
		REGISTER,
		...run("return lib.f()", returns()),
		...run("return lib.f(1, nil, 'x', nil)", returns("1", "nil", '"y"', "nil")),
		...run("local a, b = lib.f({1, {2}}, next) return b, a", returns('{["a"]={[1]="b"}}', "true")),
		...run("return lib.f(lib.g(1), lib.h(2))", returns("1"), returns("2"), returns("3")),
		...run("return select('#', lib.f())", returns("nil", "nil", "nil")),
		...run("return lib.f()", '{["op"]="return",["values"]={[1]=1,[2]=2}}'),
	]);
	same("errors are raised at the caller's call", [
		REGISTER,
		...run("local x = lib.f()", raises('"boo"')),
		...run(
			"local function z()\n local x = lib.f(1, nil)\n return x end local ok, e = pcall(z) return ok, e, z()",
			raises('"boo"'),
			raises('"again"'),
		),
		...run("return pcall(lib.f)", raises('"boo"')),
		...run("return pcall(lib.f)", raises("12")),
		...run("return pcall(function() local x = lib.f() end)", raises("12")),
		...run("return lib.f(1)", raises('"boo"')),
		...run("return pcall(function() local x = lib.f() end)", raises('{["x"]=1}')),
		...run("local x = lib.f()", raises("nil")),
		...run("return pcall(lib.f)", '{["op"]="error"}'),
		...run("local t = setmetatable({}, {__index = lib.f}) local x = t.field", raises('"boo"')),
		...run("local function deep() lib.f() end local function outer() deep() end outer()", raises('"boo"')),
	]);
	same("nested calls both ways", [
		REGISTER,
		{ load: "return 'inner', ..." },
		{ load: "return 'outer', lib.f(...)" },
		{ call: "[1]=1", count: 1 },
		{ call: "[1]=2", count: 1, chunk: "#1" },
		{ load: "return lib.g()" },
		{ call: "", count: 0 },
		{ call: '[1]="deep"', count: 1, chunk: "#1" },
		returns('"g"'),
		returns('"f"'),
	]);
	same("errors of nested calls show the whole stack", [
		REGISTER,
		{ load: "local function inner() error('nested') end inner()" },
		{ load: "local function outer() local x = lib.f() return x end return (outer())" },
		{ call: "" },
		{ call: "", chunk: "#1" },
		raises('"nested"'),
	]);
	same("tracebacks through nested calls", [
		REGISTER,
		{ load: "return debug.traceback('t')" },
		{ load: "local x = lib.f() return debug.traceback('after')" },
		{ call: "" },
		{ call: "", chunk: "#1" },
		returns("1"),
	]);
	same("20 calls deep, with the whole stack", nested(20, "debug.traceback('bottom')"));
	same("150 calls deep", nested(150, "'bottom'"));
	same("are protected", [
		REGISTER,
		...run("return pcall(setfenv, lib.f, {})"),
		...run("return getfenv(lib.f), getfenv(tostring), getfenv(string.rep), getfenv(next)"),
		...run("return tostring(lib.f), type(lib.f)"),
	]);
	same("the trace of a host function's caller in a tail call", [
		REGISTER,
		...run("local function f() return lib.f() end local x = f()", raises('"boo"')),
	]);
	same("registered twice under one name", [
		REGISTER,
		'{["op"]="registerLibrary",["name"]="lib",["functions"]={["k"]="lib-k-2",["f"]="lib-f-2"}}',
		...run("local t = {} for k in pairs(lib) do t[#t+1] = k end return t"),
		...run("return lib.f()", returns("1")),
	]);
	same("with names that are no strings", [
		'{["op"]="registerLibrary",["name"]="odd",["functions"]={[1]="one",[2]=7}}',
		...run("return odd[1]()", returns("1")),
		...run("return odd[2]()", returns("1")),
	]);
	same("an empty library", [
		'{["op"]="registerLibrary",["name"]="none",["functions"]={}}',
		...run("return none"),
	]);
	same("wrapped", [
		'{["op"]="wrapPhpFunction",["id"]="anonymous*1"}',
		{ load: "local f = ... return pcall(f, 1, 2)" },
		{ call: "[1]=chunks[1]", count: 1 },
		returns('"ok"'),
		{ call: "[1]=chunks[1]", count: 1 },
		raises('"no"'),
		'{["op"]="call",["id"]=1,["nargs"]=1,["args"]={[1]="direct"}}',
		raises('"no"'),
		'{["op"]="call",["id"]=1,["nargs"]=1,["args"]={[1]="direct"}}',
		returns("{}"),
	]);
});

describe("the other requests", () => {
	same("cleanupChunks", [
		...run("return 1"),
		...run("return function() return 'kept' end"),
		...run("return 3"),
		'{["op"]="cleanupChunks",["ids"]={[1]=1,[3]=true}}',
		'{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}',
		'{["op"]="call",["id"]=2,["nargs"]=0,["args"]={}}',
		'{["op"]="call",["id"]=3,["nargs"]=0,["args"]={}}',
		'{["op"]="call",["id"]=4,["nargs"]=0,["args"]={}}',
		...run("return 5"),
		'{["op"]="cleanupChunks",["ids"]={[1]=false}}',
		'{["op"]="call",["id"]=1,["nargs"]=0,["args"]={}}',
		'{["op"]="cleanupChunks",["ids"]={}}',
	]);
	same("a function that was forgotten gets a new id", [
		...run("F = function() end return F"),
		'{["op"]="cleanupChunks",["ids"]={}}',
		...run("return F, F"),
	]);
	same("quit", ['{["op"]="quit"}']);
	same("testquit", ['{["op"]="testquit"}']);
	same("quit while the host has calls pending", [
		REGISTER,
		...run("pcall(lib.f) return 1", '{["op"]="quit"}'),
	]);
	same("a reply that nobody waits for ends the server", [returns("1")]);
	same("an error that nobody waits for", [raises('"x"')]);
	same("an unknown op", [REGISTER, '{["op"]="nonsense"}']);
	same("an unknown op cannot be caught", [
		REGISTER,
		...run("pcall(lib.f) return 'survived'", '{["op"]="nonsense"}'),
	]);
	same("no op", ['{["x"]=1}']);
	same("no table", ["5"]);
	same("no expression", ["{"]);
	same("no expression while a call is pending", [REGISTER, ...run("pcall(lib.f) return 'survived'", "{{")]);
	same("an expression that fails", ['{["op"]=nil+1}']);
});

describe("the sandbox", () => {
	same(
		"levels of getfenv and setfenv",
		[0, 1, 2, 3, 4, 5, 9, 10, 11].flatMap((level) => [
			...run(`return pcall(getfenv, ${level})`),
			...run(`local e = getfenv(${level}) return e == nil, e == _G`),
			...run(`return pcall(setfenv, ${level}, {})`),
		]),
	);
	same("environments", [
		...run("local f = setfenv(function() return x end, {x = 5}) return f(), getfenv(f).x"),
		...run("setfenv(1, {y = 1}) return y"),
		...run("return pcall(setfenv, tostring, {})"),
		...run("return pcall(setfenv, next, {})"),
		...run("return pcall(setfenv, 'x', {})"),
		...run("return pcall(getfenv, 'x')"),
		...run("return getfenv() == _G"),
		...run("local function f() return getfenv(2) == getfenv(1) end local x = f() return x"),
	]);
	same(
		"what is not there",
		[
			"io",
			"print",
			"require",
			"package",
			"load",
			"loadstring",
			"loadfile",
			"dofile",
			"coroutine",
			"collectgarbage",
			"newproxy",
			"gcinfo",
			"module",
			"string.dump",
			"os.exit",
			"os.execute",
			"os.getenv",
			"debug.getinfo",
			"debug.sethook",
			"chunks",
			"mw",
			"MWServer",
			"server",
			"arg",
		].flatMap((name) => run(`return ${name}`)),
	);
	same(
		"table, math and string are copies or shared as native has them",
		run("local s = ('').rep == string.rep string.mark = 1 return s, ('').mark, table ~= nil, _G._G == _G"),
	);
	same("unpack limits", [
		...run("return pcall(unpack, {}, 1, 8002)"),
		...run("return pcall(unpack, {}, 1, 1e9)"),
		...run("return pcall(unpack, {}, -1e10, 1e10)"),
		...run("return select('#', unpack({}, 1, 7000))"),
	]);
});
