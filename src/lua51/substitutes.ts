// The one table of what is exchanged in fengari when a bundle is built. scripts/build.mjs
// reads it: a request for src/NAME.js there, from within fengari or from our own code, gets
// src/lua51/fengari/NAME.ts. The exports are the interface; spec/lua51/fengari.spec.ts
// fails when fengari's change.

/** The versions that the table was made for; the build refuses any other. */
export const FENGARI_VERSION = "0.1.5";
export const FENGARI_INTEROP_VERSION = "0.1.4";

export interface Substitute {
	/**
	 * "instead": ours has all exports, the original is not bundled.
	 * "over": ours has some of the exports, the others stay the original's.
	 */
	readonly kind: "instead" | "over";
	readonly why: string;
}

export const SUBSTITUTES: Readonly<Record<string, Substitute>> = {
	lapi: over("no metatable is undefined in our tables, null in theirs"),
	ldebug: instead("stack levels and positions are those of emitted code"),
	ldump: instead("there is no bytecode"),
	llimits: over("the engine counts C calls, and has 5.1's text for too many"),
	lobject: over("one number type; userdata are of a class that emitted code knows"),
	lparser: instead("5.1's syntax, compiled to JavaScript"),
	lstring: instead("a string is a latin1 JavaScript string"),
	ltable: instead("shapes and array part, native's order and border"),
	luaconf: instead("%.14g; neither paths nor settings from the environment"),
	lualib: instead("the 5.1 library is in src/stdlib"),
	lundump: instead("there is no bytecode"),
	lvm: instead("operations on raw values, calls of emitted code"),
};

function instead(why: string): Substitute {
	return { kind: "instead", why };
}

function over(why: string): Substitute {
	return { kind: "over", why };
}
