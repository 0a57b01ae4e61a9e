// Safety of the emitted text: nothing of a chunk gets into it but numbers and quoted strings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileTree } from "../../src/compiler/compile.ts";
import { quote } from "../../src/compiler/function-writer.ts";
import { parseChunk } from "../../src/lua51/parser.ts";
import { Proto } from "../../src/lua51/proto.ts";
import { agrees, printed } from "../support/both.ts";

function agree(name: string, source: string): void {
	test(name, agrees(source));
}

/** The emitted text of a chunk's functions. */
function emitted(source: string): string {
	const proto = new Proto("=chunk", parseChunk(source, "=chunk", 1));
	compileTree(proto);
	return textOf(proto);
}

function textOf(proto: Proto): string {
	return [proto.source, ...proto.children.map(textOf)].join("\n");
}

const NAMES = [
	...["arguments", "eval", "this", "pc", "limits", "unwind", "runtime", "caches", "lua", "NONE"],
	...["var", "new", "delete", "await", "yield", "static", "let", "class", "undefined", "NaN", "globalThis"],
	...[
		"__proto__",
		"constructor",
		"prototype",
		"toString",
		"hasOwnProperty",
		"l0",
		"t0",
		"u0",
		"k0",
		"q0",
		"va",
	],
];

/** One line per place where a name can stand. */
const PLACES = (name: string): string => `
	local ${name} = 1
	local function ${name}(${name}, ...) ${name} = ${name} .. "x" return function() return ${name}, arg end end
	function ${name}.${name}.${name}:${name}(${name}) return self.${name}, ${name}:${name}() end
	for ${name} = 1, 3 do ${name} = ${name} + 1 end
	for ${name} in pairs({ ${name} = ${name}, ["a"] = 2 }) do local ${name} end
	return function() ${name}${name} = ${name}${name}[${name}], { ${name} = { ${name} = function() end } } end`;

const STRINGS = [
	...[
		"__proto__",
		"\"'`",
		"\\",
		"\\\\",
		"*/",
		"/*0*/",
		"/*",
		"//",
		"\x24{x}",
		"`\x24{pc}`",
		"</script>",
		"<!--",
		"-->",
	],
	...[
		"pc = 5",
		"pc = 5,",
		"pc = 5)",
		"\0",
		"\n",
		"\r",
		"\r\n",
		"\xe2\x80\xa8",
		"\x85",
		"\xff",
		"\x7f",
		"\x1b",
	],
	...["\\u2028", "\\x41", "\\n", "});", '"); pc = 1; ("', "'", "%s", "$&", "$1"],
];

describe("names", () => {
	const plain = emitted(PLACES("zz"));
	for (const name of NAMES) {
		test(name, () =>
			assert.equal(emitted(PLACES(name)).replaceAll(/"[^"]*"/g, '""'), plain.replaceAll(/"[^"]*"/g, '""')),
		);
	}
	test("a name is in the text as a quoted string only", () => {
		assert.doesNotMatch(plain.replaceAll(/"[^"]*"/g, '""'), /zz/);
	});
});

describe("strings", () => {
	const long = (text: string): string => `[==[\n${text}]==]`;
	const code = (text: string): string =>
		`local a = ${text} local t = { ${text}, [ ${text} ] = ${text}, x = { ${text} } }
		return t[ ${text} ], a .. ${text}, f(${text})`;
	const LITERAL = /"(?:[^"\\\n]|\\.)*"/g;
	const plain = emitted(code('"zz"')).replaceAll(LITERAL, '""');
	for (const text of STRINGS) {
		test(JSON.stringify(text), () => {
			const literal = text.includes("\r") ? JSON.stringify(text) : long(text);
			assert.equal(emitted(code(literal)).replaceAll(LITERAL, '""'), plain);
		});
		test(`${JSON.stringify(text)} quoted is itself`, () => {
			const quoted = quote(text);
			assert.equal(new Function(`return ${quoted}`)(), text);
			assert.match(quoted, /^"[ -~]*"$/);
			assert.doesNotMatch(quoted, /\/\*\d|pc = \d/);
		});
	}
	test("all bytes", () => {
		const all = String.fromCharCode(...Array(256).keys());
		assert.equal(new Function(`return ${quote(all)}`)(), all);
	});
	test("every byte, in a program", () => {
		const bytes = Array.from({ length: 256 }, (_, code) => `\\${code}`).join("");
		assert.equal(
			printed(`local s = "${bytes}" for i = 1, 256 do assert(s:byte(i) == i - 1) end print(#s)`),
			"256",
		);
	});
});

describe("numbers", () => {
	const numerals = [
		"1e308",
		"1e999",
		"-1e999",
		"0x10",
		"1e-7",
		"1e21",
		"123456789012345678",
		"-0",
		".5",
		"5.",
		"3e0",
	];
	for (const numeral of numerals) {
		agree(
			numeral,
			`local x, t = ${numeral}, { ${numeral} } print(x, t[1], -x, 2 ^ x, x - 1, 1 - ${numeral}, (${numeral}) .. "")`,
		);
	}
	test("no numeral of the source is copied", () => {
		assert.equal(emitted("return 0x10, 1e1, 5., .5"), emitted("return 16, 10, 5, 0.5"));
	});
});

describe("positions are not confused by strings that look like markers", () => {
	const HERE = "local function line() return debug.getinfo(2, 'l').currentline end\n";
	agree("arguments", `${HERE}print("/*0*/", line(),\n"/*0*/pc = 0,",\nline(),\n"/*1*/")`);
	agree("concatenation", `${HERE}print("/*0*/" .. line()\n.. "pc = 0," ..\nline() .. "/*0*/")`);
	agree(
		"constructors",
		`${HERE}local t = { "/*0*/", line(),\n"/*0*/", x = line(),\n"pc = 0," } print(t[2], t.x)`,
	);
	// Deep down a tail call is finished after the arguments, by its caller's caller.
	agree(
		"tail calls, deep",
		`local function where() return (debug.traceback("", 1):match("in function 'body'.-$") or ""):match("^[^\\n]*"), (debug.traceback()) end
		local function lines() local all = "" for level = 1, 8 do local i = debug.getinfo(level, "l") all = all .. " " .. (i and i.currentline or "-") end return all end
		local function tail(...) return lines(...) end
		local function body()
			local a = tail(
				"/*0*/", "/*1*/")
			local b = tail("pc = 1,",

				"/*2*/pc = 0)")
			local c = { tail(
				"/*0*/") }
			return a .. ";" .. b .. ";" .. c[1]
		end
		local function deep(n) if n == 0 then return (body()) end local r = deep(n - 1) return r end
		print(deep(5)) print(deep(190))`,
	);
});
