// JavaScript text that gives a Lua value, and what is known of that value before it runs.

import type { FunctionWriter } from "./function-writer.ts";

/** What is known of an expression's value before it runs. */
export type StaticType = "any" | "number" | "string" | "boolean" | "nil" | "table" | "function";

/** A JavaScript expression that gives one Lua value. */
export interface Code {
	readonly text: string;
	readonly type: StaticType;
	/** The text may be repeated: a variable or a literal. */
	readonly simple: boolean;
	/** It may set `pc`, call, fail, or change a variable. */
	readonly effects: boolean;
}

/** A value that may be named again: `setup`, which ends in a comma, is to stand in front of the first use of `text`. */
export interface Held {
	readonly setup: string;
	readonly text: string;
}

export const NIL: Code = { text: "undefined", type: "nil", simple: true, effects: false };

export function simple(text: string, type: Code["type"]): Code {
	return { text, type, simple: true, effects: false };
}

export function effect(text: string, type: Code["type"] = "any"): Code {
	return { text, type, simple: false, effects: true };
}

/** Evaluates a value into a temporary, unless it may be named again as it is. */
export function hold(w: FunctionWriter, code: Code): Held {
	// A numeral followed by a dot would be another numeral.
	if (code.simple) return { setup: "", text: /^[0-9]/.test(code.text) ? `(${code.text})` : code.text };
	const t = w.temporary();
	return { setup: `${t} = ${code.text}, `, text: t };
}

/** A value as a JavaScript condition. */
export function truth(w: FunctionWriter, code: Code): string {
	switch (code.type) {
		case "boolean":
			return code.text;
		case "nil":
			return "false";
		case "number":
		case "string":
		case "table":
		case "function":
			return code.effects ? `(${code.text}, true)` : "true";
		case "any":
			break;
	}
	const held = w.holdTemporaries();
	const { setup, text } = hold(w, code);
	w.releaseTemporaries(held);
	return `(${setup}${text} !== undefined && ${text} !== false)`;
}
