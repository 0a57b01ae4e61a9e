/**
 * A transcript as a conversation: which message answers which, how deep calls are nested, how long each
 * answer took, and what the functions are called that messages name by numbers.
 */
import { FunctionReference, readRequest, Table, type Value } from "./expression-tree.ts";
import { escaped, inline } from "./print.ts";
import { readReply } from "./reply-tree.ts";
import type { TranscriptEntry } from "./transcript.ts";

export interface Message {
	readonly entry: TranscriptEntry;
	/** Counts from 1. */
	readonly number: number;
	/** How many calls it is inside of. */
	readonly depth: number;
	/** Microseconds since the message that it answers, with all that happened in between; undefined for no answer. */
	readonly took: number | undefined;
	/** The message taken apart; undefined when it is not as PHP or the peer write them. */
	readonly tree: Table | undefined;
	/** What it is, on one line of any length. */
	readonly summary: string;
}

/** More nils than that are no list's. */
const MOST_NILS = 100;

/** A message that waits for its answer. */
interface Pending {
	readonly time: number;
	readonly source: TranscriptEntry["source"];
	/** Where functions come from that the answer brings. */
	readonly origin: string;
	readonly isLoad: boolean;
}

export class Conversation {
	/** What is known of functions so far, by their ids: the chunk's name, or where they came from. */
	readonly names = new Map<number, string>();
	readonly #pending: Pending[] = [];
	#count = 0;

	/** The next message; undefined for an entry that is none. */
	add(entry: TranscriptEntry): Message | undefined {
		const { source, time, body } = entry;
		if (source === "end") return undefined;
		const text = body.toString("latin1");
		const tree = source === "host" ? readRequest(text) : readReply(text);
		const op = tree?.get("op");
		const summary = tree === undefined ? escaped(text) : this.#summary(tree);
		const number = ++this.#count;
		if (op === "return" || op === "error") {
			const asked = this.#pending.pop();
			if (asked !== undefined && op === "return") this.#learn(asked, tree?.get("values"));
			const took = asked === undefined ? undefined : time - asked.time;
			return { entry, number, depth: this.#pending.length, took, tree, summary };
		}
		const depth = this.#pending.length;
		this.#pending.push({ time, source, origin: this.#origin(tree), isLoad: op === "loadString" });
		if (source === "peer") this.#learnArguments(tree);
		return { entry, number, depth, took: undefined, tree, summary };
	}

	#origin(tree: Table | undefined): string {
		const id = tree?.get(tree.get("op") === "loadString" ? "chunkName" : "id");
		if (typeof id === "number") return this.names.get(id) ?? `#${id}`;
		return typeof id === "string" ? escaped(id.replace(/^[=@]/, "")) : "";
	}

	/** Functions get their names from where they were first seen. */
	#learn({ source, origin, isLoad }: Pending, values: Value): void {
		if (source !== "host" || !(values instanceof Table)) return;
		for (const [index, value] of values.entries) {
			if (isLoad && typeof value === "number") this.names.set(value, origin);
			else this.#nameFunctions(value, index === 1 ? origin : `${origin}[${String(index)}]`);
		}
	}

	#learnArguments(tree: Table | undefined): void {
		const args = tree?.get("args");
		if (args instanceof Table) this.#nameFunctions(args, `${this.#origin(tree)} args`);
	}

	#nameFunctions(value: Value, path: string): void {
		if (value instanceof FunctionReference) {
			if (!this.names.has(value.id)) this.names.set(value.id, path);
		} else if (value instanceof Table) {
			for (const [key, element] of value.entries) {
				this.#nameFunctions(
					element,
					typeof key === "string" ? `${path}.${escaped(key)}` : `${path}[${String(key)}]`,
				);
			}
		}
	}

	// -- One line for each op -----------------------------------------------------

	#summary(tree: Table): string {
		const { names } = this;
		const op = tree.get("op");
		const shown = (name: string) => inline(tree.get(name), names);
		switch (op) {
			case "loadString":
				return `loadString ${shown("chunkName")}, ${String(tree.get("text")).length} bytes`;
			case "call":
				return `call ${this.#called(tree.get("id"))}(${this.#list(tree, "args", "nargs")})`;
			case "return":
				return `return ${this.#list(tree, "values", "nvalues")}`.trimEnd();
			case "error":
				return `error ${shown("value")}`;
			case "registerLibrary":
				return `registerLibrary ${shown("name")} ${shown("functions")}`;
			case "wrapPhpFunction":
				return `wrapPhpFunction ${shown("id")}`;
			case "cleanupChunks": {
				const ids = tree.get("ids");
				return `cleanupChunks, ${ids instanceof Table ? ids.entries.length : 0} kept`;
			}
			default:
				return typeof op === "string" ? escaped(op) : inline(tree, names);
		}
	}

	#called(id: Value): string {
		if (typeof id === "string") return escaped(id);
		const name = typeof id === "number" ? this.names.get(id) : undefined;
		return name === undefined ? `#${inline(id, this.names)}` : `#${String(id)} ${name}`;
	}

	/** A counted list, nils and all. */
	#list(tree: Table, field: string, countField: string): string {
		const list = tree.get(field);
		if (!(list instanceof Table)) return inline(list, this.names);
		const count = tree.get(countField);
		// A file that is not PHP's may say anything.
		if (typeof count !== "number" || count > list.entries.length + MOST_NILS) return inline(list, this.names);
		const values = new Map(list.entries);
		return Array.from({ length: count }, (_, i) => inline(values.get(i + 1), this.names)).join(", ");
	}
}
