// The options of the Lua command line.

export interface Action {
	readonly kind: "execute" | "require";
	readonly text: string;
}

export interface CommandLine {
	/** -e and -l in the order given. */
	readonly actions: readonly Action[];
	/** Index of the script among the arguments. */
	readonly script: number | undefined;
	readonly interactive: boolean;
	readonly version: boolean;
}

/** undefined for options that native refuses. */
export function parseArguments(args: readonly string[]): CommandLine | undefined {
	const actions: Action[] = [];
	let interactive = false;
	let version = false;
	const done = (script: number | undefined): CommandLine => ({ actions, script, interactive, version });
	for (let i = 0; i < args.length; i++) {
		const argument = args[i]!;
		if (!argument.startsWith("-") || argument === "-") return done(i);
		switch (argument.charAt(1)) {
			case "-":
				if (argument !== "--") return undefined;
				return done(i + 1 < args.length ? i + 1 : undefined);
			case "i":
				if (argument !== "-i") return undefined;
				interactive = true;
				version = true;
				break;
			case "v":
				if (argument !== "-v") return undefined;
				version = true;
				break;
			case "e":
			case "l": {
				const kind = argument.charAt(1) === "e" ? "execute" : "require";
				const text = argument.length > 2 ? argument.slice(2) : args[++i];
				if (text === undefined) return undefined;
				actions.push({ kind, text });
				break;
			}
			default:
				return undefined;
		}
	}
	return done(undefined);
}
