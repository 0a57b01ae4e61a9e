// The elementary functions against lua5.1, which calls the C library: bit by bit. Both
// round almost always to the nearest double; ALLOWED is the share of arguments for which
// glibc (2.36, with FMA) does not, measured with 100,000 arguments of each kind.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as libm from "../../src/lua51/libm.ts";
import * as trigonometry from "../../src/lua51/trigonometry.ts";
import { runLua } from "../support/lua51.ts";
import { whyMissing } from "../support/tools.ts";

const skip = whyMissing("lua5.1");
const COUNT = 4000;

/** Twice to three times the measured share, since COUNT is small. */
const ALLOWED: Readonly<Record<string, number>> = {
	acos: 0.002,
	asin: 0.005,
	atan: 0.006,
	atan2: 0.004,
	cos: 0.006,
	cosh: 0.004,
	exp: 0.004,
	log: 0.003,
	log10: 0.003,
	pow: 0.004,
	sin: 0.009,
	sinh: 0.007,
	tan: 0.01,
	tanh: 0.005,
};

const functions: Readonly<Record<string, (x: number, y: number) => number>> = { ...libm, ...trigonometry };

/** Arguments with a fixed seed. */
function generator(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		const upper = state;
		state = (Math.imul(state, 1103515245) + 12345) >>> 0;
		return (upper + state / 2 ** 32) / 2 ** 32;
	};
}

const KINDS: Readonly<Record<string, (random: () => number) => number>> = {
	"-1 to 1": (random) => random() * 2 - 1,
	"-10 to 10": (random) => random() * 20 - 10,
	"-700 to 700": (random) => random() * 1400 - 700,
	integers: (random) => Math.floor(random() * 2000) - 1000,
	"two decimals": (random) => Math.floor(random() * 20000 - 10000) / 100,
	"all sizes": (random) => (random() < 0.5 ? -1 : 1) * 2 ** (random() * 2000 - 1000),
};

const SPECIAL = [
	...[0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, 10, -10, 0.1, 1 / 3, 22, 100, 1000, 1e5, 1e6, 1e7, 1e16, 1e22],
	...[5e-324, -5e-324, 2 ** -1022, 1e-300, 1e300, Number.MAX_VALUE, -Number.MAX_VALUE, 1e-17, 1e-9],
	...[709.78, 709.79, -745.13, -745.14, -708.5, -720.3, 710.4, 710.47, 710.48, -710.48],
	...[Math.PI, Math.PI / 2, Math.PI / 4, 1 - 2 ** -53, 1 + 2 ** -52, Infinity, -Infinity],
];

/** Their square roots lie so near the middle of two doubles that glibc's pow rounds the other way. */
const NEAR_TIES = new Set([Number.MAX_VALUE, 1 - 2 ** -53]);

/** Of the powers of integers, those that glibc rounds otherwise on a processor without FMA (35 of 44,889, and some room). */
const DIFFERENT_WITHOUT_FMA = 0.001;

/** Whether glibc chooses its code for FMA: every ARM64 has it, of x86-64 all but the oldest. */
function hasFma(): boolean {
	return process.arch !== "x64" || /^flags\s*:.* fma /m.test(readFileSync("/proc/cpuinfo", "latin1"));
}

function textOf(x: number): string {
	return Number.isFinite(x) ? (Object.is(x, -0) ? "-0" : x.toPrecision(17)) : x > 0 ? "1e999" : "-1e999";
}

/** What native gives for each argument or pair. */
function nativeResults(name: string, isBinary: boolean, args: readonly number[]): number[] {
	const words = isBinary ? "%S+ %S+" : "%S+";
	const call = isBinary ? `math.${name}(a, b)` : `math.${name}(a)`;
	const output = runLua(`for w in ("${args.map(textOf).join(" ")}"):gmatch("${words}") do
		local a, b = w:match("^(%S+) ?(%S*)$")
		a, b = tonumber(a), tonumber(b)
		local r = ${call}
		io.write(r ~= r and "nan" or ("%.17g"):format(r), "\\n")
	end`);
	return output.trim().split("\n").map(numberOf);
}

function numberOf(text: string): number {
	if (text === "nan") return Number.NaN;
	return text.endsWith("inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}

describe("elementary functions", { skip }, () => {
	for (const [name, allowed] of Object.entries(ALLOWED)) {
		const isBinary = name === "pow" || name === "atan2";
		const f = functions[name]!;
		it(`${name} is native's for special arguments`, () => {
			const args = isBinary ? SPECIAL.flatMap((x) => SPECIAL.flatMap((y) => [x, y])) : SPECIAL;
			const native = nativeResults(name, isBinary, args);
			native.forEach((expected, i) => {
				const [x, y] = isBinary ? [args[2 * i]!, args[2 * i + 1]!] : [args[i]!, 0];
				if (name === "pow" && y === 0.5 && NEAR_TIES.has(x)) return;
				assert.ok(Object.is(f(x, y), expected), `${name}(${x}, ${y}): ${f(x, y)}, native ${expected}`);
			});
		});
		it(`${name} is native's for all but ${allowed * 100} % of arguments`, () => {
			for (const [kind, make] of Object.entries(KINDS)) {
				const random = generator(5);
				const args = Array.from({ length: isBinary ? 2 * COUNT : COUNT }, () => make(random));
				const native = nativeResults(name, isBinary, args);
				const wrong = native.filter((expected, i) => {
					const actual = isBinary ? f(args[2 * i]!, args[2 * i + 1]!) : f(args[i]!, 0);
					return !Object.is(actual, expected);
				});
				assert.ok(wrong.length <= allowed * COUNT, `${kind}: ${wrong.length} of ${COUNT} differ`);
			}
		});
	}

	it("powers of integers up to 100 are native's, all of them where the processor has FMA", () => {
		const args: number[] = [];
		for (let base = 2; base <= 100; base++) {
			const last = Math.ceil(1075 / Math.log2(base));
			for (let exponent = -last; exponent <= last; exponent++) args.push(base, exponent);
		}
		const wrong = nativeResults("pow", true, args).flatMap((expected, i) => {
			const [base, exponent] = [args[2 * i]!, args[2 * i + 1]!];
			const actual = libm.pow(base, exponent);
			return actual === expected ? [] : [`${base}^${exponent}: ${actual}, native ${expected}`];
		});
		const allowed = hasFma() ? 0 : DIFFERENT_WITHOUT_FMA * args.length;
		assert.ok(wrong.length <= allowed, `${wrong.length} differ: ${wrong.slice(0, 10).join("; ")}`);
	});
});
