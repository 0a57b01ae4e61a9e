// The error "function or expression too complex": a function needs fewer than 250 registers. Each statement is
// compiled behind so many local variables that it just fails, and behind one fewer, by both.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { printed, printedNatively } from "../support/both.ts";
import { sampleChoices } from "../support/random-programs.ts";
import { randomDeepStatement } from "../support/random-registers.ts";
import { whyMissing } from "../support/tools.ts";

const withLua = { skip: whyMissing("lua5.1") };

function luaText(text: string): string {
	return JSON.stringify(text).replaceAll("\\u0000", "\\0");
}

/** Shows what becomes of each statement around the number of local variables that leave no room for it. */
function boundaries(statements: readonly string[]): string {
	return `
local function message(statement, count)
	local names = {}
	for i = 1, count do names[i] = "l" .. i end
	local locals = count > 0 and "local " .. table.concat(names, ",") or ""
	local f, message = loadstring("g(function(...)\\n" .. locals .. "\\n" .. statement .. "\\nend)", "=c")
	return f and "fine" or message
end
for number, statement in ipairs { ${statements.map(luaText).join(",\n")} } do
	local low, high = 0, 200
	while low < high do
		local middle = math.floor((low + high) / 2)
		if message(statement, middle) == message(statement, 0) then low = middle + 1 else high = middle end
	end
	for count = math.max(low - 2, 0), math.min(low + 1, 200) do print(number, count, message(statement, count)) end
end`;
}

function sameBoundaries(statements: readonly string[], program = boundaries(statements)): string {
	const expected = printedNatively(program).split("\n");
	const found = printed(program).split("\n");
	expected.forEach((line, index) => {
		const statement = statements[Number(line.split("\t")[0]) - 1];
		assert.equal(found[index], line, statement);
	});
	assert.equal(found.length, expected.length);
	return expected.join("\n");
}

describe("random expressions get the same error of the same number of registers", () => {
	const STATEMENTS = 60;
	const { REGISTER_SEEDS = "10", REGISTER_FIRST_SEED = "1" } = process.env;
	for (
		let seed = Number(REGISTER_FIRST_SEED);
		seed < Number(REGISTER_FIRST_SEED) + Number(REGISTER_SEEDS);
		seed++
	) {
		test(`${STATEMENTS} statements, seed ${seed}`, withLua, () => {
			const shown = sameBoundaries(sampleChoices(STATEMENTS, seed).map(randomDeepStatement));
			// The statements are such that some do fail.
			assert.ok(shown.split("too complex").length > STATEMENTS / 4, shown);
		});
	}
});

/** Texts in which the part in angle brackets is repeated so often that there is just no room for it. */
const REPEATED = [
	"f(<1,>1)",
	"f(<a,\n>b)",
	"f(<g(),>g())",
	"f(1, f(<1,>1), 2)",
	"o:m(<1,>...)",
	"o:m(<1,>f(1, 2, 3))",
	"f{<1,>1}",
	"return <a,>b",
	"return <1,>f()",
	"return <1,>...",
	"return (<1,>f)",
	"x = <1,>1",
	"x = <f(),>f()",
	"x = <a.b,>a.b",
	"x, y, z = <1,>f()",
	"x.y, z.w = <a,>a",
	"<x.y,>z = 1",
	"<x[y],>z = f()",
	"<x[y.z],>z = ...",
	"<x[y.z],>z = 1, 2, 3",
	"local l; <l.x,>l = 1",
	"local l; l.x, l[l], <l,>l = 1",
	"local l; <l,>l[1] = 1",
	"local v = <1,>1",
	"local v, w = <1,>...",
	"<local v >",
	"<local v = 1 >",
	"local x <,x>",
	"local x <,x>= f()",
	"local x <,x>= 1, 2, f()",
	"<local function f() end >",
	"<for i = 1, 2 do >",
	"<for i = 1, 2 do ><end >",
	"<for k in f() do ><end >",
	"<for k, v in f, a do ><end > z()",
	"for k<,k> in f() do end",
	"for k<,k> in f, f do local x = f(1, 2, 3) end",
	"for k in <1,>1 do end",
	"for k in <1,>f() do end",
	"function f(a<,a>) end",
	"function f(a<,a>) f(<a,>1) end",
	"function f(a<,a>, ...) local arg = {...} f(<a,>1) end",
	"function o:f(a<,a>) f(<a,>1) end",
	"a = {<1,>1}",
	"a = {<{>1<}>}",
	"a = {<1,{>1<}>}",
	"a = {<x = 1, {>1<}>}",
	"a = {<x = {>1<}>}",
	"a = {<[x] = {>1<}>}",
	"a = {<[{>1<}] = 1>}",
	"a = {1, 2, 3, <f{1, 2, 3, >1<}>}",
	"a = <a .. >a",
	"a = <(a .. >a<)>",
	"a = <(1 + >1<)>",
	"a = <(b + >1<)>",
	"a = <b[>1<]>",
	"a = b<[1]>",
	"a = b<.c>",
	"a = b<:c()>",
	"a = b<(1)>",
	"a = b<:c{1, 2, ...}>",
	"a = <a and >b",
	"a = <(a and >b<)>",
	"a = <(a or (b and >b<))>",
	"a = <(a == >b<)>",
	"a = <not >b",
	"a = <- >b",
	"a = f(<not a,>1)",
	"a = f(<a == b,>1)",
	"a = f(<a and b,>1)",
	"a = f(<function() return f(1, 2) end,>1)",
	"a = f(<\n1,>\n'some text')",
	"a = f(<\n1,>\n'some text' .. b)",
	"a = f(<1,>1 + 2)",
	"a = f(<1,>-1)",
	"a = f(<1,>[[long\ntext]])",
	"a = f(<1,>b.c.d)",
	"a = f(<1,>{})",
	"a = f(<1,>{1, 2, 3})",
	"a = f(<1,>{f = 1, f(1, 2, 3)})",
	"a = f(<1,>b:c(1))",
	"a = f(<1,>b and c or d)",
	"a = f(<1,>b < c)",
	"a = f(<1,>...)",
	"a = f(<1,>(...))",
	"a = f(<1,>@",
	"a = f(<1,>1 1",
	"a = f(<1,>1",
	"a = f(<1,>'unfinished",
	"a = f(<1,>[[unfinished",
	"a = f(<1,>1e",
	"a = f(<1,>function(",
	"a = f(<1,>function() end end",
	"a = f(<1,>\0)",
];

