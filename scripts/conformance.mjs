// Writes docs/conformance.md: how many differential cases there are for each subject and for each function of
// the library, and what is known to differ. `node scripts/conformance.mjs`; lua5.1 is needed.
//
// Cases are counted by running the fixtures under lua5.1 (fixtures/conformance/count-cases.lua); that ours gives
// the same is what spec/engine/differential.spec.ts proves. Differences are data in fixtures/conformance:
// known-differences.json has a program for each, differing-cases.json the cases that show one. spec/conformance.spec.ts
// fails when a difference is gone, and when the document is not what this script makes.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const LUA_FILES = join(ROOT, "fixtures", "lua");
const CONFORMANCE = join(ROOT, "fixtures", "conformance");
const DOCUMENT = join(ROOT, "docs", "conformance.md");

/** A fixture without cases: spec/peer/environment.spec.ts runs it. */
const WITHOUT_CASES = "dump-environment.lua";

/** What a fixture is about; a new fixture needs a line here. */
const SUBJECTS = {
	"base-library.lua": "basic functions: arguments, results, errors (5.1 §5.1)",
	"calls.lua": "calls, varargs, multiple results, tail calls (§2.5.8, §2.5.9)",
	"closures.lua": "closures and upvalues (§2.6)",
	"coroutines.lua": "coroutines (§2.11, §5.2)",
	"dump.lua": "`string.dump`, and loading what it gives",
	"environments.lua": "environments: `getfenv`, `setfenv`, inheritance (§2.9)",
	"evaluation-order.lua":
		"random statements with side effects: what is read before and what after a call (§2.4.3, §2.5)",
	"error-lines.lua": "the line that an error names",
	"error-names.lua": "how an error names the value: `local 'x'`, `field 'y'`, ...",
	"error-values.lua": "`error` with levels and any value, `pcall`, `xpcall`, handlers (§2.7)",
	"fields.lua": "histories of named keys: classes, dictionaries, constructors, method calls (§2.2, §2.8)",
	"format.lua": "`string.format`",
	"io-library.lua": "the io library (§5.7)",
	"constant-tables.lua": "constructors of constants that are run again (§2.5.7)",
	"iterator-names.lua": "how an error names an iterator that cannot be called",
	"javascript-names.lua": "names and texts that mean something to JavaScript",
	"lexical.lua": "tokens, numerals, strings, comments (§2.1)",
	"limits.lua": "native's limits: locals, upvalues, levels, stack, results, lengths",
	"metamethod-depth.lua": "room on the stack below metamethods, in handlers of errors (§2.8)",
	"metamethods.lua": "metatables (§2.8)",
	"numbers.lua": "numbers, their text, the math library (§5.6)",
	"os-dates-zone.lua": "`os.date` and `os.time` in a zone with summer time",
	"os-dates.lua": "`os.date` and `os.time`, the os library (§5.8)",
	"package-library.lua": "`require`, `module`, `package` (§5.3)",
	"patterns.lua": "patterns: find, match, gmatch, gsub (§5.4.1)",
	"strings.lua": "strings and the string library (§5.4)",
	"syntax-errors.lua": "syntax errors: text, line, `near` (§8)",
	"list-moves.lua": "`table.insert` and `table.remove` in lists of every kind (§5.5)",
	"table-library.lua": "the table library (§5.5)",
	"tail-call-depth.lua": "room on the stack below functions that a tail call has replaced (§2.5.8)",
	"tables.lua": "tables: order, `#` with holes, constructors, growth, deletion (§2.5.7)",
	"traceback.lua": "`debug.traceback` and `debug.getinfo` (§5.9)",
	"zero-bytes.lua": "strings with zero bytes where native hands them to C",
};

