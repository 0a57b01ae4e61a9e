/** mw.title's part of the host (TitleLibrary.php). */
import { checkText, checkType, fail, optionalText } from "../check.ts";
import type { Callback, CallbackResult } from "../conversation.ts";
import type { PageData } from "../data.ts";
import {
	isArray,
	luaList,
	type PhpArray,
	type PhpValue,
	phpArray,
	phpText,
	toBytes,
	toText,
} from "../php-array.ts";
import { redirectTarget } from "../redirect.ts";
import { NS_FILE, NS_MAIN, NS_MEDIA, NS_SPECIAL } from "../site.ts";
import type { Title } from "../title.ts";
import type { Protocol } from "../urls.ts";
import type { Wiki } from "../wiki.ts";

const PROTOCOLS = ["http", "https", "relative", "canonical"];
const NUMERIC = /^[ \t\n\r\v\f]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\r\v\f]*$/;

export function titleLibrary(wiki: Wiki, countExpensive: () => void) {
	const { titles, urls, site } = wiki;
	const seen = new Set([titles.prefixedKey(wiki.title)]);

	function namespaceId(name: string, index: number, value: PhpValue, otherwise?: number): number {
		if (value === undefined && otherwise !== undefined) return otherwise;
		if (typeof value === "number" || (typeof value === "string" && NUMERIC.test(value))) {
			const id = Math.trunc(Number(value));
			if (!site.namespaces.has(id)) {
				fail(`bad argument #${index} to '${name}' (unrecognized namespace number '${id}')`);
			}
			return id;
		}
		if (typeof value !== "string") checkType(name, index, value, "namespace number or name");
		const text = phpText(value);
		return (
			site.namespaceIndex(toText(text)) ??
			fail(`bad argument #${index} to '${name}' (unrecognized namespace name '${text}')`)
		);
	}

	function cheapData(title: Title): PhpArray {
		const { namespace } = title;
		const data = phpArray({
			isCurrentTitle: titles.equal(title, wiki.title),
			isLocal: title.interwiki === "" || (site.interwikiMap.get(title.interwiki)?.isLocal ?? false),
			interwiki: toBytes(title.interwiki),
			namespace,
			nsText: toBytes(titles.namespaceText(title)),
			text: toBytes(titles.text(title)),
			fragment: toBytes(title.fragment),
			thePartialUrl: urls.partial(title),
		});
		if (namespace === NS_SPECIAL) {
			// Unknown, it stays away, and whoever looks at it asks for the expensive data.
			const page = wiki.knowledge.findPage(titles.prefixedText(title));
			if (page !== undefined) data.set("exists", page !== null);
		}
		if (namespace !== NS_FILE && namespace !== NS_MEDIA) data.set("file", false);
		return data;
	}

	function pageOf(title: Title): PageData | null {
		if (title.interwiki !== "") return null;
		return wiki.page(title);
	}

	function getExpensiveData(text: PhpValue): CallbackResult {
		const title = titles.fromText(checkText("getExpensiveData", 1, text));
		if (title === undefined) return [undefined];
		const key = titles.prefixedKey(title);
		if (!seen.has(key)) countExpensive();
		seen.add(key);
		const page = pageOf(title);
		const data = phpArray({
			isRedirect: page !== null && redirectTarget(page.text ?? "", wiki) !== undefined,
			contentModel: toBytes(page?.contentModel ?? defaultModel(title)),
			exists: page !== null,
		});
		// Nobody knows the id of a page that the data gives without one: nil is not made up.
		const id = page === null ? 0 : page.id;
		if (id !== undefined) data.set("id", id);
		return [data];
	}

	function defaultModel(title: Title): string {
		const name = title.dbKey;
		if (title.namespace === 828 && name.endsWith(".json")) return "json";
		if (title.namespace === 828 && name.endsWith("/doc")) return "wikitext";
		if (title.namespace === 8 || (title.namespace === 2 && name.includes("/"))) {
			const suffix = /\.(css|js|json)$/.exec(name)?.[1];
			if (suffix !== undefined) return suffix === "js" ? "javascript" : suffix;
		}
		return site.namespaces.get(title.namespace)?.defaultContentModel ?? "wikitext";
	}

	function newTitle(textOrId: PhpValue, defaultNamespace: PhpValue): CallbackResult {
		if (typeof textOrId === "number") {
			if (textOrId === 0) return [undefined];
			countExpensive();
			const found = Object.entries(wiki.knowledge.data.pages ?? {}).find(
				([, page]) => typeof page === "object" && page?.id === textOrId,
			);
			if (found === undefined && !wiki.knowledge.isComplete("pages")) {
				throw wiki.knowledge.missingError(
					`the page with the id ${textOrId}`,
					'give a page of "pages" in the --data file that "id"',
				);
			}
			const title = found === undefined ? undefined : titles.split(found[0]);
			return [title === undefined ? undefined : cheapData(title)];
		}
		if (typeof textOrId !== "string") checkType("title.new", 1, textOrId, "number or string");
		const namespace = namespaceId("title.new", 2, defaultNamespace, NS_MAIN);
		const title = titles.fromText(phpText(textOrId), namespace);
		return [title === undefined ? undefined : cheapData(title)];
	}

	function makeTitle(ns: PhpValue, text: PhpValue, fragment: PhpValue, interwiki: PhpValue): CallbackResult {
		const id = namespaceId("makeTitle", 1, ns);
		const title = titles.make(
			id,
			checkText("makeTitle", 2, text),
			optionalText("makeTitle", 3, fragment, ""),
			optionalText("makeTitle", 4, interwiki, ""),
		);
		return [title === undefined ? undefined : cheapData(title)];
	}

	function getUrl(text: PhpValue, which: PhpValue, query: PhpValue, proto: PhpValue): CallbackResult {
		const titleText = checkText("getUrl", 1, text);
		const kind = checkText("getUrl", 2, which);
		if (kind !== "fullUrl" && kind !== "localUrl" && kind !== "canonicalUrl") {
			checkType("getUrl", 2, which, "'fullUrl', 'localUrl', or 'canonicalUrl'");
		}
		if (typeof query !== "string" && !isArray(query) && query !== undefined) {
			checkType(kind, 1, query, "table or string");
		}
		let protocol: Protocol = "relative";
		if (kind === "fullUrl") {
			const given = optionalText(kind, 2, proto, "relative");
			if (!PROTOCOLS.includes(given))
				checkType(kind, 2, proto, "'http', 'https', 'relative', or 'canonical'");
			protocol = given as Protocol;
		}
		const title = titles.fromText(titleText);
		if (title === undefined) return [undefined];
		if (kind === "fullUrl") return [urls.full(title, query, protocol)];
		return [kind === "localUrl" ? urls.local(title, query) : urls.canonical(title, query)];
	}

	function contentOf(text: string): string | undefined {
		const title = titles.fromText(text);
		if (title === undefined || title.interwiki !== "" || title.namespace < 0) return undefined;
		if (!site.namespaces.get(title.namespace)?.isIncludable) return undefined;
		const page = pageOf(title);
		if (page === null) return undefined;
		if (page.text !== undefined) return page.text;
		throw wiki.knowledge.missingError(
			`the text of "${titles.prefixedText(title)}"`,
			'give that page of "pages" in the --data file a "text"',
		);
	}

	function getContent(text: PhpValue): CallbackResult {
		const content = contentOf(checkText("getContent", 1, text));
		return [content === undefined ? undefined : toBytes(content)];
	}

	function getFileInfo(text: PhpValue): CallbackResult {
		const title = titles.fromText(checkText("getFileInfo", 1, text));
		if (title === undefined || (title.namespace !== NS_FILE && title.namespace !== NS_MEDIA)) return [false];
		countExpensive();
		const name = titles.prefixedText({ ...title, namespace: NS_FILE });
		const file = wiki.knowledge.page(name)?.file;
		if (file === undefined || file === false) return [phpArray({ exists: false })];
		const info = phpArray({ exists: true });
		for (const key of ["width", "height", "mimeType", "length", "size"]) {
			const value = file[key];
			info.set(key, typeof value === "string" ? toBytes(value) : Number(value ?? 0));
		}
		const pages = file["pages"];
		if (Array.isArray(pages)) {
			info.set("pages", luaList(pages.map(({ width, height }) => phpArray({ width, height }))));
		}
		return [info];
	}

	function protectionLevels(text: PhpValue): CallbackResult {
		const title = titles.fromText(checkText("protectionLevels", 1, text));
		if (title === undefined) return [undefined];
		countExpensive();
		return [restrictions(pageOf(title)?.protection ?? {})];
	}

	function cascadingProtection(text: PhpValue): CallbackResult {
		const title = titles.fromText(checkText("cascadingProtection", 1, text));
		if (title === undefined) return [undefined];
		countExpensive();
		const given = pageOf(title)?.cascadingProtection;
		const sources = luaList((given?.sources ?? []).map(toBytes));
		return [phpArray({ sources, restrictions: restrictions(given?.restrictions ?? {}) })];
	}

	function redirectTargetOf(text: PhpValue): CallbackResult {
		const content = contentOf(checkText("redirectTarget", 1, text));
		const target = content === undefined ? undefined : redirectTarget(content, wiki);
		return [target === undefined ? undefined : cheapData(target)];
	}

	function recordVaryFlag(text: PhpValue, flag: PhpValue): CallbackResult {
		checkType("recordVaryFlag", 1, text, "string");
		checkType("recordVaryFlag", 2, flag, "string");
		return [];
	}

	const functions: Readonly<Record<string, Callback>> = {
		newTitle,
		makeTitle,
		getExpensiveData,
		getUrl,
		getContent,
		getFileInfo,
		protectionLevels,
		cascadingProtection,
		redirectTarget: redirectTargetOf,
		recordVaryFlag,
	};
	return { functions, options: phpArray({ thisTitle: cheapData(wiki.title), NS_MEDIA }) };
}

function restrictions(given: Readonly<Record<string, readonly string[]>>): PhpArray {
	return new Map(
		Object.entries(given).map(([action, levels]) => [toBytes(action), luaList(levels.map(toBytes))] as const),
	);
}
