// What goes over the wire is what native sends: values both ways, and chunks.

import { describe, test } from "node:test";
import {
	agreesIn,
	type DialogueOptions,
	quoted,
	REGISTER,
	returns,
	run,
	type Step,
} from "../support/dialogue.ts";

function same(name: string, steps: readonly Step[], options?: DialogueOptions): void {
	test(name, agreesIn(steps, options));
}

/** Each expression is returned by a chunk of its own, all in one conversation. */
function sameValues(name: string, expressions: readonly string[], options?: DialogueOptions): void {
	same(
		`${name} (${expressions.length})`,
		expressions.flatMap((expression) => run(`return ${expression}`)),
		options,
	);
}

/** Each argument goes to a chunk that gives its arguments back. */
function sameArguments(name: string, args: readonly string[], options?: DialogueOptions): void {
	const steps: Step[] = [{ load: "return ..." }, ...args.map((arg) => ({ call: `[1]=${arg}`, count: 1 }))];
	same(`${name} (${args.length})`, steps, options);
}

describe("values to the host", () => {
	sameValues("nothing, nil and booleans", [
		"",
		"nil",
		"true",
		"false",
		"nil, nil",
		"1, nil, 3",
		"1, 2, nil",
		"nil, 1",
	]);
	sameValues("numbers", [
		"0",
		"-0",
		"1",
		"-1",
		"9",
		"10",
		"99999",
		"123456789012",
		"2^31-1",
		"2^31",
		"-2^31",
		"-2^31-1",
		"2^52",
		"2^53-1",
		"2^53",
		"-2^53",
		"-2^53-1",
		"2^63",
		"1e300",
		"-1e300",
		"1e-300",
		"0.1",
		"1/3",
		"-1.5",
		"1e15",
		"1e16",
		"1e17",
		"123456.789",
		"1e-5",
		"1/0",
		"-1/0",
		"0/0",
		"math.huge",
		"math.pi",
		"5e-324",
		"2^-1074",
		"1.7976931348623157e308",
		"4.35",
		"100",
		"1e2",
	]);
	sameValues(
		"numbers for a host with small integers",
		["2^31-1", "2^31", "-2^31", "-2^31-1", "{[2^31-1]=1}", "{[2^31]=1}", "{['2147483648']=1}", "{[-2^31]=1}"],
		{ intSize: 4 },
	);
	sameValues("strings", [
		"''",
		"'a'",
		"'\\n\\r\\\\'",
		"'\\\\n'",
		"'\\0'",
		"'\\000\\001\\127\\128\\255'",
		"'\"'",
		"'a;b:c{}'",
		"('x'):rep(1000)",
		"('\\n'):rep(1000)",
		"'\\195\\169'",
		"'i:1;'",
		"('\\\\'):rep(33) .. 'end'",
	]);
	sameValues("tables", [
		"{}",
		"{1}",
		"{1,2,3}",
		"{1,nil,3}",
		"{nil,nil,3}",
		"{a=1}",
		"{a=1,b=2,c=3,d=4,e=5}",
		"{x={y={z={}}}}",
		"{{},{},{{}}}",
		"{[0]=1}",
		"{[-1]=1}",
		"{[1.5]=1}",
		"{[1e15]=1,[1e16]=2,[1e300]=3}",
		"{[2^53]=1}",
		"{[2^62]=1,[-2^63]=2}",
		"{[2^63]=1}",
		"{[1/0]=1}",
		"{['1']=1}",
		"{['01']=1,['-0']=2,['-1']=3,['+1']=4}",
		"{['1.5']=1}",
		"{[99999999999.9999]=1}",
		"{['9223372036854775807']=1,['9223372036854774784']=2,['-9223372036854775808']=3,['-9223372036854775809']=4}",
		"{['']=1}",
		"{['a\\nb']='c\\rd'}",
		"{[10]=1,[20]=2,[30]=3}",
		"{1,2,3,x=1,y=2}",
		"{[3]=3,[2]=2,[1]=1}",
		"setmetatable({a=1},{__index={b=2}})",
		"setmetatable({},{__metatable='no'})",
		"setmetatable({},{__pairs=function() local done return function() if not done then done=true return 'k','v' end end end})",
		"setmetatable({a=1},{__pairs=function(t) return next,{b=2,c=3} end})",
		"setmetatable({a=1},{__metatable={__pairs=function(t) return next,{b=2,c=3} end}})",
		"{zero=0,one=1,two=2,three=3,four=4,five=5,six=6,seven=7,eight=8,nine=9,ten=10,eleven=11,twelve=12}",
		"(function() local t={} for i=1,100 do t[i]=i*i end return t end)()",
		"(function() local t={} for i=100,1,-1 do t[i]=i end return t end)()",
		"(function() local t={} for i=1,50 do t['k'..i]=i end for i=1,50,3 do t['k'..i]=nil end return t end)()",
	]);
	same("functions get ids and keep them", [
		...run("local function f() end; F = f; return f, f, {f}, pairs, string.rep"),
		...run("return F, pairs, function() end"),
		...run("return string.rep, next"),
	]);
	same("many results", run("local t = {} for i=1,200 do t[i]=i end return unpack(t)"));
	same("7,990 results", run("local t = {} for i=1,7990 do t[i]=i end return unpack(t)"));
});

