/**
 * Debugging on the real host: pages of fixtures/wiki are rendered with a client of the Debug Adapter
 * Protocol attached to each session, which stops in modules and looks around. What it sees is right, and the
 * pages are the same bytes as those that lua5.1 renders. DEBUGGED=all takes all pages, which is a matter of
 * ten minutes.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { DapClient } from "../support/dap-client.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";
import { type Rendering, Wiki } from "../support/wiki.ts";

const MODULE = fromRoot("fixtures", "wiki", "modules", "Yesno.lua");
const LINE = 4;
const PAGES = ["Backtraces", "Infobox of a river", "Objects and functions", "Runtime errors"];
const pages = process.env["DEBUGGED"] === "all" ? [] : PAGES;
const RETRY_MS = 20;
/** No session takes longer between two stops. */
const PATIENCE_MS = 600_000;

/** A stop as somebody sees it. */
interface Seen {
	readonly reason: string;
	/** Names and lines of the stack. */
	readonly rows: readonly string[];
	readonly locals: readonly string[];
	readonly path: string | undefined;
}

/** Attaches to one session after another until it is told to end. */
class Watcher {
	readonly seen: Seen[] = [];
	readonly problems: unknown[] = [];
	sessions = 0;
	isOver = false;
	readonly #socket: string;

	constructor(socket: string) {
		this.#socket = socket;
	}

	async run(): Promise<void> {
		while (!this.isOver) {
			const client = await DapClient.connect(this.#socket).catch(() => undefined);
			if (client === undefined) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
			else await this.#watch(client).catch((problem: unknown) => this.problems.push(problem));
		}
	}

	async #watch(client: DapClient): Promise<void> {
		// A session that ends takes a client no more.
		const answer = client.request("initialize", { adapterID: "lua" });
		if (!(await answer.then(() => true).catch(() => false))) return;
		this.sessions++;
		await client.request("attach", { modules: [join(MODULE, "..")] });
		await client.request("setBreakpoints", { source: { path: MODULE }, breakpoints: [{ line: LINE }] });
		await client.request("setExceptionBreakpoints", { filters: ["all"] });
		await client.request("configurationDone");
		for (;;) {
			const stop = client.event<DebugProtocol.StoppedEvent["body"]>("stopped", PATIENCE_MS);
			const stopped = await Promise.race([stop, client.closed.then(() => undefined)]);
			if (stopped === undefined) return;
			this.seen.push(await look(client, stopped.reason));
			await client.request("continue", { threadId: 1 });
		}
	}
}

async function look(client: DapClient, reason: string): Promise<Seen> {
	const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
		threadId: 1,
	});
	const top = stackFrames.find(({ presentationHint }) => presentationHint !== "subtle");
	const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
		frameId: top?.id,
	});
	const { variables } = await client.request<DebugProtocol.VariablesResponse["body"]>("variables", {
		variablesReference: scopes[0]?.variablesReference,
	});
	return {
		reason,
		rows: stackFrames.map(({ name, line }) => `${name}:${line}`),
		locals: variables.map(({ name, value }) => `${name} = ${value}`),
		path: top?.source?.path,
	};
}

describe("Scribunto on MediaWiki, debugged", {
	skip: whyMissing("lua5.1", "php", "mediawiki", "bin/lua"),
}, () => {
	let wiki: Wiki | undefined;
	let native: Rendering = new Map();
	let debugged: Rendering = new Map();
	let watcher: Watcher | undefined;

	before(async () => {
		wiki = new Wiki();
		await wiki.setUp();
		native = await wiki.render("/usr/bin/lua5.1", "native", {}, pages);
		const socket = join(wiki.directory, "debug.sock");
		watcher = new Watcher(socket);
		const watching = watcher.run();
		const env = { SCRIBUNTO_LUA_DEBUG: socket };
		debugged = await wiki.render(fromRoot("bin", "lua"), "debugged", env, pages);
		watcher.isOver = true;
		await watching;
	});

	after(() => wiki?.remove());

	test("renders each page as lua5.1 does", async (context) => {
		assert.ok(native.size > PAGES.length, `only ${native.size} pages were rendered`);
		for (const [title, expected] of native) {
			await context.test(title, () => assert.equal(debugged.get(title), expected));
		}
	});

	test("stops in a module, with its variables", () => {
		const stops = watcher?.seen.filter(({ reason }) => reason === "breakpoint") ?? [];
		assert.ok(stops.length > 0);
		for (const { rows, locals, path } of stops) {
			assert.equal(path, MODULE);
			assert.equal(rows[0], `yesno:${LINE}`);
			assert.deepEqual(
				locals.map((text) => text.replace(/ =.*/s, "")),
				["value", "default"],
			);
		}
	});

	test("without a problem", () => {
		assert.deepEqual(watcher?.problems, []);
		assert.ok((watcher?.sessions ?? 0) >= PAGES.length);
	});

	test("stops at errors", () => {
		assert.ok((watcher?.seen.filter(({ reason }) => reason === "exception").length ?? 0) > 10);
	});
});
