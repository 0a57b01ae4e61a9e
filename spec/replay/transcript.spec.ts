import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	decodeTranscript,
	encodeTranscript,
	encodeTranscriptEntry,
	encodeTranscriptHeader,
	entriesOfStreams,
	type TranscriptEntry,
	TranscriptError,
	type TranscriptHeader,
	TranscriptReader,
} from "../../src/replay/transcript.ts";
import { encodeHeader } from "../../src/wire/frame.ts";

const header: TranscriptHeader = {
	mainFile: "/x/mw_main.lua",
	includes: "/x/é",
	interpreterId: 3,
	intSize: 8,
	title: "A page",
};

const entry = (source: TranscriptEntry["source"], time: number, text: string): TranscriptEntry => ({
	source,
	time,
	body: Buffer.from(text, "latin1"),
});

const entries = [
	entry("host", 10, '{["op"]="getStatus"}'),
	entry("peer", 1234567, "any\nbytes\0\xff\n> 1 1\n"),
	entry("host", 1234999, ""),
	entry("end", 2000000, '{"code":null,"signal":"SIGTERM"}'),
];

const frames = (...bodies: string[]): Buffer =>
	Buffer.from(bodies.map((body) => encodeHeader(body.length) + body).join(""), "latin1");

describe("transcript", () => {
	test("what was written is read", () => {
		const bytes = encodeTranscript(header, entries);
		assert.ok(bytes.toString("latin1").startsWith("scribunto-transcript 1\n{"));
		assert.deepEqual(decodeTranscript(bytes), { header, entries, isWhole: true });
	});

	test("one byte at a time", () => {
		const reader = new TranscriptReader();
		const found: TranscriptEntry[] = [];
		for (const byte of encodeTranscript(header, entries)) {
			reader.append(Uint8Array.of(byte));
			const next = reader.take();
			if (next !== undefined) found.push(next);
		}
		assert.deepEqual(found, entries);
		assert.deepEqual(reader.header, header);
		assert.ok(reader.isEmpty);
	});

	test("a file that was cut off is good up to its last whole entry", () => {
		const start = encodeTranscriptHeader(header);
		const whole = encodeTranscriptEntry(entries[0]!);
		const next = encodeTranscriptEntry(entries[1]!);
		for (let cut = 0; cut < next.length; cut++) {
			const bytes = Buffer.concat([start, whole, next.subarray(0, cut)]);
			assert.deepEqual(decodeTranscript(bytes), { header, entries: [entries[0]], isWhole: cut === 0 });
		}
	});

	test("entries of unknown kinds are skipped", () => {
		const bytes = Buffer.concat([
			encodeTranscriptHeader(header),
			Buffer.from("? 5 3\nx\ny\n"),
			encodeTranscriptEntry(entries[0]!),
		]);
		assert.deepEqual(decodeTranscript(bytes).entries, [entries[0]]);
	});

	test("other files are refused", () => {
		const refused = (text: string): void =>
			assert.throws(() => decodeTranscript(Buffer.from(text)), TranscriptError, text);
		refused("");
		refused("scribunto-transcript");
		refused("scribunto-transcript 1\n{");
		refused("scribunto-transcript 2\n{}\n");
		refused("no transcript at all, whatever it is\nat all");
		refused("scribunto-transcript 1\n{}\n>5 3\nabc\n");
		refused("scribunto-transcript 1\n{}\n> 5 3\nabcd\n");
	});

	test("two streams make one conversation", () => {
		assert.deepEqual(entriesOfStreams(frames("a", "b", "quit"), frames("A", "B")), [
			entry("host", 0, "a"),
			entry("peer", 0, "A"),
			entry("host", 0, "b"),
			entry("peer", 0, "B"),
			entry("host", 0, "quit"),
		]);
		assert.throws(() => entriesOfStreams(frames("a"), frames("A", "B")), TranscriptError);
		const cut = frames("a", "b");
		assert.equal(entriesOfStreams(cut.subarray(0, cut.length - 1), frames("A")).length, 2);
	});
});