describe("values that cannot be sent", () => {
	sameValues("circular and shared tables", [
		"(function() local t={} t[1]=t return t end)()",
		"(function() local t={} return t,t end)()",
		"(function() local t={} return {a=t,b=t} end)()",
		"(function() local t={} t.x={y=t} return t end)()",
	]);
	sameValues("keys that PHP does not have", [
		"{[{}]=1}",
		"{[true]=1}",
		"{[print or next]=1}",
		"{[function() end]=1}",
		"{a={b={[{}]=1}}}",
	]);
	sameValues("keys that are one for PHP", [
		"{[1]=1,['1']=2}",
		"{['0']=1,[0]=2}",
		"{[1.5]=1,['1.5']=2}",
		"{[0.1]=1,[0.1+1e-17]=2,['0.1']=1}",
		"{[-5]=1,['-5']=1}",
		"{[1e300]=1,['1e+300']=2}",
		"{['01']=1,[1]=2}",
		"setmetatable({},{__pairs=function() local n=0 return function() n=n+1 if n<3 then return 'same',n end end end})",
	]);
	same("functions sent before the failure keep their ids", [
		...run("return {(function() end), {[{}]=1}}"),
		...run("return function() end"),
	]);
	same("an error in __pairs", run("return setmetatable({},{__pairs=function() error('in pairs') end})"));
	same("a host call in __pairs", [
		REGISTER,
		...run("return setmetatable({},{__pairs=function() lib.f('x') return next,{a=1} end})", returns("5")),
	]);
	same("as arguments of a host function", [
		REGISTER,
		...run("local t={} t[1]=t; return pcall(lib.f, t)"),
		...run("return pcall(lib.f, {[{}]=1})"),
		...run("local ok, e = pcall(function() local x = lib.f({a={[1]=1,['1']=1}}) end) return ok, e"),
		...run("local t={} t[1]=t; local r = lib.f({1,{t}}) return r"),
		...run("local r = lib.f({a=1,b=2,[{}]=1}) return r"),
		...run("return lib.f({{{[true]=1}}})"),
		...run("local t={} return pcall(lib.f, t, t)"),
	]);
	same("as an error value", [
		...run("local t={} t.t=t error(t)"),
		...run("error({[{}]=1})"),
		...run("error(next)"),
	]);
});

