// Debugging by the Debug Adapter Protocol: a real client over a socket (or pipes), against Lua programs
// under bin/lua-debug and a session that a host has with bin/lua.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, test } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { installedTree } from "../../src/host/tree.ts";
import { encodeHeader } from "../../src/wire/frame.ts";
import { DapClient } from "../support/dap-client.ts";
import { fromRoot } from "../support/root.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("bin/lua");
const PROGRAM = `local rate = 1.5
local M = {}
function M.total(price, count)
	local total = price * count
	return total * rate
end
local function main()
	local goods = { { name = "Käse", price = 2 }, { name = "\\255\\254", price = 4 } }
	local sum = 0
	for i, item in ipairs(goods) do
		sum = sum + M.total(item.price, i)
	end
	print("sum", sum)
	pcall(function() error("is caught") end)
	local broken = nil
	return broken.field
end
main()
`;

const folder = mkdtempSync(join(tmpdir(), "sf-dap-"));
const file = join(folder, "program.lua");
writeFileSync(file, PROGRAM);
const endless = join(folder, "endless.lua");
writeFileSync(endless, "local n = 0\nwhile true do n = n + 1 end");
const children: ChildProcess[] = [];

afterEach(() => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A started program, and where it waits for a client. */
interface Started {
	readonly child: ChildProcess;
	readonly client: DapClient;
	/** All of stdout, once it has ended. */
	readonly output: Promise<string>;
}

function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
	const child = spawn(fromRoot("bin", command), args, { env: { ...process.env, ...env } });
	children.push(child);
	return child;
}

/** The address that the program says on stderr. */
function announced(child: ChildProcess): Promise<string> {
	let text = "";
	return new Promise((resolve, reject) => {
		child.stderr?.on("data", (piece: Buffer) => {
			text += String(piece);
			const address = /debugger on (\S+)\n/.exec(text)?.[1];
			if (address !== undefined) resolve(address);
		});
		child.stderr?.once("end", () => reject(new Error(`no debugger: ${text}`)));
	});
}

async function collected(stream: NodeJS.ReadableStream | null): Promise<string> {
	let text = "";
	for await (const piece of stream ?? []) text += (piece as Buffer).toString("latin1");
	return text;
}

async function startFile(args: readonly string[] = []): Promise<Started> {
	const child = start("lua-debug", ["--dap=127.0.0.1:0", file, ...args]);
	const output = collected(child.stdout);
	const client = await DapClient.connect(await announced(child));
	return { child, client, output };
}

type Breakpoints = { breakpoints: DebugProtocol.Breakpoint[] };

/** Says what a client says first, and starts the program. */
async function begin(
	client: DapClient,
	breakpoints: readonly DebugProtocol.SourceBreakpoint[],
	{ path = file, filters = ["uncaught"], args = {} as object, how = "attach" } = {},
): Promise<DebugProtocol.Breakpoint[]> {
	await client.request("initialize", { adapterID: "lua" });
	const attached = client.request(how, args);
	await client.event("initialized");
	const set = await client.request<Breakpoints>("setBreakpoints", { source: { path }, breakpoints });
	await client.request("setExceptionBreakpoints", { filters });
	await client.request("configurationDone");
	await attached;
	return set.breakpoints;
}

type Stopped = DebugProtocol.StoppedEvent["body"];

const stopped = (client: DapClient): Promise<Stopped> => client.event<Stopped>("stopped");

async function stack(client: DapClient): Promise<DebugProtocol.StackFrame[]> {
	const body = await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", { threadId: 1 });
	return body.stackFrames;
}

const rows = async (client: DapClient): Promise<string[]> =>
	(await stack(client)).map(({ name, line }) => `${name}:${line}`);

async function variables(client: DapClient, variablesReference: number): Promise<DebugProtocol.Variable[]> {
	const args = { variablesReference };
	return (await client.request<DebugProtocol.VariablesResponse["body"]>("variables", args)).variables;
}

/** The variables of a scope of a frame, as `name=value`. */
async function scope(client: DapClient, name: string, frame = 0): Promise<DebugProtocol.Variable[]> {
	const frameId = (await stack(client))[frame]?.id ?? 0;
	const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId });
	return variables(client, scopes.find((each) => each.name === name)?.variablesReference ?? 0);
}

const texts = (list: readonly DebugProtocol.Variable[]): string[] =>
	list.map(({ name, value }) => `${name} = ${value}`);

async function evaluate(client: DapClient, expression: string, frame = 0): Promise<string> {
	const frameId = (await stack(client))[frame]?.id ?? 0;
	const args = { expression, frameId, context: "repl" };
	return (await client.request<DebugProtocol.EvaluateResponse["body"]>("evaluate", args)).result;
}

