// Random histories of one table, run by lua5.1 and by LuaTable; everything that can be seen
// is written down by both and compared. A history is a constructor and a list of numbered
// operations; the Lua driver and `replay` below interpret the same list, case by case.

import { spawnSync } from "node:child_process";
import { keepShape } from "../../src/lua51/environment.ts";
import { LuaError } from "../../src/lua51/error.ts";
import { fieldsClass } from "../../src/lua51/fields.ts";
import { DICTIONARY_SHAPE, Shape } from "../../src/lua51/shape.ts";
import { LuaTable, sizeHint } from "../../src/lua51/table.ts";
import { Traversal } from "../../src/lua51/traversal.ts";
import type { LuaValue } from "../../src/lua51/value.ts";

/** A field of a constructor: an item (`key` undefined) or a pair; value 0 stands for nil. */
interface Field {
	readonly key: number | undefined;
	readonly value: number;
}

export interface History {
	readonly fields: readonly Field[];
	/** How many values a call at the end of the constructor gives; -1: there is no call. */
	readonly openValues: number;
	readonly operations: readonly (readonly [operation: number, a: number, b: number])[];
}

// -- Keys ------------------------------------------------------------------------------

/** Keys by their Lua source. Histories name them by index. */
const KEY_SOURCES: readonly string[] = [
	...range(1, 40).map(String),
	..."0 -1 -2 -3 -17 0.5 1.5 2.5 -0.5 1e15 1e300 -1e300 1/0 -1/0 1e-300".split(" "),
	..."2^26 2^26+1 2^31 2^31-1 -2^31 -2^31-1 2^32 2^32+1 2^53 2^24 50 63 64 65 100 127 128 129 1000 1e6".split(
		" ",
	),
	...range(1, 60).map((i) => `"${"abcdefghijklmnopqrstuvwxyz"[i % 26]}${i > 26 ? i : ""}"`),
	..."name text args width height type id lang title value n frame parent children next prev"
		.split(" ")
		.map((word) => `"${word}"`),
	'"__proto__"',
	'"constructor"',
	'"hasOwnProperty"',
	'"1"',
	'"01"',
	'""',
	'"\\0"',
	'"\\0\\0"',
	'"\\200\\255"',
	'("x"):rep(31)',
	'("x"):rep(32)',
	'("xy"):rep(40)',
	'("xyz"):rep(1000)',
	"true",
	"false",
	'tonumber("-0")',
];

const KEYS: readonly LuaValue[] = KEY_SOURCES.map(evaluateKey);
const FIRST_STRING = KEY_SOURCES.findIndex((source) => source.startsWith('"'));

function evaluateKey(source: string): LuaValue {
	const repeated = /^\("(\w+)"\):rep\((\d+)\)$/.exec(source);
	if (repeated) return repeated[1]!.repeat(Number(repeated[2]));
	if (source.startsWith('"')) {
		return source.slice(1, -1).replace(/\\(\d+)/g, (_, code: string) => String.fromCharCode(Number(code)));
	}
	if (source === "true" || source === "false") return source === "true";
	if (source.startsWith("tonumber")) return -0;
	const power = /^(-?)2\^(\d+)([+-]1)?$/.exec(source);
	if (power) return (power[1] ? -1 : 1) * 2 ** Number(power[2]) + Number(power[3] ?? 0);
	if (source === "1/0") return Infinity;
	if (source === "-1/0") return -Infinity;
	return Number(source);
}

