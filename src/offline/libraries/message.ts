/** mw.message's part of the host (MessageLibrary.php). */
import { fail } from "../check.ts";
import type { Callback, CallbackResult } from "../conversation.ts";
import { type Language, lowerCase } from "../language.ts";
import { isArray, type PhpArray, type PhpValue, phpArray, phpText, toBytes, toText } from "../php-array.ts";
import { escapeHtml } from "../script-failure.ts";
import type { Wiki } from "../wiki.ts";

const MARKER = "$'\"";

export function messageLibrary(wiki: Wiki) {
	function languageOf(data: PhpArray): Language {
		return wiki.language(toText(phpText(data.get("lang"))));
	}

	/** The first key that has a text, with it; the last key otherwise. */
	function fetch(data: PhpArray): { readonly key: string; readonly text: string | null } {
		const raw = data.get("rawMessage");
		if (raw !== undefined) return { key: "", text: toText(phpText(raw)) };
		const keys = data.get("keys");
		let key = "";
		let text: string | null = null;
		for (const given of isArray(keys) ? keys.values() : []) {
			key = toText(phpText(given));
			text = languageOf(data).existingMessage(messageKey(key), data.get("useDB") !== false);
			if (text !== null && text !== "") break;
		}
		return { key, text };
	}

	function plain(given: PhpValue): CallbackResult {
		const data = given as PhpArray; // mw.message.lua sends nothing else
		const { key, text } = fetch(data);
		if (text === null) return [toBytes(`⧼${escapeHtml(key)}⧽`)];
		const params = data.get("params");
		const values = isArray(params) ? [...params.values()] : [];
		return [substituted(toBytes(text), values, languageOf(data))];
	}

	function check(what: PhpValue, given: PhpValue): CallbackResult {
		const { text } = fetch(given as PhpArray);
		switch (what) {
			case "exists":
				return [text !== null];
			case "isBlank":
				return [text === null || text === ""];
			case "isDisabled":
				return [text === null || text === "" || text === "-"];
			default:
				return fail("invalid what for 'messageCheck'");
		}
	}

	const functions: Readonly<Record<string, Callback>> = { plain, check };
	return { functions, options: phpArray({ lang: toBytes(wiki.site.info.language) }) };
}

/** As MessageCache makes a key of a name. */
function messageKey(name: string): string {
	const [first = ""] = name.replaceAll(" ", "_");
	return lowerCase(first) + name.replaceAll(" ", "_").slice(first.length);
}

/** Message::replaceParameters: numbers and texts first, raw ones when those are in their places. */
function substituted(text: string, params: readonly PhpValue[], language: Language): string {
	const before = new Map<string, string>();
	const after = new Map<string, string>();
	for (const [index, param] of params.entries()) {
		const name = String(index + 1);
		if (!isArray(param)) before.set(`$${name}`, phpText(param));
		else if (param.get("raw") !== undefined) {
			before.set(`$${name}`, MARKER + name);
			after.set(MARKER + name, phpText(param.get("raw")));
		} else if (param.get("num") !== undefined) {
			before.set(`$${name}`, toBytes(language.formatNumber(toText(phpText(param.get("num"))), true)));
		} else before.set(`$${name}`, "[INVALID]");
	}
	return replaced(replaced(text, before), after);
}

/** strtr: `$10` before `$1`. */
function replaced(text: string, values: ReadonlyMap<string, string>): string {
	if (values.size === 0) return text;
	return text.replace(/\$(?:'")?(\d+)/g, (whole: string, digits: string) => {
		const prefix = whole.slice(0, whole.length - digits.length);
		for (let length = digits.length; length > 0; length--) {
			const value = values.get(prefix + digits.slice(0, length));
			if (value !== undefined) return value + digits.slice(length);
		}
		return whole;
	});
}
