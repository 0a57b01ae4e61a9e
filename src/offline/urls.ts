/** URLs of pages (Title::getLocalURL and its like) and PHP's ways to encode what is in them. Texts are bytes. */
import { isArray, type PhpArray, type PhpValue, phpText, toBytes } from "./php-array.ts";
import type { Site } from "./site.ts";
import type { Title, TitleParser } from "./title.ts";

export type Protocol = "http" | "https" | "relative" | "canonical";

/** PHP's urlencode. */
function urlEncode(bytes: string): string {
	return bytes
		.replace(
			/[^A-Za-z0-9_. -]/g,
			(byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
		)
		.replaceAll(" ", "+");
}

/** wfUrlencode: what may stay readable in the path of a page does. */
function wikiUrlEncode(bytes: string): string {
	return urlEncode(bytes).replace(/%(?:3B|40|24|21|2A|28|29|2C|2F|7E|3A)/g, (code) =>
		String.fromCharCode(Number.parseInt(code.slice(1), 16)),
	);
}

/** wfArrayToCgi. */
function queryText(query: PhpArray, prefix = ""): string {
	const pieces: string[] = [];
	for (const [name, value] of query) {
		if (value === undefined || value === false) continue;
		const key = prefix === "" ? String(name) : `${prefix}[${name}]`;
		if (!isArray(value)) {
			pieces.push(`${urlEncode(key)}=${urlEncode(phpText(value))}`);
			continue;
		}
		for (const [innerName, inner] of value) {
			const innerKey = `${key}[${innerName}]`;
			pieces.push(
				isArray(inner) ? queryText(inner, innerKey) : `${urlEncode(innerKey)}=${urlEncode(phpText(inner))}`,
			);
		}
	}
	return pieces.join("&");
}

function appendQuery(url: string, query: string): string {
	if (query === "") return url;
	const hash = url.indexOf("#");
	const [page, fragment] = hash < 0 ? [url, ""] : [url.slice(0, hash), url.slice(hash)];
	return `${page}${page.includes("?") ? "&" : "?"}${query}${fragment}`;
}

/** Sanitizer::escapeIdForLink in HTML5's mode, of Unicode; the result is bytes. */
export function fragmentOf(text: string): string {
	const shortened = Array.from(text).slice(0, 1024).join("");
	return toBytes(shortened.replace(/[\t\n\f\r ]/g, "_").replace(/%([a-fA-F0-9]{2})/g, "%25$1"));
}

export class TitleUrls {
	readonly #site: Site;
	readonly #titles: TitleParser;

	constructor(site: Site, titles: TitleParser) {
		this.#site = site;
		this.#titles = titles;
	}

	partial(title: Title): string {
		return wikiUrlEncode(toBytes(title.dbKey));
	}

	local(title: Title, query: PhpValue): string {
		const text = isArray(query) ? queryText(query) : phpText(query);
		const interwiki = this.#site.interwikiMap.get(title.interwiki);
		if (interwiki !== undefined) {
			const name = this.#titles.namespaceText(title);
			const key = toBytes(name === "" ? title.dbKey : `${name}:${title.dbKey}`);
			return appendQuery(
				toBytes(interwiki.url).replace("$1", () => wikiUrlEncode(key)),
				text,
			);
		}
		const key = wikiUrlEncode(toBytes(this.#titles.prefixedKey(title)));
		if (text === "") return toBytes(this.#site.info.articlePath).replaceAll("$1", () => key);
		return `${toBytes(this.#site.info.script)}?title=${key}&${text === "-" ? "" : text}`;
	}

	full(title: Title, query: PhpValue, protocol: Protocol = "relative"): string {
		return this.expand(this.local(title, query), protocol) + this.fragment(title);
	}

	canonical(title: Title, query: PhpValue): string {
		return this.expand(this.local(title, query) + this.fragment(title), "canonical");
	}

	fragment(title: Title): string {
		return title.fragment === "" ? "" : `#${fragmentOf(title.fragment)}`;
	}

	/** wfExpandUrl. */
	expand(url: string, protocol: Protocol): string {
		const { server, canonicalServer } = this.#site.info;
		const base = toBytes(protocol === "canonical" ? canonicalServer : server);
		const own = /^[a-z][a-z0-9+.-]*:/i.exec(base)?.[0];
		const wanted = { http: "http:", https: "https:", relative: "", canonical: own ?? "http:" }[protocol];
		let full = url;
		if (url.startsWith("//")) full = wanted + url;
		else if (url.startsWith("/")) full = own === undefined ? wanted + base + url : base + url;
		return withoutDots(full);
	}
}

/** Takes "." and ".." out of a URL's path. */
function withoutDots(url: string): string {
	const [, start = "", path = "", rest = ""] =
		/^((?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*)([^?#]*)(.*)$/is.exec(url) ?? [];
	if (start === "" || !/\/\.\.?(?:\/|$)/.test(path)) return url;
	const segments: string[] = [];
	const parts = path.split("/").slice(1);
	for (const [index, part] of parts.entries()) {
		if (part === "..") segments.pop();
		if (part !== "." && part !== "..") segments.push(part);
		else if (index === parts.length - 1) segments.push("");
	}
	return `${start}/${segments.join("/")}${rest}`;
}
