/**
 * What Scribunto shows when its Lua does not start or is killed: the messages of the README's table, each provoked on
 * the real host.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { Wiki } from "../support/wiki.ts";

const OUR_LUA = fromRoot("bin", "lua");
const README = readFileSync(fromRoot("README.md"), "utf8");
const TIMEOUT = "The time allocated for running scripts has expired.";
const MODULE = `return {
	main = function() return 'fine' end,
	loop = function() while true do end end,
	memory = function()
		local t = {}
		for i = 1, 1e9 do t[i] = ('x' .. i):rep(1000) end
	end,
}`;

/** The beginning of an ELF file for 64-bit ARM, or for x86-64 where that is what we run on. */
const FOREIGN_PROGRAM = Buffer.alloc(4096);
FOREIGN_PROGRAM.write("\x7fELF\x02\x01\x01", "latin1");
FOREIGN_PROGRAM.set([2, 0, process.arch === "arm64" ? 0x3e : 0xb7, 0, 1, 0, 0, 0], 16);

interface Case {
	readonly name: string;
	/** luaPath, or what is in the file that it names. */
	readonly lua: string | Uint8Array;
	readonly mode?: number;
	readonly functionName?: string;
	readonly env?: NodeJS.ProcessEnv;
	/** Behind "Lua error: Internal error: ", or all of it. */
	readonly shown: string;
	/** What the file has that errorFile names. */
	readonly told?: RegExp;
}

const status = (number: number) => `The interpreter exited with status ${number}.`;
const signal = (number: number) => `The interpreter has terminated with signal "${number}".`;
/** Dies behind the first bytes of PHP's, as a program that was killed while it ran. */
const killedBy = (number: number) => `#!/bin/sh\nhead -c 16 >/dev/null\nkill -${number} $$\n`;
const defaultLimits = { REAL_HOST_DEFAULT_LIMITS: "1" };

const CASES: readonly Case[] = [
	{
		name: "may not be executed",
		lua: "#!/bin/sh\n",
		mode: 0o644,
		shown: status(126),
		told: /Permission denied/,
	},
	{ name: "is for another processor", lua: FOREIGN_PROGRAM, shown: status(126), told: /Exec format error/ },
	{ name: "is not there", lua: "/nowhere/lua", shown: status(127), told: /not found/ },
	{
		name: "has lines that end in CR LF",
		lua: readFileSync(OUR_LUA, "utf8").replaceAll("\n", "\r\n"),
		shown: status(127),
		told: /not found/,
	},
	{
		name: "finds no Node",
		lua: OUR_LUA,
		env: { SCRIBUNTO_LUA_NODE: "/none" },
		shown: status(70),
		told: /cannot find Node/,
	},
	{
		name: "has neither memory nor a pool",
		lua: OUR_LUA,
		env: defaultLimits,
		shown: status(70),
		told: /are too few for Node/,
	},
	{
		name: "cannot read Scribunto's files",
		lua: `#!/bin/sh\nexec '${OUR_LUA}' "$1" /none x 8\n`,
		shown: status(1),
	},
	{ name: "ends at once", lua: "/bin/true", shown: status(0) },
	{ name: "is another program", lua: "#!/bin/sh\necho hello\ncat >/dev/null\n", shown: signal(15) },
	{ name: "is a program that answers", lua: "/bin/cat", shown: "Unable to decode message." },
	{ name: "is killed for want of memory", lua: killedBy(9), shown: signal(9) },
	{ name: "gives itself up", lua: killedBy(6), shown: signal(6) },
	{
		name: "has a memoryLimit of nothing",
		lua: OUR_LUA,
		env: { REAL_HOST_MEMORY_LIMIT: "1" },
		shown: signal(11),
	},
	{ name: "is out of time, as the system sees it", lua: killedBy(24), shown: TIMEOUT },
	{
		name: "is out of time",
		lua: OUR_LUA,
		functionName: "loop",
		env: { REAL_HOST_MEMORY_LIMIT: String(2 ** 31), REAL_HOST_CPU_LIMIT: "2" },
		shown: TIMEOUT,
	},
];

describe("a Lua that", { skip: whyMissing("php", "mediawiki", "bin/lua") }, () => {
	let wiki: Wiki;
	let count = 0;

	before(async () => {
		wiki = new Wiki();
		await wiki.setUp();
		for (const kind of ["messages", "modules", "pages", "templates"]) {
			mkdirSync(join(wiki.directory, "changes", kind), { recursive: true });
		}
		writeFileSync(join(wiki.directory, "changes", "modules", "Work.lua"), MODULE);
		await wiki.importPages(join(wiki.directory, "changes"));
	});
	after(() => wiki.remove());

	function luaPath(lua: Case["lua"], mode = 0o755): string {
		if (typeof lua === "string" && lua.startsWith("/")) return lua;
		const path = join(wiki.directory, `lua-${count++}`);
		writeFileSync(path, lua);
		chmodSync(path, mode);
		return path;
	}

	for (const { name, lua, mode, functionName = "main", env = {}, shown, told } of CASES) {
		test(`${name}: ${shown}`, async () => {
			const [calls, outcomes, errors] = ["calls", "outcomes", "errors"].map((file) =>
				join(wiki.directory, file),
			);
			writeFileSync(calls!, JSON.stringify([{ module: "Work", functionName, args: [], title: "Page" }]));
			writeFileSync(errors!, "");
			await wiki.run(
				fromRoot("spec", "real-host", "InvokeModules.php"),
				[calls!, outcomes!, "20240229123456"],
				{
					lua: luaPath(lua, mode),
					env: { REAL_HOST_ERROR_FILE: errors, SCRIBUNTO_LUA_RUNTIME_DIR: "/nowhere", ...env },
				},
			);
			const [{ error }] = JSON.parse(readFileSync(outcomes!, "utf8")) as [{ error: string }];
			assert.equal(error, shown === TIMEOUT ? shown : `Lua error: Internal error: ${shown}`);
			if (told !== undefined) assert.match(readFileSync(errors!, "utf8"), told);
			// The README has it in the same words.
			const words = shown.replace(/^The interpreter |\.$/g, "");
			assert.ok(README.includes(words), `the README does not name: ${words}`);
		});
	}
});
