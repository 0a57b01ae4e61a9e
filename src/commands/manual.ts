// The files that the build makes of the table: manual pages and completion for shells.

import { bashCompletion, fishCompletion, zshCompletion } from "./completion.ts";
import { manualPage, packageName } from "./manual-page.ts";
import { COMMANDS } from "./table.ts";

/** Texts by their paths below dist. */
export function manualFiles(version: string): ReadonlyMap<string, string> {
	return new Map([
		...COMMANDS.map(
			(command) => [`man/${packageName(command.name)}.1`, manualPage(command, version)] as const,
		),
		["completion/scribunto-lua.bash", bashCompletion()],
		["completion/_scribunto-lua", zshCompletion()],
		["completion/scribunto-lua.fish", fishCompletion()],
	]);
}
