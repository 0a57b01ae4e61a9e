/** mw.language's part of the host (LanguageLibrary.php). */
import { checkNumber, checkText, checkType, fail, optionalText } from "../check.ts";
import type { Callback, CallbackResult } from "../conversation.ts";
import { type DateWords, formatDate, localDate } from "../date-format.ts";
import { DateError, readDate } from "../date-reader.ts";
import { type Language, lowerCase, upperCase } from "../language.ts";
import {
	isArray,
	luaList,
	numberText,
	type PhpArray,
	type PhpValue,
	phpText,
	toBytes,
	toLetters,
	toText,
} from "../php-array.ts";
import { NS_USER } from "../site.ts";
import type { Wiki } from "../wiki.ts";

const MAX_LANGUAGES = 30;
/** MediaWikiTitleCodec's illegal characters, and those of a path or of HTML. */
const INVALID_CODE = /[:/\\\0&<>'"]|[^ %!"$&'()*,\-./0-9:;=?@A-Z\\^_`a-z~\x80-\xff+]|%[0-9A-Fa-f]{2}/;
const MAX_CODE_LENGTH = 128;

const INTERVALS: readonly (readonly [name: string, seconds: number])[] = [
	["millennia", 31_556_952_000],
	["centuries", 3_155_695_200],
	["decades", 315_569_520],
	["years", 31_556_952],
	["weeks", 604_800],
	["days", 86_400],
	["hours", 3600],
	["minutes", 60],
	["seconds", 1],
];

type Method = (language: Language, args: readonly PhpValue[]) => CallbackResult;

export function languageLibrary(wiki: Wiki) {
	const { knowledge } = wiki;
	const used = new Set([wiki.site.info.language]);

	// -- What needs no language object -----------------------------------------------------------

	function isValidCode(code: string): boolean {
		return !INVALID_CODE.test(code) && code.length <= MAX_CODE_LENGTH;
	}

	function isSupported(code: string): boolean {
		if (!isValidBuiltInCode(code) || code === "qqq") return false;
		if (knowledge.data.supportedLanguages !== undefined)
			return knowledge.data.supportedLanguages.includes(code);
		if (code === "en" || knowledge.own(knowledge.data.languages, code) !== undefined) return true;
		throw knowledge.missingError(
			`whether the language "${code}" is supported`,
			'list the codes in "supportedLanguages" of the --data file',
		);
	}

	function names(inLanguage: string | undefined): Readonly<Record<string, string>> {
		const section = inLanguage === undefined ? "" : toText(inLanguage);
		const known = knowledge.own(knowledge.data.languageNames, section);
		if (known !== undefined) return known;
		throw knowledge.missingError(
			section === "" ? "the names of languages" : `the names of languages in "${section}"`,
			`put them into "languageNames"."${section}" of the --data file: {"de": "Deutsch", ...}`,
		);
	}

	function nameOf(code: string, inLanguage: string | undefined): string {
		const lower = code.toLowerCase();
		if (lower === "en" && (inLanguage === undefined || inLanguage === "en")) return "English";
		return knowledge.own(names(inLanguage), lower) ?? "";
	}

	const statics: Readonly<Record<string, Callback>> = {
		getContLangCode: () => [toBytes(wiki.site.info.language)],
		isSupportedLanguage: (code) => [isSupported(checkText("isSupportedLanguage", 1, code))],
		isKnownLanguageTag: (code) => {
			const tag = checkText("isKnownLanguageTag", 1, code);
			return [isValidBuiltInCode(tag) && nameOf(tag, undefined) !== ""];
		},
		isValidCode: (code) => [isValidCode(checkText("isValidCode", 1, code))],
		isValidBuiltInCode: (code) => [isValidBuiltInCode(checkText("isValidBuiltInCode", 1, code))],
		fetchLanguageName: (code, inLanguage) => {
			const text = checkText("fetchLanguageName", 1, code);
			return [toBytes(nameOf(text, optionalText("fetchLanguageName", 2, inLanguage, undefined)))];
		},
		fetchLanguageNames: (inLanguage, include) => {
			const section = optionalText("fetchLanguageNames", 1, inLanguage, undefined);
			const which = optionalText("fetchLanguageNames", 2, include, "mw");
			const entries = Object.entries(names(section)).filter(
				([code]) => which !== "mwfile" || isSupported(code),
			);
			entries.sort(([a], [b]) => (a < b ? -1 : 1));
			return [new Map(entries.map(([code, name]) => [toBytes(code), toBytes(name)] as const))];
		},
		getFallbacksFor: (code) => {
			const text = checkText("getFallbacksFor", 1, code);
			if (!isValidBuiltInCode(text)) return [new Map()];
			return [luaList(wiki.language(toText(text)).fallbacks().map(toBytes))];
		},
	};

	// -- Methods ---------------------------------------------------------------------------------

	const oneText =
		(name: string, change: (language: Language, text: string) => string): Method =>
		(language, [text]) => [toBytes(change(language, toLetters(checkText(name, 1, text))))];

	const methods: Readonly<Record<string, Method>> = {
		lcfirst: oneText("lcfirst", (language, text) => language.lowerFirst(text)),
		ucfirst: oneText("ucfirst", (language, text) => language.upperFirst(text)),
		lc: oneText("lc", (_, text) => lowerCase(text)),
		uc: oneText("uc", (_, text) => upperCase(text)),
		caseFold: oneText("caseFold", (_, text) => upperCase(text)),
		formatNum,
		formatDate: formatted,
		formatDuration: (language, args) => {
			const intervals = durationIntervals("formatDuration", args);
			return [toBytes(durationText(language, intervals))];
		},
		getDurationIntervals: (_, args) => [new Map(durationIntervals("getDurationIntervals", args))],
		parseFormattedNumber: (language, [value]) => {
			const text = typeof value === "number" ? numberText(value) : value;
			if (typeof text !== "string") return [undefined];
			return [toBytes(language.parseFormattedNumber(toText(text)))];
		},
		convertPlural: (language, [count, ...given]) => {
			const number = checkNumber("convertPlural", 1, count);
			return [toBytes(language.plural(number, numberText(number), formsOf(given)))];
		},
		convertGrammar: (language, [word, grammaticalCase]) => {
			const text = toText(checkText("convertGrammar", 1, word));
			return [toBytes(language.grammar(text, toText(checkText("convertGrammar", 2, grammaticalCase))))];
		},
		gender,
		isRTL: (language) => [language.isRightToLeft()],
	};

	function formatNum(language: Language, [num, options]: readonly PhpValue[]): CallbackResult {
		const number = checkNumber("formatNum", 1, num);
		if (Number.isNaN(number)) fail("bad argument #1 to 'formatNum' (NaN)");
		if (!Number.isFinite(number)) fail("bad argument #1 to 'formatNum' (infinite)");
		let hasSeparators = true;
		if (options !== undefined) {
			checkType("formatNum", 2, options, "table");
			hasSeparators = !isFilled((options as PhpArray).get("noCommafy"));
		}
		return [toBytes(language.formatNumber(numberText(number), hasSeparators))];
	}

	function formatted(language: Language, [format, date, local]: readonly PhpValue[]): CallbackResult {
		const wanted = toText(checkText("formatDate", 1, format));
		let text = toText(optionalText("formatDate", 2, date, ""));
		if (local !== undefined) checkType("formatDate", 3, local, "boolean");
		if (/^[0-9]{4}$/.test(text)) text = `00:00 ${text}`; // PHP takes the digits for a time
		const zone = local === true ? wiki.site.info.timeZone : "UTC";
		const shown = localDate(text === "" ? new Date(wiki.time) : dateOf(text), zone);
		if (shown.year < 0) fail("mw.language:formatDate() only supports years from 0");
		if (shown.year > 9999) fail("mw.language:formatDate() only supports years up to 9999");
		const words: DateWords = {
			message: (key) => language.message(key),
			digits: (digits) => language.formatNumber(digits, false),
			unsupported(code) {
				throw knowledge.missingError(
					`the calendar of the format code "${code}"`,
					"lua-run has the Gregorian, the Thai (xkY) and the Minguo (xoY) calendar",
				);
			},
		};
		return [toBytes(formatDate(wanted, shown, words))];
	}

	function dateOf(text: string): Date {
		try {
			return readDate(text, wiki.time);
		} catch (error) {
			if (!(error instanceof DateError)) throw error;
			if (error.isInvalid) fail("bad argument #2 to 'formatDate' (not a valid timestamp)");
			throw knowledge.missingError(`the date "${text}"`, "use one of the forms that docs/offline.md lists");
		}
	}

	function durationText(language: Language, intervals: readonly (readonly [string, number])[]): string {
		const segments = intervals.map(([name, value]) => {
			const number = language.formatNumber(numberText(value), true);
			const text = language.message(`duration-${name}`).replaceAll("$1", () => number);
			// The only markup in these messages.
			return text.replace(/\{\{PLURAL:([^|}]*)\|([^{}]*)\}\}/gi, (_, count: string, forms: string) => {
				const plain = language.parseFormattedNumber(count);
				return language.plural(Number(plain), plain, forms.split("|"));
			});
		});
		const last = segments.pop() ?? "";
		if (segments.length === 0) return last;
		const comma = segments.length > 1 ? language.message("comma-separator") : "";
		return segments.join(comma) + language.message("and") + language.message("word-separator") + last;
	}

	function gender(language: Language, [user, ...given]: readonly PhpValue[]): CallbackResult {
		const name = toText(checkText("gender", 1, user)).trim();
		const forms = formsOf(given);
		if (forms.length < 2) return [toBytes(forms[0] ?? "")];
		const which = name === "male" || name === "female" ? name : genderOf(name);
		if (which === "male") return [toBytes(forms[0]!)];
		if (which === "female") return [toBytes(forms[1]!)];
		void language;
		return [toBytes(forms[2] ?? forms[0]!)];
	}

	function genderOf(user: string): string {
		if (user === "") return "unknown";
		const title = wiki.titles.fromText(toBytes(user));
		const name = title?.namespace === NS_USER ? wiki.titles.text(title) : user;
		const known = knowledge.own(knowledge.data.genders, name);
		if (known !== undefined) return known;
		throw knowledge.missingError(
			`the gender of the user "${name}"`,
			'put it into "genders" of the --data file: "male", "female" or "unknown"',
		);
	}

	const functions: Record<string, Callback> = { ...statics };
	for (const [name, method] of Object.entries(methods)) {
		functions[name] = (code, ...args) => {
			const text = toText(phpText(code));
			if (!used.has(text)) {
				if (used.size > MAX_LANGUAGES) fail("too many language codes requested");
				if (!isValidCode(phpText(code))) fail(`language code '${phpText(code)}' is invalid`);
				used.add(text);
			}
			return method(wiki.language(text), args);
		};
	}
	return { functions, options: new Map() };
}

function isValidBuiltInCode(code: string): boolean {
	return /^[a-z0-9-]{2,}\n?$/.test(code);
}

/** PHP's !empty(). */
function isFilled(value: PhpValue): boolean {
	if (isArray(value)) return value.size > 0;
	return value !== undefined && value !== false && value !== "" && value !== "0" && value !== 0;
}

/** Forms given one by one, or as one table. */
function formsOf(given: readonly PhpValue[]): string[] {
	const [first] = given;
	const forms = isArray(first) ? [...first.values()] : given;
	return forms.map((form) => toText(phpText(form)));
}

function durationIntervals(
	name: string,
	[seconds, chosen]: readonly PhpValue[],
): (readonly [string, number])[] {
	let rest = checkNumber(name, 1, seconds);
	if (chosen !== undefined) checkType(name, 2, chosen, "table");
	const wanted = isArray(chosen) && chosen.size > 0 ? new Set([...chosen.values()].map(phpText)) : undefined;
	const intervals = INTERVALS.filter(([unit]) =>
		wanted === undefined ? unit !== "weeks" : wanted.has(unit),
	);
	const segments: (readonly [string, number])[] = [];
	for (const [index, [unit, length]] of intervals.entries()) {
		const value = Math.floor(rest / length);
		if (value > 0 || (index === intervals.length - 1 && segments.length === 0)) {
			rest -= value * length;
			segments.push([unit, value]);
		}
	}
	return segments;
}
