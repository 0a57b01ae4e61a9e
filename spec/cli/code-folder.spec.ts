// What sessions leave to each other: the same answers with it and without it, whatever is in the folder,
// and nothing that anybody else could have put there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	existsSync,
	lstatSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { CodeFolder } from "../../src/cli/code-folder.ts";
import { Host, LuaCallError } from "../../src/host/host.ts";
import type { ErrorTarget } from "../../src/host/pipes.ts";
import { ownTree } from "../../src/host/tree.ts";
import type { LuaFunctionHandle } from "../../src/host/value.ts";
import { OUR_LUA } from "../support/dialogue.ts";
import { ROOT } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const isRoot = process.getuid?.() === 0;

/** What has to be read back: constants that JSON lacks, shared variables, positions, names, an iterator's name. */
const MODULE = String.raw`
local data = { 1, nil, 3, 1e999, -1e999, [true] = "\0\255\n", name = { { "a" }, { b = 0.1 } }, [1e999] = 2 }
local count = 0
local p = {}
function p.count(n) count = count + n; return count, (function() count = count + 1; return count end)() end
function p.data()
	local texts = {}
	for k, v in pairs(data) do texts[#texts + 1] = tostring(k) .. "=" .. tostring(type(v) == "table" and #v or v) end
	return table.concat(texts, " "), data.name[2].b, #data, data[true], data[1e999]
end
function p.fail(x)
	local t = { field = x }
	return t.field.inner + 1
end
function p.iterate(t) for k in t do return k end end
function p.varargs(...) local record = { a = ..., b = select("#", ...) }; return record.a, record.b, ... end
function p.deep(n) return n == 0 and 0 or 1 + p.deep(n - 1) end
function p.rarely() return function() return "never called" end end
return p
`;

const CALLS: readonly (readonly [name: string, ...args: (string | number)[]])[] = [
	["count", 2],
	["count", 3],
	["data"],
	["fail", 1],
	["iterate", 5],
	["varargs", "x", "y"],
	["deep", 5000],
	["deep", 1e6],
];

const root = mkdtempSync(join(tmpdir(), "lua-code-"));
after(() => rmSync(root, { recursive: true, force: true }));
let turn = 0;
let folder = "";
beforeEach(() => {
	folder = join(root, String(turn++));
});

/** The answers of one session, errors with their traces. */
async function answers(cache: string, stderr: ErrorTarget = "ignore"): Promise<unknown[]> {
	const env = { ...process.env, SCRIBUNTO_LUA_CACHE: cache };
	const host = new Host({ lua: OUR_LUA, tree: ownTree(ROOT), encoding: "latin1", env, stderr });
	try {
		const [module] = host.call(host.loadString(MODULE, "=Module:X")) as [Record<string, LuaFunctionHandle>];
		return CALLS.map(([name, ...args]) => {
			try {
				return host.call(module[name] as LuaFunctionHandle, ...args);
			} catch (error) {
				if (!(error instanceof LuaCallError)) throw error;
				return [error.value, error.trace];
			}
		});
	} finally {
		await host.quit();
	}
}

