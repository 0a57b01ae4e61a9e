/** mw.uri's part of the host (UriLibrary.php). */
import type { Callback, CallbackResult } from "../conversation.ts";
import { decodeCharacterReferences } from "../html-entities.ts";
import { translate } from "../language.ts";
import { killMarkers } from "../markers.ts";
import { type PhpValue, phpArray, phpText, toBytes, toText } from "../php-array.ts";
import { NS_FILE, NS_MEDIA } from "../site.ts";
import type { Title } from "../title.ts";
import { fragmentOf } from "../urls.ts";
import type { Wiki } from "../wiki.ts";

export function uriLibrary(wiki: Wiki) {
	const { titles, urls } = wiki;

	/** Title::newFromText, or else newFromURL, with a file's page for a file. */
	function titleOf(page: string): Title | undefined {
		const decoded = page
			.replaceAll("+", " ")
			.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
		const title = titles.fromText(page) ?? (decoded === "" ? undefined : titles.split(toText(decoded)));
		return title?.namespace === NS_MEDIA ? { ...title, namespace: NS_FILE } : title;
	}

	function url(make: (title: Title, query: PhpValue) => string): Callback {
		return (page, query) => {
			const title = titleOf(phpText(page));
			return [title === undefined ? undefined : make(title, query)];
		};
	}

	function anchorEncode(text: PhpValue): CallbackResult {
		const section = sectionName(toText(killMarkers(phpText(text))), wiki);
		return [attribute(fragmentOf(section), wiki)];
	}

	const functions: Readonly<Record<string, Callback>> = {
		anchorEncode,
		localUrl: url((title, query) => urls.local(title, query)),
		fullUrl: url((title, query) => urls.full(title, query)),
		canonicalUrl: url((title, query) => urls.canonical(title, query)),
	};
	return { functions, options: phpArray({ defaultUrl: urls.full(wiki.title, undefined) }) };
}

function quoted(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Parser::stripSectionName and what follows it: the text of a heading without its markup. */
function sectionName(wikitext: string, wiki: Wiki): string {
	const protocols = wiki.site.info.urlProtocols.map(quoted).join("|");
	const plain = withoutQuotes(
		wikitext
			.replace(/\[\[:?([^[|]+)\|([^[]+)\]\]/g, "$2")
			.replace(/\[\[:?([^[]+)\|?\]\]/g, "$1")
			.replace(new RegExp(`\\[(?:${protocols})([^ ]+?) ([^[]+)\\]`, "gi"), "$2"),
	).replace(/<[^>]*>/g, "");
	const text = decodeCharacterReferences(
		plain.replace(/[ _]+/g, " ").replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, ""),
	);
	return wiki.titles.split(`#${text}`)?.fragment ?? text;
}

/** Parser::doQuotes, whose tags are taken out afterwards: what stays are apostrophes that are no markup. */
function withoutQuotes(text: string): string {
	return text
		.split("\n")
		.map((line) => {
			// Four apostrophes are one and bold, more than five are some and bold italics.
			const runs = [...line.matchAll(/'{2,}/g)].map(([run]) => run.length);
			const isBold = (length: number): boolean => length === 3 || length === 4;
			const bold = runs.filter((length) => isBold(length) || length >= 5).length;
			const italic = runs.filter((length) => length === 2 || length >= 5).length;
			let loose = bold % 2 === 1 && italic % 2 === 1 ? looseBold(line) : -1;
			return line.replace(/'{2,}/g, (run, at: number) => {
				if (at === loose) {
					loose = -1;
					return run.slice(0, run.length - 2);
				}
				if (run.length === 4) return "'";
				return run.length > 5 ? "'".repeat(run.length - 5) : "";
			});
		})
		.join("\n");
}

/** Where an unbalanced bold mark is an apostrophe and italics: behind a single letter, a word, a space. */
function looseBold(line: string): number {
	const marks = [...line.matchAll(/'{3,4}(?!')/g)].filter(({ index }) => line[index - 1] !== "'");
	const before = (index: number, back: number): string => line[index - back] ?? "";
	const single = marks.find(({ index }) => before(index, 1) !== " " && before(index, 2) === " ");
	const multiple = marks.find(({ index }) => before(index, 1) !== " " && before(index, 2) !== " ");
	return (single ?? multiple ?? marks[0])?.index ?? -1;
}

const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
	"{": "&#123;",
	"}": "&#125;",
	"[": "&#91;",
	"]": "&#93;",
	"''": "&#39;&#39;",
	ISBN: "&#73;SBN",
	RFC: "&#82;FC",
	PMID: "&#80;MID",
	"|": "&#124;",
	[toBytes("\uff3f")]: "&#xFF3F;",
};

const HTML_ESCAPES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	'"': "&quot;",
	"'": "&#039;",
	"<": "&lt;",
	">": "&gt;",
	"\n": "&#10;",
	"\r": "&#13;",
	"\t": "&#9;",
};

/** Sanitizer::safeEncodeAttribute, of bytes, with underscores left as they are. */
function attribute(bytes: string, wiki: Wiki): string {
	const escaped = translate(translate(bytes, HTML_ESCAPES), ATTRIBUTE_ESCAPES);
	const protocols = wiki.site.info.urlProtocols.filter((protocol) => protocol.includes(":"));
	if (protocols.length === 0) return escaped;
	const pattern = new RegExp(protocols.map(quoted).join("|"), "gi");
	return escaped.replace(pattern, (protocol) => protocol.replaceAll(":", "&#58;"));
}
