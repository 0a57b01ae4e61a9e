import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER_LENGTH } from "../../src/wire/frame.ts";
import {
	formatDouble,
	INTEGER_RANGES,
	integerText,
	isIntegerText,
	PhpWriter,
	unescapeBody,
} from "../../src/wire/php-value.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";

const CLASS = "Scribunto_LuaStandaloneInterpreterFunction";

function written(write: (writer: PhpWriter) => void, intSize: 4 | 8 = 8, className = CLASS): string {
	const writer = new PhpWriter(INTEGER_RANGES[intSize], className, "3");
	write(writer);
	return writer.frame().toString("latin1").slice(HEADER_LENGTH);
}

const writes = (expected: string, write: (writer: PhpWriter) => void, intSize: 4 | 8 = 8): void =>
	assert.equal(written(write, intSize), expected);

test("scalars", () => {
	writes("N;", (w) => w.nil());
	writes("b:1;", (w) => w.boolean(true));
	writes("b:0;", (w) => w.boolean(false));
	writes('s:3:"a\x80b";', (w) => w.string("a\x80b"));
	writes('s:4:"\\r\\n\\\\\0";', (w) => w.string("\r\n\\\0"));
	writes(`O:42:"${CLASS}":2:{s:13:"interpreterId";i:3;s:2:"id";i:77;}`, (w) => w.functionObject(77));
	const namespaced = written((w) => w.functionObject(1), 8, "A\\B");
	assert.equal(namespaced, 'O:3:"A\\\\B":2:{s:13:"interpreterId";i:3;s:2:"id";i:1;}');
});

test("strings of every length, one after the other", () => {
	const pieces = ["plain", "\r", "a\\b\n", "\x80\xff"].flatMap((text) =>
		[1, 100, 4095, 4096, 5000, 20_000].map((length) => text.repeat(length).slice(0, length)),
	);
	const escaped = (text: string): string =>
		text.replaceAll("\\", "\\\\").replaceAll("\r", "\\r").replaceAll("\n", "\\n");
	const expected = pieces.map((text) => `s:${text.length}:"${escaped(text)}";`).join("");
	const text = written((w) => {
		for (const piece of pieces) w.string(piece);
	});
	assert.ok(text === expected);
});

test("integers and doubles by PHP's integer size", () => {
	const cases: [number, string, string][] = [
		[0, "i:0;", "i:0;"],
		[-0, "i:0;", "i:0;"],
		[9, "i:9;", "i:9;"],
		[-10, "i:-10;", "i:-10;"],
		[2 ** 31 - 1, "i:2147483647;", "i:2147483647;"],
		[2 ** 31, "i:2147483648;", "d:2147483648;"],
		[-(2 ** 31), "i:-2147483648;", "i:-2147483648;"],
		[-(2 ** 31) - 1, "i:-2147483649;", "d:-2147483649;"],
		[2 ** 53 - 1, "i:9007199254740991;", "d:9007199254740991;"],
		[2 ** 53, "d:9007199254740992;", "d:9007199254740992;"],
		[-(2 ** 53), "i:-9007199254740992;", "d:-9007199254740992;"],
		[0.1, "d:0.10000000000000001;", "d:0.10000000000000001;"],
		[Number.POSITIVE_INFINITY, "d:INF;", "d:INF;"],
		[Number.NEGATIVE_INFINITY, "d:-INF;", "d:-INF;"],
		[Number.NaN, "d:NAN;", "d:NAN;"],
		[1e300, "d:1.0000000000000001e+300;", "d:1.0000000000000001e+300;"],
	];
	for (const [value, wide, narrow] of cases) {
		writes(wide, (w) => w.number(value), 8);
		writes(narrow, (w) => w.number(value), 4);
	}
});

test("what the buffer held before does not matter", () => {
	for (const length of [1, 40, 200, 1000]) {
		const writer = new PhpWriter(INTEGER_RANGES[8], CLASS, "3");
		// Bytes that would be escaped lie behind the next string, wherever it ends.
		writer.string("\\".repeat(2000));
		writer.reset();
		writer.string("x".repeat(length));
		assert.equal(
			writer.frame().toString("latin1").slice(HEADER_LENGTH),
			`s:${length}:"${"x".repeat(length)}";`,
		);
	}
});