const go = (client: DapClient, command: string): Promise<unknown> => client.request(command, { threadId: 1 });

describe("a Lua program", { skip }, () => {
	test("breakpoints, stack, variables, expressions", async () => {
		const { client, child, output } = await startFile();
		await begin(client, [{ line: 4 }]);
		const changed = await client.event<DebugProtocol.BreakpointEvent["body"]>("breakpoint");
		assert.equal(changed.breakpoint.verified, true);

		assert.deepEqual((await stopped(client)).reason, "breakpoint");
		assert.deepEqual(await rows(client), ["M.total:4", "main:11", "main chunk:18"]);
		assert.equal((await stack(client))[0]?.source?.path, file);
		assert.deepEqual(texts(await scope(client, "Locals")), ["price = 2", "count = 1"]);
		assert.deepEqual(texts(await scope(client, "Upvalues")), ["rate = 1.5"]);
		assert.ok((await scope(client, "Globals")).some(({ name }) => name === "print"));

		const locals = await scope(client, "Locals", 1);
		assert.deepEqual(
			locals.map(({ name }) => name),
			["goods", "sum", "i", "item"],
		);
		const goods = await variables(client, locals[0]?.variablesReference ?? 0);
		const items = await Promise.all(goods.map((each) => variables(client, each.variablesReference)));
		assert.deepEqual(items.map(texts), [
			['name = "Käse"', "price = 2"],
			['name = "\\255\\254"', "price = 4"],
		]);

		assert.equal(await evaluate(client, "price + count, rate"), "3, 1.5");
		assert.equal(await evaluate(client, "item.name", 1), '"Käse"');
		await assert.rejects(evaluate(client, "price.x.y"), /attempt to index/);
		await evaluate(client, "price = 10");
		await go(client, "continue");
		await stopped(client);
		await client.request("setBreakpoints", { source: { path: file }, breakpoints: [] });
		await go(client, "continue");
		assert.equal((await stopped(client)).reason, "exception");
		await go(client, "continue");
		assert.equal((await client.event<{ exitCode: number }>("exited")).exitCode, 1);
		await client.event("terminated");
		assert.equal(await output, "sum\t27\n");
		assert.equal(child.exitCode ?? (await once(child, "exit"))[0], 1);
	});

	test("steps into, over and out", async () => {
		const { client } = await startFile();
		await begin(client, [{ line: 11 }]);
		await stopped(client);
		const after = async (command: string): Promise<string | undefined> => {
			await go(client, command);
			assert.equal((await stopped(client)).reason, "step");
			return (await rows(client))[0];
		};
		await client.request("setBreakpoints", { source: { path: file }, breakpoints: [] });
		assert.equal(await after("stepIn"), "M.total:4");
		assert.equal(await after("next"), "M.total:5");
		assert.equal(await after("stepOut"), "main:10");
		assert.equal(await after("next"), "main:11");
		assert.equal(await after("next"), "main:10");
		assert.equal(await after("next"), "main:13");
		assert.equal(await after("next"), "main:14");
		assert.equal(await after("next"), "main:15");
	});

	test("conditions, hit counts and log points", async () => {
		const { client } = await startFile();
		const set = await begin(client, [
			{ line: 4, condition: "count == 2" },
			{ line: 10, hitCondition: "3" },
			{ line: 11, logMessage: "{item.name} for {item.price}" },
			{ line: 13, hitCondition: "often" },
		]);
		assert.equal(set[3]?.message, "a hit condition is a number");
		const outputs = [await client.event<{ output: string }>("output")];
		outputs.push(await client.event<{ output: string }>("output"));
		assert.deepEqual(
			outputs.map(({ output }) => output),
			["Käse for 2\n", "\u00ff\u00fe for 4\n"],
		);
		assert.deepEqual((await stopped(client)).hitBreakpointIds, [set[0]?.id]);
		assert.equal(await evaluate(client, "count"), "2");
		await go(client, "continue");
		assert.deepEqual((await stopped(client)).hitBreakpointIds, [set[1]?.id]);
	});

	test("errors, before anything is left", async () => {
		const { client } = await startFile();
		await begin(client, [], { filters: ["all"] });
		assert.match((await stopped(client)).text ?? "", /is caught$/);
		assert.deepEqual((await rows(client)).slice(1), ["[C] pcall:0", "main:14", "main chunk:18"]);
		await go(client, "continue");
		assert.match((await stopped(client)).text ?? "", /index local 'broken' \(a nil value\)$/);
		assert.deepEqual(texts(await scope(client, "Locals")).slice(1), ["sum = 15", "broken = nil"]);
	});

	test("entry, setting variables, breakpoints on lines without code", async () => {
		const { client } = await startFile();
		await begin(client, [{ line: 12 }], { args: { stopOnEntry: true } });
		assert.equal((await stopped(client)).reason, "entry");
		assert.deepEqual(await rows(client), ["main chunk:1"]);
		const set = await client.request<Breakpoints>("setBreakpoints", {
			source: { path: file },
			breakpoints: [{ line: 6 }, { line: 12 }, { line: 99 }],
		});
		assert.deepEqual(
			set.breakpoints.map(({ verified, line }) => [verified, line]),
			[
				[true, 7],
				[true, 13],
				[false, 99],
			],
		);
		await go(client, "continue");
		await stopped(client);
		await go(client, "continue");
		await stopped(client);
		assert.deepEqual((await rows(client))[0], "main:13");
		const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", { frameId: 1 });
		const args = { variablesReference: scopes[0]?.variablesReference, name: "sum", value: "'set'" };
		assert.equal((await client.request<{ value: string }>("setVariable", args)).value, '"set"');
		assert.equal(await evaluate(client, "sum"), '"set"');
	});

	test("pause of a program that runs for ever, and its end", async () => {
		const child = start("lua-debug", ["--dap=0", endless]);
		const client = await DapClient.connect(await announced(child));
		const runs = { line: 2, hitCondition: "1000", logMessage: "runs" };
		await begin(client, [runs], { path: endless });
		await client.event("output");
		await assert.rejects(stack(client), /the program runs/);
		await go(client, "pause");
		assert.equal((await stopped(client)).reason, "pause");
		assert.equal(await evaluate(client, "n > 0"), "true");
		const ended = once(child, "exit");
		await client.request("terminate");
		await client.event("terminated");
		await ended;
	});

	test("a client that goes lets the program go on", async () => {
		const { client, child, output } = await startFile();
		await begin(client, [{ line: 4 }]);
		await stopped(client);
		client.close();
		assert.equal(await output, "sum\t15\n");
		if (child.exitCode === null) await once(child, "exit");
		assert.equal(child.exitCode, 1);
	});

	test("a second client while the first is there is refused, after it welcome", async () => {
		const child = start("lua-debug", ["--dap=0", endless]);
		const address = await announced(child);
		const first = await DapClient.connect(address);
		await begin(first, []);
		const [, port] = address.split(":");
		const refused = connect(Number(port), "127.0.0.1");
		refused.on("error", () => {});
		await once(refused, "close");
		const gone = first.closed;
		first.close();
		await gone;
		const second = await DapClient.connect(address);
		await begin(second, [{ line: 2 }], { path: endless });
		assert.equal((await stopped(second)).reason, "breakpoint");
	});

	test("expressions that do not end, and programs that end themselves", async () => {
		const { client } = await startFile();
		await begin(client, [{ line: 4 }]);
		await stopped(client);
		await assert.rejects(evaluate(client, "(function() while true do end end)()"), /took too long/);
		evaluate(client, "os.exit(3)").catch(() => {});
		assert.equal((await client.event<{ exitCode: number }>("exited")).exitCode, 3);
	});

	test("launched by the client, over pipes", async () => {
		const child = start("lua-debug", ["--dap"]);
		const client = new DapClient(child.stdout!, child.stdin!);
		await begin(client, [{ line: 13 }], { how: "launch", args: { program: file, args: ["x"] } });
		await stopped(client);
		await go(client, "next");
		const { output } = await client.event<{ output: string }>("output");
		assert.equal(output, "sum\t15\n");
	});
});

