/** The form of the data (OfflineData): what is wrong with it is told with its place before anything runs. */
import { isPluralRule } from "./plural-rules.ts";

/** Says what a value must be where it is not; `path` is its place in the data. Throws a FormError. */
type Form = (value: unknown, path: string) => void;

/** The data is not of its form. */
export class FormError extends Error {
	override readonly name = "FormError";
}

function refuse(path: string, wanted: string): never {
	throw new FormError(`${path} must be ${wanted}`);
}

// -- Forms of forms -------------------------------------------------------------------------

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === "object" && value !== null;
}

function where(wanted: string, isRight: (value: unknown) => boolean): Form {
	return (value, path) => {
		if (!isRight(value)) refuse(path, wanted);
	};
}

function orNull(form: Form): Form {
	return (value, path) => {
		if (value !== null) form(value, path);
	};
}

function listOf(form: Form): Form {
	return (value, path) => {
		if (!Array.isArray(value)) refuse(path, "a list");
		for (const [index, element] of value.entries()) form(element, `${path}[${index}]`);
	};
}

/** Of any names. PHP writes a map as a list where it is empty, or its names are 0, 1, 2 and so on. */
function mapOf(form: Form): Form {
	return (value, path) => {
		if (!isObject(value)) refuse(path, "an object");
		for (const [name, element] of Object.entries(value)) form(element, below(path, name));
	};
}

/** Of names that mean something; others are left alone. All may be missing but those that are `needed`. */
function record(forms: Readonly<Record<string, Form>>, needed: readonly string[] = []): Form {
	return (value, path) => {
		if (!isObject(value) || (Array.isArray(value) && value.length > 0)) refuse(path, "an object");
		for (const name of needed) if (!Object.hasOwn(value, name)) refuse(below(path, name), "there");
		for (const [name, form] of Object.entries(forms)) {
			if (Object.hasOwn(value, name)) form(value[name], below(path, name));
		}
	};
}

function below(path: string, name: string): string {
	if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
	return path === "" ? name : `${path}.${name}`;
}

// -- The data -------------------------------------------------------------------------------

const text = where("a string", (value) => typeof value === "string");
const number = where("a number", (value) => typeof value === "number");
const flag = where("true or false", (value) => typeof value === "boolean");
const texts = listOf(text);
const restrictions = mapOf(texts);
const transformations = orNull(mapOf(text));
const messages = mapOf(orNull(text));

const time = where("a time, such as 2024-02-29T12:00:00Z", (value) => {
	return typeof value === "string" && !Number.isNaN(Date.parse(value));
});

const timeZone = where("the name of a time zone", (value) => {
	try {
		return typeof value === "string" && new Intl.DateTimeFormat("en", { timeZone: value }) !== undefined;
	} catch {
		return false;
	}
});

const pluralRule = where(
	"a plural rule of CLDR",
	(value) => typeof value === "string" && isPluralRule(value),
);

const grammarRule = where("a regular expression and its replacement, or @metadata", (value) => {
	if (!Array.isArray(value)) return false;
	const [pattern, replacement] = value as readonly unknown[];
	if (pattern === "@metadata") return true;
	try {
		return (
			typeof pattern === "string" &&
			typeof replacement === "string" &&
			new RegExp(pattern, "u") instanceof RegExp
		);
	} catch {
		return false;
	}
});

const namespace = record(
	{
		id: number,
		name: text,
		canonicalName: text,
		aliases: texts,
		hasSubpages: flag,
		hasGenderDistinction: flag,
		isCapitalized: flag,
		isContent: flag,
		isIncludable: flag,
		isMovable: flag,
		defaultContentModel: text,
	},
	["id", "name"],
);

const interwiki = record(
	{
		prefix: text,
		url: text,
		isLocal: flag,
		isTranscludable: flag,
		isCurrentWiki: flag,
		isExtraLanguageLink: flag,
		displayText: text,
		tooltip: text,
	},
	["prefix", "url"],
);

const site = record({
	siteName: text,
	server: text,
	canonicalServer: text,
	scriptPath: text,
	stylePath: text,
	articlePath: text,
	script: text,
	currentVersion: text,
	language: text,
	mainPage: text,
	timeZone,
	stats: mapOf(number),
	pagesInNamespace: mapOf(number),
	usersInGroup: mapOf(number),
	namespaces: listOf(namespace),
	interwikiMap: listOf(interwiki),
	urlProtocols: texts,
	maxArticleSize: number,
});

const pageRecord = record({
	text,
	id: number,
	contentModel: text,
	protection: restrictions,
	cascadingProtection: record({ sources: texts, restrictions }, ["sources", "restrictions"]),
	file: where("an object or false", (value) => value === false || isObject(value)),
});

const page: Form = (value, path) => {
	if (typeof value === "string" || value === null) return;
	if (!isObject(value)) refuse(path, "a string, an object or null");
	pageRecord(value, path);
};

const language = record({
	rtl: flag,
	fallbacks: texts,
	digitTransformTable: transformations,
	separatorTransformTable: transformations,
	minimumGroupingDigits: number,
	digitGroupingPattern: orNull(text),
	pluralRules: listOf(pluralRule),
	messages,
	// A case may have another one's name, and notes of whoever wrote the rules.
	grammar: mapOf((value, path) => {
		if (Array.isArray(value)) listOf(grammarRule)(value, path);
	}),
});

const SECTIONS = {
	site,
	title: text,
	time,
	pages: mapOf(page),
	messages,
	languages: mapOf(language),
	languageNames: mapOf(mapOf(text)),
	supportedLanguages: texts,
	categories: mapOf(record({ all: number, pages: number, subcats: number, files: number })),
	genders: mapOf(text),
	wikitext: mapOf(text),
	complete: texts,
};

/** Throws a FormError. */
export function checkForm(data: unknown): void {
	if (!isObject(data) || Array.isArray(data)) throw new FormError("not an object");
	for (const name of Object.keys(data)) {
		if (Object.hasOwn(SECTIONS, name)) continue;
		throw new FormError(`unknown section "${name}" (known: ${Object.keys(SECTIONS).join(", ")})`);
	}
	record(SECTIONS)(data, "");
}
