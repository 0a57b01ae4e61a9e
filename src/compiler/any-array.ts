import type { Expression } from "../lua51/syntax.ts";
import type { FunctionWriter } from "./function-writer.ts";

/**
 * An array literal of which V8 does not make an array of doubles, which would forget a NaN's sign (value.ts, `anyValues`).
 * It is made before the text of its elements, which may use all temporaries but its own.
 */
export class AnyArray {
	readonly #array: string;
	readonly #first: string;

	constructor(w: FunctionWriter, endsInMany: boolean) {
		this.#array = w.temporary();
		this.#first = endsInMany ? w.temporary() : "";
	}

	/** `others` come before the values of the nodes. */
	static isNeeded(nodes: readonly Expression[], others: number): boolean {
		return (
			nodes.length + others > 0 &&
			!nodes.some(({ kind }, position) => {
				// V8 knows a literal when it compiles the text, and stores the first element before any number.
				if (kind === "string" || kind === "boolean") return true;
				return position + others === 0 && (kind === "nil" || kind === "closure" || kind === "table");
			})
		);
	}

	of(parts: readonly string[]): string {
		const array = this.#array;
		const last = parts.length - 1;
		const text = parts[last] as string; // there is one
		const others = parts.slice(0, last);
		// (V8 does not know `undefined`.)
		if (!text.startsWith("...")) {
			return `(${array} = [${[...others, "null"].join(", ")}], ${array}[${last}] = ${text}, ${array})`;
		}
		const [head, ...rest] = others;
		if (head === undefined) return `[${text}]`;
		const first = this.#first;
		return `(${first} = ${head}, ${array} = [${["null", ...rest, text].join(", ")}], ${array}[0] = ${first}, ${array})`;
	}
}
