/**
 * Runs the tests of modules that follow ScribuntoUnit: functions named test... of the table that the module
 * returns, each called with that table. Which ScribuntoUnit they use does not matter: what counts is what a
 * test raises. All tests of a module run in one call, as on a wiki.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ModuleFolder } from "../host/module-folder.ts";
import { ownTree } from "../host/tree.ts";
import { toText } from "./php-array.ts";
import { type OfflineOptions, OfflineRun } from "./run.ts";
import type { ScriptFailure } from "./script-failure.ts";

export interface TestResult {
	/** The function's name. */
	readonly name: string;
	/** `failed`: an assertion did not hold; `error`: anything else was raised. */
	readonly outcome: "passed" | "failed" | "error" | "skipped";
	readonly message: string;
	readonly expected: string | undefined;
	readonly actual: string | undefined;
	/** Where it was raised, a line for each call. */
	readonly traceback: string;
	/** Seconds of CPU time. */
	readonly time: number;
}

export interface SuiteResult {
	/** "Module:X/testcases". */
	readonly module: string;
	readonly tests: readonly TestResult[];
	/** The module could not be run at all. */
	readonly failure: ScriptFailure | undefined;
	readonly log: string;
	readonly missing: readonly string[];
}

/** A name that no page can have. */
const RUNNER = "Lua-run tests";

/** Every text is "length:bytes", so that it can hold anything. */
const RUNNER_TEXT = `
local p = {}
local function field( value )
	if value == nil then return '-:' end
	value = tostring( value )
	return #value .. ':' .. value
end
local function isTest( name, value )
	return type( name ) == 'string' and name:find( '^test' ) and type( value ) == 'function'
end
function p.run( frame )
	local suite = require( frame.args[1] )
	if type( suite ) ~= 'table' then
		error( 'the module returned a ' .. type( suite ) .. ' value, not a table of tests', 0 )
	end
	if type( suite.init ) == 'function' then pcall( suite.init, suite, frame ) end
	if suite.frame == nil then suite.frame = frame end
	local names = {}
	for name, value in pairs( suite ) do
		if isTest( name, value ) then names[#names + 1] = name end
	end
	table.sort( names )
	local out = {}
	for _, name in ipairs( names ) do
		local traceback
		local start = os.clock()
		local ok, raised = xpcall( function() suite[name]( suite ) end, function( value )
			traceback = debug.traceback( '', 2 )
			return value
		end )
		local time = os.clock() - start
		local outcome, message, expected, actual = 'passed'
		if not ok then
			outcome = 'error'
			message = raised
			if type( raised ) == 'table' then
				local isAssertion = rawget( raised, 'ScribuntoUnit' )
				outcome = isAssertion and ( rawget( raised, 'skipped' ) and 'skipped' or 'failed' ) or 'error'
				message = rawget( raised, 'text' )
				if message == nil then message = raised end
				expected, actual = rawget( raised, 'expected' ), rawget( raised, 'actual' )
			end
		end
		for _, value in ipairs{ name, outcome, message or '', traceback or '', time } do
			out[#out + 1] = field( value )
		end
		out[#out + 1] = field( expected )
		out[#out + 1] = field( actual )
	end
	return table.concat( out )
end
return p
`;

const FIELDS_PER_TEST = 7;

/** Runs the tests of one module; `module` is its name without namespace. */
export function runTests(options: OfflineOptions, module: string): SuiteResult {
	const texts = new Map([...(options.texts ?? []), [RUNNER, RUNNER_TEXT] as const]);
	if (new ModuleFolder(options.modules, options.texts).read("ScribuntoUnit") === undefined) {
		const file = join(ownTree(options.packageRoot).includes, "modules", "ScribuntoUnit.lua");
		texts.set("ScribuntoUnit", readFileSync(file, "latin1"));
	}
	const name = `Module:${module}`;
	const args = [{ name: undefined, value: name }];
	const run = new OfflineRun({ ...options, texts });
	const broken = run.compile(module);
	if (broken !== undefined) return { module: name, tests: [], failure: broken, log: "", missing: [] };
	const { output, failure, log, missing } = run.call({ module: RUNNER, functionName: "run", args });
	return {
		module: name,
		tests: output === undefined ? [] : readResults(output),
		failure,
		log: toText(log),
		missing,
	};
}

function readResults(output: string): TestResult[] {
	const fields = readFields(output);
	const tests: TestResult[] = [];
	for (let i = 0; i < fields.length; i += FIELDS_PER_TEST) {
		const [name = "", outcome = "error", message = "", traceback = "", time = "0", expected, actual] =
			fields.slice(i, i + FIELDS_PER_TEST);
		tests.push({
			name,
			outcome: outcome as TestResult["outcome"], // the runner writes these words only
			message,
			expected,
			actual,
			traceback: shortened(traceback),
			time: Number(time),
		});
	}
	return tests;
}

function readFields(output: string): (string | undefined)[] {
	const fields: (string | undefined)[] = [];
	for (let at = 0; at < output.length; ) {
		const colon = output.indexOf(":", at);
		const length = output.slice(at, colon);
		if (length === "-") {
			fields.push(undefined);
			at = colon + 1;
		} else {
			at = colon + 1 + Number(length);
			fields.push(toText(output.slice(colon + 1, at)));
		}
	}
	return fields;
}

/** The calls within the test: those of the runner and of the libraries around it are left out. */
function shortened(traceback: string): string {
	const lines = traceback
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "" && line !== "stack traceback:");
	const end = lines.findIndex((line) => line.startsWith(`Module:${RUNNER.replaceAll(" ", "_")}:`));
	return (end < 0 ? lines : lines.slice(0, end)).join("\n");
}
