// The instructions that are counted are native's, one by one with the targets of their jumps, and the error of
// a jump that is too long comes where native has it: with the number of instructions, the line and the token.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { countInstructions } from "../../src/lua51/instruction-counter.ts";
import { canJumpTooFar } from "../../src/lua51/native-limits.ts";
import { printed, printedNatively } from "../support/both.ts";
import { type NativeFunction, nativeFunctions } from "../support/native-compiler.ts";
import { sampleChoices } from "../support/random-programs.ts";
import { randomFunction } from "../support/random-syntax.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const withCompiler = { skip: whyMissing("luac5.1") };
const withLua = { skip: whyMissing("lua5.1") };

function ourFunctions(source: string): readonly Omit<NativeFunction, "constants">[] {
	return countInstructions(source).map((code) => {
		const instructions = code.opcodes.flatMap((opcode, place) => {
			if (opcode === "(number)") return [];
			const isJump = opcode === "JMP" || opcode === "FORPREP" || opcode === "FORLOOP";
			return [isJump ? `${opcode} ${(code.operands[place] ?? 0) + 1}` : opcode];
		});
		return { count: code.length, registers: code.registers, instructions };
	});
}

function sameInstructions(source: string): void {
	const native = nativeFunctions(source);
	const ours = ourFunctions(source);
	native.forEach(({ count, registers, instructions }, index) => {
		const found = ours[index]?.instructions;
		const place = instructions.findIndex((instruction, at) => instruction !== found?.[at]);
		const around = `function ${index} differs at ${place + 1}\n${source.slice(0, 4000)}`;
		assert.deepEqual(found?.slice(place, place + 5), instructions.slice(place, place + 5), around);
		assert.equal(ours[index]?.count, count, around);
		assert.equal(
			ours[index]?.registers,
			registers,
			`registers of function ${index}\n${source.slice(0, 4000)}`,
		);
	});
	assert.equal(ours.length, native.length);
}

describe("the instructions are native's", () => {
	const folder = fromRoot("fixtures", "lua");
	for (const file of readdirSync(folder).filter((name) => name.endsWith(".lua"))) {
		test(`of fixtures/lua/${file}`, withCompiler, () => {
			sameInstructions(readFileSync(`${folder}/${file}`, "latin1"));
		});
	}
	const FUNCTIONS = 40;
	for (const source of [
		"function f(a) a = nil end",
		"local a a = nil",
		"do end local a",
		"local a local b, c b = nil",
	]) {
		test(`of ${source}`, withCompiler, () => sameInstructions(source));
	}
	const { INSTRUCTION_SEEDS = "10" } = process.env;
	for (let seed = 1; seed <= Number(INSTRUCTION_SEEDS); seed++) {
		test(`of ${FUNCTIONS} random functions, seed ${seed}`, withCompiler, () => {
			const functions = sampleChoices(FUNCTIONS, seed).map(randomFunction);
			sameInstructions(functions.map((text) => `k = ${text}`).join("\n"));
		});
	}
	// From batch 512 of a constructor on its number is an instruction, which native takes for LOADNIL when it
	// is 16387: another LOADNIL behind it is left out.
	for (const count of [25_550, 25_551, 819_300, 819_301]) {
		test(`of a constructor with ${count} items`, withCompiler, () => {
			sameInstructions(`local a = {${"k,".repeat(count)}} local b`);
		});
	}
});

describe("no text has more instructions than the bound says", () => {
	/** As many bytes as can have a jump that is too long. */
	let bytes = 1;
	while (!canJumpTooFar(bytes)) bytes++;
	const most = (131_071 / bytes) * 1.01;
	for (const [start, repeated, end] of [
		["x=a", "<a", ""],
		["x=1", "<1", ""],
		["x=a", "<#a", ""],
		["f", '""', ""],
		["f", "{{}}", ""],
		["f", ':a""', ""],
		["x={", "{},", "}"],
		["x={", "a<a,", "}"],
		["x=a", " or a<a", ""],
		["", "a=a<a ", ""],
		["", "f()", ""],
		["local a,b,c,d,e ", "function f()b=a+b+c+d+e end ", ""],
	] as const) {
		test(`${start}${repeated}...${end}`, () => {
			const body = repeated.repeat(2000);
			// More constants than can be operands.
			const constants = Array.from({ length: 300 }, (_, index) => `k=k${index} `).join("");
			const without = countInstructions(constants + start + repeated + end)[0]?.length ?? 0;
			const count = (countInstructions(constants + start + body + end)[0]?.length ?? 0) - without;
			assert.ok(count <= most * body.length, `${count} instructions of ${body.length} bytes`);
		});
	}
});

