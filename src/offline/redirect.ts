/** Redirects: where a page's text leads to. */
import { toBytes, toText } from "./php-array.ts";
import type { Title } from "./title.ts";
import type { Wiki } from "./wiki.ts";

const REDIRECT = /^\s*#redirect\s*:?\s*\[{2}(.*?)(?:\|.*?)?\]{2}\s*/isu;

/** The title behind `#REDIRECT [[...]]`; `text` is Unicode. */
export function redirectTarget(text: string, wiki: Wiki): Title | undefined {
	const [, target] = REDIRECT.exec(text) ?? [];
	if (target === undefined || /[[\]]/.test(target)) return undefined;
	const name = target.includes("%") ? decodeUrl(target.replace(/^:/, "")) : target;
	const title = wiki.titles.fromText(toBytes(name));
	return title === undefined || title.namespace < 0 ? undefined : title;
}

function decodeUrl(text: string): string {
	return toText(
		toBytes(text).replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
			String.fromCharCode(Number.parseInt(digits, 16)),
		),
	);
}
