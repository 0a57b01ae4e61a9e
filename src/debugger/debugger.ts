// The debugger itself: an observer (compiler/observer.ts) that decides where to stop, and tells what
// there is to see while the program stands still. Whom it asks what to do then is a Front: the
// terminal, or the Debug Adapter Protocol. A stop lasts as long as the call of `Front.stopped`: the
// program goes on when that returns. So everything is synchronous, as the program itself is.

import {
	type Activation,
	activationDepth,
	evaluate,
	type LuaError,
	type LuaFunction,
	type LuaValue,
	linesOf,
	localsOf,
	type Observation,
	type Observer,
	type Outcome,
	observe,
	type Proto,
	resultList,
	runningActivations,
	upvaluesOf,
	valueError,
} from "../engine/api.ts";
import { type Breakpoint, BreakpointTable, logPieces } from "./breakpoints.ts";
import { childrenOf, describe, describeError, luaBytes, type Named, titleOf, utf8Text } from "./inspect.ts";

/** A chunk that has been loaded. */
export interface Chunk {
	readonly name: string;
	/** The name without its mark. */
	readonly title: string;
	readonly text: string;
	/** Lines where the program can stop, ascending. */
	readonly lines: readonly number[];
}

export type StopReason = "entry" | "breakpoint" | "step" | "pause" | "exception";

export interface Stop {
	readonly reason: StopReason;
	/** Numbers of the breakpoints that were met. */
	readonly breakpoints: readonly number[];
	/** What went wrong. */
	readonly text?: string;
}

/** How the program goes on. */
export type Resumption = "continue" | "into" | "over" | "out";

/** Who steers. */
export interface Front {
	/** A chunk is there; what breakpoints it has may be said now. */
	loaded(chunk: Chunk): void;
	/** The program stands still until this returns. */
	stopped(stop: Stop): Resumption;
	/** Called at each line: may set `pauses` or breakpoints. */
	poll(): void;
	/** A log point's text, or what is wrong with a breakpoint's condition. */
	log(text: string): void;
}

/** What is debugged. */
export interface Program {
	/** Chunks that are passed over unless the user asks for them. */
	isLibrary(chunkName: string): boolean;
	/** Writes out what the program has in buffers. */
	flush(): void;
}

/** A row of the call stack. */
export interface StackRow {
	readonly name: string;
	readonly chunkName: string | undefined;
	readonly line: number;
	/** Undefined for a builtin or a function that is not looked at. */
	readonly activation: Activation | undefined;
}

export type Caught = "none" | "uncaught" | "all";

/** A user's expression may take so long. */
const MAX_EVALUATION_MS = 5000;
/** Builtins that do not let an error through. */
const CATCHERS: ReadonlySet<string> = new Set(["pcall", "xpcall", "resume"]);

export class Debugger implements Observer {
	readonly chunks = new Map<string, Chunk>();
	readonly breakpoints = new BreakpointTable();
	/** Errors to stop at. */
	catches: Caught = "none";
	/** Stop at the next line. */
	pauses = false;
	/** Scribunto's own libraries are looked at too. */
	looksAtLibraries = false;
	readonly #front: Front;
	readonly #program: Program;
	#resumption: Resumption = "continue";
	/** How deep the stack was at the last stop. */
	#depth = 0;
	/** Lua code that the debugger runs itself is not debugged. */
	#isBusy = false;
	/** When it has taken too long, as performance.now() tells. */
	#deadline = 0;
	#hasReachedLine = false;

	constructor(front: Front, program: Program) {
		this.#front = front;
		this.#program = program;
	}

	/** From now on; sets `pauses` to stop at the first line. */
	start(): void {
		observe(this);
	}

	// -- Events --------------------------------------------------------------------------------

	/** Chunks without a name of their own, as loadstring makes them, are not looked at. */
	wants(chunkName: string): Observation | undefined {
		if (!/^[@=]./.test(chunkName)) return undefined;
		return this.looksAtLibraries || !this.#program.isLibrary(chunkName) ? "variables" : undefined;
	}

	loaded(proto: Proto, text: string): void {
		const lines = [...linesOf(proto)].sort((a, b) => a - b);
		const chunk = { name: proto.chunkName, title: titleOf(proto.chunkName), text, lines };
		this.chunks.set(proto.chunkName, chunk);
		this.#front.loaded(chunk);
	}

	enter(): void {}

	leave(): void {}

