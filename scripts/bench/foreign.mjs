// driver.lua's part for the Lua implementations that live in JavaScript: `node foreign.mjs fengari` or
// `wasmoon`, with the same arguments, commands and answers. Neither is Lua 5.1 (5.3 and 5.4): the programs
// keep to what all have in common, and get `unpack`, `loadstring` and the like from SHIM. `javascript` runs no
// Lua, but what stands for the program in fixtures/bench/javascript.

import { openSync, readFileSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

const SHIM = `
unpack = unpack or table.unpack
loadstring = loadstring or load
math.pow = math.pow or function(x, y) return x ^ y end
local program, rounds
function benchDefine(text, name)
	program, rounds = assert(load(text, name))()
	return rounds
end
function benchRun(count)
	local checksum
	for _ = 1, count * rounds do
		checksum = program()
	end
	return string.format("%.0f", checksum)
end
function benchGrow(n)
	return string.format("%.0f", program(n))
end
`;

const engines = {
	async fengari() {
		const { lua, lauxlib, lualib, to_luastring, to_jsstring } = (await import("fengari")).default;
		const L = lauxlib.luaL_newstate();
		lualib.luaL_openlibs(L);
		const check = (status) => {
			if (status !== lua.LUA_OK) throw new Error(to_jsstring(lua.lua_tostring(L, -1)));
		};
		check(lauxlib.luaL_dostring(L, to_luastring(SHIM)));
		return (name, ...args) => {
			lua.lua_getglobal(L, to_luastring(name));
			for (const value of args) {
				if (typeof value === "number") lua.lua_pushinteger(L, value);
				else lua.lua_pushstring(L, value);
			}
			check(lua.lua_pcall(L, args.length, 1, 0));
			const result = to_jsstring(lauxlib.luaL_tolstring(L, -1));
			lua.lua_settop(L, 0);
			return result;
		};
	},
	async wasmoon() {
		const { LuaFactory } = (await import("wasmoon")).default;
		const engine = await new LuaFactory().createEngine();
		engine.doStringSync(SHIM);
		return (name, ...args) => {
			const texts = args.map((value) => (typeof value === "number" ? value : value.toString("utf8")));
			return String(engine.global.get(name)(...texts));
		};
	},
	async javascript() {
		const require = createRequire(import.meta.url);
		let program;
		const calls = {
			benchDefine(_, name) {
				const path = name.toString("utf8").slice(1);
				program = require(join(dirname(path), "javascript", `${basename(path, ".lua")}.cjs`));
				return program.rounds;
			},
			benchRun(count) {
				let checksum;
				for (let i = count * program.rounds; i > 0; i--) checksum = program.run();
				return checksum.toFixed(0);
			},
		};
		return (name, ...args) => calls[name](...args);
	},
};

const [kind, file, count = "1"] = process.argv.slice(2);
const call = await engines[kind]();
const define = (path) => call("benchDefine", readFileSync(path), Buffer.from(`@${path}`));
const run = (times) => call("benchRun", Number(times));

const commands = {
	load(path) {
		define(path);
		return run(1);
	},
	run,
	define,
	grow: (n) => call("benchGrow", Number(n)),
};

if (file !== undefined) {
	define(file);
	console.log(run(count));
	process.exit(0);
}
// Not descriptor 0: fengari's io library makes that one non-blocking.
const input = openSync("/dev/stdin", "r");
say("ready");
for (let line = readLine(); line !== undefined; line = readLine()) {
	const [name, argument] = line.split(" ");
	try {
		say(`ok ${commands[name](argument)}`);
	} catch (error) {
		say(`failed ${String(error.message).replaceAll("\n", " ")}`);
	}
}
process.exit(0);

function say(text) {
	writeSync(1, `${text}\n`);
}

function readLine() {
	const byte = Buffer.alloc(1);
	let line = "";
	for (;;) {
		if (readSync(input, byte, 0, 1, null) === 0) return undefined;
		if (byte[0] === 10) return line;
		line += byte.toString("latin1");
	}
}