test("array counts are corrected, whatever was expected", () => {
	for (const [expected, count] of [
		[0, 0],
		[0, 12],
		[5, 5],
		[9, 10],
		[100, 7],
		[3, 1000],
		[3, 20_000],
		[30_000, 20_000],
	] as const) {
		const text = written((w) => {
			w.string("before");
			const mark = w.beginArray(expected);
			for (let i = 0; i < count; i++) {
				w.integerKey(i);
				w.nil();
			}
			w.endArray(mark, expected, count);
			w.boolean(true);
		});
		const elements = Array.from({ length: count }, (_, i) => `i:${i};N;`).join("");
		assert.equal(text, `s:6:"before";a:${count}:{${elements}}b:1;`);
	}
});

test("text keys that PHP reads as integers are written as such", () => {
	const cases: [string, boolean, boolean][] = [
		["0", true, true],
		["7", true, true],
		["-1", true, true],
		["-0", false, false],
		["00", false, false],
		["01", false, false],
		["+1", false, false],
		["1.0", false, false],
		[" 1", false, false],
		["1\n", false, false],
		["1\0", false, false],
		["", false, false],
		["-", false, false],
		["2147483647", true, true],
		["2147483648", true, false],
		["-2147483648", true, true],
		["-2147483649", true, false],
		["9223372036854774784", true, false],
		["9223372036854775295", true, false],
		["9223372036854775296", false, false],
		["9223372036854775807", false, false],
		["-9223372036854775808", true, false],
		["-9223372036854775809", false, false],
		["-9223372036854775807", false, false],
		["99999999999999999999", false, false],
	];
	for (const [key, wide, narrow] of cases) {
		assert.equal(isIntegerText(key, INTEGER_RANGES[8].keyMax), wide, key);
		assert.equal(isIntegerText(key, INTEGER_RANGES[4].keyMax), narrow, key);
	}
	assert.equal(integerText(-(2 ** 63)), "-9223372036854775808");
	assert.equal(integerText(2 ** 62 + 2 ** 20), "4611686018428436480");
});

test("keys are integers where PHP would make integers of them", () => {
	for (const [key, wide, narrow] of [
		[0, true, true],
		[-7, true, true],
		[1.5, false, false],
		[2 ** 31 - 1, true, true],
		[2 ** 31, true, false],
		[-(2 ** 31), true, true],
		[-(2 ** 31) - 1, true, false],
		[2 ** 63, false, false],
		[-(2 ** 63), true, false],
		[-(2 ** 63) - 2048, false, false],
		[Number.NaN, false, false],
		[Number.POSITIVE_INFINITY, false, false],
	] as const) {
		const isIntegerKey = (intSize: 4 | 8): boolean =>
			new PhpWriter(INTEGER_RANGES[intSize], CLASS, "3").isIntegerKey(key);
		assert.equal(isIntegerKey(8), wide, String(key));
		assert.equal(isIntegerKey(4), narrow, String(key));
	}
	writes("i:12;", (w) => w.textKey("12"));
	writes('s:3:"1.0";', (w) => w.textKey("1.0"));
	writes("i:2147483648;", (w) => w.textKey("2147483648"));
	writes('s:10:"2147483648";', (w) => w.textKey("2147483648"), 4);
	writes("i:-9223372036854775808;", (w) => w.integerKey(-(2 ** 63)));
	for (const value of [0, 9, 10, -1, 2 ** 53 - 1]) assert.equal(integerText(value), String(value));
	assert.equal(integerText(-0), "0");
});

