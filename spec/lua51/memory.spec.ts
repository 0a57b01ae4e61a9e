import assert from "node:assert/strict";
import { test } from "node:test";
import {
	addWatch,
	allocate,
	forgetJoined,
	memory,
	noteJoined,
	removeWatch,
	type Watch,
} from "../../src/lua51/memory.ts";

function watchOf(step: number, looks: number[], note: number): Watch {
	return {
		left: step,
		look() {
			looks.push(note);
			this.left = step;
		},
	};
}

test("each watch looks when its own number of bytes has been allocated", () => {
	const looks: number[] = [];
	const every10 = watchOf(10, looks, 10);
	const every25 = watchOf(25, looks, 25);
	addWatch(every10);
	for (let i = 0; i < 8; i++) allocate(1);
	addWatch(every25);
	for (let i = 0; i < 40; i++) allocate(1);
	// The byte too many comes with the look: after 11 of 10, after 26 of 25.
	assert.deepEqual(looks, [10, 10, 10, 25, 10]);
	removeWatch(every10);
	for (let i = 0; i < 30; i++) allocate(1);
	assert.deepEqual(looks.slice(5), [25]);
	removeWatch(every25);
	removeWatch(undefined);
	allocate(1000);
	assert.equal(looks.length, 6);
});

test("a look that throws has said when it wants to look again, and what it allocates starts no other", () => {
	let looks = 0;
	const watch: Watch = {
		left: 5,
		look() {
			looks++;
			allocate(100);
			this.left = 5;
			throw new Error("no more");
		},
	};
	addWatch(watch);
	assert.throws(() => allocate(6), /no more/);
	allocate(5);
	assert.throws(() => allocate(1), /no more/);
	removeWatch(watch);
	assert.equal(looks, 2);
});

test("text that grows is known as such however much has been joined: else all of it would be copied now and then", () => {
	forgetJoined();
	const piece = "x".repeat(2 ** 20);
	let text = piece;
	for (let count = 0; count < 100; count++) {
		const longer = text + piece;
		noteJoined(text, piece, longer);
		// (References are compared: the same text in another string would be compared letter by letter.)
		assert.ok(memory.joined === longer, `after ${count}`);
		text = longer;
	}
	forgetJoined();
});
