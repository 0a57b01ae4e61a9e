import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	type ExpressionBuilder,
	type MessageBuilder,
	type Primitive,
	readLuaExpression,
	readLuaMessage,
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
	reads('"\\9\\99x\\255\\1234\\19"', "\t" + "cx\xff{4\x13");
	reads('"\\9 \\10-\\7/\\48:\\065!"', "\t \n-\x07/0:A!");
	refuses('"\\256"');
});

test("strings of all lengths, alone and in long texts, with and without escapes", () => {
	const around = "-".repeat(20_000);
	for (const length of [1, 12, 13, 14, 5000, 65_535, 65_536, 65_537]) {
		const plain = "\xe9".repeat(length);
		const escaped = `${"\xe9".repeat(length - 1)}\n`;
		reads(`"${plain}"`, plain);
		reads(`"${escaped.replace("\n", "\\n")}"`, escaped);
		reads(
			`{["${around}"]="${plain}",["\\n"]="${escaped.replace("\n", "\\n")}",["x"]="${plain}"}`,
			new Map([
				[around, plain],
				["\n", escaped],
				["x", plain],
			]),
		);
	}
});

test("numbers of all lengths and forms", () => {
	for (const text of [
		...Array.from({ length: 25 }, (_, i) => "9876543210123456789".repeat(2).slice(0, i + 1)),
		..."1e5 1E5 1e+5 1E-5 12.5e3 12.5E+3 123456789012345.5 999999999999999e1 1e400 1e-400".split(" "),
	]) {
		reads(text, Number(text));
		reads(`-${text}`, -Number(text));
	}
});

test("tables nest up to the compiler's limit, as values and as keys", () => {
	const values = (depth: number): string => `${"{[1]=".repeat(depth - 1)}{}${"}".repeat(depth - 1)}`;
	const keys = (depth: number): string => `${"{[".repeat(depth - 1)}{}${"]=1}".repeat(depth - 1)}`;
	for (const nested of [values, keys]) {
		assert.ok(read(nested(200)) instanceof Map);
		refuses(nested(201));
	}
});

