// How many results of the elementary functions differ in their last bit: native with the processor's FMA from
// native without, which is what another machine gives, and ours from native. `node scripts/measure/last-bit.mjs`
// after `npm run build`; lua5.1 on a processor with FMA is needed.

import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");
const PER_KIND = 25_000;
/** glibc chooses its functions by this when a process starts. */
const WITHOUT_FMA = { GLIBC_TUNABLES: "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2" };

const PROGRAM = `
	math.randomseed(5)
	local function random() return (math.random(0, 2^31 - 1) + math.random(0, 2^31 - 1) / 2^31) / 2^31 end
	local kinds = {
		function() return random() * 2 - 1 end,
		function() return random() * 20 - 10 end,
		function() return random() * 1400 - 700 end,
		function() return math.floor(random() * 20000 - 10000) / 100 end,
	}
	for _, name in ipairs{"acos", "asin", "atan", "atan2", "cos", "cosh", "exp", "log", "log10", "pow", "sin", "sinh", "tan", "tanh"} do
		for _, make in ipairs(kinds) do
			for i = 1, ${PER_KIND} do
				local x, y = make(), make()
				if name == "log" or name == "log10" or name == "pow" then x = math.abs(x) end
				local value = math[name](x, y)
				io.write(name, " ", value ~= value and "nan" or ("%.17g"):format(value), "\\n")
			end
		end
	end
`;

function results(command, env) {
	const run = spawnSync(command, ["-e", PROGRAM], {
		encoding: "latin1",
		env: { ...process.env, ...env },
		maxBuffer: 2 ** 28,
	});
	if (run.status !== 0) throw new Error(`${command}: ${run.stderr}`);
	return run.stdout.trimEnd().split("\n");
}

const native = results("lua5.1", {});
const others = {
	"native without FMA": results("lua5.1", WITHOUT_FMA),
	ours: results(join(ROOT, "bin", "lua"), {}),
};
for (const [name, other] of Object.entries(others)) {
	const counts = new Map();
	native.forEach((line, position) => {
		if (line === other[position]) return;
		const [call] = line.split(" ");
		counts.set(call, (counts.get(call) ?? 0) + 1);
	});
	const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
	console.log(`${name}: ${total} of ${native.length} differ from native`);
	console.log([...counts].map(([call, count]) => `  ${call} ${count}`).join("\n"));
}