// F stands for instructions that assign a global to a local variable, G for items of a constructor that are
// globals; with the number beside it native refuses the chunk, with one less it does not.
const BOUNDARIES: Readonly<Record<string, readonly (readonly [source: string, count: number])[]>> = {
	loops: [
		["local x while y do F end z=1", 131068],
		["local x while y do do break end F end z()", 131067],
		["local x while true do do break end F end", 131070],
		["local x while true do do break end F do break end F do break end end z()", 65534],
		["local x while true do if a then break end F if c then break end F end", 65532],
		["local x repeat F until y and z or w", 131063],
		["local x repeat local q; k=function() return q end F until y", 131061],
		["local x repeat if a then break end local q; k=function() return q end F until y z()", 131057],
		["local x for i=1,2 do F end", 131071],
		["local x for i=1,2,3 do local x=i F end z()", 131070],
		["local x for k in y do F end", 131070],
		["local x for k,v,w,u in y() do k=function() return v end F end z()", 131067],
		["local x for i=1,2 do do break end F end z()", 131070],
		["local x for k in y do do break end F end z()", 131069],
		["local x while y do F for i=1,2 do end end", 131063],
		["local x for i=1,2 do if y then F end end", 131068],
		["local x for i in y do if y then F end end", 131067],
		["while y do local x k = function() return x end F do break end end z()", 131061],
	],
	branches: [
		["local x if y then F end z()", 131072],
		["local x if y then F end z.y=1", 131072],
		["local x if y then F end local q = z.y", 131072],
		["local x if y then F end return", 131072],
		["local x if y then F end repeat do break end until z w()", 131068],
		["local x if y then z() else F end", 131072],
		["local x if y then z() elseif w then F end", 131069],
		["local x if y then z() elseif w then F elseif v then F end", 65533],
		["local x if y or z then F end z()", 131072],
		["local x if not y then F else z() end z()", 131071],
		["local x if y == z then F end z()", 131072],
		["local x if not (y < z or w) then F end z()", 131069],
		["local x if false then F end z()", 131072],
		["local x if a then F end if b then F end", 131072],
	],
	"one structure behind another": [
		["local x if y then F end if z then end", 131072],
		["local x if y then F end while true do do break end F end", 65535],
		["local x if y then F end while true do do break end F end z()", 65535],
	],
	breaks: [
		["local x while y do while z do F end end", 131064],
		["local x while y do if z then F else w() end end", 131062],
		["local x while y do F if z then break end end", 131064],
		["local x while y do F if z then w() else break end end", 131061],
		["local x while y do local q; k=function() return q end F end", 131063],
	],
	operators: [
		["z = y and {G}", 126520],
		["z = y and {G} z()", 126520],
		["z = y or {G}", 126520],
		["z = a < b and {G}", 126519],
		["z = not (a and b) or {G}", 126515],
		["z = a and {G} and {G} or {G}", 63502],
		["z = a and ({G} or b) and c", 126514],
		["return a and {G}", 126520],
		["f(a and {G}, b)", 126520],
		["local z = a and {G}", 126520],
		["z.y = a and {G}", 126520],
		["z[a and {G}] = 1", 126520],
		["return {[a and {G}] = 1}", 126520],
		["if a or {G} then z() end", 126518],
		["while a or {G} do end", 126514],
		["for i = a and {G}, 1 do end", 126520],
		["for i in a and {G} do end", 126520],
		["return -(a and {G})", 126520],
		["return not (a and {G})", 126517],
		["return (a and {G}).b", 126520],
	],
	functions: [
		["local x function f() while y do F end end", 65534],
		["local x = function() if y then local x F end z() end", 131071],
		["local function f(x) if y then F end end", 131072],
	],
	"where the error is found": [
		["local x while y do F end @", 131068],
		["local x while y do F end z = = 1", 131068],
		["local x while y do F until", 131068],
		["local x while y do F", 131068],
		["local x if y then F end\n\nz = 'some text'", 131072],
		["local x if y then F end\n\nz = 'some text' .. w", 131072],
		["local x if y then F end\n\nreturn {z = 1.5}", 131072],
		["local x if y then F end\n\nz = ...", 131072],
		["local x if y then F end\n\nz = -y", 131072],
		["local x if y then F end\n\nz = function() end", 131072],
		["local x if y then F end\n\nfunction z() end", 131072],
		["local x if y then F end\n\nfunction z.y() end", 131072],
		["local x if y then F end\n\nlocal z", 131072],
		["local x if y then F end\n\ny.z.w = 5", 131072],
		["local x if y then F end\n\ny:z(5)", 131072],
		["local x if y then F end\n\nx = 5", 131072],
		["local x if y then F end\n\nx, y = y, x", 131072],
		["local x if y then F end\n\nfor i in x, y, z do end", 131072],
		["local x if y then F end\n\nwhile x < 1 do end", 131072],
		["local x if y then F end\n\ndo local q k = function() return q end end", 131072],
	],
};

for (const [name, cases] of Object.entries(BOUNDARIES)) {
	describe(`control structure too long: ${name}`, () => {
		for (const [source, count] of cases) {
			test(`${JSON.stringify(source)}, ${count}`, withLua, () => {
				const program = `
local source = ${JSON.stringify(source)}
for count = ${count - 1}, ${count} do
	local f, message = loadstring((source:gsub("F", ("x=b "):rep(count)):gsub("G", ("b,"):rep(count))), "=c")
	print(f and "fine" or message)
end`;
				const expected = printedNatively(program);
				const [before = "", after = ""] = expected.split("\n");
				assert.doesNotMatch(before, /too long/);
				assert.match(after, /^c:\d+: control structure too long near '/);
				assert.equal(printed(program), expected);
			});
		}
	});
}
