// What it costs a call to be able to tell its position: the recursive function of calls.lua as the
// emitter could write it, in JavaScript. `node scripts/measure/positions.mjs [TURNS]`. The variants
// take turns; each is compared with the plain one of the same turn.

const turns = Number(process.argv[2] ?? 15);

/** `around` goes around the body, `at` in front of each call. */
const VARIANTS = {
	"no position": { start: "", at: () => "", end: (value) => `return ${value};` },
	"pc and try/catch": {
		start: "let pc = 0; try {",
		at: (pc) => `pc = ${pc}, `,
		end: (value) => `return ${value}; } catch (error) { throw unwind(error, pc); }`,
	},
	"pc, try/catch and depth": {
		start: "let pc = 0, t; if (++limits.depth > 19996) overflow(); try {",
		at: (pc) => `pc = ${pc}, `,
		end: (value) => `t = ${value}; limits.depth--; return t; } catch (error) { throw unwind(error, pc); }`,
	},
	"a stack of pcs": {
		start: "const level = ++limits.depth; let t;",
		at: (pc) => `pcs[level] = ${pc}, `,
		end: (value) => `t = ${value}; limits.depth--; return t;`,
	},
	"a record for each call": {
		start: "const info = { pc: 0, previous: limits.info }; limits.info = info; let t;",
		at: (pc) => `info.pc = ${pc}, `,
		end: (value) => `t = ${value}; limits.info = info.previous; return t;`,
	},
};

function make({ start, at, end }) {
	const value = `(${at(1)}self.fn(n - 1)) + (${at(2)}self.fn(n - 2))`;
	const leave = end("n").replace(/\} catch.*/, "");
	const source = `const limits = { depth: 0, info: undefined }, pcs = new Int32Array(20000);
		const self = {}; function overflow() { throw 1; } function unwind(error) { return error; }
		self.fn = function (n) { ${start} if (n < 2) { ${leave} } ${end(value)} }; return self;`;
	return new Function(source)();
}

function time(self) {
	const start = performance.now();
	self.fn(27);
	return performance.now() - start;
}

const made = Object.entries(VARIANTS).map(([name, variant]) => [name, make(variant)]);
for (const [, self] of made) time(self);
const ratios = new Map(made.map(([name]) => [name, []]));
for (let turn = 0; turn < turns; turn++) {
	const times = made.map(([name, self]) => [name, time(self)]);
	const plain = times[0][1];
	for (const [name, value] of times) ratios.get(name).push(value / plain);
}
for (const [name, values] of ratios) {
	const middle = values.toSorted((a, b) => a - b)[values.length >> 1];
	console.log(`${name.padEnd(28)}${middle.toFixed(2)}`);
}