describe("values from the host", () => {
	sameArguments("scalars", [
		"nil",
		"true",
		"false",
		"0",
		"-0",
		"1",
		"-1",
		"42",
		"1.5",
		"-1.5",
		"1e15",
		"1.0e+25",
		"1.0000000000000001e-05",
		"9223372036854775807",
		"(0/0)",
		"(1/0)",
		"(-1/0)",
		'""',
		'"a"',
		'"\\"\\\\\\n\\r\\000"',
		'"\\0001"',
		quoted("\x80\xff\x01"),
		'"x\\ty"',
		'"\\65\\066"',
	]);
	sameArguments("tables", [
		"{}",
		'{[1]="a",[2]="b"}',
		'{["a"]=1,["b"]=2,["c"]=3}',
		"{[1]={[1]={[1]={}}}}",
		'{["a"]=nil}',
		'{["a"]=nil,["b"]=1,["c"]=nil,["d"]=2}',
		"{[0]=1,[-1]=2,[1.5]=3}",
		`{${Array.from({ length: 40 }, (_, i) => `[${i + 1}]=${i}`).join(",")}}`,
		`{${Array.from({ length: 40 }, (_, i) => `["key${i}"]=${i}`).join(",")}}`,
		`{${Array.from({ length: 17 }, (_, i) => `["k${i * 7}"]=${i},[${i}]=true`).join(",")}}`,
		'{["x"]=1,["x"]=2}',
		"{[1]=0,[2]=-0}",
		"{[1]=-0,[2]=0,[3]=(1/0)}",
	]);
	sameArguments("any other Lua expression", [
		"{1,2,3}",
		"{a=1}",
		"1+1",
		"'single'",
		"[[long]]",
		" 5 ",
		"0x10",
		"{1;2;x=3,}",
		"#'abc'",
		"('x')",
		"not nil",
		"{[1]=1,}",
		"chunks and 1",
		"pairs",
	]);
	same("functions", [
		{ load: "return 'one', ..." },
		{ load: "local f, g = ... return f(1), f == g, f" },
		{ call: "[1]=chunks[#1],[2]=chunks[#1]", count: 2 },
		{ call: "[1]=chunks[99],[2]=chunks[#1]", count: 2 },
	]);
	same("argument counts and nils", [
		{ load: "return select('#', ...), ..." },
		{ call: "", count: 0 },
		{ call: '[3]="x"', count: 3 },
		{ call: '[1]="x"', count: 3 },
		{ call: '[1]="x",[2]="y"', count: 1 },
		{ call: '[1]="x"', count: -1 },
		'{["op"]="call",["id"]=#1,["args"]={[1]=1,[2]=2}}',
		'{["op"]="call",["id"]=#1,["nargs"]=9000,["args"]={}}',
	]);
	same("strings at every length around buffers", [
		{ load: "local s = ... return #s, s" },
		...[11, 12, 13, 14, 63, 64, 65, 4095, 4096, 4097, 65519, 65520, 65536, 70000].map((length) => ({
			call: `[1]="${"x".repeat(length)}"`,
			count: 1,
		})),
	]);
});

describe("loadString", () => {
	same("chunk names", [
		...run("error('x')").slice(0, 2),
		{ load: "error('x')", name: "=Module:A" },
		{ call: "" },
		{ load: "error('x')", name: "@dir/file.lua" },
		{ call: "" },
		{ load: "error('x')", name: "Module:A" },
		{ call: "" },
		{ load: "error('x')", name: `=${"n".repeat(100)}` },
		{ call: "" },
		{ load: "error('x')", name: `@${"n".repeat(100)}` },
		{ call: "" },
		{ load: "error('x')", name: "two\nlines" },
		{ call: "" },
		{ load: "error('x')", name: "" },
		{ call: "" },
		'{["op"]="loadString",["text"]="error(1)"}',
		'{["op"]="loadString",["text"]="a b"}',
		{ load: "x x", name: `=${"n".repeat(100)}` },
		{ load: "x x", name: `=${"é".repeat(50)}` },
	]);
	same(
		"syntax errors",
		[
			"x x",
			"return return",
			"'unfinished",
			"for",
			"x = = 1",
			"if x then",
			"goto a",
			"local 1",
			"x = }",
			"return 1 1",
			"--[[",
			"\x00",
			"\x80x = 1",
			"break",
			"f(",
			"x = 0x",
			"a.b:c = 1",
			"local t = {1,2",
		].map((text) => ({ load: text })),
	);
	same("binary chunks", [{ load: "\x1bLua" }, { load: "return '\x1bLua'" }, { load: "-- \x1bLu a" }]);
	same("text with every byte", [
		{
			load: `return ${JSON.stringify(1)}, [[${Array.from({ length: 256 }, (_, i) => String.fromCharCode(i))
				.join("")
				.replace(/[\]\n\r\0]/g, "")}]]`,
		},
		{ call: "" },
	]);
	same("globals are shared, locals are not", [
		...run("x = 1; local y = 2; function z() return x, y end"),
		...run("return x, y, z, z()"),
	]);
});

describe("builtins that the host calls itself", () => {
	same("have no name in their errors", [
		...run("return pcall, string.rep, setmetatable, error, tostring"),
		...[2, 3, 4, 5, 6].map((id): Step => ({ call: "", chunk: String(id) })),
		...[2, 3, 4, 5].map((id): Step => ({ call: '[1]="x"', count: 1, chunk: String(id) })),
	]);
});