test("what the builder throws is not taken for a text to compile", () => {
	const broken: ExpressionBuilder<never> = {
		table() {
			throw new RangeError("no room");
		},
		chunk: () => undefined,
	};
	assert.throws(() => readLuaExpression("{}", broken), /no room/);
	assert.equal(readLuaExpression("{", broken), UNSUPPORTED);
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
		"{(1]=2}",
		"{[1)=2}",
		"{[1]:2}",
		"{[1]=2]",
		"chunks[1)",
		"chunkz[1]",
		"trux",
		"folse",
		"nul",
		"(0/1)",
		"(-1/1)",
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

test("escapes are read as lua5.1 reads them", { skip: whyMissing("lua5.1") }, () => {
	const texts: string[] = [];
	for (let code = 0; code < 256; code++) {
		const byte = String.fromCharCode(code);
		if (code === 10 || code === 13) continue; // left to the compiler
		for (const before of ["", "\\", "\\\\", "\\n\\\\\\"]) texts.push(`"${before}${byte}041\\n"`);
	}
	const pieces = fc.constantFrom(
		...'\\|\\\\|\\"|\\n|\\r|\\000|\\u0041|u0041|/|b|t|0|1|\t|\x01|\x7f|\xe9|\x80'.split("|"),
	);
	const strings = fc.array(pieces, { maxLength: 12 }).map((parts) => `"${parts.join("")}"`);
	texts.push(...fc.sample(strings, { numRuns: 3000, seed: 1 }));
	const decimal = (text: string): string =>
		`"${[...text].map((byte) => `\\${String(byte.charCodeAt(0)).padStart(3, "0")}`).join("")}"`;
	const program = texts.map((text) => `show(loadstring("return " .. ${decimal(text)}))`).join("\n");
	const show =
		'local function show(f) print(f and (f():gsub(".", function(c) return c:byte() .. " " end)) or "refused") end\n';
	const lua = runLua(show + program).split("\n");
	texts.forEach((text, i) => {
		const value = read(text);
		const shown =
			value === UNSUPPORTED
				? "refused"
				: [...(value as string)].map((byte) => `${byte.charCodeAt(0)} `).join("");
		assert.equal(shown, lua[i], JSON.stringify(text));
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
	const all = new Map<Primitive, Primitive>([
		[true, false],
		[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
		[1.5, -0],
		[2, Number.NaN],
		['a"b\\', "\r\0" + "1"],
	]);
	assert.equal(
		writeLuaExpression(all, source),
		'{[true]=false,[(1/0)]=(-1/0),[1.5]=-0,[2]=(0/0),["a\\"b\\\\"]="\\r\\0001"}',
	);
});

// Quadratic time would be hours for these, and the run has an end.
test("a long string with many escapes is read", () => {
	const text = `"${'\\"\\n\xe9'.repeat(2_000_000)}"`;
	assert.equal(read(text), '"\n\xe9'.repeat(2_000_000));
});

test("many short strings with escapes are read", () => {
	const one = '["k\\n"]="v\\\\"';
	const text = `{${Array.from({ length: 1_000_000 }, () => one).join(",")}}`;
	assert.deepEqual(read(text), new Map([["k\n", "v\\"]]));
});

test("a string of megabytes is written in pieces", () => {
	const text = `${"x".repeat(1024 * 1024 - 1)}\n"${"y".repeat(1024 * 1024)}\0`;
	const escaped = `"${text.replace("\n", "\\n").replace('"', '\\"').replace("\0", "\\000")}"`;
	assert.equal(writeLuaExpression<never>(text, { visit: () => undefined }), escaped);
});

test("tables are written up to PHP's depth", () => {
	type Nested = { readonly inner: Nested | undefined };
	const nested = (depth: number): Nested => ({ inner: depth === 0 ? undefined : nested(depth - 1) });
	const asValues = {
		visit: (value: Nested, entry: (key: Primitive, value: Nested | Primitive) => void) =>
			void entry(1, value.inner),
	};
	const asKeys = {
		visit: (value: Nested, entry: (key: Nested | Primitive, value: Primitive) => void) =>
			void entry(value.inner, 1),
	};
	for (const source of [asValues, asKeys]) {
		assert.match(writeLuaExpression<Nested>(nested(99), source), /^\{/);
		assert.throws(() => writeLuaExpression<Nested>(nested(100), source), {
			name: "RangeError",
			message: "tables nested deeper than 100",
		});
	}
});

// -- Whole messages ---------------------------------------------------------------

/** Lists are arrays, so that they are told from tables. */
const messageBuilder: MessageBuilder<Made | unknown[]> = {
	table(pairs, start) {
		const table = new Map<unknown, unknown>();
		for (let i = start; i < pairs.length; i += 2) table.set(pairs[i], pairs[i + 1]);
		return table;
	},
	list: (pairs, start) => pairs.slice(start).filter((_, index) => index % 2 === 1),
	chunk: builder.chunk,
};
const readsMessage = (text: string, expected: unknown): void =>
	assert.deepEqual(readLuaMessage(text, messageBuilder), expected, text);

test("a message is read as its fields, in their order", () => {
	readsMessage('{["op"]="quit"}', ["op", "quit"]);
	readsMessage('{["op"]="call",["id"]=7,["op"]=nil}', ["op", "call", "id", 7, "op", undefined]);
	readsMessage('{["value"]={["args"]={[1]=2}}}', ["value", new Map([["args", new Map([[1, 2]])]])]);
});

test("what is only unpacked is read as a list, if it is one", () => {
	for (const name of ["args", "values"]) {
		readsMessage(`{["${name}"]={}}`, [name, []]);
		readsMessage(`{["${name}"]={[1]="a",[2]=false,[3]=chunks[3]}}`, [name, ["a", false, { chunk: 3 }]]);
		readsMessage(`{["${name}"]={[1]={[1]=2},[2]={}},["op"]="x"}`, [
			name,
			[new Map([[1, 2]]), new Map()],
			"op",
			"x",
		]);
		readsMessage(`{["${name}"]={[2]=1,[1]=2}}`, [name, new Map([[2, 1], [1, 2]])]); // biome-ignore format: one row for each
		readsMessage(`{["${name}"]={[1]=1,[1]=2}}`, [name, new Map([[1, 2]])]);
		readsMessage(`{["${name}"]={[1]=nil,[2]=2}}`, [name, new Map<unknown, unknown>([[1, undefined], [2, 2]])]); // biome-ignore format: one row for each
		readsMessage(`{["${name}"]={["1"]=1}}`, [name, new Map([["1", 1]])]);
		readsMessage(`{["${name}"]="text"}`, [name, "text"]);
	}
	readsMessage('{["functions"]={[1]=1},["ids"]={[1]=true},["value"]={[1]=1}}', [
		...["functions", new Map([[1, 1]]), "ids", new Map([[1, true]])],
		...["value", new Map([[1, 1]])],
	]);
});

test("zeros of a message have the sign of the first, in lists too", () => {
	const fields = readLuaMessage('{["nargs"]=-0,["args"]={[1]=0}}', messageBuilder) as unknown[];
	assert.ok(Object.is((fields[3] as unknown[])[0], -0));
});

test("any other message is left to the compiler", () => {
	for (const text of [
		...[
			"",
			"{}",
			"{",
			"1",
			'"op"',
			"chunks[1]",
			"{[1]=2}",
			'{["op"]=1',
			'{["op"]=1,}',
			'{["op"]=1};',
			'{["op"]=1}}',
		],
		...[
			'{["args"]={[1]=1}',
			'{["args"]={[1]=1;[2]=2}}',
			'{["args"]={[nil]=1}}',
			'{["args"]={[1]=1}',
			"{op=1}",
		],
		`{["args"]=${"{[1]=".repeat(199)}{}${"}".repeat(199)}}`,
	])
		assert.equal(readLuaMessage(text, messageBuilder), UNSUPPORTED, text);
	assert.notEqual(
		readLuaMessage(`{["args"]=${"{[1]=".repeat(198)}{}${"}".repeat(198)}}`, messageBuilder),
		UNSUPPORTED,
	);
});
