/** Results of tests as TAP (version 13) and as JUnit's XML. */
import type { SuiteResult, TestResult } from "./unit-test.ts";

export interface Counts {
	readonly passed: number;
	readonly failed: number;
	readonly skipped: number;
}

/** A module that could not be run, or has no tests, counts as one failure. */
export function countResults(suites: readonly SuiteResult[]): Counts {
	const tests = suites.flatMap(entriesOf);
	const count = (...outcomes: readonly TestResult["outcome"][]): number =>
		tests.filter(({ outcome }) => outcomes.includes(outcome)).length;
	return { passed: count("passed"), failed: count("failed", "error"), skipped: count("skipped") };
}

function entriesOf({ tests, failure }: SuiteResult): readonly TestResult[] {
	if (failure === undefined && tests.length > 0) return tests;
	const message = failure?.message ?? "the module has no function whose name begins with test";
	const trace = failure?.trace ?? [];
	const traceback = trace.map(({ source, line, name }) => `${source}:${line}: ${name ?? "?"}`).join("\n");
	const nothing = { expected: undefined, actual: undefined, time: 0 };
	return [{ name: "(module)", outcome: "error", message, traceback, ...nothing }];
}

export function tapText(suites: readonly SuiteResult[]): string {
	const lines: string[] = [];
	let number = 0;
	for (const suite of suites) {
		for (const test of entriesOf(suite)) {
			number++;
			lines.push(...tapLines(number, `${suite.module} ${test.name}`, test));
		}
		for (const line of suite.log.split("\n")) if (line !== "") lines.push(`# ${line}`);
		for (const line of suite.missing) lines.push(`# ${line}`);
	}
	const { passed, failed, skipped } = countResults(suites);
	return [
		"TAP version 13",
		`1..${number}`,
		...lines,
		`# ${passed} passed, ${failed} failed, ${skipped} skipped`,
		"",
	].join("\n");
}

function tapLines(number: number, description: string, test: TestResult): string[] {
	const name = description.replaceAll("#", "\\#");
	if (test.outcome === "passed") return [`ok ${number} - ${name}`];
	if (test.outcome === "skipped")
		return [`ok ${number} - ${name} # SKIP ${test.message.replaceAll("\n", " ")}`];
	const lines = [`not ok ${number} - ${name}`, "  ---", ...yamlText("message", test.message)];
	lines.push(`  severity: ${test.outcome === "failed" ? "fail" : "error"}`);
	if (test.expected !== undefined) lines.push(...yamlText("expected", test.expected));
	if (test.actual !== undefined) lines.push(...yamlText("actual", test.actual));
	if (test.traceback !== "") lines.push(...yamlText("at", test.traceback));
	return [...lines, "  ..."];
}

/** JSON's strings are YAML's; several lines are a block. */
function yamlText(key: string, text: string): string[] {
	const isBlock = text.includes("\n") && !/[^\t\n\x20-\u{10ffff}]|^\s/u.test(text);
	if (!isBlock) return [`  ${key}: ${JSON.stringify(text)}`];
	return [`  ${key}: |-`, ...text.split("\n").map((line) => `    ${line}`)];
}

export function junitText(suites: readonly SuiteResult[]): string {
	const { passed, failed, skipped } = countResults(suites);
	const lines = [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<testsuites tests="${passed + failed + skipped}" failures="${failed}" skipped="${skipped}">`,
	];
	for (const suite of suites) lines.push(...junitSuite(suite));
	return [...lines, "</testsuites>", ""].join("\n");
}

function junitSuite(suite: SuiteResult): string[] {
	const tests = entriesOf(suite);
	const count = (wanted: TestResult["outcome"]): number =>
		tests.filter(({ outcome }) => outcome === wanted).length;
	const time = tests.reduce((sum, test) => sum + test.time, 0);
	const counts = `tests="${tests.length}" failures="${count("failed")}" errors="${count("error")}" skipped="${count("skipped")}"`;
	const lines = [`  <testsuite name="${xml(suite.module)}" ${counts} time="${time.toFixed(3)}">`];
	for (const test of tests) {
		const start = `    <testcase classname="${xml(suite.module)}" name="${xml(test.name)}" time="${test.time.toFixed(3)}"`;
		if (test.outcome === "passed") lines.push(`${start}/>`);
		else lines.push(`${start}>`, `      ${junitOutcome(test)}`, "    </testcase>");
	}
	if (suite.log !== "") lines.push(`    <system-out>${xml(suite.log)}</system-out>`);
	return [...lines, "  </testsuite>"];
}

function junitOutcome({ outcome, message, traceback }: TestResult): string {
	const [firstLine = ""] = message.split("\n");
	if (outcome === "skipped") return `<skipped message="${xml(firstLine)}"/>`;
	const element = outcome === "failed" ? "failure" : "error";
	const text = traceback === "" ? message : `${message}\n${traceback}`;
	return `<${element} message="${xml(firstLine)}">${xml(text)}</${element}>`;
}

/** What XML can hold: other characters are shown as what they are not. */
function xml(text: string): string {
	return text
		.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
		.replace(/&/g, "&amp;")
		.replace(/</g, "&lt;")
		.replace(/>/g, "&gt;")
		.replace(/"/g, "&quot;");
}