describe("who may come", { skip }, () => {
	test("a socket is for its owner alone, and a dead one is replaced", async () => {
		const path = join(folder, "debug.sock");
		for (const round of [1, 2]) {
			const child = start("lua-debug", [`--dap=${path}`, file]);
			assert.equal(await announced(child), path, String(round));
			assert.equal(statSync(path).mode & 0o077, 0);
			const client = await DapClient.connect(path);
			await begin(client, [{ line: 4 }]);
			await stopped(client);
			const ended = once(child, "exit");
			child.kill("SIGKILL");
			await ended;
			assert.ok(existsSync(path));
		}
	});

	test("no other machine", async () => {
		for (const address of ["0.0.0.0:4711", "example.org:1", ":::1", "nonsense", "127.0.0.1:99999"]) {
			const child = start("lua-debug", [`--dap=${address}`, file]);
			const text = await collected(child.stderr);
			assert.match(text, /^lua-debug: .*(listens on|neither PORT)/, address);
		}
	});

	test("no browser", async () => {
		const child = start("lua-debug", ["--dap=127.0.0.1:0", file]);
		const address = await announced(child);
		const body = JSON.stringify({ seq: 1, type: "request", command: "initialize", arguments: {} });
		const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
		socket.write(`POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
		assert.equal(await collected(socket), "");
		const client = await DapClient.connect(address);
		await begin(client, [{ line: 4 }]);
		await stopped(client);
	});
});

// -- Sessions -----------------------------------------------------------------------------------

const MODULE = `local p = {}
function p.main(frame)
	local name = "W\\195\\182rld"
	local greeting = p.greet(name)
	return greeting
end
function p.greet(name)
	return "Hello " .. name
end
return p`;

const quoted = (text: string): string => `"${text.replace(/[\\"\n]/g, (char) => `\\${char}`)}"`;
const frame = (body: string): string => encodeHeader(Buffer.byteLength(body, "latin1")) + body;
const request = (op: string, fields: string): string => frame(`{["op"]="${op}",${fields}}`);
const LOAD = request("loadString", `["text"]=${quoted(MODULE)},["chunkName"]="=Module:Greeting"`);
const CALL = request("call", '["id"]=1,["nargs"]=0,["args"]={}');
const CALL_MAIN = request("call", '["id"]=2,["nargs"]=0,["args"]={}');

describe("a session", { skip: whyMissing("bin/lua", "mediawiki") }, () => {
	const startSession = (env: NodeJS.ProcessEnv): ChildProcess => {
		const { mainFile, includes } = installedTree()!;
		return start("lua", [mainFile, includes, "0", "8"], env);
	};

	test("stops in a module that the client has as a file", async () => {
		const child = startSession({ SCRIBUNTO_LUA_DEBUG: "127.0.0.1:0" });
		const replies = collected(child.stdout);
		const client = await DapClient.connect(await announced(child));
		await begin(client, [{ line: 8 }], { path: join(folder, "Greeting.lua") });
		// The chunk is function 1 for the host, and the function `main` that it returns in a table 2.
		child.stdin?.write(LOAD + CALL + CALL_MAIN, "latin1");
		await stopped(client);
		const frames = await stack(client);
		assert.deepEqual(
			frames.map(({ name, line, source }) => [name, line, source?.name]),
			[
				["p.greet", 8, "Greeting.lua"],
				["p.main", 4, "Greeting.lua"],
			],
		);
		assert.deepEqual(texts(await scope(client, "Locals")), ['name = "Wörld"']);
		await go(client, "continue");
		child.stdin?.end();
		assert.equal((await client.event<{ exitCode: number }>("exited")).exitCode, 0);
		assert.match(await replies, /Hello W\xc3\xb6rld/);
	});

	test("shows the text of a module that the client has not", async () => {
		const child = startSession({ SCRIBUNTO_LUA_DEBUG: "127.0.0.1:0" });
		const client = await DapClient.connect(await announced(child));
		await begin(client, [], { args: { stopOnEntry: true } });
		child.stdin?.write(LOAD + CALL, "latin1");
		await stopped(client);
		const [top] = await stack(client);
		assert.equal(top?.source?.name, "Module:Greeting");
		const args = { sourceReference: top?.source?.sourceReference };
		assert.equal((await client.request<{ content: string }>("source", args)).content, MODULE);
	});

	test("is not kept waiting for ever, nor by an address that is taken", async () => {
		const first = startSession({ SCRIBUNTO_LUA_DEBUG: "127.0.0.1:0", SCRIBUNTO_LUA_DEBUG_WAIT: "0" });
		const address = await announced(first);
		first.stdin?.end(LOAD + CALL + CALL_MAIN, "latin1");
		assert.match(await collected(first.stdout), /a:3:/);
		const second = startSession({
			SCRIBUNTO_LUA_DEBUG: join(folder, "nowhere", "x"),
			SCRIBUNTO_LUA_DEBUG_WAIT: "0",
		});
		second.stdin?.end(LOAD, "latin1");
		assert.match(await collected(second.stdout), /a:3:/);
		assert.notEqual(address, "");
	});

	for (const wait of ["5s", "-1", "NaN"]) {
		test(`is not kept waiting by a wrong time, ${wait}`, () => {
			const program = join(folder, "short.lua");
			writeFileSync(program, "print(1)");
			const env = { ...process.env, SCRIBUNTO_LUA_DEBUG: "0", SCRIBUNTO_LUA_DEBUG_WAIT: wait };
			const { status, stdout, stderr } = spawnSync(fromRoot("bin", "lua"), [program], {
				env,
				encoding: "utf8",
				timeout: 30_000,
			});
			assert.deepEqual([status, stdout], [0, "1\n"]);
			assert.equal(stderr, `lua: no debugger: SCRIBUNTO_LUA_DEBUG_WAIT is ${wait}, and seconds are wanted\n`);
		});
	}

	test("of the pool is refused", async () => {
		const child = startSession({ SCRIBUNTO_LUA_DEBUG: "0", SCRIBUNTO_LUA_MODE: "pool" });
		assert.match(await collected(child.stderr), /the pool's sessions cannot be debugged/);
	});
});
