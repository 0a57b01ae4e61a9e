import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Mask, MaskError } from "../../src/replay/mask.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const request = (text: string, ...patterns: string[]): string =>
	new Mask(patterns).request(bytes(text)).toString("latin1");
const reply = (text: string, ...patterns: string[]): string =>
	new Mask(patterns).reply(bytes(text)).toString("latin1");

describe("messages of the host", () => {
	test("strings are masked, keys too, of any depth", () => {
		assert.equal(
			request('{["op"]="return",["nvalues"]=1,["values"]={[1]={["abc"]="xabcx\\n",["n"]=1.5}}}', "abc"),
			'{["op"]="return",["nvalues"]=1,["values"]={[1]={["***"]="x***x\\n",["n"]=1.5}}}',
		);
	});

	test("what does not match stays as it is, byte for byte", () => {
		const text = '{["op"]="call",["id"]=5,["nargs"]=2,["args"]={[1]=chunks[3],[2]=1.5000000000000000E+25}}';
		assert.equal(request(text, "abc"), text);
	});

	test("functions and numbers survive a change", () => {
		assert.equal(
			request('{["op"]="call",["id"]=5,["args"]={[1]=chunks[3],[2]=(1/0),[3]=true,[4]="abc"}}', "abc"),
			'{["op"]="call",["id"]=5,["args"]={[1]=chunks[3],[2]=(1/0),[3]=true,[4]="***"}}',
		);
	});

	test("the protocol's words are kept, whatever matches", () => {
		assert.equal(
			request('{["op"]="loadString",["text"]="return",["chunkName"]="=a"}', "."),
			'{["op"]="loadString",["text"]="return",["chunkName"]="**"}',
		);
	});

	test("others are not masked but refused", () => {
		assert.throws(() => request('{["op"]="getStatus" }', "x"), MaskError);
	});
});

describe("messages of the peer", () => {
	test("strings are masked with their lengths, escapes and all", () => {
		assert.equal(
			reply('a:2:{s:2:"op";s:5:"error";s:5:"value";s:4:"\\na\\\\b";}', "a."),
			'a:2:{s:2:"op";s:5:"error";s:5:"value";s:4:"\\n**b";}',
		);
	});

	test("numbers and function objects stay", () => {
		const object = 'O:10:"A\\\\B\\\\Cabcde":2:{s:13:"interpreterId";i:0;s:2:"id";i:5;}';
		const text = `a:3:{s:2:"op";s:6:"return";s:7:"nvalues";i:2;s:6:"values";a:2:{i:1;d:1.5;i:2;${object}}}`;
		assert.equal(reply(text, "abc", "\\d", "op|id"), text);
	});

	test("a text that looks like the format is a text", () => {
		const inner = 's:3:"abc";O:1:"x"';
		assert.equal(
			reply(`a:1:{s:2:"op";s:${inner.length}:"${inner}";}`, "abc"),
			`a:1:{s:2:"op";s:${inner.length}:"s:3:"***";O:1:"x"";}`,
		);
	});
});

test("patterns are bytes of UTF-8, several may match", () => {
	assert.equal(request('{["op"]="\xc3\xa4bc"}', "ä", "c$"), '{["op"]="**b*"}');
});

test("a wrong pattern is not shown", () => {
	assert.throws(
		() => new Mask(["secret("]),
		(error: Error) => error instanceof MaskError && !error.message.includes("secret"),
	);
});
