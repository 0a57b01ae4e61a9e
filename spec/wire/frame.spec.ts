import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHeader, encodeHeader, ProtocolError } from "../../src/wire/frame.ts";
import { FrameBuffer } from "../../src/wire/frame-buffer.ts";

const frameOf = (body: string): Buffer => Buffer.from(encodeHeader(body.length) + body, "latin1");

/** Every body that can be taken now. */
function takeAll(buffer: FrameBuffer): string[] {
	const bodies: string[] = [];
	for (let body = buffer.take(); body !== undefined; body = buffer.take())
		bodies.push(body.toString("latin1"));
	return bodies;
}

test("a header is the length and its check word", () => {
	assert.equal(encodeHeader(1), "0000000100000001");
	assert.equal(encodeHeader(0x1234), "0000123400002467");
	assert.equal(decodeHeader("0000123400002467"), 0x1234);
	assert.equal(decodeHeader("0000ABCD00015799"), 0xabcd);
	assert.equal(decodeHeader(encodeHeader(2 ** 31)), 2 ** 31);
});

test("malformed headers are protocol errors", () => {
	const headers = [
		"0000000100000002",
		"00000000ffffffff",
		"0000000000000000",
		"x000000100000001",
		"00000001 0000001",
	];
	for (const header of headers) assert.throws(() => decodeHeader(header), ProtocolError, header);
	assert.throws(() => encodeHeader(2 ** 31 + 1), ProtocolError);
	assert.throws(() => encodeHeader(0), ProtocolError);
});

test("frames come out whole when bytes come one at a time", () => {
	const buffer = new FrameBuffer();
	const bodies = ["a", "bc".repeat(500), "\0\xff\n", "last"];
	const seen: string[] = [];
	for (const byte of Buffer.concat(bodies.map(frameOf))) {
		buffer.append(Uint8Array.of(byte));
		seen.push(...takeAll(buffer));
	}
	assert.deepEqual(seen, bodies);
	assert.ok(buffer.isEmpty);
});

test("frames come out whole when they come together", () => {
	const buffer = new FrameBuffer();
	const bodies = Array.from({ length: 300 }, (_, i) => "x".repeat(1 + ((i * 37) % 900)));
	buffer.append(Buffer.concat(bodies.map(frameOf)));
	assert.deepEqual(takeAll(buffer), bodies);
});

test("small and large frames in turns, through borrowed room", () => {
	const buffer = new FrameBuffer();
	for (const size of [10, 5_000_000, 3, 65_536, 65_520, 70_000, 1, 3_000_000, 12]) {
		const frame = frameOf("y".repeat(size));
		for (let at = 0; at < frame.length; ) {
			const room = buffer.room();
			assert.ok(room.length > 0);
			const part = frame.subarray(at, at + Math.min(room.length, 50_000));
			part.copy(room);
			buffer.filled(part.length);
			at += part.length;
			if (at < frame.length) assert.equal(buffer.take(), undefined);
		}
		assert.equal(buffer.take()?.length, size);
		assert.ok(buffer.isEmpty);
	}
});

test("frames that nobody takes are given room by doubling", () => {
	const buffer = new FrameBuffer();
	const frames = Buffer.concat(Array.from({ length: 1000 }, () => frameOf("z".repeat(2000))));
	let rooms = 0;
	for (let at = 0; at < frames.length; rooms++) {
		const room = buffer.room();
		const part = frames.subarray(at, at + room.length);
		part.copy(room);
		buffer.filled(part.length);
		at += part.length;
	}
	assert.ok(rooms < 10, `room was made ${rooms} times for ${frames.length} bytes`);
	assert.equal(takeAll(buffer).length, 1000);
	assert.ok(buffer.isEmpty);
});

test("the end of input is clean only between messages", () => {
	const buffer = new FrameBuffer();
	assert.ok(buffer.isEmpty);
	buffer.append(frameOf("abc").subarray(0, 7));
	assert.ok(!buffer.isEmpty);
	const other = new FrameBuffer();
	other.append(frameOf("abc").subarray(0, 16));
	assert.equal(other.take(), undefined);
	assert.ok(!other.isEmpty, "a header without its body");
});