/** Of each file of the folder, and of nothing else. */
function contents(): Map<string, string> {
	return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

let expected: unknown[] = [];
before(async () => {
	if (!skip) expected = await answers("off");
});

/** Has a session fill the folder; the module's file, one of several. */
async function fill(): Promise<string> {
	assert.deepEqual(await answers(folder), expected);
	const [found, ...others] = [...contents()].filter(([, text]) => text.includes("=Module:X"));
	assert.ok(found !== undefined && others.length === 0, "the module has a file");
	return join(folder, found[0]);
}

describe("compiled modules", { skip }, () => {
	test("the answers are the same, and the second session has nothing to add", async () => {
		assert.ok(expected.length > 0);
		assert.match(String((expected[3] as unknown[])[0]), /^Module:X:13: attempt to index field 'field'/);
		assert.match(String((expected[4] as unknown[])[0]), /^Module:X:15: attempt to call a number value$/);
		assert.deepEqual(await answers("off"), expected);
		await fill();
		const first = contents();
		assert.deepEqual(await answers(folder), expected);
		assert.deepEqual(contents(), first);
	});

	test("a function that was never called before is added", async () => {
		const path = await fill();
		const text = readFileSync(path, "latin1");
		const bytes = readFileSync(path);
		const starts = recordStarts(bytes);
		// As if the last function had not been called yet.
		const shorter = text.slice(0, starts.at(-1));
		writeFileSync(path, shorter, "latin1");
		assert.deepEqual(await answers(folder), expected);
		assert.equal(readFileSync(path).length, text.length);
		assert.ok(readFileSync(path, "latin1").startsWith(shorter));
	});

	const damages: Record<string, (bytes: Buffer) => Buffer> = {
		"cut off in the first record": (bytes) => bytes.subarray(0, 100),
		"cut off in the last record": (bytes) => bytes.subarray(0, -1),
		"cut off in a record's head": (bytes) => Buffer.concat([bytes, bytes.subarray(0, 10)]),
		empty: () => Buffer.alloc(0),
		"lengths beyond the end": (bytes) => Buffer.from(bytes.fill(255, 12, 28)),
		"nothing but zeros": (bytes) => Buffer.alloc(bytes.length),
		"of another program": (bytes) => exchanged(bytes, /(?<="stamp":")./g, "-"),
		"of a chunk of another name": (bytes) => exchanged(bytes, "=Module:X", "=Module:Y"),
		"of another text": (bytes) => exchanged(bytes, "count + n", "count - n"),
		"facts that are no JSON": (bytes) => Buffer.from(bytes.fill(33, 28, 34)),
		"V8's code damaged": (bytes) => Buffer.from(bytes.fill(0, bytes.length - 64, bytes.length - 8)),
	};
	for (const [name, damage] of Object.entries(damages)) {
		test(`damaged: ${name}`, async () => {
			const path = await fill();
			const whole = readFileSync(path);
			writeFileSync(path, damage(Buffer.from(whole)));
			const damaged = readFileSync(path);
			assert.notDeepEqual(damaged, whole);
			assert.deepEqual(await answers(folder), expected);
			const mended = contents();
			assert.notDeepEqual(readFileSync(path), damaged);
			assert.deepEqual(await answers(folder), expected);
			assert.deepEqual(contents(), mended, "it was mended once and for all");
		});
	}

	test("records of another session's file are left out", async () => {
		const path = await fill();
		const bytes = readFileSync(path);
		const [, ...starts] = recordStarts(bytes);
		for (const at of starts) bytes.writeUInt8(bytes.readUInt8(at + 4) ^ 1, at + 4);
		sum(bytes);
		writeFileSync(path, bytes);
		assert.deepEqual(await answers(folder), expected);
		assert.ok(readFileSync(path).length > bytes.length, "the functions were compiled again");
	});

	test("off: nothing is written", async () => {
		const before = readdirSync(root);
		assert.deepEqual(await answers("off"), expected);
		assert.deepEqual(readdirSync(root), before);
	});

	test("a folder that is full loses what was not used for longest, soon", () => {
		mkdirSync(folder);
		for (const [index, name] of ["oldest", "older", "old", "new"].entries()) {
			const path = join(folder, name);
			writeFileSync(path, "");
			truncateSync(path, 70 * 2 ** 20);
			utimesSync(path, 1e9 + index, 1e9 + index);
		}
		const files = new CodeFolder(folder);
		// Any so many neighbours will do.
		const names = Array.from({ length: 64 }, (_, number) =>
			(0x0123456789abcdefn + BigInt(number)).toString(16).padStart(16, "0"),
		);
		for (const name of names) files.write(name, Buffer.from(name));
		assert.deepEqual(readdirSync(folder).sort(), [...names, "new", "old"].sort());
	});
});

describe("compiled modules that others could have written", { skip }, () => {
	/** Makes the module's file one with another name for a field, which shows in an error. */
	async function forge(): Promise<string> {
		const path = await fill();
		writeFileSync(path, exchanged(readFileSync(path), /"field"/g, '"forge"'));
		return path;
	}

	test("(it would be run)", async () => {
		await forge();
		assert.match(String((await answers(folder))[3]), /attempt to index forge 'forge'/);
	});

	test("a file in which others may write", async () => {
		const path = await forge();
		chmodSync(path, 0o666);
		assert.deepEqual(await answers(folder), expected);
		assert.equal(lstatSync(path).mode & 0o777, 0o600, "it was replaced");
	});

	test("a link", async () => {
		const path = await forge();
		renameSync(path, `${folder}-elsewhere`);
		symlinkSync(`${folder}-elsewhere`, path);
		assert.deepEqual(await answers(folder), expected);
		assert.ok(lstatSync(path).isFile(), "it was replaced");
	});

	test("a FIFO", async () => {
		const path = await fill();
		rmSync(path);
		assert.equal(spawnSync("mkfifo", [path]).status, 0);
		assert.deepEqual(await answers(folder), expected);
	});

	test("another user's file", { skip: isRoot ? false : "only root can give files away" }, async () => {
		const path = await forge();
		chownSync(path, 1, 1);
		assert.deepEqual(await answers(folder), expected);
		assert.equal(lstatSync(path).uid, process.getuid?.(), "it was replaced");
	});

	const folders: Record<string, readonly [make: () => void, complaint: RegExp]> = {
		"in which others may write": [
			() => {
				mkdirSync(folder);
				chmodSync(folder, 0o777);
			},
			/lets others write: chmod 700 it/,
		],
		"that is a link": [
			() => {
				mkdirSync(`${folder}-own`);
				symlinkSync(`${folder}-own`, folder);
			},
			/is a link/,
		],
		"that is a file": [() => writeFileSync(folder, ""), /is no directory/],
		"below a file": [
			() => {
				writeFileSync(folder, "");
				folder = join(folder, "below");
			},
			/ENOTDIR/,
		],
		...(isRoot
			? {
					"of another user": [
						() => {
							mkdirSync(folder);
							chownSync(folder, 1, 1);
						},
						/belongs to user 1, not to 0/,
					],
				}
			: {}),
	};
	for (const [name, [make, complaint]] of Object.entries(folders)) {
		test(`a folder ${name}`, async () => {
			make();
			const log = join(root, `log-${turn}`);
			assert.deepEqual(await answers(folder, { file: log }), expected);
			assert.match(readFileSync(log, "latin1"), complaint);
			if (existsSync(folder) && lstatSync(folder).isDirectory()) assert.deepEqual(readdirSync(folder), []);
		});
	}
});

/** Where records begin: each with a check sum, two numbers and the lengths of its four parts. */
function recordStarts(bytes: Buffer): number[] {
	const starts: number[] = [];
	for (let at = 0; at < bytes.length; ) {
		starts.push(at);
		let end = at + 28;
		for (let length = at + 12; length < at + 28; length += 4) end += bytes.readUInt32LE(length);
		at = end;
	}
	return starts;
}

/** Gives each record its check sum. */
function sum(bytes: Buffer): void {
	const starts = recordStarts(bytes);
	for (const [index, at] of starts.entries()) {
		bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, starts[index + 1] ?? bytes.length)), at);
	}
}

/** With other text of the same length. */
function exchanged(bytes: Buffer, wanted: string | RegExp, other: string): Buffer {
	const changed = Buffer.from(bytes.toString("latin1").replace(wanted, other), "latin1");
	sum(changed);
	return changed;
}
