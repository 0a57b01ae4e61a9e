// What a spec needs from the machine. `test(name, { skip: whyMissing("php") }, ...)` skips
// with a reason that scripts/test.mjs prints at the end, and that fails the run on CI.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fromRoot } from "./root.ts";

export type Tool = keyof typeof IS_THERE;

const MEDIAWIKI_FOLDER = "/usr/share/mediawiki";

const IS_THERE = {
	"lua5.1": () => starts("lua5.1", ["-v"]),
	"luac5.1": () => starts("luac5.1", ["-v"]),
	php: () => starts("php", ["-v"]),
	mediawiki: () => existsSync(`${MEDIAWIKI_FOLDER}/extensions/Scribunto`),
	"bin/lua": () => existsSync(fromRoot("bin", "lua")),
	bash: () => starts("bash", ["-c", ":"]),
	busybox: () => starts("busybox", ["true"]),
	dash: () => starts("dash", ["-c", ":"]),
	script: () => starts("script", ["--version"]),
	shellcheck: () => starts("shellcheck", ["--version"]),
	luajit: () => starts("luajit", ["-v"]),
	luasandbox: () => starts("php", ["-r", "exit(class_exists('LuaSandbox') ? 0 : 1);"]),
	mandoc: () => starts("sh", ["-c", "mandoc </dev/null"]),
	zsh: () => starts("zsh", ["-fc", ":"]),
	fish: () => starts("fish", ["--no-config", "-c", "true"]),
} as const;

const known = new Map<Tool, boolean>();

/** The value for a test's `skip`: false when every tool is there, else the reason. */
export function whyMissing(...tools: readonly Tool[]): string | false {
	const missing = tools.filter((tool) => {
		const there = known.get(tool) ?? IS_THERE[tool]();
		known.set(tool, there);
		return !there;
	});
	return missing.length === 0 ? false : `${missing.join(", ")} not found on this machine`;
}

function starts(command: string, args: readonly string[]): boolean {
	return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