/** Upvalues u1 to u60 have been used already, so that the next one is too many. */
const UPVALUES = Array.from({ length: 62 }, (_, index) => `u${index + 1}`);
/** With limits that can be passed at the same place: of upvalues, of nested levels. */
const WITH_OTHERS = [
	"f(<1,>u61)",
	"f(<1,>u61, u62)",
	"f(<1,>1, u61)",
	"f(<1,>1 .. u61)",
	"f(<1,>u61 .. u62)",
	"f(<1,>{u61})",
	"f(<1,>a.b[u61])",
	"f(<1,>u61:m())",
	"f(<1,>function() return u61 end)",
	"return <1,>u61",
	"f(<1,>1) f(u61)",
];

function repeated(texts: readonly string[]): string {
	return `
local function message(text, count)
	text = text:gsub("<(.-)>", function(part) return part:rep(count) end)
	local f, message = loadstring(text, "=c")
	return f and "fine" or message
end
local function normal(message) return (message:gsub("%d+", "")) end
for number, text in ipairs { ${texts.map(luaText).join(",\n")} } do
	local last
	for count = 0, 300 do
		local found = message(text, count)
		if count == 0 or count == 300 or normal(found) ~= normal(last) then print(number, count, last, found) end
		last = found
	end
end`;
}

describe("each construct gets the same error of the same number of registers", () => {
	for (const text of REPEATED) {
		test(JSON.stringify(text), withLua, () => {
			for (const count of [1, 150]) {
				const locals = Array.from({ length: count }, (_, index) => `l${index}`);
				const before = count === 0 ? "" : `local ${locals.join(",")}\n`;
				sameBoundaries([before + text], repeated([before + text]));
			}
		});
	}
	for (const text of WITH_OTHERS) {
		test(JSON.stringify(text), withLua, () => {
			const used = `local ${UPVALUES.join(",")}; function g(...) local a = ${UPVALUES.slice(0, 60).join(" == ")}`;
			const source = `${used}\n${text} end`;
			sameBoundaries([source], repeated([source]));
		});
	}

	for (const [open, middle, close] of [
		["f(", "{}", ")"],
		["f(1, ", "{1}", ")"],
		["{", "{}", "}"],
		["1 .. ", "{}", ""],
		["f(", "function() end", ")"],
	] as const) {
		test(`${open}${middle}${close} at the limit of nested levels`, withLua, () => {
			const nested = Array.from({ length: 20 }, (_, index) => 180 + index);
			sameBoundaries(nested.map((count) => `a = ${open.repeat(count)}\n${middle}${close.repeat(count)}`));
		});
	}
	test("at the limit of constants", withLua, () => {
		const program = `
local locals, numbers, names = {}, {}, {}
for i = 1, 140 do locals[i] = "l" .. i end
for i = 1, 261983 do numbers[i] = i + 0.5 end
local start = "local " .. table.concat(locals, ",") .. " l1 = {" .. table.concat(numbers, ",") .. "} "
for i = 1, 170 do names[i] = "a" .. i end
for count = 45, 55 do
	local known, arguments = table.concat(names, "=f ", 1, count), table.concat(names, ",", count + 1, count + 112)
	print(count, loadstring(start .. known .. "=f f(\\n" .. arguments .. ")", "=c"))
end`;
		const expected = printedNatively(program);
		assert.match(expected, /too complex.*\n.*overflow/);
		assert.equal(printed(program), expected);
	});
});
