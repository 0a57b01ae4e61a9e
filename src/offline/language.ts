/**
 * MediaWiki's Language, as far as mw.language and messages need it. English is built in; of other languages
 * only the data knows how they write numbers and name months. Letters, code checks and plural rules are
 * those of Unicode, which Node knows for all languages. Texts are Unicode here.
 */
import type { Knowledge, LanguageData } from "./data.ts";
import { ENGLISH_MESSAGES } from "./messages.ts";
import { pluralIndex } from "./plural-rules.ts";

const EMPTY: LanguageData = {};
const DEFAULT_GROUPING = "#,##0.###";

/** Of one code point: no letter looks at its neighbours, as in mb_strtolower of PHP before 8.3. */
function mapped(text: string, change: (character: string) => string): string {
	return Array.from(text, change).join("");
}

export function upperCase(text: string): string {
	return mapped(text, (character) => character.toUpperCase());
}

export function lowerCase(text: string): string {
	return mapped(text, (character) => character.toLowerCase());
}

export class Language {
	readonly code: string;
	readonly #knowledge: Knowledge;

	constructor(code: string, knowledge: Knowledge) {
		this.code = code;
		this.#knowledge = knowledge;
	}

	/** Known facts of the language; `what` is asked for. */
	#data(what: string): LanguageData {
		const given = this.#knowledge.own(this.#knowledge.data.languages, this.code);
		if (given !== undefined) return given;
		if (this.code === "en") return EMPTY;
		throw this.#knowledge.missingError(
			`${what} of the language "${this.code}"`,
			`put "${this.code}" into "languages" of the --data file`,
		);
	}

	// -- Letters ---------------------------------------------------------------------------------

	upperFirst(text: string): string {
		const [first = ""] = text;
		if (first === "i" && DOTTED_I.has(this.code)) return `İ${text.slice(1)}`;
		return first < "`" ? text : first.toUpperCase() + text.slice(first.length);
	}

	lowerFirst(text: string): string {
		const [first = ""] = text;
		if (first === "I" && DOTLESS_I.has(this.code)) return `ı${text.slice(1)}`;
		return first >= "`" && first < "\x80" ? text : first.toLowerCase() + text.slice(first.length);
	}

	isRightToLeft(): boolean {
		return this.#data("the direction").rtl ?? false;
	}

	// -- Numbers -----------------------------------------------------------------------------------

	/** Language::formatNum of a text that PHP made of a number. */
	formatNumber(text: string, hasSeparators: boolean): string {
		if (!NUMERIC.test(text))
			return text.replace(NUMERIC_PART, (part) => this.formatNumber(part, hasSeparators));
		const data = this.#data("the way to write numbers");
		let number = text;
		if (hasSeparators && !WITHOUT_GROUPS.has(this.code)) {
			const separators = data.separatorTransformTable ?? {};
			const minimum = data.minimumGroupingDigits ?? 0;
			const sizes = groupSizes(data.digitGroupingPattern ?? DEFAULT_GROUPING);
			const isGrouped = minimum === 0 || new RegExp(`^-?\\d{${minimum + sizes[0]!}}`).test(text);
			number = translate(isGrouped && text !== "-0" ? grouped(text, sizes) : text, separators);
		}
		return translate(number, data.digitTransformTable ?? {}).replaceAll("-", "\u2212");
	}

	parseFormattedNumber(text: string): string {
		if (text === this.message("formatnum-nan")) return "NAN";
		if (text === "∞") return "INF";
		let number = text.replaceAll("\u2212", "-");
		if (number === "-∞") return "-INF";
		const data = this.#data("the way to write numbers");
		for (const table of [data.digitTransformTable, data.separatorTransformTable]) {
			const flipped = Object.entries(table ?? {}).filter(([, shown]) => shown !== "");
			number = translate(number, Object.fromEntries(flipped.map(([plain, shown]) => [shown, plain])));
		}
		return number.replaceAll(",", "");
	}

	// -- Grammar --------------------------------------------------------------------------------------

	/** The form for a count, by Unicode's plural rules; `5=text` forms come first. */
	plural(count: number, countText: string, forms: readonly string[]): string {
		const rest: string[] = [];
		for (const form of forms) {
			if (!/\d+=/.test(form)) {
				rest.push(form);
				continue;
			}
			const at = form.indexOf("=");
			if (form.slice(0, at) === countText) return form.slice(at + 1);
		}
		if (rest.length === 0) return "";
		return rest[Math.min(this.#pluralIndex(count, countText), rest.length - 1)]!;
	}

	#pluralIndex(count: number, countText: string): number {
		const given = this.#knowledge.own(this.#knowledge.data.languages, this.code)?.pluralRules;
		if (given !== undefined) return pluralIndex(given, countText);
		const rules = new Intl.PluralRules(this.#intlCode("the plural rules"), { maximumFractionDigits: 20 });
		const { pluralCategories } = rules.resolvedOptions();
		const order = PLURAL_ORDER.filter((category) => pluralCategories.includes(category));
		return order.indexOf(rules.select(Math.abs(count)));
	}

	/** The language's code for Node, when Node knows the language. */
	#intlCode(what: string): string {
		try {
			const [code] = Intl.PluralRules.supportedLocalesOf(this.code);
			if (code !== undefined) return code;
		} catch {
			// No language tag at all.
		}
		const [fallback] = this.fallbacks(what);
		return new Language(fallback ?? "en", this.#knowledge).#intlCode(what);
	}

	grammar(word: string, grammaticalCase: string): string {
		if (OWN_GRAMMAR.has(this.code)) {
			throw this.#knowledge.missingError(
				`the grammar of the language "${this.code}"`,
				"MediaWiki has it in PHP, and no data can tell it",
			);
		}
		const transformations = this.#data("the grammar").grammar;
		let rules = this.#knowledge.own(transformations, grammaticalCase);
		if (typeof rules === "string") rules = this.#knowledge.own(transformations, rules);
		if (!Array.isArray(rules)) return word;
		for (const [form, replacement] of rules as readonly (readonly [string, string])[]) {
			if (form === "@metadata") continue;
			const pattern = new RegExp(form, "u");
			if (pattern.test(word))
				return word.replace(new RegExp(form, "gu"), replacement.replace(/\\(\d)/g, "$$$1"));
		}
		return word;
	}

	/** Fallbacks without English at the end only where the data says so. */
	fallbacks(what = "the fallbacks"): readonly string[] {
		if (this.code === "en") return [];
		return this.#data(what).fallbacks ?? ["en"];
	}

	// -- Messages ----------------------------------------------------------------------------------------

	/** A message of MediaWiki's own that formats need: the data's, or English. */
	message(key: string): string {
		return this.findMessage(key) ?? this.#missingMessage(key);
	}

	#missingMessage(key: string): never {
		throw this.#knowledge.missingError(
			`the message "${key}" in the language "${this.code}"`,
			`put it into ${this.#messagesPlace()} of the --data file`,
		);
	}

	#messagesPlace(): string {
		return this.#isContentLanguage() ? '"messages"' : `"languages"."${this.code}"."messages"`;
	}

	#isContentLanguage(): boolean {
		return this.code === (this.#knowledge.data.site?.language ?? "en");
	}

	/**
	 * Undefined for a message that nobody knows, null for one that does not exist. `usesPages`: also what
	 * the wiki's editors have written.
	 */
	findMessage(key: string, usesPages = true): string | null | undefined {
		const { data } = this.#knowledge;
		const own = this.#knowledge.own(data.languages, this.code)?.messages;
		const pages = this.#isContentLanguage() && (usesPages || own === undefined) ? data.messages : undefined;
		for (const section of [pages, own, this.code === "en" ? ENGLISH_MESSAGES : undefined]) {
			const text = this.#knowledge.own(section, key);
			if (text !== undefined) return text === null ? null : withoutReferences(text);
		}
		return this.#knowledge.isComplete("messages") ? null : undefined;
	}

	/** The same with the languages that this one falls back to; a message that nobody knows is an error. */
	existingMessage(key: string, usesPages: boolean): string | null {
		let found = this.findMessage(key, usesPages);
		if (typeof found === "string" || this.code === "en")
			return found === undefined ? this.#missingMessage(key) : found;
		for (const code of this.fallbacks()) {
			const other = new Language(code, this.#knowledge).findMessage(key, usesPages);
			if (typeof other === "string") return other;
			if (other === undefined) found = undefined;
		}
		return found === undefined ? this.#missingMessage(key) : found;
	}
}

