// What native's compiler makes of a chunk, as `luac5.1 -l -l` lists it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

export interface NativeFunction {
	/** How many instructions it has. */
	readonly count: number;
	/** How many registers it needs. */
	readonly registers: number;
	/** Their names, with the target of a jump: `JMP 5`. */
	readonly instructions: readonly string[];
	/** As they are listed: strings in quotes. */
	readonly constants: readonly string[];
}

const HEADER = /^(?:main|function) <.*> \((\d+) instructions?,/;
const REGISTERS = /^\d+\+? params?, (\d+) slots?,/;
const INSTRUCTION = /^\t\d+\t\[[-\d]+\]\t(\w+)\s(?:.*; to (\d+)$)?/;
const CONSTANT = /^\t\d+\t(.*)$/;

/** The functions of a chunk in the order in which they begin. */
export function nativeFunctions(source: string): readonly NativeFunction[] {
	const run = spawnSync("luac5.1", ["-l", "-l", "-p", "-"], {
		input: Buffer.from(source, "latin1"),
		encoding: "latin1",
		maxBuffer: 256 * 1024 * 1024,
	});
	assert.equal(run.stderr, "");
	const functions: NativeFunction[] = [];
	let instructions: string[] = [];
	let constants: string[] | undefined;
	for (const line of run.stdout.split("\n")) {
		const [, count] = HEADER.exec(line) ?? [];
		if (count !== undefined) {
			instructions = [];
			constants = undefined;
			functions.push({ count: Number(count), registers: 0, instructions, constants: [] });
		} else if (REGISTERS.test(line)) {
			(functions.at(-1) as { registers: number }).registers = Number(REGISTERS.exec(line)?.[1]);
		} else if (/^\w+ \(\d+\) for /.test(line)) {
			constants = line.startsWith("constants") ? (functions.at(-1)?.constants as string[]) : [];
		} else if (constants !== undefined) {
			const [, constant] = CONSTANT.exec(line) ?? [];
			if (constant !== undefined) constants.push(constant);
		} else {
			const [, opcode, target] = INSTRUCTION.exec(line) ?? [];
			if (opcode !== undefined) instructions.push(target === undefined ? opcode : `${opcode} ${target}`);
		}
	}
	return functions;
}
