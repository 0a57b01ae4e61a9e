/**
 * Reads --data: a JSON file, or a folder with data.json and the texts of pages beside it, named as
 * pages/A b.wikitext (A b), templates/A.wikitext (Template:A), messages/A.wikitext (MediaWiki:A).
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type OfflineData, type PageData, parseData } from "./data.ts";

const FOLDERS: readonly (readonly [folder: string, prefix: string])[] = [
	["pages", ""],
	["templates", "Template:"],
];
const TEXT = /\.(?:wikitext|txt)$/;

/** Throws DataError, and Node's error when there is no such file. */
export function readData(path: string): OfflineData {
	if (!statSync(path).isDirectory()) return parseData(readFileSync(path, "utf8"), path);
	const file = join(path, "data.json");
	const data = existsSync(file) ? parseData(readFileSync(file, "utf8"), file) : {};
	const pages = Object.create(null) as Record<string, PageData | string | null>;
	for (const [folder, prefix] of FOLDERS) {
		for (const [name, text] of textsUnder(join(path, folder))) pages[prefix + name] = text;
	}
	const messages = Object.create(null) as Record<string, string | null>;
	for (const [name, text] of textsUnder(join(path, "messages"))) {
		messages[name[0]!.toLowerCase() + name.slice(1)] = text;
		pages[`MediaWiki:${name}`] = text;
	}
	return { ...data, pages: { ...pages, ...data.pages }, messages: { ...messages, ...data.messages } };
}

function textsUnder(folder: string): [name: string, text: string][] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter((path) => TEXT.test(path) && statSync(join(folder, path)).isFile())
		.sort()
		.map((path) => {
			const name = relative(folder, join(folder, path)).split(sep).join("/").replace(TEXT, "");
			return [name, readFileSync(join(folder, path), "utf8")];
		});
}
