/**
 * `npm run demo`: the embedded host starts bin/lua and plays a page view with it: registers functions,
 * loads a module (fixtures/demo/infobox.lua), calls it with a frame, answers its calls (one of which
 * calls the module again), shows an error with its trace, and the status. No MediaWiki is needed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Host, LuaCallError, type TraceRow } from "./host.ts";
import { ownTree } from "./tree.ts";
import type { HostValue, LuaFunctionHandle } from "./value.ts";

const CLOCK_TICKS_PER_SECOND = 100;

export async function runDemo(packageRoot: string, lua: string): Promise<void> {
	const host = new Host({ lua, tree: ownTree(packageRoot) });
	const say = (text: string): boolean => process.stdout.write(`${text}\n`);

	let links: HostValue;
	host.registerLibrary("host", {
		link: (title) => [`[[${String(title)}]]`],
		formatNumber: (value) => [Number(value).toLocaleString("en-US")],
		expandTemplate: (name, names) => {
			if (name !== "Links") throw new LuaCallError(`no template is called ${String(name)}`);
			return host.call(links as LuaFunctionHandle, names);
		},
	});

	const file = join(packageRoot, "fixtures", "demo", "infobox.lua");
	const [module] = host.call(host.loadString(readFileSync(file), "=Module:Infobox"));
	const functions = module as Readonly<Record<string, LuaFunctionHandle>>;
	links = functions["links"];

	say("-- {{#invoke:Infobox|country}} gives:");
	const args = {
		name: "Austria",
		capital: "Vienna",
		area: "83879",
		neighbours: ["Germany", "Italy", "Hungary"],
	};
	const [text] = host.call(functions["country"]!, { args });
	say(String(text));

	say("\n-- {{#invoke:Infobox|broken}} gives:");
	try {
		host.call(functions["broken"]!, { args });
	} catch (error) {
		if (!(error instanceof LuaCallError)) throw error;
		say(`Lua error: ${error.message}`);
		for (const row of error.trace ?? []) say(`    ${describeRow(row)}`);
	}

	const status = host.getStatus();
	if (status !== undefined) {
		const seconds = status.time / CLOCK_TICKS_PER_SECOND;
		const megabytes = Math.round((status.rss ?? status.vsize) / 1e6);
		say(`\n-- Process ${status.pid}: ${seconds} s of CPU time, ${megabytes} MB`);
	}
	const { code } = await host.quit();
	say(`-- It ended with status ${code}`);
}

function describeRow({ short_src, currentline, namewhat, name, what }: TraceRow): string {
	const place = currentline > 0 ? `${short_src}:${currentline}` : short_src;
	if (namewhat !== "") return `${place}: in function '${name}'`;
	return what === "main" ? `${place}: in main chunk` : `${place}: ?`;
}
