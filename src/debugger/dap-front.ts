// The debugger steered by a client of the Debug Adapter Protocol, as seen from the program's thread:
// it answers questions about the stopped program. The protocol itself is spoken on another thread
// (adapter.ts), so that a client is served even while the program waits for PHP.

import { join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { type LuaValue, resultList, typeName } from "../engine/api.ts";
import { type Address, addressText } from "./address.ts";
import type { Chunk, Debugger, Front, Resumption, StackRow, Stop } from "./debugger.ts";
import { childrenOf, describe, describeError, hasChildren, type Named, utf8Text } from "./inspect.ts";
import {
	type AdapterData,
	type Answer,
	type Beginning,
	type Query,
	SyncLink,
	type ToProgram,
	type VariableAnswer,
} from "./link.ts";

/** The adapter's thread, beside the built program. */
const WORKER_FILE = "debug-adapter.cjs";
/** How long the adapter may take to begin, and to write its last. */
const PATIENCE_MS = 5000;
/** The status that a client is told of a program that it ended. */
const KILLED = 1;

/** Nobody can debug: the address is taken, or not ours. */
export class AdapterError extends Error {
	override readonly name = "AdapterError";
}

/** What a variables reference stands for, until the program goes on. */
type Container = () => Named[];

export class DapFront implements Front {
	readonly #link: SyncLink;
	readonly #end: () => never;
	/** It has started us, and no other can come. */
	readonly #hasOneClient: boolean;
	readonly address: string;
	#debugger: Debugger | undefined;
	#rows: StackRow[] = [];
	#containers: Container[] = [];

	/** Starts the adapter; throws an AdapterError when it cannot listen. `end` is called when a client ends the program. */
	constructor(address: Address, end: () => never) {
		const { port1, port2 } = new MessageChannel();
		const signal = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
		const data: AdapterData = { address, port: port2, signal, folder: process.cwd() };
		this.#link = new SyncLink(port1, signal);
		this.#end = end;
		this.#hasOneClient = "input" in address;
		// The socket is for this user alone. A thread cannot set the mask itself.
		const mask = process.umask(0o077);
		const worker = new Worker(join(__dirname, WORKER_FILE), { workerData: data, transferList: [port2] });
		worker.unref();
		const answer = this.#link.receive(PATIENCE_MS);
		process.umask(mask);
		if (answer?.kind !== "listening") {
			const reason = answer?.kind === "cannot" ? answer.reason : "the adapter does not begin";
			throw new AdapterError(`no debugger on ${addressText(address)}: ${reason}`);
		}
		this.address = answer.address;
	}

	connect(connected: Debugger): void {
		this.#debugger = connected;
	}

	get #core(): Debugger {
		if (this.#debugger === undefined) throw new Error("the adapter was not connected");
		return this.#debugger;
	}

	/** Waits for a client to say how to begin; undefined when none has come in time, or the only one is gone. */
	waitForClient(timeoutMs: number): Beginning | undefined {
		const end = performance.now() + timeoutMs;
		for (;;) {
			const message = this.#link.receive(end - performance.now());
			if (message === undefined) return undefined;
			this.#obey(message);
			if (message.kind === "begin") return message;
			if (message.kind === "gone" && this.#hasOneClient) return undefined;
		}
	}

	/** The program has ended: the client is told before the process ends. */
	ended(status: number): void {
		this.#link.send({ kind: "ended", status });
		for (;;) {
			const message = this.#link.receive(PATIENCE_MS);
			if (message === undefined || message.kind === "flushed") return;
		}
	}

	/** What the program prints, where that is not the client's own terminal. */
	output(text: string): void {
		this.#link.send({ kind: "output", text });
	}

	// -- What the debugger calls -------------------------------------------------------------

	loaded({ name, title, text, lines }: Chunk): void {
		this.#link.send({ kind: "loaded", chunk: name, title, text: utf8Text(text) ?? text, lines });
		for (;;) {
			const message = this.#link.receive();
			if (message === undefined) return;
			this.#obey(message);
			if (message.kind === "placed" && message.chunk === name) return;
		}
	}

	poll(): void {
		for (let message = this.#link.poll(); message !== undefined; message = this.#link.poll())
			this.#obey(message);
	}

	log(text: string): void {
		this.output(`${text}\n`);
	}

	stopped({ reason, breakpoints, text }: Stop): Resumption {
		this.#rows = this.#core.stack();
		this.#containers = [];
		this.#link.send({ kind: "stopped", reason, breakpoints, text });
		for (;;) {
			const message = this.#link.receive() as ToProgram; // without a limit in time there is one
			if (message.kind === "resume") return message.how;
			if (message.kind === "gone") {
				this.#obey(message);
				return "continue";
			}
			this.#obey(message);
		}
	}

	// -- What the client wants ---------------------------------------------------------------

	#obey(message: ToProgram): void {
		switch (message.kind) {
			case "begin":
				this.#core.looksAtLibraries = message.looksAtLibraries;
				if (message.stopsAtEntry) this.#core.pauses = true;
				return;
			case "breakpoints":
				this.#core.breakpoints.set(message.chunk, message.requests);
				return;
			case "catches":
				this.#core.catches = message.what;
				return;
			case "pause":
				this.#core.pauses = true;
				return;
			case "query":
				this.#link.send({ kind: "answer", id: message.id, answer: this.#answer(message.query) });
				return;
			case "gone":
				this.#core.breakpoints.clear();
				this.#core.catches = "none";
				this.#core.pauses = false;
				return;
			case "end":
				this.ended(KILLED);
				this.#end();
				return;
			case "listening":
			case "cannot":
			case "placed":
			case "resume":
			case "flushed":
				return;
		}
	}

	#answer(query: Query): Answer {
		switch (query.about) {
			case "stack":
				return {
					rows: this.#rows.map(({ name, chunkName, line, activation }) => ({
						name,
						chunk: chunkName,
						line,
						hasVariables: activation !== undefined,
					})),
				};
			case "scopes":
				return { variables: this.#scopes(query.row) };
			case "variables": {
				const all = this.#containers[query.reference - 1]?.() ?? [];
				const end = query.count > 0 ? query.start + query.count : undefined;
				return { variables: all.slice(query.start, end).map((named) => this.#variable(named)) };
			}
			case "expression": {
				const outcome = this.#evaluate(query.row, query.text);
				if ("error" in outcome) return outcome;
				return { variables: outcome.values.map((value) => this.#variable({ name: "", value })) };
			}
			case "assignment":
				return this.#assign(query);
		}
	}

	#scopes(row: number): VariableAnswer[] {
		const activation = this.#rows[row]?.activation;
		if (activation === undefined) return [];
		const scope = (name: string, container: Container): VariableAnswer => ({
			name,
			value: "",
			type: "",
			reference: this.#containers.push(container),
		});
		return [
			scope("Locals", () => this.#core.locals(activation)),
			scope("Upvalues", () => this.#core.upvalues(activation)),
			scope("Globals", () => this.#core.globals(activation)),
		];
	}

	#variable({ name, value }: Named): VariableAnswer {
		const reference = hasChildren(value) ? this.#containers.push(() => childrenOf(value)) : 0;
		return { name, value: describe(value), type: typeName(value), reference };
	}

	#evaluate(
		row: number,
		text: string,
	): { readonly values: readonly LuaValue[] } | { readonly error: string } {
		const activation = this.#rows[row]?.activation;
		if (activation === undefined) return { error: "no variables here" };
		const outcome = this.#core.evaluate(activation, text);
		if (!outcome.ok) return { error: describeError(outcome.error) };
		return { values: resultList(outcome.results) };
	}

	#assign({ reference, name, text }: Extract<Query, { about: "assignment" }>): Answer {
		const named = this.#containers[reference - 1]?.().find((each) => each.name === name);
		if (named?.set === undefined) return { error: `${name} cannot be set` };
		const innermost = this.#rows.findIndex(({ activation }) => activation !== undefined);
		const outcome = this.#evaluate(innermost, text);
		if ("error" in outcome) return outcome;
		const [value] = outcome.values;
		named.set(value);
		return { variables: [this.#variable({ name, value })] };
	}
}
