// Tokens, one text a case; errors and edges against native.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Lexer, T_EOF, T_NAME, T_NUMBER, T_STRING, tokenText } from "../../src/lua51/lexer.ts";
import { agrees } from "../support/both.ts";

/** Kinds with values, and the line where it changes. */
function tokens(text: string): string {
	const lexer = new Lexer(text, "=c");
	const found: string[] = [];
	for (let line = 1; ; line = lexer.line) {
		lexer.next();
		if (lexer.line !== line) found.push(`|${lexer.line}`);
		if (lexer.token === T_EOF) return found.join(" ");
		if (lexer.token === T_NAME) found.push(lexer.value);
		else if (lexer.token === T_STRING) found.push(JSON.stringify(lexer.value));
		else found.push(lexer.token === T_NUMBER ? String(lexer.number) : `'${lexer.token}'`);
	}
}

describe("tokens", () => {
	const cases: readonly [string, string][] = [
		["", ""],
		["a b_1 _ Z9", "a b_1 _ Z9"],
		["and andx __proto__ end", "'and' andx __proto__ 'end'"],
		[
			"+-*/%^#==~=<=>=<>=(){}[];:,...",
			"'+' '-' '*' '/' '%' '^' '#' '==' '~=' '<=' '>=' '<' '>=' '(' ')' '{' '}' '[' ']' ';' ':' ',' '...'",
		],
		[". .. ... ....", "'.' '..' '...' '...' '.'"],
		["1 .5 5. 0x1F 1e3 1E-2 3.14", "1 0.5 5 31 1000 0.01 3.14"],
		["'a' \"b\" '\\65\\066\\n\\\\\\'\\x'", '"a" "b" "AB\\n\\\\\'x"'],
		["'a\\\nb' x", '|2 "a\\nb" x'],
		["[[a]] [==[b]]=]c]==]", '"a" "b]]=]c"'],
		["[[\nfirst]] [[\r\nx\ry\n\rz]]", '|2 "first" |5 "x\\ny\\nz"'],
		["a -- b\nc", "a |2 c"],
		["a --[[ b\n ]] c --[==[ ]] ]==] d", "a |2 c d"],
		["--[==", ""],
		["a\r\nb\n\rc\rd\n\ne", "a |2 b |3 c |4 d |6 e"],
		["\t\v\fa", "a"],
		["@ $ ! \x7f \xff", "'@' '$' '!' '\x7f' '\xff'"],
	];
	for (const [text, expected] of cases)
		test(JSON.stringify(text), () => assert.equal(tokens(text), expected));
});

test("a look ahead changes nothing of the current token", () => {
	const lexer = new Lexer("a 'b' 5", "=c");
	lexer.next();
	assert.equal(lexer.peek(), T_STRING);
	assert.deepEqual([lexer.token, lexer.value], [T_NAME, "a"]);
	lexer.next();
	assert.deepEqual([lexer.token, lexer.value], [T_STRING, "b"]);
	assert.equal(lexer.peek(), T_NUMBER);
	lexer.next();
	assert.deepEqual([lexer.token, lexer.number, lexer.peek()], [T_NUMBER, 5, T_EOF]);
});

test("control characters have no text of their own", () => {
	assert.deepEqual(["\x01", "\x7f", "x", "end"].map(tokenText), ["char(1)", "char(127)", "x", "end"]);
});

describe("items of constructors that are read in one step", () => {
	/** Key and value, or undefined when the item has to be parsed. */
	const item = (text: string): readonly unknown[] | undefined => {
		const lexer = new Lexer(text, "=c");
		lexer.next();
		return lexer.readConstantItem() ? [lexer.itemKey, lexer.itemValue, lexer.token] : undefined;
	};
	const cases: readonly [string, readonly unknown[] | undefined][] = [
		["1, 2", [undefined, 1, T_NUMBER]],
		["'x' }", [undefined, "x", "}"]],
		["a = true; b", ["a", true, T_NAME]],
		["[5] = -2 }", [5, -2, "}"]],
		['["k k"] = "v",}', ["k k", "v", "}"]],
		["[-1] = 0x10\n}", [-1, 16, "}"]],
		...[
			"0,",
			"-0,",
			"[0] = 1,",
			"'a\\n',",
			"1 + 1,",
			"x,",
			"nil,",
			"f(1),",
			"'a' .. 'b',",
			"and = 1,",
			"1e5,",
			"'a' 'b',",
		].map((text): [string, undefined] => [text, undefined]),
	];
	for (const [text, expected] of cases)
		test(JSON.stringify(text), () => assert.deepEqual(item(text), expected));
});

describe("errors", () => {
	const texts = [
		...[
			"'a",
			'"a\\',
			"'a\nb'",
			"'a\\",
			"'\\256'",
			"'\\999x'",
			"'\\2555'",
			"[[a",
			"[==[a]=]",
			"--[[a",
			"[=a",
			"[[a[[b]]",
			"[=[ [[ ]=]",
		],
		...[
			"3x",
			"0x",
			"0xg",
			"1e",
			"1e+",
			"1..2",
			"1.2.3",
			"3_",
			"08",
			"0x1p4",
			"1e5x",
			"0x.5",
			"..5",
			"1 .. 2",
		],
		...[
			"x = \x01",
			"x = \xff",
			"x \x00 y",
			"x = \x00",
			"@",
			"~",
			"= =",
			"!",
			"x = 'a\x00b' 5",
			"a.5",
			"\x0b\x0c x",
		],
	];
	for (const text of texts) {
		const bytes = [...text].map((char) => `\\${String(char.charCodeAt(0)).padStart(3, "0")}`).join("");
		for (const start of ["", "return "]) {
			const program = `local f, m = loadstring("${start}${bytes}", "=c") print(type(f), m)`;
			test(JSON.stringify(start + text), agrees(program));
		}
	}
});
