// Constructors of constants only are built from a list: large ones must be the same tables as those
// that code builds, in content, length and the order of pairs.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConstantTable } from "../../src/lua51/constant-table.ts";
import { agrees } from "../support/both.ts";

const SHOW = `local function show(t)
	local parts = { "#" .. #t }
	for k, v in pairs(t) do
		parts[#parts + 1] = type(k) .. ":" .. tostring(k) .. "=" .. (type(v) == "table" and show and "table" or tostring(v))
	end
	print(table.concat(parts, " "))
	for _, v in pairs(t) do if type(v) == "table" then for k, x in pairs(v) do print(k, x) end end end
end
`;

function repeated(count: number, item: (number: number) => string): string {
	return Array.from({ length: count }, (_, index) => item(index + 1)).join(", ");
}

describe("constructors", () => {
	const items: Readonly<Record<string, (n: number) => string>> = {
		values: (n) => `${n}`,
		strings: (n) => `"s${n}"`,
		names: (n) => `name${n} = ${n}`,
		"string keys": (n) => `["key ${n}"] = "v"`,
		"number keys": (n) => `[${n * 3}] = ${n}`,
		"keys from the end": (n) => `[${200 - n}] = ${n}`,
		tables: (n) => `{ ${n}, x = "${n}" }`,
		"named tables": (n) => `[${n}] = { y = ${n} }`,
		"a mixture": (n) => (n % 3 === 0 ? `n${n} = true` : n % 3 === 1 ? `${n}` : `[${n}] = "e"`),
		"keys given twice": (n) => `k${n % 5} = ${n}`,
		"nils between": (n) => (n % 4 === 0 ? "nil" : `${n}`),
		"nils by name": (n) => `n${n} = ${n % 2 === 0 ? "nil" : n}`,
		zeros: (n) => (n % 5 === 0 ? "-0" : n % 7 === 0 ? "[0] = 1" : "0"),
		"a call at the end": (n) => (n % 50 === 0 ? "(tostring(nil))" : `${n}`),
		booleans: (n) => `[${n % 2 === 0}] = ${n % 3 === 0}`,
	};
	for (const [name, item] of Object.entries(items)) {
		for (const count of [1, 50, 150]) {
			const table = (size: number): string => `{ ${repeated(size, item)} }`;
			test(
				`${count} items: ${name}`,
				agrees(
					`${SHOW} show(${table(count)}) local t = ${table(count)} t.extra = 1 t[#t + 1] = "end" show(t)`,
				),
			);
		}
	}
	test(
		"each evaluation is a new table",
		agrees(
			`${SHOW} local function make() return { ${repeated(80, (n) => `{ ${n} }`)} } end local a, b = make(), make() a[1][1] = "changed" a[2] = nil print(b[1][1], b[2][1], a == b, a[3] == b[3]) show(make())`,
		),
	);
	test(
		"nested deeply",
		agrees(
			`local t = ${"{ ".repeat(150)}1${" }".repeat(150)} local n = 0 while type(t) == "table" do t = t[1] n = n + 1 end print(n, t)`,
		),
	);
});

describe("ConstantTable", () => {
	test("counts the items of inner tables", () => {
		const [inner, outer] = [new ConstantTable(), new ConstantTable()];
		inner.push(undefined, 1);
		inner.push("x", 2);
		outer.push("t", inner);
		outer.push(undefined, true);
		assert.equal(outer.size, 4);
	});
	test("takes constants only", () => {
		const table = new ConstantTable();
		assert.ok(table.add({ key: undefined, value: { kind: "number", value: 5 }, line: 1 }));
		assert.ok(!table.add({ key: undefined, value: { kind: "number", value: 0 }, line: 1 }));
		assert.ok(!table.add({ key: { kind: "number", value: -0 }, value: { kind: "nil" }, line: 1 }));
		assert.ok(!table.add({ key: { kind: "nil" }, value: { kind: "nil" }, line: 1 }));
		assert.equal(table.size, 1);
	});
	test("gives its items back as a tree", () => {
		const table = new ConstantTable();
		table.push(undefined, 7);
		table.push("k", undefined);
		assert.deepEqual(
			table.items().map(({ key, value }) => [key?.kind, value.kind]),
			[
				[undefined, "number"],
				["string", "nil"],
			],
		);
	});
});
