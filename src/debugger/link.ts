// What the program's thread and the adapter's thread say to each other. The program cannot wait for
// events: it looks for messages between lines, and sleeps (Atomics.wait) while it is stopped. A
// counter in shared memory tells it that there is something.

import type { MessagePort } from "node:worker_threads";
import { receiveMessageOnPort } from "node:worker_threads";
import type { Address } from "./address.ts";
import type { BreakpointRequest } from "./breakpoints.ts";
import type { Caught, Resumption, StopReason } from "./debugger.ts";

// -- Messages ------------------------------------------------------------------------------------

/** To the program. */
export type ToProgram =
	/** The adapter listens; or it cannot, for this reason. */
	| { readonly kind: "listening"; readonly address: string }
	| { readonly kind: "cannot"; readonly reason: string }
	/** A client is there and has said everything it wants to say first. */
	| ({ readonly kind: "begin" } & Beginning)
	| { readonly kind: "breakpoints"; readonly chunk: string; readonly requests: readonly BreakpointRequest[] }
	/** The chunk's breakpoints have been said. */
	| { readonly kind: "placed"; readonly chunk: string }
	| { readonly kind: "catches"; readonly what: Caught }
	| { readonly kind: "pause" }
	| { readonly kind: "resume"; readonly how: Resumption }
	| { readonly kind: "query"; readonly id: number; readonly query: Query }
	/** The client is gone: go on without. */
	| { readonly kind: "gone" }
	/** End the program. */
	| { readonly kind: "end" }
	/** Everything has been written to the client. */
	| { readonly kind: "flushed" };

/** To the adapter. */
export type ToAdapter =
	| {
			readonly kind: "loaded";
			readonly chunk: string;
			readonly title: string;
			readonly text: string;
			readonly lines: readonly number[];
	  }
	| {
			readonly kind: "stopped";
			readonly reason: StopReason;
			readonly breakpoints: readonly number[];
			readonly text?: string | undefined;
	  }
	| { readonly kind: "output"; readonly text: string }
	| { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
	| { readonly kind: "ended"; readonly status: number };

/** How a client wants the program to begin. */
export interface Beginning {
	readonly stopsAtEntry: boolean;
	readonly looksAtLibraries: boolean;
	/** What to start, where the client may choose that. */
	readonly launch: {
		readonly program: string | undefined;
		readonly args: readonly string[];
		readonly recording: string | undefined;
		readonly run: readonly string[] | undefined;
	};
}

/** A question about a program that is stopped. */
export type Query =
	| { readonly about: "stack" }
	| { readonly about: "scopes"; readonly row: number }
	| {
			readonly about: "variables";
			readonly reference: number;
			readonly start: number;
			readonly count: number;
	  }
	| { readonly about: "expression"; readonly row: number; readonly text: string }
	| {
			readonly about: "assignment";
			readonly reference: number;
			readonly name: string;
			readonly text: string;
	  };

export interface RowAnswer {
	readonly name: string;
	readonly chunk: string | undefined;
	readonly line: number;
	readonly hasVariables: boolean;
}

export interface VariableAnswer {
	readonly name: string;
	readonly value: string;
	readonly type: string;
	/** To ask for what is inside; 0 when nothing is. */
	readonly reference: number;
}

export type Answer =
	| { readonly rows: readonly RowAnswer[] }
	| { readonly variables: readonly VariableAnswer[] }
	| { readonly error: string };

/** What the adapter's thread is started with. */
export interface AdapterData {
	readonly address: Address;
	readonly port: MessagePort;
	readonly signal: SharedArrayBuffer;
	/** Folder that relative names of chunks are meant from. */
	readonly folder: string;
}

// -- The program's end ----------------------------------------------------------------------------

/** The program's end of the link: nothing of it waits for events. */
export class SyncLink {
	readonly #port: MessagePort;
	/** Counts messages to us. */
	readonly #sent: Int32Array;
	#received = 0;

	constructor(port: MessagePort, signal: SharedArrayBuffer) {
		this.#port = port;
		this.#sent = new Int32Array(signal);
	}

	send(message: ToAdapter): void {
		this.#port.postMessage(message);
	}

	/** The next message if there is one. Costs one load when there is none. */
	poll(): ToProgram | undefined {
		if (Atomics.load(this.#sent, 0) === this.#received) return undefined;
		const received = receiveMessageOnPort(this.#port) as { message: ToProgram } | undefined;
		if (received === undefined) return undefined;
		this.#received = (this.#received + 1) | 0;
		return received.message;
	}

	/** The next message; undefined when none has come in so many milliseconds. */
	receive(timeoutMs = Number.POSITIVE_INFINITY): ToProgram | undefined {
		const end = performance.now() + timeoutMs;
		for (;;) {
			const message = this.poll();
			if (message !== undefined) return message;
			const left = end - performance.now();
			if (left <= 0) return undefined;
			Atomics.wait(this.#sent, 0, this.#received, left);
		}
	}
}

/** The adapter's end: sends and rings. */
export function sendToProgram({ port, signal }: AdapterData, message: ToProgram): void {
	const sent = new Int32Array(signal);
	port.postMessage(message);
	Atomics.add(sent, 0, 1);
	Atomics.notify(sent, 0);
}
