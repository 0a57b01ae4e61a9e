// The debugger in a terminal: commands from a line reader, answers to a writer. Sample:
//
//     Module:Fails:7: breakpoint 1
//     7     local total = price * count
//     (debug) print price
//     nil
//     (debug) bt
//     #0  p.total  Module:Fails:7
//     #1  p.main   Module:Fails:14
//     (debug) continue

import { type Activation, resultList } from "../engine/api.ts";
import { type BreakpointRequest, hitTest, lineWithCode } from "./breakpoints.ts";
import type { Caught, Chunk, Debugger, Front, Resumption, StackRow, Stop } from "./debugger.ts";
import { describe, describeError, type Named, titleOf, utf8Text } from "./inspect.ts";

export interface Terminal {
	/** The next command; undefined at the end of input. */
	readLine(prompt: string): string | undefined;
	write(text: string): void;
	/** The user wants no more. Does not return. */
	quit(): never;
}

const PROMPT = "(debug) ";
const LIST_LINES = 10;

const HELP = `break [CHUNK:]LINE [if EXPR]  stop there (CHUNK: the end of its name will do)   b
tbreak, log                   break once; log [CHUNK:]LINE TEXT with {EXPR} prints instead
hits N COUNT                  breakpoint N stops at the COUNTth hit only (or >=COUNT, %COUNT)
delete N                      remove breakpoint N; without N all                  d
breakpoints                   list them                                           info
catch all|uncaught|none       stop at errors, before anything is left
step, next, finish, continue  into calls, over them, out of the function, on      s n fin c
print EXPR                    an expression or a statement in the chosen frame    p
locals, upvalues, globals     variables of the chosen frame
bt, up, down, frame N         the call stack, and choosing a frame                where
list [LINE]                   source text                                         l
chunks                        what has been loaded
quit                          end the program                                     q
An empty line does the last command again.
`;

interface Wanted extends BreakpointRequest {
	/** End of the chunk's name. */
	readonly chunk: string;
	readonly once: boolean;
}

export class TerminalFront implements Front {
	readonly #terminal: Terminal;
	#debugger: Debugger | undefined;
	readonly #wanted = new Map<number, Wanted>();
	#nextId = 1;
	#rows: StackRow[] = [];
	/** The chosen row. */
	#row = 0;
	#listed = 0;
	#last = "";

	constructor(terminal: Terminal) {
		this.#terminal = terminal;
	}

	connect(connected: Debugger): void {
		this.#debugger = connected;
	}

	get #core(): Debugger {
		if (this.#debugger === undefined) throw new Error("the terminal was not connected");
		return this.#debugger;
	}

	// -- What the debugger calls -------------------------------------------------------------

	loaded(chunk: Chunk): void {
		this.#place(chunk);
	}

	poll(): void {}

	log(text: string): void {
		this.#say(text);
	}

	stopped(stop: Stop): Resumption {
		this.#rows = this.#core.stack();
		this.#row = Math.max(
			0,
			this.#rows.findIndex(({ activation }) => activation !== undefined),
		);
		this.#sayStop(stop);
		for (const id of stop.breakpoints) if (this.#wanted.get(id)?.once === true) this.#remove(id);
		for (;;) {
			const line = this.#terminal.readLine(PROMPT);
			if (line === undefined) return this.#terminal.quit();
			const text = line.trim() === "" ? this.#last : line.trim();
			this.#last = text;
			const resumption = this.#obey(text);
			if (resumption !== undefined) return resumption;
		}
	}