test("doubles are printed as C prints them", { skip: whyMissing("lua5.1") }, () => {
	const values = [
		0.1,
		1 / 3,
		5e-324,
		2 ** -1074 * 3,
		1.7976931348623157e308,
		1e16,
		1e17,
		123456789012345680,
		1e-4,
		1e-5,
		0.00012345,
		0,
	];
	// Exact halves after 17 digits, and their neighbours.
	for (let i = 1; i < 400; i++)
		values.push(2 ** 50 + i / 8, 2 ** 51 + i / 4 + 0.25, 2 ** 49 + i / 16, (2 ** 53 - i) / 2 ** 20);
	const view = new DataView(new ArrayBuffer(8));
	let seed = 1;
	for (let i = 0; i < 2000; i++) {
		for (const at of [0, 4]) {
			seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
			view.setUint32(at, seed);
		}
		const value = view.getFloat64(0);
		if (Number.isFinite(value)) values.push(value);
	}
	// A hexadecimal integer and a power of two name a double exactly, whatever the reader's strtod does.
	const script = values.map((value) => {
		view.setFloat64(0, value);
		const exponent = (view.getUint16(0) >> 4) & 0x7ff;
		const high = (view.getUint32(0) & 0xfffff) + (exponent === 0 ? 0 : 0x100000);
		const sign = value < 0 ? "-" : "";
		return `print(string.format("%.17g", ${sign}math.ldexp(${high}*4294967296+${view.getUint32(4)}, ${Math.max(exponent, 1) - 1075})))`;
	});
	const lua = runLua(script.join("\n")).trimEnd().split("\n");
	for (const [i, value] of values.entries()) assert.equal(formatDouble(value), lua[i]);
});

test("long strings with and without escapes", () => {
	const plain = "x".repeat(300_000);
	writes(`s:300000:"${plain}";`, (w) => w.string(plain));
	const mixed = "ab\n\\c\r".repeat(50_000);
	writes(`s:300000:"${"ab\\n\\\\c\\r".repeat(50_000)}";b:1;`, (w) => {
		w.string(mixed);
		w.boolean(true);
	});
});

test("a frame is one piece, and the writer can be used again", () => {
	const writer = new PhpWriter(INTEGER_RANGES[8], CLASS, "0");
	writer.string("y".repeat(3_000_000));
	assert.equal(writer.frame().toString("latin1", 0, 40), `002dc6cd005b8d99s:3000000:"${"y".repeat(13)}`);
	writer.reset();
	writer.nil();
	assert.equal(writer.frame().toString("latin1"), "0000000200000003N;");
});

test("a writer keeps its buffer from message to message, but no large one", () => {
	const writer = new PhpWriter(INTEGER_RANGES[8], CLASS, "0");
	const held = (length: number): ArrayBufferLike => {
		writer.reset();
		writer.string("y".repeat(length));
		return writer.frame().buffer;
	};
	const small = held(10);
	assert.equal(small.byteLength, 65_536);
	assert.ok(held(20) === small);
	const grown = held(400_000);
	assert.ok(grown.byteLength > 400_000 && held(10) === grown);
	assert.ok(held(1_500_000).byteLength > 1_500_000);
	assert.equal(held(10).byteLength, 65_536);
});

test("every byte is escaped or not in strings of all lengths, at every place", () => {
	for (const length of [1, 22, 23, 24, 25, 60]) {
		for (let at = 0; at < length; at++) {
			for (const byte of ["\n", "\r", "\\", "x", "\xff"]) {
				const text = `${"\xe9".repeat(at)}${byte}${"a".repeat(length - at - 1)}`;
				const escaped = JSON.stringify(byte).slice(1, -1);
				writes(`s:${length}:"${text.replace(byte, () => escaped)}";N;`, (w) => {
					w.string(text);
					w.nil();
				});
				assert.equal(unescapeBody(text.replace(byte, () => escaped)), text);
			}
		}
	}
});

test("bodies are unescaped, also those of megabytes", () => {
	assert.equal(unescapeBody(""), "");
	assert.equal(unescapeBody("\\\\n\\n\\\\\\r"), "\\n\n\\\r");
	const piece = 1024 * 1024;
	// Where a piece ends, an escape may begin, end, or be none.
	for (const end of ["\\n", "\\\\\\n", "\\\\n"]) {
		for (const before of [piece - 2, piece - 1]) {
			const body = `${"x".repeat(before)}${end}y\\r`;
			const plain = end.replace(/\\[n\\]/g, (pair) => (pair === "\\n" ? "\n" : "\\"));
			assert.ok(unescapeBody(body) === `${"x".repeat(before)}${plain}y\r`, `${before} ${end}`);
		}
	}
});

test("an array's count grows where the buffer is full", () => {
	for (let filled = 65_490; filled < 65_536; filled++) {
		const text = written((w) => {
			w.raw("x".repeat(filled - HEADER_LENGTH));
			w.endArray(w.beginArray(0), 0, 1000);
		});
		assert.equal(text.slice(filled - HEADER_LENGTH), "a:1000:{}");
	}
});