/** The document's text. */
export function conformanceText() {
	const { differences } = readJson("known-differences.json");
	const { cases: differing } = readJson("differing-cases.json");
	const files = luaFiles(LUA_FILES).filter((name) => name !== WITHOUT_CASES);
	const counted = new Map(files.map((name) => [name, countCases(name)]));
	const uncaught = luaFiles(join(LUA_FILES, "errors")).length;
	let total = uncaught;
	for (const { cases } of counted.values()) total += cases;
	let different = 0;
	for (const cases of Object.values(differing)) different += Object.keys(cases).length;
	return [
		...introduction(total, different),
		...subjectTable(counted, differing, uncaught),
		...functionTable(counted, differences),
		...differenceTable(differences),
		"",
	].join("\n");
}

// -- Parts ------------------------------------------------------------------------------------

function introduction(total, different) {
	return [
		"<!-- Made by scripts/conformance.mjs. Change that, the fixtures or fixtures/conformance/known-differences.json. -->",
		"",
		"# Conformance with lua5.1",
		"",
		"What is compared is PUC Lua 5.1.5 as Debian builds it for x86-64 Linux. Each case is a piece of a Lua",
		`program under [fixtures/lua](../fixtures/lua) that is run by both. Of ${total} cases ${total - different} print the same bytes and`,
		`${different} show a known difference; [spec/engine/differential.spec.ts](../spec/engine/differential.spec.ts) checks both`,
		"(`npm test -- differential`).",
		"",
		"Not counted here, since they are made while they run: random sequences of table operations",
		"([spec/lua51/table.spec.ts](../spec/lua51/table.spec.ts)), arguments of library functions",
		"([spec/stdlib](../spec/stdlib)), random programs ([scripts/fuzz.mjs](../scripts/fuzz.mjs)), the peer's",
		"messages ([spec/peer](../spec/peer)) and the pages of a MediaWiki ([spec/real-host](../spec/real-host)).",
		"",
		"Random programs, last long run, all on 893b764: `node scripts/fuzz.mjs 50000 SEED` for the seeds 351100000 and 451100000: 100,000 without a",
		"difference. As many on 6b87acb and 110,000 on 72e5c2e had none either, nor 109,000 on 3029ae6 (seeds from 651100000, 751100000, 851100000, 951100000,",
		"1051100000 and 1151100000 on), 20,000 on b24e08e, 12,000 on f1bcc9c with Node 24 and 16,000 on c9326c2. Of 16,000 after a change of most operations (seed 20261201 on) one did, mended since (the name of an",
		"iterator behind a concatenation in parentheses); of 28,000 more none (seeds from 770001 and 990001 on), nor of 8,000 and, with Node 26, 12,000 on 04be4e6 (seeds 1301001 and 1401001 on). Beside these, 350,000 cases of generators made for one subject each (formats, numerals,",
		"loops, sorting, patterns, dates, environments, metatables that change while they are used, functions that V8 optimizes meanwhile) found two, mended since:",
		"`cannot resume normal coroutine`, and which error `load` gives when its reader fails behind a syntax error.",
		"",
		"Programs of others, on 9b1537b: 2,379 Lua files of 50 Debian packages are read alike, and so are 152,500 of them with a token or a byte changed; what tests and programs of",
		"luaunit, busted, luajson, ldoc over penlight, luacheck and others print is the same but for C libraries and precompiled chunks; 17,450 programs made of such libraries by putting a",
		"wrong value somewhere, 20,000 random stacks, 176,000 expressions over several lines and 3,700 random sessions with the real MWServer differ in nothing that is not listed below.",
		"",
	];
}

function subjectTable(counted, differing, uncaught) {
	const rows = [...counted].map(([name, { cases }]) => {
		const subject = SUBJECTS[name];
		if (subject === undefined) throw new Error(`scripts/conformance.mjs does not know what ${name} is about`);
		const different = Object.values(differing[name] ?? {});
		const ids = [...new Set(different)].map((id) => `[${id}](#${id})`).join(", ");
		const count = different.length > 0 ? `${different.length}: ${ids}` : "";
		return `| ${subject} | [${name}](../fixtures/lua/${name}) | ${cases} | ${count} |`;
	});
	return [
		"## By subject",
		"",
		"| subject | fixture | cases | different |",
		"|---|---|---:|---|",
		...rows,
		`| uncaught errors: stderr and exit status | [errors/](../fixtures/lua/errors) | ${uncaught} | |`,
		"",
	];
}

