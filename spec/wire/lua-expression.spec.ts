import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type ExpressionBuilder,
	type Primitive,
	readLuaExpression,
	UNSUPPORTED,
	writeLuaExpression,
} from "../../src/wire/lua-expression.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";

type Made = Map<unknown, unknown> | { readonly chunk: number };

const builder: ExpressionBuilder<Made> = {
	table(pairs, start) {
		const table = new Map<unknown, unknown>();
		for (let i = start; i < pairs.length; i += 2) table.set(pairs[i], pairs[i + 1]);
		return table;
	},
	chunk: (id) => (id === 404 ? undefined : { chunk: id }),
};

const read = (text: string): Made | Primitive | typeof UNSUPPORTED => readLuaExpression(text, builder);
const reads = (text: string, expected: unknown): void => {
	const got = read(text);
	assert.deepEqual(got, expected, text);
	assert.ok(typeof got !== "number" || Object.is(got, expected), text);
};
const refuses = (text: string): void => assert.equal(read(text), UNSUPPORTED, JSON.stringify(text));

test("what PHP sends is read", () => {
	reads("nil", undefined);
	reads("true", true);
	reads("false", false);
	reads("0", 0);
	reads("-0", -0);
	reads("42", 42);
	reads("-7", -7);
	reads("9223372036854775807", 2 ** 63);
	reads("9007199254740993", 9007199254740992);
	reads("1.5", 1.5);
	reads("-0.10000000000000001", -0.1);
	reads("1.0e+25", 1e25);
	reads("1.0000000000000001e-05", 1.0000000000000001e-5);
	reads("4.9406564584124654e-324", 5e-324);
	reads("(0/0)", Number.NaN);
	reads("(1/0)", Number.POSITIVE_INFINITY);
	reads("(-1/0)", Number.NEGATIVE_INFINITY);
	reads('"plain"', "plain");
	reads('""', "");
	reads('"q\\" b\\\\ n\\n r\\r z\\000 \x80\xff"', 'q" b\\ n\n r\r z\0 \x80\xff');
	reads("chunks[12]", { chunk: 12 });
	reads("chunks[404]", undefined);
	reads("{}", new Map());
	reads(
		'{["op"]="call",[1]=nil}',
		new Map<unknown, unknown>([
			["op", "call"],
			[1, undefined],
		]),
	);
	reads(
		'{["a"]={[1]={["b"]=(0/0)}},[-1]=false}',
		new Map<unknown, unknown>([
			["a", new Map([[1, new Map([["b", Number.NaN]])]])],
			[-1, false],
		]),
	);
});

test("the other escapes of Lua 5.1 are read too", () => {
	reads('"\\a\\b\\f\\t\\v\\65\\066\\0677\\x\\\'"', "\x07\b\f\t\vABC7x'");
	reads('"\\\\"', "\\");
	reads('"\\\\\\""', '\\"');
	refuses('"\\256"');
});

test("everything else is left to the compiler", () => {
	for (const text of [
		"",
		" 1",
		"1 ",
		"1+1",
		"{1}",
		"{a=1}",
		"{[1]=1,}",
		"{[1]=1;[2]=2}",
		"{[1] =1}",
		"{[nil]=1}",
		"{[(0/0)]=1}",
		"'a'",
		"[[a]]",
		"0x10",
		".5",
		"5.",
		"1e",
		"12abc",
		"1..2",
		"--5",
		"- 5",
		"-",
		"(2/0)",
		"(1/0",
		"nilx",
		"tru",
		"chunks",
		"chunks[",
		"chunks[x]",
		'"unfinished',
		'"half\\"',
		'"a\nb"',
		'{["a"]=1',
		'{["a"]=1}}',
		"function() end",
		"{".repeat(300) + "}".repeat(300),
	])
		refuses(text);
});

test("all zeros have the sign of the first, as in the native peer's constants", () => {
	const zeros = (text: string): unknown[] => [...(read(text) as Map<unknown, unknown>).values()];
	assert.deepEqual(zeros("{[1]=0,[2]=-0}"), [0, 0]);
	assert.deepEqual(zeros("{[1]=-0,[2]=0}"), [-0, -0]);
	assert.deepEqual(zeros("{[1]=-0,[2]=(1/0),[3]=(-1/0)}"), [
		-0,
		Number.NEGATIVE_INFINITY,
		Number.POSITIVE_INFINITY,
	]);
	assert.deepEqual(zeros("{[1]=(1/0),[2]=-0}"), [Number.POSITIVE_INFINITY, 0]);
});

test("values read as lua5.1 reads them", { skip: whyMissing("lua5.1") }, () => {
	const texts: string[] = [];
	let seed = 12345;
	const random = (below: number): number => {
		seed = (seed * 1103515245 + 12345) & 0x7fffffff;
		return (seed >> 8) % below;
	};
	for (let i = 0; i < 300; i++) {
		const digits = Array.from({ length: 1 + random(20) }, () => random(10))
			.join("")
			.replace(/^0+(?=\d)/, "");
		const fraction = random(2) === 0 ? "" : `.${random(1_000_000)}`;
		const power = random(3) === 0 ? `e${random(2) === 0 ? "+" : "-"}${random(330)}` : "";
		texts.push(`${random(2) === 0 ? "-" : ""}${digits}${fraction}${power}`);
	}
	const lua = runLua(texts.map((text) => `print(string.format("%.17g", ${text}))`).join("\n"))
		.trimEnd()
		.split("\n");
	texts.forEach((text, i) => {
		assert.ok(Object.is(read(text), Number(lua[i]!.replace("inf", "Infinity"))), `${text}: ${lua[i]}`);
	});
});

test("strings of every byte survive writing and reading", () => {
	const source = { visit: () => undefined };
	for (let code = 0; code < 256; code++) {
		const text = `a${String.fromCharCode(code)}7`;
		reads(writeLuaExpression<never>(text, source), text);
	}
	for (const value of [
		0,
		-0,
		1.5,
		1e300,
		5e-324,
		Number.NaN,
		2 ** 53,
		Number.NEGATIVE_INFINITY,
		true,
		undefined,
	])
		reads(writeLuaExpression<never>(value, source), value);
});

test("tables are written as PHP writes them", () => {
	const source = {
		visit(value: Map<Primitive, Primitive> | number[], entry: (key: Primitive, value: Primitive) => void) {
			if (Array.isArray(value)) return value[0];
			for (const [key, element] of value) entry(key, element);
			return undefined;
		},
	};
	const table = new Map<Primitive, Primitive>([
		["a", 1],
		[2, "x\n"],
		["n", undefined],
	]);
	assert.equal(writeLuaExpression(table, source), '{["a"]=1,[2]="x\\n",["n"]=nil}');
	assert.equal(writeLuaExpression([7], source), "chunks[7]");
	assert.equal(writeLuaExpression(new Map(), source), "{}");
});

test("a long string with many escapes takes linear time", () => {
	const text = `"${'\\"\\n\xe9'.repeat(2_000_000)}"`;
	const started = performance.now();
	assert.equal(read(text), '"\n\xe9'.repeat(2_000_000));
	assert.ok(performance.now() - started < 5000);
});

test("many short strings with escapes take linear time", () => {
	const one = '["k\\n"]="v\\\\"';
	const text = `{${Array.from({ length: 200_000 }, () => one).join(",")}}`;
	const started = performance.now();
	assert.deepEqual(read(text), new Map([["k\n", "v\\"]]));
	assert.ok(performance.now() - started < 5000);
});
