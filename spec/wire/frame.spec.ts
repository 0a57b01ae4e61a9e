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
	for (const header of ["0000000100000001x", "x0000000100000001", "000000010000000"]) {
		const message = `Error decoding message header: "${header}"`;
		assert.throws(() => decodeHeader(header), { name: "ProtocolError", message });
	}
	assert.throws(() => decodeHeader("0000000200000001"), {
		message: "Error decoding message header: check 1 for a length of 2",
	});
	assert.throws(() => encodeHeader(0), { message: "message body of 0 bytes does not fit a header" });
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
			// Once its header was read, a frame needs one more read only.
			assert.ok(room.length >= (at === 0 ? 1 : frame.length - at));
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

test("a buffer takes what one frame needs, and gives a large one back", () => {
	const buffer = new FrameBuffer();
	const held = (): number => buffer.room().buffer.byteLength;
	const usual = 65_536;
	const kept = 1024 * 1024;
	assert.equal(held(), usual);
	for (const [size, after] of [
		[100, usual],
		[300_000, 300_000],
		[100, 300_000],
		[5_000_000, usual],
		[usual + 1, usual + 1],
		[kept, kept],
		[kept + 1, usual],
	] as const) {
		buffer.append(frameOf("z".repeat(size)).subarray(0, 16));
		assert.equal(held(), Math.max(size, after));
		buffer.append(Buffer.alloc(size));
		assert.equal(buffer.take()?.length, size);
		assert.equal(held(), after, `after ${size} bytes`);
		assert.equal(buffer.room().length, after);
	}
});

test("a large buffer serves one large frame after another", () => {
	const buffer = new FrameBuffer();
	const room = (): ArrayBufferLike => buffer.room().buffer;
	const large = 2_000_000;
	buffer.append(frameOf("z".repeat(large)).subarray(0, 16));
	const first = room();
	buffer.append(Buffer.alloc(large));
	// The next header is in the same piece.
	buffer.append(frameOf("z".repeat(large)).subarray(0, 16));
	assert.equal(buffer.take()?.length, large);
	assert.equal(buffer.take(), undefined);
	buffer.append(Buffer.alloc(large));
	assert.equal(buffer.take()?.length, large);
	assert.ok(first.byteLength === large && buffer.isEmpty);
});

test("what is left of a piece moves to the front when the next frame has no room behind it", () => {
	const buffer = new FrameBuffer();
	const frames = [frameOf("a".repeat(40_000)), frameOf("b".repeat(40_000)), frameOf("c".repeat(30_000))];
	const before = buffer.room().buffer;
	const pieces = Buffer.concat(frames);
	const bodies: string[] = [];
	for (let at = 0; at < pieces.length; ) {
		const room = buffer.room();
		assert.equal(room.buffer, before);
		const part = pieces.subarray(at, at + Math.min(room.length, 50_000));
		part.copy(room);
		buffer.filled(part.length);
		at += part.length;
		bodies.push(...takeAll(buffer));
	}
	assert.deepEqual(bodies, ["a".repeat(40_000), "b".repeat(40_000), "c".repeat(30_000)]);
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