	#sayStop({ reason, breakpoints, text }: Stop): void {
		const row = this.#rows[this.#row];
		const why = reason === "breakpoint" ? `breakpoint ${breakpoints.join(", ")}` : reason;
		this.#say(`${place(row)}: ${why}${text === undefined ? "" : `: ${text}`}`);
		this.#sayLine(row);
	}

	// -- Commands ----------------------------------------------------------------------------

	#obey(line: string): Resumption | undefined {
		const [, verb = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(line) ?? [];
		switch (verb) {
			case "":
				return undefined;
			case "s":
			case "step":
				return "into";
			case "n":
			case "next":
				return "over";
			case "fin":
			case "finish":
				return "out";
			case "c":
			case "continue":
				return "continue";
			case "b":
			case "break":
			case "tbreak":
				this.#break(rest, verb === "tbreak");
				return undefined;
			case "log":
				this.#log(rest);
				return undefined;
			case "hits":
				this.#hits(rest);
				return undefined;
			case "d":
			case "delete":
				this.#delete(rest);
				return undefined;
			case "info":
			case "breakpoints":
				for (const wanted of this.#wanted.values()) this.#say(this.#breakpointText(wanted));
				return undefined;
			case "catch":
				this.#catch(rest);
				return undefined;
			case "p":
			case "print":
				this.#print(rest);
				return undefined;
			case "locals":
				this.#sayAll((activation) => this.#core.locals(activation));
				return undefined;
			case "upvalues":
				this.#sayAll((activation) => this.#core.upvalues(activation));
				return undefined;
			case "globals":
				this.#sayAll((activation) => this.#core.globals(activation));
				return undefined;
			case "bt":
			case "where":
				this.#sayStack();
				return undefined;
			case "up":
				this.#choose(this.#row + 1);
				return undefined;
			case "down":
				this.#choose(this.#row - 1);
				return undefined;
			case "frame":
				this.#choose(Number(rest));
				return undefined;
			case "l":
			case "list":
				this.#list(rest);
				return undefined;
			case "chunks":
				for (const { title, lines } of this.#core.chunks.values()) {
					this.#say(`${title} (to line ${lines.at(-1) ?? 0})`);
				}
				return undefined;
			case "q":
			case "quit":
				return this.#terminal.quit();
			case "h":
			case "help":
				this.#terminal.write(HELP);
				return undefined;
			default:
				this.#say(`no command: ${verb} (help lists them)`);
				return undefined;
		}
	}

	// -- Breakpoints -------------------------------------------------------------------------

	#break(text: string, once: boolean): void {
		const [, where = "", condition] = /^(.*?)(?:\s+if\s+(.*))?$/s.exec(text) ?? [];
		this.#add(where, { condition, once });
	}

	#log(text: string): void {
		const [, where = "", logMessage] = /^(.*?:?\d+)\s+(.*)$/s.exec(text) ?? [];
		if (logMessage === undefined) this.#say("log [CHUNK:]LINE TEXT");
		else this.#add(where, { logMessage, once: false });
	}

	#add(where: string, more: Pick<Wanted, "condition" | "logMessage" | "once">): void {
		const [, chunk, digits] = /^(?:(.*):)?(\d+)$/s.exec(where.trim()) ?? [];
		const here = this.#rows[this.#row]?.chunkName;
		const name = chunk ?? (here === undefined ? undefined : this.#core.chunks.get(here)?.title);
		if (digits === undefined || name === undefined) {
			this.#say("where? [CHUNK:]LINE");
			return;
		}
		const id = this.#nextId++;
		this.#wanted.set(id, { id, chunk: name, line: Number(digits), ...more });
		for (const each of this.#core.chunks.values()) this.#place(each);
		this.#say(this.#breakpointText(this.#wanted.get(id) as Wanted));
	}

	#hits(text: string): void {
		const [, id, hitCondition] = /^(\d+)\s+(.*)$/.exec(text) ?? [];
		const wanted = this.#wanted.get(Number(id));
		if (wanted === undefined || hitTest(hitCondition) === undefined) {
			this.#say("hits N COUNT");
			return;
		}
		this.#wanted.set(wanted.id, { ...wanted, hitCondition });
		for (const each of this.#core.chunks.values()) this.#place(each);
	}

	#delete(text: string): void {
		const ids = text === "" ? [...this.#wanted.keys()] : text.split(/[\s,]+/).map(Number);
		for (const id of ids) if (!this.#remove(id)) this.#say(`no breakpoint ${id}`);
	}

	#remove(id: number): boolean {
		const was = this.#wanted.delete(id);
		for (const each of this.#core.chunks.values()) this.#place(each);
		return was;
	}

	/** Tells the debugger of the breakpoints in a chunk. */
	#place(chunk: Chunk): void {
		const requests: BreakpointRequest[] = [];
		for (const wanted of this.#wanted.values()) {
			const line = isMeant(chunk, wanted.chunk) ? lineWithCode(chunk.lines, wanted.line) : undefined;
			if (line !== undefined) requests.push({ ...wanted, line });
		}
		this.#core.breakpoints.set(chunk.name, requests);
	}

	#breakpointText(wanted: Wanted): string {
		const { id, chunk, line, condition, hitCondition, logMessage } = wanted;
		const places = [...this.#core.chunks.values()]
			.filter((each) => isMeant(each, chunk))
			.map((each) => `${each.title}:${lineWithCode(each.lines, line) ?? "no code there"}`);
		const where = places.length > 0 ? places.join(", ") : `${chunk}:${line}, not loaded yet`;
		const facts = [
			condition === undefined ? "" : ` if ${condition}`,
			hitCondition === undefined ? "" : ` hits ${hitCondition}`,
			logMessage === undefined ? "" : ` log ${logMessage}`,
		];
		return `breakpoint ${id} at ${where}${facts.join("")}`;
	}

	#catch(text: string): void {
		if (text === "all" || text === "uncaught" || text === "none") this.#core.catches = text satisfies Caught;
		else this.#say("catch all|uncaught|none");
	}

	// -- Looking ------------------------------------------------------------------------------

	#print(text: string): void {
		const activation = this.#rows[this.#row]?.activation;
		if (activation === undefined) {
			this.#say("no variables here");
			return;
		}
		const outcome = this.#core.evaluate(activation, text);
		if (!outcome.ok) this.#say(describeError(outcome.error));
		else for (const value of resultList(outcome.results)) this.#say(describe(value));
	}

	#sayAll(variables: (activation: Activation) => Named[]): void {
		const activation = this.#rows[this.#row]?.activation;
		for (const { name, value } of activation === undefined ? [] : variables(activation)) {
			this.#say(`${utf8Text(name) ?? name} = ${describe(value)}`);
		}
	}

	#sayStack(): void {
		const width = Math.max(...this.#rows.map(({ name }) => name.length));
		this.#rows.forEach((row, number) => {
			const mark = number === this.#row ? "*" : " ";
			this.#say(`${mark}#${String(number).padEnd(3)}${row.name.padEnd(width)}  ${place(row)}`.trimEnd());
		});
	}

	#choose(number: number): void {
		const row = this.#rows[number];
		if (row === undefined) {
			this.#say("no such frame");
			return;
		}
		this.#row = number;
		this.#listed = 0;
		this.#say(`#${number}  ${row.name}  ${place(row)}`.trimEnd());
		this.#sayLine(row);
	}

	#list(text: string): void {
		const row = this.#rows[this.#row];
		const source = this.#sourceOf(row);
		if (row === undefined || source === undefined) {
			this.#say("no source text");
			return;
		}
		const again = text === "" && this.#listed > 0;
		const first = again ? this.#listed + 1 : Math.max(1, (Number(text) || row.line) - LIST_LINES / 2);
		const last = Math.min(source.length, first + LIST_LINES - 1);
		for (let line = first; line <= last; line++) {
			this.#say(
				`${line === row.line ? ">" : " "}${String(line).padEnd(6)}${source[line - 1] ?? ""}`.trimEnd(),
			);
		}
		this.#listed = last >= source.length ? 0 : last;
	}

	#sayLine(row: StackRow | undefined): void {
		this.#listed = 0;
		const text = row === undefined ? undefined : this.#sourceOf(row)?.[row.line - 1];
		if (row !== undefined && text !== undefined) this.#say(`${String(row.line).padEnd(6)}${text}`.trimEnd());
	}

	#sourceOf(row: StackRow | undefined): string[] | undefined {
		const chunk = row?.chunkName === undefined ? undefined : this.#core.chunks.get(row.chunkName);
		if (chunk === undefined) return undefined;
		return (utf8Text(chunk.text) ?? chunk.text).replace(/\n$/, "").split("\n");
	}

	#say(text: string): void {
		this.#terminal.write(`${text}\n`);
	}
}

function place(row: StackRow | undefined): string {
	if (row?.chunkName === undefined) return "";
	return `${titleOf(row.chunkName)}:${row.line}`;
}

/** Does the end of a chunk's name that a user gave mean this chunk? */
function isMeant({ title }: Chunk, wanted: string): boolean {
	if (title === wanted) return true;
	const before = title.at(-wanted.length - 1);
	return title.endsWith(wanted) && (before === "/" || before === ":");
}
