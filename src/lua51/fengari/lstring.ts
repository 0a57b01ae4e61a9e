// In place of fengari's lstring.js. A string is a JavaScript string with a character per
// byte, as everywhere in the engine; the byte array that the C API hands out is made when
// somebody asks for it. Nobody may write to that array.

import { latin1Bytes, latin1Text } from "./bytes.ts";

export class TString {
	private text: string | undefined;
	private bytes: Uint8Array | undefined;

	constructor(_L: unknown, content: Uint8Array | string) {
		this.text = typeof content === "string" ? content : undefined;
		this.bytes = typeof content === "string" ? undefined : content;
	}

	/** The engine's value. */
	get raw(): string {
		// A present byte array is never undefined together with the text.
		this.text ??= latin1Text(this.bytes as Uint8Array);
		return this.text;
	}

	getstr(): Uint8Array {
		this.bytes ??= latin1Bytes(this.text as string);
		return this.bytes;
	}

	tsslen(): number {
		return this.text?.length ?? (this.bytes as Uint8Array).length;
	}
}

/** Takes over the array. */
export function luaS_bless(L: unknown, bytes: Uint8Array): TString {
	return new TString(L, bytes);
}

/** Copies the array. fengari's ltm.js calls it with `new`, hence no arrow function. */
export function luaS_new(L: unknown, bytes: Uint8Array): TString {
	return new TString(L, latin1Text(bytes));
}

/** The UTF-8 bytes of a JavaScript string. */
export function luaS_newliteral(L: unknown, text: string): TString {
	return new TString(L, new TextEncoder().encode(text));
}

export function luaS_eqlngstr(a: TString, b: TString): boolean {
	return a === b || a.raw === b.raw;
}

/** A key that is the same for equal strings only. */
export function luaS_hash(bytes: Uint8Array): string {
	return latin1Text(bytes);
}

export function luaS_hashlongstr(string: TString): string {
	return string.raw;
}
