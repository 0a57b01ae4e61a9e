/**
 * The same conversation with two peers, the native lua5.1 and ours: message bodies are sent as given,
 * and every byte that comes back must be the same. Two differences are wanted and evened out here:
 * ours leaves out the rows of the server at the bottom of a trace, and tells `rss` in getStatus.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Host, PeerGoneError } from "../../src/host/host.ts";
import { installedTree, type ScribuntoTree } from "../../src/host/tree.ts";
import { fromRoot } from "./root.ts";
import { whyMissing } from "./tools.ts";

export const OUR_LUA: string = process.env["OUR_LUA"] ?? fromRoot("bin", "lua");
export const NATIVE_LUA: string = process.env["NATIVE_LUA"] ?? "lua5.1";

/**
 * One message to send: a body as it is, a chunk to load (later steps call it as `#1`, `#2`, ... in
 * the order of loading), or a call of the chunk that was loaded last.
 */
export type Step =
	| string
	| { readonly load: string; readonly name?: string }
	| { readonly call: string; readonly count?: number; readonly chunk?: string };

export const quoted = (text: string): string =>
	`"${text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n").replace(/\r/g, "\\r").replace(/\0/g, "\\000")}"`;

/** The messages of a host function's return and error. */
export const returns = (...values: readonly string[]): string =>
	`{["op"]="return",["nvalues"]=${values.length},["values"]={${values.map((value, i) => `[${i + 1}]=${value}`).join(",")}}}`;
export const raises = (value: string): string => `{["op"]="error",["value"]=${value}}`;

/** A chunk that is loaded and called without arguments, then replies to its host calls. */
export const run = (text: string, ...replies: readonly string[]): Step[] => [
	{ load: text },
	{ call: "" },
	...replies,
];

/** Makes `lib.f`, `lib.g` and `lib.h`. */
export const REGISTER =
	'{["op"]="registerLibrary",["name"]="lib",["functions"]={["f"]="lib-f-1",["g"]="lib-g-1",["h"]="lib-h-1"}}';

export interface DialogueOptions {
	readonly intSize?: 4 | 8;
	readonly tree?: ScribuntoTree;
}

/** What one peer said: its messages, what it wrote to stderr and how it ended. */
export interface Transcript {
	readonly messages: readonly string[];
	readonly diagnostics: string;
	readonly status: number | null;
}

export async function playDialogue(
	lua: string,
	steps: readonly Step[],
	options: DialogueOptions = {},
): Promise<Transcript> {
	const tree = options.tree ?? installedTree();
	assert.ok(tree !== undefined, "no Scribunto is installed");
	const folder = mkdtempSync(join(tmpdir(), "dialogue-"));
	try {
		const file = join(folder, "stderr");
		const host = new Host({ lua, tree, interpreterId: 3, intSize: options.intSize ?? 8, stderr: { file } });
		const messages: string[] = [];
		const ids: string[] = [];
		for (const step of steps) {
			const body = bodyOf(step, ids);
			try {
				const reply = host.exchange(body);
				messages.push(reply);
				const loaded = typeof step !== "string" && "load" in step ? /i:1;i:(\d+);\}\}$/.exec(reply) : null;
				if (loaded !== null) ids.push(loaded[1]!);
			} catch (error) {
				if (!(error instanceof PeerGoneError)) throw error;
				messages.push("(gone)");
				break;
			}
		}
		const { code } = await host.close();
		return { messages, diagnostics: readFileSync(file, "latin1"), status: code };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function bodyOf(step: Step, ids: readonly string[]): string {
	if (typeof step === "string") return step.replace(/#(\d)/g, (_, n: string) => ids[Number(n) - 1] ?? "0");
	if ("load" in step)
		return `{["op"]="loadString",["text"]=${quoted(step.load)},["chunkName"]=${quoted(step.name ?? "=m")}}`;
	const { call, count = 0, chunk = ids.at(-1) ?? "0" } = step;
	const args = call.replace(/#(\d)/g, (_, n: string) => ids[Number(n) - 1] ?? "0");
	return `{["op"]="call",["id"]=${chunk.replace(/^#(\d)$/, (_, n: string) => ids[Number(n) - 1] ?? "0")},["nargs"]=${count},["args"]={${args}}}`;
}

/** Plays the dialogue with both peers and compares what they said. */
export async function assertSameDialogue(
	steps: readonly Step[],
	options: DialogueOptions = {},
): Promise<void> {
	const native = await playDialogue(NATIVE_LUA, steps, options);
	const ours = await playDialogue(OUR_LUA, steps, options);
	assert.deepEqual(ours.messages, native.messages.map(withoutServerRows));
	assert.equal(ours.status, native.status);
	// What a dying peer says is its own affair.
	if (native.status === 0 || native.status === 42) {
		const shown = native.diagnostics.replace(/^Error: (table|function): 0x[0-9a-f]+$/gm, "Error: $1");
		assert.equal(ours.diagnostics, shown);
	}
}

const skip = whyMissing("lua5.1", "mediawiki", "bin/lua");

/** A test's body: both peers say the same in this dialogue. */
export function agreesIn(
	steps: readonly Step[],
	options?: DialogueOptions,
): (context: TestContext) => Promise<void> {
	return async (context) => {
		if (skip !== false) context.skip(skip);
		else await assertSameDialogue(steps, options);
	};
}

/** Above these a trace begins: with a tail call of the called function, unless that was not reached. */
const SERVER_ROWS = [
	["[C]", "C"],
	["MWServer.lua", "Lua"],
	["MWServer.lua", "Lua"],
	["MWServer.lua", "Lua"],
	["mw_main.lua", "main"],
	["[C]", "C"],
] as const;

/** Cuts the last rows of each trace in a message, after a look at what they are. */
export function withoutServerRows(message: string): string {
	return message.replace(/s:5:"trace";a:(\d+):\{(.*)/s, (_, text: string, rest: string) => {
		const count = Number(text);
		const kept = count - SERVER_ROWS.length - 1;
		const cutStart = kept === 0 ? 0 : rest.indexOf(`}i:${kept + 1};a:`) + 1;
		const last = rest.indexOf(`}i:${count};a:`) + 1;
		const cutEnd = rest.indexOf("}", last) + 1;
		const rows = [
			...rest.slice(cutStart, cutEnd).matchAll(/s:9:"short_src";s:\d+:"([^"]*)";s:4:"what";s:\d+:"([^"]*)"/g),
		];
		assert.deepEqual(
			rows.slice(1).map((row) => [row[1], row[2]]),
			SERVER_ROWS,
			"the rows of the server in native's trace",
		);
		return `s:5:"trace";a:${kept}:{${rest.slice(0, cutStart)}${rest.slice(cutEnd)}`;
	});
}
