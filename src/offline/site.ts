/** The wiki's facts and namespaces: those of a plain English MediaWiki unless the data says otherwise. */
import type { InterwikiData, Knowledge, NamespaceData, SiteData } from "./data.ts";

export const NS_MEDIA = -2;
export const NS_SPECIAL = -1;
export const NS_MAIN = 0;
export const NS_TALK = 1;
export const NS_USER = 2;
export const NS_USER_TALK = 3;
const NS_PROJECT = 4;
export const NS_FILE = 6;
export const NS_TEMPLATE = 10;
export const NS_CATEGORY = 14;
export const NS_MODULE = 828;

/** In MediaWiki's order, which is that of the ids. */
const USUAL_NAMES: readonly (readonly [id: number, name: string])[] = [
	[NS_MEDIA, "Media"],
	[NS_SPECIAL, "Special"],
	[NS_MAIN, ""],
	[NS_TALK, "Talk"],
	[NS_USER, "User"],
	[NS_USER_TALK, "User talk"],
	[NS_PROJECT, "Project"],
	[5, "Project talk"],
	[NS_FILE, "File"],
	[7, "File talk"],
	[8, "MediaWiki"],
	[9, "MediaWiki talk"],
	[NS_TEMPLATE, "Template"],
	[11, "Template talk"],
	[12, "Help"],
	[13, "Help talk"],
	[NS_CATEGORY, "Category"],
	[15, "Category talk"],
	[NS_MODULE, "Module"],
	[829, "Module talk"],
];

const USUAL_ALIASES: Readonly<Record<number, readonly string[]>> = { 6: ["Image"], 7: ["Image talk"] };

/** $wgNamespacesWithSubpages, and the Module namespace. */
const WITH_SUBPAGES = new Set([1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 15, NS_MODULE, 829]);

const USUAL_PROTOCOLS = [
	...[
		"bitcoin:",
		"ftp://",
		"ftps://",
		"geo:",
		"git://",
		"gopher://",
		"http://",
		"https://",
		"irc://",
		"ircs://",
	],
	...["magnet:", "mailto:", "matrix:", "mms://", "news:", "nntp://", "redis://", "sftp://", "sip:", "sips:"],
	...["sms:", "ssh://", "svn://", "tel:", "telnet://", "urn:", "worldwind://", "xmpp:", "//"],
];

export type Namespace = Required<NamespaceData>;

export class Site {
	readonly info: Required<
		Pick<
			SiteData,
			| "siteName"
			| "server"
			| "canonicalServer"
			| "scriptPath"
			| "stylePath"
			| "articlePath"
			| "script"
			| "currentVersion"
			| "language"
			| "mainPage"
			| "timeZone"
			| "urlProtocols"
			| "maxArticleSize"
		>
	>;
	readonly namespaces: ReadonlyMap<number, Namespace>;
	readonly interwikiMap: ReadonlyMap<string, InterwikiData>;
	readonly #knowledge: Knowledge;
	readonly #byName = new Map<string, number>();

	constructor(knowledge: Knowledge) {
		this.#knowledge = knowledge;
		const { site = {} } = knowledge.data;
		const server = site.server ?? "http://localhost";
		const scriptPath = site.scriptPath ?? "/w";
		this.info = {
			siteName: site.siteName ?? "Offline wiki",
			server,
			canonicalServer: site.canonicalServer ?? (server.startsWith("//") ? `http:${server}` : server),
			scriptPath,
			stylePath: site.stylePath ?? `${scriptPath}/skins`,
			articlePath: site.articlePath ?? "/wiki/$1",
			script: site.script ?? `${scriptPath}/index.php`,
			currentVersion: site.currentVersion ?? "1.39.0",
			language: site.language ?? "en",
			mainPage: site.mainPage ?? "Main Page",
			timeZone: site.timeZone ?? "UTC",
			urlProtocols: site.urlProtocols ?? USUAL_PROTOCOLS,
			maxArticleSize: site.maxArticleSize ?? 2048,
		};
		const namespaces = new Map(USUAL_NAMES.map(([id, name]) => [id, namespaceOf({ id, name })] as const));
		const projectName = this.info.siteName;
		for (const [id, name] of [
			[NS_PROJECT, projectName],
			[NS_PROJECT + 1, `${projectName} talk`],
		] as const) {
			namespaces.set(id, namespaceOf({ id, name }));
		}
		for (const given of site.namespaces ?? []) namespaces.set(given.id, namespaceOf(given));
		this.namespaces = namespaces;
		// Canonical names first: MediaWiki looks for those before it looks for local ones.
		for (const { id, aliases } of namespaces.values()) for (const name of aliases) this.#addName(name, id);
		for (const { id, name } of namespaces.values()) this.#addName(name, id);
		for (const { id, canonicalName } of namespaces.values()) this.#addName(canonicalName, id);
		this.interwikiMap = new Map((site.interwikiMap ?? []).map((row) => [row.prefix, row] as const));
	}

	#addName(name: string, id: number): void {
		this.#byName.set(name.replaceAll(" ", "_").toLowerCase(), id);
	}

	/** Language::getNsIndex: any case, underscores for spaces. */
	namespaceIndex(name: string): number | undefined {
		return this.#byName.get(name.toLowerCase());
	}

	/** Namespaces that have a partner: a talk namespace follows its subject. */
	talkOf(id: number): number {
		return id % 2 === 1 ? id : id + 1;
	}

	subjectOf(id: number): number {
		return id > 0 && id % 2 === 1 ? id - 1 : id;
	}

	/** Is this the prefix of another wiki? Only the data can tell. */
	isInterwiki(prefix: string): boolean {
		return this.interwikiMap.has(prefix.toLowerCase());
	}

	/** The rows of the interwiki table, where they are known. */
	get interwikiRows(): readonly InterwikiData[] {
		const known = this.#knowledge.data.site?.interwikiMap;
		if (known === undefined && !this.#knowledge.isComplete("interwikiMap")) {
			throw this.#knowledge.missingError(
				"the interwiki map",
				'put it into "site.interwikiMap" of the --data file',
			);
		}
		return known ?? [];
	}
}

function namespaceOf(given: NamespaceData): Namespace {
	const { id, name } = given;
	const usual = USUAL_NAMES.find(([usualId]) => usualId === id);
	return {
		id,
		name,
		canonicalName: given.canonicalName ?? usual?.[1] ?? name,
		aliases: given.aliases ?? USUAL_ALIASES[id] ?? [],
		hasSubpages: given.hasSubpages ?? WITH_SUBPAGES.has(id),
		hasGenderDistinction: given.hasGenderDistinction ?? (id === NS_USER || id === NS_USER_TALK),
		isCapitalized: given.isCapitalized ?? true,
		isContent: given.isContent ?? id === NS_MAIN,
		isIncludable: given.isIncludable ?? true,
		isMovable: given.isMovable ?? (id >= 0 && id !== NS_CATEGORY),
		defaultContentModel: given.defaultContentModel ?? (id === NS_MODULE ? "Scribunto" : "wikitext"),
	};
}