function functionTable(counted, differences) {
	const totals = new Map(functionNames().map((name) => [name, 0]));
	for (const { functions } of counted.values()) {
		for (const [name, count] of functions) totals.set(name, (totals.get(name) ?? 0) + count);
	}
	const rows = [...totals].sort(byLibrary).map(([name, count]) => {
		const known = differences.filter(({ functions }) => functions.includes(name));
		return `| \`${name}\` | ${count} | ${known.map(({ id }) => `[${id}](#${id})`).join(", ")} |`;
	});
	return [
		"## By function",
		"",
		"In how many of these cases the function is called by the case itself (not by the fixture's helpers); a case",
		"that calls several counts for each. What C libraries, hooks and prompts need is listed for completeness.",
		"",
		"| function | cases | known differences |",
		"|---|---:|---|",
		...rows,
		"",
	];
}

function differenceTable(differences) {
	const part = (inSandbox) =>
		differences
			.filter((each) => each.inSandbox === inSandbox)
			.map(({ id, difference, why }) => `| <a id="${id}"></a>${id} | ${difference} | ${why} |`);
	const head = ["", "| id | difference | reason |", "|---|---|---|"];
	return [
		"## Known differences",
		"",
		"Each has a program in [known-differences.json](../fixtures/conformance/known-differences.json) that shows it, and",
		"[spec/conformance.spec.ts](../spec/conformance.spec.ts) fails when it does not differ any more.",
		"",
		"### What a module in the sandbox can see",
		...head,
		...part(true),
		"",
		"### What only the command line has",
		...head,
		...part(false),
	];
}

// -- Counting ---------------------------------------------------------------------------------------

/** The number of cases of a fixture, and in how many of them each function is called. */
function countCases(name) {
	const output = lua([join(CONFORMANCE, "count-cases.lua"), name], LUA_FILES);
	const lines = output
		.slice(output.lastIndexOf("\ncases\t") + 1)
		.trimEnd()
		.split("\n");
	const [[, cases], ...functions] = lines.map((line) => line.split("\t"));
	return { cases: Number(cases), functions: functions.map(([key, count]) => [key, Number(count)]) };
}

/** All functions of native's library. */
function functionNames() {
	const program = `
		local function list(library, prefix)
			for name, value in pairs(library) do
				if type(value) == "function" then print(prefix .. name) end
			end
		end
		list(_G, "")
		for _, name in ipairs{"coroutine", "debug", "io", "math", "os", "package", "string", "table"} do
			list(_G[name], name .. ".")
		end
		for name in pairs(getmetatable(io.stdout).__index) do
			if not name:find("^__") then print("file:" .. name) end
		end`;
	const aliases = new Set(["string.gfind", "math.mod"]); // counted under their new names
	return lua(["-e", program], ROOT)
		.trimEnd()
		.split("\n")
		.filter((name) => !aliases.has(name));
}

function lua(args, folder) {
	const ended = spawnSync("lua5.1", args, {
		cwd: folder,
		encoding: "latin1",
		input: "",
		env: { PATH: process.env.PATH, TZ: "UTC", LC_ALL: "C" },
		maxBuffer: 64 * 1024 * 1024,
	});
	if (ended.error !== undefined) throw ended.error;
	if (ended.status !== 0) throw new Error(`lua5.1 ${args.join(" ")}: ${ended.stderr}`);
	return ended.stdout;
}

/** Basic functions first, then library by library. */
function byLibrary([a], [b]) {
	const depth = (name) => (/[.:]/.test(name) ? 1 : 0);
	return depth(a) - depth(b) || (a < b ? -1 : 1);
}

function readJson(name) {
	return JSON.parse(readFileSync(join(CONFORMANCE, name), "utf8"));
}

function luaFiles(folder) {
	return readdirSync(folder)
		.filter((name) => name.endsWith(".lua"))
		.sort();
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	writeFileSync(DOCUMENT, conformanceText());
}
