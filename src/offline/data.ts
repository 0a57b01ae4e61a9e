/**
 * What only a wiki knows: other pages, messages, site information, languages. It comes from a JSON file
 * (docs/offline.md has its form), and from the module folder. What is asked for and not there is a Lua error
 * that says what is missing and how to supply it; nothing is made up.
 */
import { LuaScriptError } from "./conversation.ts";
import { checkForm, FormError } from "./data-form.ts";
import { toBytes } from "./php-array.ts";

/** A page; null where it is known not to exist. Texts of this file's types are Unicode, not bytes. */
export interface PageData {
	readonly text?: string;
	readonly id?: number;
	readonly contentModel?: string;
	/** Restrictions by action: { "edit": ["sysop"] }. */
	readonly protection?: Readonly<Record<string, readonly string[]>>;
	readonly cascadingProtection?: {
		readonly sources: readonly string[];
		readonly restrictions: Readonly<Record<string, readonly string[]>>;
	};
	/** Of a page in the File namespace; false where there is no such file. */
	readonly file?: Readonly<Record<string, unknown>> | false;
}

export interface NamespaceData {
	readonly id: number;
	readonly name: string;
	readonly canonicalName?: string;
	readonly aliases?: readonly string[];
	readonly hasSubpages?: boolean;
	readonly hasGenderDistinction?: boolean;
	readonly isCapitalized?: boolean;
	readonly isContent?: boolean;
	readonly isIncludable?: boolean;
	readonly isMovable?: boolean;
	readonly defaultContentModel?: string;
}

export interface InterwikiData {
	readonly prefix: string;
	readonly url: string;
	readonly isLocal?: boolean;
	readonly isTranscludable?: boolean;
	readonly isCurrentWiki?: boolean;
	readonly isExtraLanguageLink?: boolean;
	readonly displayText?: string;
	readonly tooltip?: string;
}

export interface SiteData {
	readonly siteName?: string;
	readonly server?: string;
	readonly canonicalServer?: string;
	readonly scriptPath?: string;
	readonly stylePath?: string;
	readonly articlePath?: string;
	readonly script?: string;
	readonly currentVersion?: string;
	readonly language?: string;
	readonly mainPage?: string;
	readonly timeZone?: string;
	readonly stats?: Readonly<Record<string, number>>;
	readonly pagesInNamespace?: Readonly<Record<string, number>>;
	readonly usersInGroup?: Readonly<Record<string, number>>;
	/** These replace the usual namespaces of the same id. */
	readonly namespaces?: readonly NamespaceData[];
	readonly interwikiMap?: readonly InterwikiData[];
	readonly urlProtocols?: readonly string[];
	readonly maxArticleSize?: number;
}

export interface LanguageData {
	readonly rtl?: boolean;
	readonly fallbacks?: readonly string[];
	readonly digitTransformTable?: Readonly<Record<string, string>> | null;
	readonly separatorTransformTable?: Readonly<Record<string, string>> | null;
	readonly minimumGroupingDigits?: number;
	readonly digitGroupingPattern?: string | null;
	/** CLDR's rules, in the order of the forms; without them, Node's. */
	readonly pluralRules?: readonly string[];
	readonly messages?: Readonly<Record<string, string | null>>;
	/** Grammar transformations of the wiki: case -> rules. */
	readonly grammar?: Readonly<Record<string, readonly (readonly [string, string])[] | string>>;
}

export interface CategoryData {
	readonly all?: number;
	readonly pages?: number;
	readonly subcats?: number;
	readonly files?: number;
}

const COMPLETE_KINDS = ["pages", "messages", "interwikiMap", "categories"] as const;
export type CompleteKind = (typeof COMPLETE_KINDS)[number];

export interface OfflineData {
	readonly site?: SiteData;
	/** The page that #invoke stands on. */
	readonly title?: string;
	/** The time of the page view, in a form that Date.parse takes. */
	readonly time?: string;
	readonly pages?: Readonly<Record<string, PageData | string | null>>;
	/** Messages of the content language; null for one that does not exist. */
	readonly messages?: Readonly<Record<string, string | null>>;
	readonly languages?: Readonly<Record<string, LanguageData>>;
	/** Names of languages, by the language that they are in; "" for each in itself. */
	readonly languageNames?: Readonly<Record<string, Readonly<Record<string, string>>>>;
	readonly supportedLanguages?: readonly string[];
	readonly categories?: Readonly<Record<string, CategoryData>>;
	readonly genders?: Readonly<Record<string, string>>;
	/** Results of parser functions and extension tags, by the wikitext of the call. */
	readonly wikitext?: Readonly<Record<string, string>>;
	/** Of what the data is all that there is: what is not in it does not exist. */
	readonly complete?: readonly CompleteKind[];
}

/** A data file that is none. */
export class DataError extends Error {
	override readonly name = "DataError";
}

/** Something that the data does not tell; Lua can catch it, so the run notes it too. */
export class MissingDataError extends LuaScriptError {}

/** The data in a JSON text. `place` is named in errors. */
export function parseData(text: string, place: string): OfflineData {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new DataError(`${place}: ${(error as Error).message}`);
	}
	try {
		checkForm(value);
	} catch (error) {
		throw error instanceof FormError ? new DataError(`${place}: ${error.message}`) : error;
	}
	const data = value as OfflineData; // checkForm has looked
	for (const kind of data.complete ?? []) {
		if (!COMPLETE_KINDS.includes(kind)) throw new DataError(`${place}: "complete" knows no "${kind}"`);
	}
	return data;
}

/** The data together with what was missing so far. */
export class Knowledge {
	readonly data: OfflineData;
	/** What was asked for in vain, each once. */
	readonly missing = new Set<string>();

	constructor(data: OfflineData) {
		this.data = data;
	}

	isComplete(kind: CompleteKind): boolean {
		return this.data.complete?.includes(kind) ?? false;
	}

	/** The error for what is not known; `remedy` says what to put where. */
	missingError(what: string, remedy: string): MissingDataError {
		const text = `lua-run does not know ${what}: ${remedy}`;
		this.missing.add(text);
		return new MissingDataError(toBytes(text));
	}

	/** The page with this title ("Template:X", Unicode); null when it does not exist, undefined when nobody knows. */
	findPage(title: string): PageData | null | undefined {
		const { pages = {} } = this.data;
		const page = Object.hasOwn(pages, title) ? pages[title] : undefined;
		if (typeof page === "string") return { text: page };
		if (page === undefined && this.isComplete("pages")) return null;
		return page;
	}

	/** The same, but a page that nobody knows is an error. */
	page(title: string): PageData | null {
		const page = this.findPage(title);
		if (page === undefined) {
			throw this.missingError(
				`the page "${title}"`,
				`put it into "pages" of the --data file (null if there is none, or name "pages" in "complete")`,
			);
		}
		return page;
	}

	own<Value>(section: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
		return section !== undefined && Object.hasOwn(section, name) ? section[name] : undefined;
	}
}