function range(first: number, last: number): number[] {
	return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

// -- Generation ------------------------------------------------------------------------

export type Random = (below: number) => number;

/** A small deterministic generator (xorshift32). */
export function seededRandom(seed: number): Random {
	let state = (seed * 2654435761) | 1;
	return (below) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}

export function randomHistory(random: Random): History {
	const pick = keyPicker(random);
	let counter = 0;
	const value = (): number => (random(6) === 0 ? 0 : ++counter);
	const fields: Field[] = [];
	const items = random(3) === 0 ? random(8) : random(40) === 0 ? random(130) : 0;
	const pairs = random(3) === 0 ? random(8) : random(40) === 0 ? random(80) : 0;
	for (let i = 0; i < items; i++) fields.push({ key: undefined, value: value() });
	for (let i = 0; i < pairs; i++) {
		fields.splice(random(2) === 0 ? fields.length : random(fields.length + 1), 0, {
			key: pick(),
			value: value(),
		});
	}
	const openValues = random(8) === 0 ? random(random(2) === 0 ? 6 : 70) : -1;
	const operations: [number, number, number][] = [];
	const length = random(4) === 0 ? random(120) : random(30);
	const deleting = random(5);
	for (let i = 0; i < length; i++) {
		const kind = random(40);
		if (kind < 18) operations.push([0, pick(), random(5) < deleting / 2 ? 0 : value()]);
		else if (kind < 20) operations.push([1, pick(), 0]);
		else if (kind < 22) operations.push([2, 0, 0]);
		else if (kind < 25) operations.push([3, ++counter, 0]);
		else if (kind < 26) operations.push([4, 0, 0]);
		else if (kind < 29) operations.push([5, 0, 0]);
		else if (kind < 30) operations.push([6, 1 + random(4), 1 + random(3)]);
		else if (kind < 32) operations.push([7, pick(), 0]);
		else if (kind < 33) operations.push([8, random(12), ++counter]);
		else if (kind < 34) operations.push([9, random(12), 0]);
		else if (kind < 35) operations.push([10, 1 + random(10), random(30)]);
		else if (kind < 36) operations.push([11, 1 + random(10), random(30)]);
		else if (kind < 37) operations.push([12, random(100), random(random(8) === 0 ? 100 : 12)]);
		else if (kind < 38) operations.push([13, random(100), random(20)]);
		else if (kind < 39) operations.push([14, random(6), pick()]);
		else operations.push([15, 0, 0]);
	}
	operations.push([2, 0, 0], [5, 0, 0]);
	return { fields, openValues, operations };
}

/** Each history leans to some keys, so that they meet again. */
function keyPicker(random: Random): () => number {
	const anyKey = (): number => {
		switch (random(4)) {
			case 0:
				return random(40);
			case 1:
				return random(12);
			default:
				return random(KEYS.length);
		}
	};
	const aString = (): number => FIRST_STRING + random(60 + 16 + 13);
	const favourites = Array.from({ length: 1 + random(20) }, () => (random(2) === 0 ? anyKey() : aString()));
	const style = random(5);
	return () => {
		if (random(3) !== 0) return favourites[random(favourites.length)]!;
		if (style === 0) return random(40);
		if (style === 1) return aString();
		return anyKey();
	};
}

// -- Native ----------------------------------------------------------------------------

const DRIVER = `
collectgarbage("stop")
local K = { ${KEY_SOURCES.join(", ")} }
local V = {} for i = 1, 200 do if i % 5 ~= 3 then V[i] = 1000 + i end end
local R = {} for i = 1, #K do if R[K[i]] == nil then R[K[i]] = i - 1 end end
local count = #K
function k(i) return K[i + 1] end
function open(n) return unpack(V, 1, n) end
local out
local function put(s) out[#out + 1] = s end
local function name(key)
	if key == nil then return "nil" end
	if key == 0 and 1 / key < 0 then return "-0" end
	return R[key] and "k" .. R[key] or tostring(key)
end
local function dump(t)
	for key, value in pairs(t) do put(name(key) .. "=" .. tostring(value)) end
end
local ops = {
	[0] = function(t, a, b) if b == 0 then b = nil end t[k(a)] = b end,
	function(t, a) put(tostring(t[k(a)])) end,
	function(t) put("#" .. #t) end,
	function(t, a) t[#t + 1] = a end,
	function(t) t[#t] = nil end,
	function(t) put("{") dump(t) put("}") end,
	function(t, a, b)
		local n = 0
		for key in pairs(t) do
			n = n + 1
			put(name(key))
			if n % a == 0 then t[key] = nil elseif n % b == 0 then t[key] = n end
		end
	end,
	function(t, a) local ok, key, value = pcall(next, t, k(a)) put(ok and name(key) .. "=" .. tostring(value) or "E") end,
	function(t, a, b) table.insert(t, 1 + a % (#t + 1), b) end,
	function(t, a) put(tostring((table.remove(t, 1 + a % (#t + 1))))) end,
	function(t, a, b) for i = a, a + b do t[i] = i end end,
	function(t, a, b) for i = a, a + b do t[i] = nil end end,
	function(t, a, b) for i = a, a + b do t["key" .. i] = i end end,
	function(t, a, b) for i = a, a + b do t["key" .. i] = nil end end,
	function(t, a, b)
		local n = 0
		put(pcall(function()
			for key in pairs(t) do
				n = n + 1
				put(name(key))
				if n == a then t[k(b)] = n end
				if n > 300 then break end
			end
		end) and "." or "E")
	end,
	function(t) put("m" .. name(table.maxn(t))) end,
}
for line in io.lines() do
	local source, rest = line:match("^(.-)|(.*)$")
	local t = assert(loadstring("return {" .. source .. "}"))()
	out = {}
	for op, a, b in rest:gmatch("(%d+) (%d+) (%d+)") do ops[tonumber(op)](t, tonumber(a), tonumber(b)) end
	print(table.concat(out, " "))
	t, out = nil, nil
	if collectgarbage("count") > 50000 then collectgarbage() collectgarbage("stop") end
end
`;

function sourceLine(history: History): string {
	const fields = history.fields.map(({ key, value }) => {
		const text = value === 0 ? "nil" : String(value);
		if (key === undefined) return text;
		const name = KEYS[key];
		return typeof name === "string" && /^[a-z]\w*$/.test(name) ? `${name}=${text}` : `[k(${key})]=${text}`;
	});
	if (history.openValues >= 0) fields.push(`open(${history.openValues})`);
	return `${fields.join(",")}|${history.operations.map((operation) => operation.join(" ")).join(",")}`;
}

export function runNative(histories: readonly History[]): string[] {
	const result = spawnSync("lua5.1", ["-e", DRIVER, "-"], {
		input: `${histories.map(sourceLine).join("\n")}\n`,
		maxBuffer: 2 ** 30,
		encoding: "latin1",
	});
	if (result.status !== 0) throw new Error(`lua5.1 failed: ${result.stderr}`);
	return result.stdout.split("\n").slice(0, histories.length);
}

// -- Ours ------------------------------------------------------------------------------

const NAMES = new Map<LuaValue, number>();
KEYS.forEach((key, index) => {
	if (!NAMES.has(key)) NAMES.set(key, index);
});

function nameOf(key: LuaValue): string {
	if (key === undefined) return "nil";
	if (Object.is(key, -0)) return "-0";
	const index = NAMES.get(key);
	return index === undefined ? String(key) : `k${index}`;
}

function textOf(value: LuaValue): string {
	return value === undefined ? "nil" : String(value);
}

const OPEN_VALUES = range(1, 200).map((i) => (i % 5 === 3 ? undefined : 1000 + i));

/** Builds the table as compiled code would; `variant` chooses among its ways. */
function construct(history: History, variant: number): LuaTable {
	const { fields, openValues } = history;
	const items = fields.filter(({ key }) => key === undefined);
	const arrayHint = sizeHint(items.length);
	const nodeHint = sizeHint(fields.length - items.length);
	const luaValue = ({ value }: Field): LuaValue => (value === 0 ? undefined : value);
	const record = recordOf(fields, nodeHint);
	if (variant % 2 === 1 && openValues < 0 && items.length <= 50) {
		if (nodeHint === 0) return LuaTable.ofArray(items.map(luaValue), arrayHint);
		if (record !== undefined && items.length === 0 && fields.every(({ value }) => value !== 0)) {
			const object = new (fieldsClass(fields.map(({ key }) => KEYS[key as number] as string)))();
			for (const field of fields) object[KEYS[field.key as number] as string] = luaValue(field);
			return LuaTable.ofRecord(record, object);
		}
	}
	const table = LuaTable.sized(arrayHint, nodeHint);
	if (variant % 3 === 1) keepShape(table);
	let pending: LuaValue[] = [undefined];
	let stored = 0;
	const flush = (): void => {
		const items = pending; // the table's from now on
		pending = [undefined];
		const start = stored + 1;
		stored += items.length - 1;
		table.setList(items, start);
	};
	for (const field of fields) {
		if (pending.length === 51) flush();
		if (field.key === undefined) pending.push(luaValue(field));
		else table.set(KEYS[field.key], luaValue(field));
	}
	if (openValues >= 0) {
		if (pending.length === 51) flush();
		pending.push(...OPEN_VALUES.slice(0, openValues));
	}
	if (pending.length > 1) flush();
	return table;
}

function recordOf(fields: readonly Field[], nodeHint: number): Shape | undefined {
	let shape = Shape.root(nodeHint);
	for (const { key } of fields) {
		if (key === undefined) continue;
		const name = KEYS[key];
		if (typeof name !== "string" || shape.lookup(name) !== 0) return undefined;
		shape = shape.add(name);
	}
	return shape === DICTIONARY_SHAPE ? undefined : shape;
}

/** A store as compiled code does it: past the methods where that is allowed. */
function store(table: LuaTable, key: LuaValue, value: LuaValue): void {
	if (value !== undefined) {
		if (typeof key === "number" && key > 0 && key < table.array.length && table.array[key] !== undefined) {
			table.array[key] = value;
			return;
		}
		if (typeof key === "string") {
			const isNew = table.shape !== DICTIONARY_SHAPE && table.shape.lookup(key) === 0;
			if (table.fields[key] !== undefined || (isNew && table.growTo(table.shape.add(key)))) {
				table.fields[key] = value;
				return;
			}
		}
	}
	table.set(key, value);
}

export function replay(history: History, variant: number): string {
	const table = construct(history, variant);
	const out: string[] = [];
	for (const [operation, a, b] of history.operations) {
		if (variant % 5 === 4 && operation === 2) keepShape(table);
		OPERATIONS[operation]!(table, a, b, out);
		checkInvariants(table);
	}
	return out.join(" ");
}

type Operation = (table: LuaTable, a: number, b: number, out: string[]) => void;

const OPERATIONS: readonly Operation[] = [
	(table, a, b) => store(table, KEYS[a], b === 0 ? undefined : b),
	(table, a, _b, out) => out.push(textOf(table.get(KEYS[a]))),
	(table, _a, _b, out) => out.push(`#${table.border()}`),
	(table, a) => store(table, table.border() + 1, a),
	(table) => table.set(table.border(), undefined),
	(table, _a, _b, out) => {
		out.push("{");
		traverse(table, (key, value) => out.push(`${nameOf(key)}=${textOf(value)}`));
		out.push("}");
	},
	(table, a, b, out) => {
		let n = 0;
		traverse(table, (key) => {
			n++;
			out.push(nameOf(key));
			if (n % a === 0) store(table, key, undefined);
			else if (n % b === 0) store(table, key, n);
		});
	},
	(table, a, _b, out) => {
		const entry = new Traversal(table);
		try {
			if (entry.advanceFrom(table, KEYS[a])) out.push(`${nameOf(entry.key)}=${textOf(entry.value)}`);
			else out.push("nil=nil");
		} catch (error) {
			if (!(error instanceof LuaError)) throw error;
			out.push("E");
		}
	},
	(table, a, b) => {
		const end = table.border() + 1;
		const position = 1 + (a % end);
		for (let i = end; i > position; i--) table.setInt(i, table.getInt(i - 1));
		table.setInt(position, b);
	},
	(table, a, _b, out) => {
		const end = table.border();
		let position = 1 + (a % (end + 1));
		if (position > end) {
			out.push("nil");
			return;
		}
		out.push(textOf(table.getInt(position)));
		for (; position < end; position++) table.setInt(position, table.getInt(position + 1));
		table.setInt(end, undefined);
	},
	(table, a, b) => {
		for (let i = a; i <= a + b; i++) store(table, i, i);
	},
	(table, a, b) => {
		for (let i = a; i <= a + b; i++) store(table, i, undefined);
	},
	(table, a, b) => {
		for (let i = a; i <= a + b; i++) store(table, `key${i}`, i);
	},
	(table, a, b) => {
		for (let i = a; i <= a + b; i++) store(table, `key${i}`, undefined);
	},
	(table, a, b, out) => {
		let n = 0;
		const ended = traverse(table, (key) => {
			n++;
			out.push(nameOf(key));
			if (n === a) store(table, KEYS[b], n);
			return n > 300;
		});
		out.push(ended ? "." : "E");
	},
	(table, _a, _b, out) => {
		let greatest = 0;
		traverse(table, (key) => {
			if (typeof key === "number" && key > greatest) greatest = key;
		});
		out.push(`m${nameOf(greatest)}`);
	},
];

/** A `for ... in pairs` loop as compiled code runs it. False if the key was lost ("invalid key to 'next'"). */
function traverse(table: LuaTable, visit: (key: LuaValue, value: LuaValue) => unknown): boolean {
	const entries = new Traversal(table);
	try {
		while (entries.advance() && visit(entries.key, entries.value) !== true);
		return true;
	} catch (error) {
		if (error instanceof LuaError) return false;
		throw error;
	}
}

/** What table.ts promises to compiled code and to itself. */
function checkInvariants(table: LuaTable): void {
	const { array, fields, shape, hash } = table;
	const keys = shape.keyList(shape.count + 1).slice(1) as string[];
	let holes = 0;
	for (let i = 1; i < array.length; i++) if (array[i] === undefined) holes++;
	const problems = [
		array[0] !== undefined,
		holes !== table.holes,
		array.length > 1 && array[array.length - 1] === undefined,
		array.length - 1 > table.arraySize,
		Object.keys(fields).some((key) => !keys.includes(key)),
		hash === undefined && shape === DICTIONARY_SHAPE,
		hash === undefined && keys.filter((key) => fields[key] === undefined).length !== table.dead,
	];
	const broken = problems.indexOf(true);
	if (broken >= 0) throw new Error(`broken invariant ${broken}`);
}

// -- Comparison ------------------------------------------------------------------------

/** Runs histories on both sides; the first difference, made small, or undefined. */
export function findDifference(count: number, seed: number): string | undefined {
	const random = seededRandom(seed);
	const histories = Array.from({ length: count }, () => randomHistory(random));
	const expected = runNative(histories);
	for (let i = 0; i < count; i++) {
		if (replaySafely(histories[i]!, i) === expected[i]) continue;
		const small = shrink(histories[i]!, i);
		return `${sourceLine(small)}\nnative: ${runNative([small])[0]}\nours:   ${replaySafely(small, i)}`;
	}
	return undefined;
}

function replaySafely(history: History, variant: number): string {
	try {
		return replay(history, variant);
	} catch (error) {
		return String(error instanceof Error ? error.stack : error);
	}
}

function shrink(history: History, variant: number): History {
	let current = history;
	for (let changed = true; changed; ) {
		const candidates: History[] = [];
		for (let i = 0; i < current.operations.length; i++) {
			candidates.push({ ...current, operations: current.operations.filter((_, at) => at !== i) });
		}
		for (let i = 0; i < current.fields.length; i++) {
			candidates.push({ ...current, fields: current.fields.filter((_, at) => at !== i) });
		}
		if (current.openValues > 0) candidates.push({ ...current, openValues: current.openValues - 1 });
		if (current.openValues >= 0) candidates.push({ ...current, openValues: -1 });
		if (candidates.length === 0) break;
		const expected = runNative(candidates);
		const better = candidates.findIndex((candidate, i) => replaySafely(candidate, variant) !== expected[i]);
		changed = better >= 0;
		if (changed) current = candidates[better]!;
	}
	return current;
}