	line(activation: Activation, line: number): void {
		if (this.#isBusy) {
			if (performance.now() > this.#deadline) throw valueError("the expression took too long");
			return;
		}
		this.#front.poll();
		const met = this.#met(activation, line);
		if (met.length > 0) this.#stop({ reason: "breakpoint", breakpoints: met });
		else if (this.pauses) this.#stop({ reason: this.#hasReachedLine ? "pause" : "entry", breakpoints: [] });
		else if (this.#steps()) this.#stop({ reason: "step", breakpoints: [] });
		this.#hasReachedLine = true;
	}

	failed(_activation: Activation, error: LuaError): void {
		if (this.#isBusy || this.catches === "none") return;
		if (this.catches === "uncaught" && isCaught()) return;
		this.#stop({ reason: "exception", breakpoints: [], text: describeError(error) });
	}

	#steps(): boolean {
		switch (this.#resumption) {
			case "continue":
				return false;
			case "into":
				return true;
			case "over":
				return activationDepth() <= this.#depth;
			case "out":
				return activationDepth() < this.#depth;
		}
	}

	#stop(stop: Stop): void {
		this.pauses = false;
		this.#program.flush();
		this.#resumption = this.#front.stopped(stop);
		this.#depth = activationDepth();
	}

	// -- Breakpoints -----------------------------------------------------------------------------

	/** Numbers of the breakpoints that make the program stop here. */
	#met(activation: Activation, line: number): number[] {
		const found: number[] = [];
		for (const breakpoint of this.breakpoints.at(activation.proto.chunkName, line)) {
			if (!this.#applies(breakpoint, activation) || !breakpoint.hit()) continue;
			const { id, logMessage } = breakpoint.request;
			if (logMessage === undefined || logMessage === "") found.push(id);
			else this.#front.log(this.#logText(logMessage, activation));
		}
		return found;
	}

	#applies({ request }: Breakpoint, activation: Activation): boolean {
		const { condition } = request;
		if (condition === undefined || condition.trim() === "") return true;
		const outcome = this.evaluate(activation, condition);
		if (outcome.ok) {
			const [value] = resultList(outcome.results);
			return value !== undefined && value !== false;
		}
		// A condition that fails must not look like one that is never true.
		this.#front.log(`condition of line ${request.line}: ${describeError(outcome.error)}`);
		return true;
	}

	#logText(message: string, activation: Activation): string {
		const texts = logPieces(message).map(({ text, isExpression }) => {
			if (!isExpression) return text;
			const outcome = this.evaluate(activation, text);
			if (!outcome.ok) return `<${describeError(outcome.error)}>`;
			return resultList(outcome.results).map(plainText).join(", ");
		});
		return texts.join("");
	}

	// -- What there is to see --------------------------------------------------------------------

	/** The call stack, innermost first. */
	stack(): StackRow[] {
		const rows: StackRow[] = [];
		for (const activation of runningActivations()) {
			const { unobserved, proto, line } = activation;
			if (unobserved !== undefined) rows.push(this.#unobservedRow(unobserved));
			rows.push({ name: this.#nameOf(activation), chunkName: proto.chunkName, line, activation });
		}
		return rows;
	}

	#unobservedRow(f: LuaFunction): StackRow {
		if (f.p === undefined) {
			return { name: `[C] ${f.name}`, chunkName: undefined, line: 0, activation: undefined };
		}
		const { chunkName, node } = f.p;
		return { name: describe(f), chunkName, line: node.lineDefined, activation: undefined };
	}

	/** How the call names the function, or how its source does. */
	#nameOf({ proto, caller }: Activation): string {
		if (proto.facts.lineDefined === 0) return "main chunk";
		const site = caller?.unobserved === undefined ? caller?.proto.sites[caller.pc] : undefined;
		const called = site?.call === undefined ? undefined : site.first?.name;
		const written = this.#writtenName(proto);
		if (called !== undefined && called !== "?" && !(written ?? "").endsWith(called))
			return utf8Text(called) ?? called;
		return written ?? called ?? `function <${titleOf(proto.chunkName)}:${proto.facts.lineDefined}>`;
	}

	#writtenName(proto: Proto): string | undefined {
		const text = this.chunks.get(proto.chunkName)?.text.split("\n", proto.facts.lineDefined).at(-1);
		const match = /\bfunction\s+([\w.:]+)\s*\(|([\w.]+)\s*=\s*function\b/.exec(text ?? "");
		return match?.[1] ?? match?.[2];
	}

	/** Local variables that a name can mean, those declared last in front. */
	locals(activation: Activation): Named[] {
		const seen = new Set<string>();
		const found: Named[] = [];
		for (const { name, get, set } of localsOf(activation).reverse()) {
			if (seen.has(name)) continue;
			seen.add(name);
			found.push({ name, value: get(), set });
		}
		found.reverse();
		activation.varargs.forEach((value, position) => {
			found.push({ name: `...[${position + 1}]`, value });
		});
		return found;
	}

	upvalues(activation: Activation): Named[] {
		return upvaluesOf(activation).map(({ name, get, set }) => ({ name, value: get(), set }));
	}

	/** The function's environment. */
	globals(activation: Activation): Named[] {
		return childrenOf(activation.closure.env);
	}

	/** Runs an expression or statements as if they stood in the function; `text` is a user's. */
	evaluate(activation: Activation, text: string): Outcome {
		const wasBusy = this.#isBusy;
		if (!wasBusy) this.#deadline = performance.now() + MAX_EVALUATION_MS;
		this.#isBusy = true;
		try {
			return evaluate(activation, luaBytes(text));
		} finally {
			this.#isBusy = wasBusy;
		}
	}
}

/** A value as `tostring` would give it, without metamethods. */
function plainText(value: LuaValue): string {
	return typeof value === "string" ? (utf8Text(value) ?? value) : describe(value);
}

/** Would an error raised now be caught by the program? */
function isCaught(): boolean {
	return runningActivations().some(
		({ unobserved }) =>
			unobserved !== undefined && unobserved.p === undefined && CATCHERS.has(unobserved.name),
	);
}
