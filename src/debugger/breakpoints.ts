// Breakpoints: where they are, and whether one that is met counts. Conditions and the texts of log
// points are Lua expressions, which debugger.ts evaluates.

/** What a user asks for. */
export interface BreakpointRequest {
	/** The user's own number for it. */
	readonly id: number;
	readonly line: number;
	/** A Lua expression that must be true. */
	readonly condition?: string | undefined;
	/** "5": the fifth time; also with an operator, as in ">= 5", or "% 5" for each fifth. */
	readonly hitCondition?: string | undefined;
	/** What to print instead of stopping; expressions in braces. */
	readonly logMessage?: string | undefined;
}

export class Breakpoint {
	readonly request: BreakpointRequest;
	/** How often its line was reached with its condition true. */
	hits = 0;
	readonly #counts: (hits: number) => boolean;

	constructor(request: BreakpointRequest) {
		this.request = request;
		this.#counts = hitTest(request.hitCondition) ?? (() => true);
	}

	/** Notes a hit and tells whether it is one to act upon. */
	hit(): boolean {
		return this.#counts(++this.hits);
	}
}

/** The meaning of a hit condition; undefined for one that means nothing. */
export function hitTest(condition: string | undefined): ((hits: number) => boolean) | undefined {
	if (condition === undefined || condition.trim() === "") return () => true;
	const [, operator = "", digits] = /^\s*(==|=|>=|>|<=|<|%)?\s*(\d+)\s*$/.exec(condition) ?? [];
	if (digits === undefined) return undefined;
	const count = Number(digits);
	switch (operator) {
		case ">":
			return (hits) => hits > count;
		case ">=":
			return (hits) => hits >= count;
		case "<":
			return (hits) => hits < count;
		case "<=":
			return (hits) => hits <= count;
		case "%":
			return (hits) => count > 0 && hits % count === 0;
		default:
			return (hits) => hits === count;
	}
}

/** A log message in pieces: texts, and expressions (from braces, which may nest) to be evaluated. */
export function logPieces(message: string): { readonly text: string; readonly isExpression: boolean }[] {
	const pieces: { text: string; isExpression: boolean }[] = [];
	let text = "";
	for (let at = 0; at < message.length; at++) {
		const end = message[at] === "{" ? closingBrace(message, at) : -1;
		if (end < 0) {
			text += message[at];
			continue;
		}
		if (text !== "") pieces.push({ text, isExpression: false });
		text = "";
		pieces.push({ text: message.slice(at + 1, end), isExpression: true });
		at = end;
	}
	if (text !== "") pieces.push({ text, isExpression: false });
	return pieces;
}

function closingBrace(message: string, open: number): number {
	let depth = 0;
	for (let at = open; at < message.length; at++) {
		if (message[at] === "{") depth++;
		if (message[at] === "}" && --depth === 0) return at;
	}
	return -1;
}

/** The line where a breakpoint wanted on `line` can be: the next one with code. `lines` ascend. */
export function lineWithCode(lines: readonly number[], line: number): number | undefined {
	return lines.find((each) => each >= line);
}

/** All breakpoints, by chunk and line. */
export class BreakpointTable {
	readonly #byChunk = new Map<string, Map<number, Breakpoint[]>>();

	/** Exchanges those of one chunk. One that is as it was goes on counting. */
	set(chunkName: string, requests: readonly BreakpointRequest[]): void {
		const old = [...(this.#byChunk.get(chunkName)?.values() ?? [])].flat();
		const byLine = new Map<number, Breakpoint[]>();
		for (const request of requests) {
			const known = old.find((each) => isSame(each.request, request));
			const list = byLine.get(request.line) ?? [];
			list.push(known ?? new Breakpoint(request));
			byLine.set(request.line, list);
		}
		if (byLine.size === 0) this.#byChunk.delete(chunkName);
		else this.#byChunk.set(chunkName, byLine);
	}

	at(chunkName: string, line: number): readonly Breakpoint[] {
		if (this.#byChunk.size === 0) return NO_BREAKPOINTS;
		return this.#byChunk.get(chunkName)?.get(line) ?? NO_BREAKPOINTS;
	}

	clear(): void {
		this.#byChunk.clear();
	}
}

const NO_BREAKPOINTS: readonly Breakpoint[] = [];

function isSame(a: BreakpointRequest, b: BreakpointRequest): boolean {
	return (
		a.id === b.id &&
		a.line === b.line &&
		a.condition === b.condition &&
		a.hitCondition === b.hitCondition &&
		a.logMessage === b.logMessage
	);
}