/** MessageCache::get lets messages end in spaces that way. */
function withoutReferences(text: string): string {
	return text
		.replaceAll("&#32;", " ")
		.replaceAll("&#160;", "\xa0")
		.replaceAll("&nbsp;", "\xa0")
		.replaceAll("&shy;", "\xad");
}

/** Languages whose classes in MediaWiki do something of their own with these. */
const DOTTED_I = new Set(["tr", "az", "kaa"]);
const DOTLESS_I = new Set(["tr", "kaa"]);
const WITHOUT_GROUPS = new Set(["my", "km"]);
const OWN_GRAMMAR = new Set(
	"bs cu dsb fi ga hsb hu hy kaa kk kk-cyrl kk-latn kk-arab kk-kz kk-tr kk-cn ksh la os sl tyv".split(" "),
);

const NUMERIC = /^(?:-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)?$/;
const NUMERIC_PART = /(?:-(?=[\d.]))?(?:\d+|(?=\.\d))(?:\.\d*)?(?:[Ee][-+]?\d+)?/g;

const PLURAL_ORDER = ["zero", "one", "two", "few", "many", "other"] as const;

/** strtr with a table: the longest key first, nothing twice. */
export function translate(text: string, table: Readonly<Record<string, string>>): string {
	const keys = Object.keys(table).filter((key) => key !== "");
	if (keys.length === 0) return text;
	keys.sort((a, b) => b.length - a.length);
	const pattern = new RegExp(keys.map((key) => key.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "gu");
	return text.replace(pattern, (key) => table[key]!);
}

/** "1.0E+25" in full, as NumberFormatter writes it; at most three digits behind the point. */
function plainDecimal(text: string): string {
	if (!/[eE]/.test(text)) return text;
	const value = Number(text);
	return Math.abs(value) >= 1 ? digitsOf(text) : String(Number(value.toFixed(3)));
}

/** All digits of a large number: those of its text, and zeros. */
function digitsOf(text: string): string {
	const [mantissa = "", exponent = "0"] = text.split(/[eE]/);
	const [whole = "", fraction = ""] = mantissa.split(".");
	return whole + fraction.padEnd(Number(exponent), "0").slice(0, Number(exponent));
}

/** Sizes of the groups from the right: "#,##,##0" has 3, then 2 for ever. */
function groupSizes(pattern: string): readonly number[] {
	const [whole = ""] = pattern.split(".");
	const groups = whole.split(",").map((group) => group.length);
	if (groups.length < 2) return [Number.POSITIVE_INFINITY];
	return groups.slice(1).reverse();
}

/** A number with commas between the groups of its digits. */
function grouped(text: string, sizes: readonly number[]): string {
	const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d*)(\.\d*)?$/.exec(plainDecimal(text)) ?? [];
	return sign + groupDigits(whole, sizes) + fraction;
}

function groupDigits(whole: string, sizes: readonly number[]): string {
	const groups: string[] = [];
	let rest = whole;
	for (let i = 0; rest !== ""; i++) {
		const size = sizes[Math.min(i, sizes.length - 1)]!;
		groups.unshift(rest.slice(-size));
		rest = rest.length > size ? rest.slice(0, -size) : "";
	}
	return groups.join(",");
}
