// Profiles for https://www.speedscope.app: its file format, with a sample for each distinct stack. Two
// profiles are in a file: by function, and with the line that each function was at, innermost.

import { type Frame, labelOf } from "./frames.ts";
import type { StackTree } from "./stack-tree.ts";

/** https://www.speedscope.app/file-format-schema.json, the part that is used. */
export interface SpeedscopeFile {
	readonly $schema: "https://www.speedscope.app/file-format-schema.json";
	readonly exporter: string;
	readonly name: string;
	readonly activeProfileIndex: number;
	readonly shared: { readonly frames: readonly SpeedscopeFrame[] };
	readonly profiles: readonly SpeedscopeProfile[];
}

export interface SpeedscopeFrame {
	readonly name: string;
	readonly file?: string;
	readonly line?: number;
}

export interface SpeedscopeProfile {
	readonly type: "sampled";
	readonly name: string;
	readonly unit: "microseconds";
	readonly startValue: number;
	readonly endValue: number;
	/** Stacks as numbers of frames, outermost first. */
	readonly samples: readonly (readonly number[])[];
	readonly weights: readonly number[];
}

export function speedscopeFile(tree: StackTree, name: string): SpeedscopeFile {
	const frames: SpeedscopeFrame[] = [];
	const numbers = new Map<Frame, number>();
	const lineNumbers = new Map<Frame, Map<number, number>>();
	const numberOf = (frame: Frame): number => {
		let number = numbers.get(frame);
		if (number === undefined) {
			number = frames.push(describe(frame, labelOf(frame), frame.line)) - 1;
			numbers.set(frame, number);
		}
		return number;
	};
	const numberOfLine = (frame: Frame, line: number): number => {
		let known = lineNumbers.get(frame);
		if (known === undefined) {
			known = new Map();
			lineNumbers.set(frame, known);
		}
		let number = known.get(line);
		if (number === undefined) {
			number = frames.push(describe(frame, `${frame.file}:${line}`, line)) - 1;
			known.set(line, number);
		}
		return number;
	};

	const byFunction = new Samples("functions");
	const byLine = new Samples("lines");
	tree.eachStack((stack, node) => {
		const sample = stack.map(({ frame }) => numberOf(frame));
		byFunction.add(sample, node.self);
		let rest = node.self;
		for (const [line, time] of node.lines) {
			byLine.add([...sample, numberOfLine(node.frame, line)], time);
			rest -= time;
		}
		byLine.add(sample, rest);
	});
	return {
		$schema: "https://www.speedscope.app/file-format-schema.json",
		exporter: "scribunto-fengari",
		name,
		activeProfileIndex: 0,
		shared: { frames },
		profiles: [byFunction.profile(), byLine.profile()],
	};
}

function describe({ file }: Frame, name: string, line: number): SpeedscopeFrame {
	return { name, ...(file === undefined ? {} : { file }), ...(line > 0 ? { line } : {}) };
}

class Samples {
	readonly #name: string;
	readonly #samples: (readonly number[])[] = [];
	/** Tenths of microseconds: whole numbers, so that their sum is exact. */
	readonly #weights: number[] = [];

	constructor(name: string) {
		this.#name = name;
	}

	add(sample: readonly number[], time: number): void {
		const weight = Math.round(time * 10);
		if (weight <= 0) return;
		this.#samples.push(sample);
		this.#weights.push(weight);
	}

	profile(): SpeedscopeProfile {
		return {
			type: "sampled",
			name: this.#name,
			unit: "microseconds",
			startValue: 0,
			endValue: this.#weights.reduce((sum, weight) => sum + weight, 0) / 10,
			samples: this.#samples,
			weights: this.#weights.map((weight) => weight / 10),
		};
	}
}
