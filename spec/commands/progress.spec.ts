import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress } from "../../src/commands/progress.ts";

test("progress is told of long work only, ten times a second, and leaves nothing behind", () => {
	const written: string[] = [];
	let now = 0;
	const progress = new Progress(
		(text) => written.push(text),
		() => now,
	);
	for (now = 0; now < 1000; now += 50) progress.tell("x", now, 2000);
	progress.clear();
	assert.deepEqual(written, []);
	for (; now < 1300; now += 50) progress.tell("x", now, 2000);
	progress.clear();
	progress.clear();
	const line = (done: number) => `\r\x1b[Kx: ${done} of 2000`;
	assert.deepEqual(written, [line(1000), line(1100), line(1200), "\r\x1b[K"]);
});

test("a long name does not make the line longer than the terminal", () => {
	const written: string[] = [];
	let now = 0;
	const progress = new Progress(
		(text) => written.push(text),
		() => now,
	);
	now = 1000;
	progress.tell("x".repeat(200), 1, 2);
	assert.deepEqual(written, [`\r\x1b[K${"x".repeat(79)}`]);
});

test("nobody is told where there is no terminal", () => {
	const progress = new Progress(undefined, () => 1e9);
	progress.tell("x", 1, 2);
	progress.clear();
});
