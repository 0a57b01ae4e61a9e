/**
 * Titles of pages, as MediaWiki's MediaWikiTitleCodec splits and normalizes them, and their URLs.
 * Texts here are Unicode; what is no UTF-8 is no title.
 */
import { upperFirst } from "../host/module-folder.ts";
import { decodeCharacterReferences } from "./html-entities.ts";
import { isUtf8, toBytes, toText } from "./php-array.ts";
import { NS_MAIN, NS_SPECIAL, NS_TALK, NS_USER, NS_USER_TALK, type Site } from "./site.ts";

export interface Title {
	readonly interwiki: string;
	readonly namespace: number;
	/** With underscores. */
	readonly dbKey: string;
	readonly fragment: string;
}

const DIRECTION_MARKS = /[\u200e\u200f\u202a-\u202e]+/gu;
const SPACES = /[ _\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;
const ILLEGAL =
	/[^ %!"$&'()*,\-./0-9:;=?@A-Z\\^_`a-z~\x80-\u{10ffff}+]|%[0-9A-Fa-f]{2}|&[A-Za-z0-9\x80-\u{10ffff}]+;/u;
const PREFIX = /^(.+?)_*:_*(.*)$/u;
const MAX_LENGTH = 255;
const MAX_SPECIAL_LENGTH = 512;

function trimmed(text: string): string {
	return text.replace(/^_+|_+$/g, "");
}

export class TitleParser {
	readonly #site: Site;

	constructor(site: Site) {
		this.#site = site;
	}

	/** Title::newFromText, of bytes. */
	fromText(bytes: string, defaultNamespace: number = NS_MAIN): Title | undefined {
		if (bytes === "" || !isUtf8(bytes)) return undefined;
		const text = toText(bytes);
		// MediaWiki normalizes a title only when it looks for references in it.
		const decoded = text.includes("&") ? decodeCharacterReferences(text).normalize("NFC") : text;
		return this.split(decoded, defaultNamespace);
	}

	/** Title::makeTitleSafe, of bytes. */
	make(namespace: number, bytes: string, fragment = "", interwiki = ""): Title | undefined {
		const found = this.#site.namespaces.get(namespace);
		if (found === undefined) return undefined;
		let name =
			found.canonicalName === "" ? bytes : `${toBytes(found.canonicalName.replaceAll(" ", "_"))}:${bytes}`;
		if (interwiki !== "") name = `${interwiki}:${name}`;
		if (fragment !== "") name += `#${fragment}`;
		return isUtf8(name) ? this.split(toText(name)) : undefined;
	}

	/** MediaWikiTitleCodec::splitTitleString; undefined for what is no title. */
	split(text: string, defaultNamespace: number = NS_MAIN): Title | undefined {
		const parts = this.#splitPrefix(
			trimmed(text.replaceAll(" ", "_").replace(DIRECTION_MARKS, "").replace(SPACES, "_")),
			defaultNamespace,
		);
		if (parts === undefined) return undefined;
		const { interwiki, namespace } = parts;
		let { dbKey } = parts;
		let fragment = "";
		const hash = dbKey.indexOf("#");
		if (hash >= 0) {
			fragment = dbKey.slice(hash + 1).replaceAll("_", " ");
			dbKey = dbKey.slice(0, hash).replace(/_*$/, "");
		}
		if (ILLEGAL.test(dbKey) || isRelative(dbKey) || dbKey.includes("~~~")) return undefined;
		const maxLength = namespace === NS_SPECIAL ? MAX_SPECIAL_LENGTH : MAX_LENGTH;
		if (toBytes(dbKey).length > maxLength) return undefined;
		if (interwiki === "" && this.#site.namespaces.get(namespace)?.isCapitalized) dbKey = upperFirst(dbKey);
		if (dbKey === "" && interwiki === "" && namespace !== NS_MAIN) return undefined;
		if (namespace === NS_USER || namespace === NS_USER_TALK) dbKey = cleanAddress(dbKey);
		if (dbKey.startsWith(":")) return undefined;
		return { interwiki, namespace, dbKey, fragment };
	}

	#splitPrefix(start: string, defaultNamespace: number) {
		let dbKey = start;
		let namespace = defaultNamespace;
		let interwiki = "";
		if (dbKey.includes("\ufffd")) return undefined;
		if (dbKey.startsWith(":")) {
			namespace = NS_MAIN;
			dbKey = trimmed(dbKey.slice(1));
		}
		if (dbKey === "") return undefined;
		for (;;) {
			const [, prefix, rest = ""] = PREFIX.exec(dbKey) ?? [];
			if (prefix === undefined) break;
			const index = this.#site.namespaceIndex(prefix);
			if (index !== undefined) {
				dbKey = rest;
				namespace = index;
				const inner = index === NS_TALK ? PREFIX.exec(rest)?.[1] : undefined;
				if (inner !== undefined) {
					// "Talk:File:x" is refused, "Talk::x" and the like are not: index 0 counts as none.
					if (this.#site.namespaceIndex(inner) || this.#site.isInterwiki(inner)) return undefined;
				}
			} else if (this.#site.isInterwiki(prefix)) {
				dbKey = rest;
				interwiki = prefix.toLowerCase();
				if (this.#site.interwikiMap.get(interwiki)?.isCurrentWiki) {
					interwiki = "";
					if (dbKey !== "") continue;
					dbKey = this.#site.info.mainPage.replaceAll(" ", "_");
				} else if (dbKey.startsWith(":")) {
					namespace = NS_MAIN;
					dbKey = trimmed(dbKey.slice(1));
				}
			}
			break;
		}
		return { dbKey, namespace, interwiki };
	}

	// -- Forms -----------------------------------------------------------------------------------

	text(title: Title): string {
		return title.dbKey.replaceAll("_", " ");
	}

	/** "User_talk", or the canonical name for a page of another wiki. */
	namespaceText(title: Title): string {
		const namespace = this.#site.namespaces.get(title.namespace);
		const name = title.interwiki === "" ? namespace?.name : namespace?.canonicalName;
		return (name ?? "").replaceAll(" ", "_");
	}

	prefixedText(title: Title): string {
		return this.prefixedKey(title).replaceAll("_", " ");
	}

	prefixedKey(title: Title): string {
		const name = this.namespaceText(title);
		const local = name === "" ? title.dbKey : `${name}:${title.dbKey}`;
		return title.interwiki === "" ? local : `${title.interwiki}:${local}`;
	}

	equal(a: Title, b: Title): boolean {
		return a.interwiki === b.interwiki && a.namespace === b.namespace && a.dbKey === b.dbKey;
	}
}

function isRelative(dbKey: string): boolean {
	return /^\.\.?$|^\.\.?\/|\/\.\.?\/|\/\.\.?$/.test(dbKey);
}

/** IPUtils::sanitizeIP: an IPv4 address without leading zeros; an IPv6 address in full and in capitals. */
function cleanAddress(dbKey: string): string {
	if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(dbKey)) {
		const numbers = dbKey.split(".").map(Number);
		return numbers.every((number) => number <= 255) ? numbers.join(".") : dbKey;
	}
	if (!/^[0-9a-f:]*:[0-9a-f:]*$/i.test(dbKey)) return dbKey;
	const [head = "", tail, extra] = dbKey.split("::");
	const words = (text: string): string[] => (text === "" ? [] : text.split(":"));
	const left = words(head);
	const right = words(tail ?? "");
	const isShort = tail !== undefined && left.length + right.length < 8;
	if (extra !== undefined || !(isShort || (tail === undefined && left.length === 8))) return dbKey;
	const all = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
	if (!all.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return dbKey;
	return all.map((word) => word.toUpperCase().replace(/^0+(?=.)/, "")).join(":");
}
