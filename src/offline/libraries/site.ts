/** mw.site's part of the host (SiteLibrary.php). */
import { checkNumber, checkText, checkType, fail, optionalText } from "../check.ts";
import type { Callback, CallbackResult } from "../conversation.ts";
import { luaList, type PhpArray, type PhpValue, phpArray, toBytes, toText } from "../php-array.ts";
import { type Namespace, NS_CATEGORY, type Site } from "../site.ts";
import type { Wiki } from "../wiki.ts";

const CATEGORY_KINDS = ["all", "subcats", "files", "pages"] as const;

export function siteLibrary(wiki: Wiki, countExpensive: () => void) {
	const { site, knowledge } = wiki;
	const categories = new Map<string, PhpArray>();

	function getNsIndex(name: PhpValue): CallbackResult {
		const text = toText(checkText("getNsIndex", 1, name));
		const index = site.namespaceIndex(text.replace(/[\s_]+/g, "_").replace(/^_+|_+$/g, ""));
		return [index ?? false];
	}

	function pagesInCategory(category: PhpValue, which: PhpValue): CallbackResult {
		const name = checkText("pagesInCategory", 1, category);
		const kind = optionalText("pagesInCategory", 2, which, "all");
		const title = wiki.titles.make(NS_CATEGORY, name);
		if (title === undefined) return [0];
		let counts = categories.get(title.dbKey);
		if (counts === undefined) {
			countExpensive();
			counts = categoryCounts(wiki.titles.text(title));
			categories.set(title.dbKey, counts);
		}
		if (kind === "*") return [counts];
		if (!counts.has(kind)) {
			checkType("pagesInCategory", 2, kind, "one of '*', 'all', 'pages', 'subcats', or 'files'");
		}
		return [counts.get(kind)];
	}

	function categoryCounts(name: string): PhpArray {
		const given = knowledge.own(knowledge.data.categories, name);
		if (given === undefined && !knowledge.isComplete("categories")) {
			throw knowledge.missingError(
				`the category "${name}"`,
				'put it into "categories" of the --data file: {"all": 0, "pages": 0, "subcats": 0, "files": 0}',
			);
		}
		return phpArray(Object.fromEntries(CATEGORY_KINDS.map((kind) => [kind, given?.[kind] ?? 0])));
	}

	function pagesInNamespace(ns: PhpValue): CallbackResult {
		const id = String(Math.trunc(checkNumber("pagesInNamespace", 1, ns)));
		return [count("pagesInNamespace", id)];
	}

	function usersInGroup(group: PhpValue): CallbackResult {
		return [count("usersInGroup", toText(checkText("usersInGroup", 1, group)).toLowerCase())];
	}

	function count(section: "pagesInNamespace" | "usersInGroup", name: string): number {
		const known = knowledge.data.site?.[section];
		if (known !== undefined) return knowledge.own(known, name) ?? 0;
		throw knowledge.missingError(
			`${section} of ${name}`,
			`put it into "site"."${section}" of the --data file`,
		);
	}

	function interwikiMap(filter: PhpValue): CallbackResult {
		const wanted = optionalText("interwikiMap", 1, filter, undefined);
		if (wanted !== undefined && wanted !== "local" && wanted !== "!local") {
			fail(`bad argument #1 to 'interwikiMap' (unknown filter '${wanted}')`);
		}
		const rows = site.interwikiRows.filter(
			({ isLocal = false }) => wanted === undefined || isLocal === (wanted === "local"),
		);
		return [
			new Map(
				rows.map((row) => {
					const entry = phpArray({
						prefix: toBytes(row.prefix),
						url: wiki.urls.expand(toBytes(row.url), "relative"),
						isProtocolRelative: row.url.startsWith("//"),
						isLocal: row.isLocal ?? false,
						isTranscludable: row.isTranscludable ?? false,
						isCurrentWiki: row.isCurrentWiki ?? false,
						isExtraLanguageLink: row.isExtraLanguageLink ?? false,
					});
					if (row.displayText !== undefined) entry.set("displayText", toBytes(row.displayText));
					if (row.tooltip !== undefined) entry.set("tooltip", toBytes(row.tooltip));
					return [toBytes(row.prefix), entry] as const;
				}),
			),
		];
	}

	const functions: Readonly<Record<string, Callback>> = {
		getNsIndex,
		pagesInCategory,
		pagesInNamespace,
		usersInGroup,
		interwikiMap,
	};
	const { siteName, server, scriptPath, stylePath, currentVersion } = site.info;
	const options = phpArray({
		siteName: toBytes(siteName),
		server: toBytes(server),
		scriptPath: toBytes(scriptPath),
		stylePath: toBytes(stylePath),
		currentVersion: toBytes(currentVersion),
		namespaces: new Map(
			[...site.namespaces.values()].map(
				(namespace) => [namespace.id, namespaceArray(namespace, wiki)] as const,
			),
		),
		stats: phpArray({ ...knowledge.data.site?.stats }),
	});
	return { functions, options };
}

function namespaceArray(namespace: Namespace, wiki: Wiki): PhpArray {
	const { id } = namespace;
	const { site } = wiki;
	const isSubject = isSubjectId(site, id);
	const array = phpArray({
		id,
		name: toBytes(namespace.name),
		canonicalName: toBytes(namespace.canonicalName.replaceAll("_", " ")),
		hasSubpages: namespace.hasSubpages,
		hasGenderDistinction: namespace.hasGenderDistinction,
		isCapitalized: namespace.isCapitalized,
		isContent: namespace.isContent,
		isIncludable: namespace.isIncludable,
		isMovable: namespace.isMovable,
		isSubject,
		isTalk: !isSubject,
		defaultContentModel:
			namespace.defaultContentModel === "" ? undefined : toBytes(namespace.defaultContentModel),
		aliases: luaList(namespace.aliases.map((alias) => toBytes(alias.replaceAll(" ", "_")))),
	});
	if (id < 0) array.set("subject", id);
	else {
		array.set("subject", site.subjectOf(id));
		array.set("talk", site.talkOf(id));
		array.set("associated", isSubject ? site.talkOf(id) : site.subjectOf(id));
	}
	if (id === 0) array.set("displayName", toBytes(wiki.contentLanguage.message("blanknamespace")));
	return array;
}

function isSubjectId(site: Site, id: number): boolean {
	return id < 0 || site.subjectOf(id) === id;
}
