/**
 * The little of MediaWiki's preprocessor that can be had without MediaWiki: {{{arguments}}}, templates of the
 * data, #invoke, comments, and which parts of a template count where it is included. Anything else (parser
 * functions, magic words, tags of extensions) comes from "wikitext" in the data, by the text of the call, or
 * is an error that says so. Texts are bytes.
 */
import { fail } from "./check.ts";
import type { Steps } from "./conversation.ts";
import { type Argument, frameArguments, ParserFrame, trim } from "./frame.ts";
import { type Language, lowerCase, upperCase } from "./language.ts";
import { toBytes, toLetters, toText } from "./php-array.ts";
import { NS_TEMPLATE } from "./site.ts";
import type { Title } from "./title.ts";
import type { Wiki } from "./wiki.ts";

const MAX_DEPTH = 100;
const MAX_LENGTH = 2 * 1024 * 1024;

/** Calls a function of a module. */
export type Invoke = (
	module: string,
	functionName: string,
	frame: ParserFrame,
	args: readonly Argument[],
) => Steps<string>;

/** Names that mean something to MediaWiki without being templates. */
const MAGIC_WORD =
	/^(?:[A-Z]*PAGENAMEE?|[A-Z]*SPACE(?:E|NUMBER)?|(?:CURRENT|LOCAL)[A-Z0-9]+|REVISION[A-Z0-9]+|NUMBEROF[A-Z]+|SITENAME|SERVER(?:NAME)?|SCRIPTPATH|STYLEPATH|CONTENTLANG(?:UAGE)?|PAGEID|PAGELANGUAGE|DIRECTIONMARK|DIRMARK|!|=|CASCADINGSOURCES)$/;
const FUNCTION_CALL = /^\s*(#[^:{}|]+|[A-Za-z]+)\s*:/;
const FUNCTIONS_WITHOUT_HASH = new Set(
	(
		"ns nse urlencode lcfirst ucfirst lc uc localurl localurle fullurl fullurle canonicalurl canonicalurle formatnum " +
		"grammar gender plural bidi padleft padright anchorencode defaultsort filepath int displaytitle pagesincategory " +
		"pagesize protectionlevel protectionexpiry numberingroup pagesinnamespace namespace talkspace subjectspace pagename fullpagename raw msg subst safesubst msgnw"
	).split(" "),
);
const TAG =
	/<(nowiki|pre|gallery|indicator|langconvert|ref|references|poem|math|chem|ce|source|syntaxhighlight|templatestyles|templatedata|score|timeline|hiero|imagemap|inputbox|categorytree|section)\b[^<>]*?(?:\/>|>[\s\S]*?<\/\1\s*>)/i;

const LETTER_FUNCTIONS: Readonly<Record<string, (text: string, language: Language) => string>> = {
	__proto__: null as never,
	lc: lowerCase,
	uc: upperCase,
	lcfirst: (text, language) => language.lowerFirst(text),
	ucfirst: (text, language) => language.upperFirst(text),
};

/** The text between matching braces, and where it ends. */
interface Braces {
	readonly inner: string;
	readonly count: 2 | 3;
	readonly start: number;
	readonly end: number;
}

export class Preprocessor {
	readonly #wiki: Wiki;
	readonly #invoke: Invoke;

	constructor(wiki: Wiki, invoke: Invoke) {
		this.#wiki = wiki;
		this.#invoke = invoke;
	}

	/** Expands a text in a frame. */
	*expand(text: string, frame: ParserFrame): Steps<string> {
		const plain = text.replace(/\r\n?/g, "\n").replace(/<!--[\s\S]*?(?:-->|$)/g, "");
		return yield* this.#expanded(frame.depth > 0 ? included(plain) : plain, frame);
	}

	*#expanded(text: string, frame: ParserFrame): Steps<string> {
		if (frame.depth > MAX_DEPTH) fail("expandTemplate: template depth limit exceeded");
		let output = "";
		let rest = yield* this.#withoutTags(text);
		for (;;) {
			const braces = innermostFirst(rest);
			if (braces === undefined) return output + rest;
			output += rest.slice(0, braces.start);
			rest = rest.slice(braces.end);
			output +=
				braces.count === 3
					? yield* this.#argument(braces.inner, frame)
					: yield* this.#call(braces.inner, frame);
			if (output.length > MAX_LENGTH) fail("preprocess: the text has become too large");
		}
	}

	*#withoutTags(text: string): Steps<string> {
		const match = TAG.exec(text);
		if (match === null) return text;
		const known = this.#known(match[0], `the tag <${match[1]}>`);
		const rest = yield* this.#withoutTags(text.slice(match.index + match[0].length));
		return text.slice(0, match.index) + known + rest;
	}

	/** `{{{name|default}}}`. */
	*#argument(inner: string, frame: ParserFrame): Steps<string> {
		const [name = "", otherwise] = splitParts(inner);
		const value = frame.argument(trim(yield* this.#expanded(name, frame)));
		if (value !== undefined) return value;
		return otherwise === undefined ? `{{{${inner}}}}` : yield* this.#expanded(otherwise, frame);
	}

	/** `{{name|arguments}}`. */
	*#call(inner: string, frame: ParserFrame): Steps<string> {
		const [first = "", ...parts] = splitParts(inner);
		const name = trim(yield* this.#expanded(first, frame));
		const args: Argument[] = [];
		for (const part of parts) {
			const at = equalsSign(part);
			if (at < 0) args.push({ name: undefined, value: yield* this.#expanded(part, frame) });
			else {
				const argumentName = yield* this.#expanded(part.slice(0, at), frame);
				args.push({ name: argumentName, value: yield* this.#expanded(part.slice(at + 1), frame) });
			}
		}
		return yield* this.call(name, args, frame);
	}

	/** A template, a parser function or a magic word, with expanded arguments. */
	*call(name: string, args: readonly Argument[], frame: ParserFrame): Steps<string> {
		const invoked = /^#invoke\s*:(.*)$/is.exec(name);
		if (invoked !== null) {
			const [functionName, ...rest] = args;
			if (functionName === undefined) fail("Script error: You must specify a function to call.");
			const text =
				functionName.name === undefined ? functionName.value : `${functionName.name}=${functionName.value}`;
			return yield* this.#invoke(trim(invoked[1]!), trim(text), frame, rest);
		}
		if (name === "!") return "|";
		if (name === "=") return "=";
		const functionName = FUNCTION_CALL.exec(name)?.[1];
		const isFunction =
			functionName !== undefined &&
			(functionName.startsWith("#") || FUNCTIONS_WITHOUT_HASH.has(functionName.toLowerCase()));
		if (isFunction) return this.callFunction(functionName, name, args);
		if (MAGIC_WORD.test(name) && !this.#wiki.knowledge.findPage(`Template:${name}`))
			return this.#known(callText(name, args), `the magic word "${name}"`);
		const title = this.#wiki.titles.fromText(name, NS_TEMPLATE);
		if (title === undefined) return callText(name, args);
		const text = this.templateText(title);
		const prefixed = this.#wiki.titles.prefixedText(title);
		if (text === undefined) return toBytes(`[[:${prefixed}]]`);
		if (frame.open.has(prefixed)) {
			return toBytes(`<span class="error">Template loop detected: [[:${prefixed}]]</span>`);
		}
		return yield* this.expandTemplate(title, text, frameArguments(args), frame);
	}

	/** A parser function: those that only change letters, and what the data knows. `name` has its first argument. */
	callFunction(functionName: string, name: string, args: readonly Argument[]): string {
		const change = LETTER_FUNCTIONS[functionName.toLowerCase()];
		if (change === undefined || args.length > 0) {
			return this.#known(callText(name, args), `the parser function "${toText(functionName)}"`);
		}
		const text = toLetters(trim(name.slice(name.indexOf(":") + 1)));
		return toBytes(change(text, this.#wiki.contentLanguage));
	}

	*expandTemplate(title: Title, text: string, args: ParserFrame["args"], frame: ParserFrame): Steps<string> {
		const open = new Set([...frame.open, this.#wiki.titles.prefixedText(title)]);
		return yield* this.expand(text, new ParserFrame(title, frame, args, open));
	}

	/** A template's text in bytes; undefined where there is no such page. */
	templateText(title: Title): string | undefined {
		const page = this.#wiki.page(title);
		return page?.text === undefined ? undefined : toBytes(page.text);
	}

	/** What the data knows of a call, by its text. */
	#known(call: string, what: string): string {
		const { knowledge } = this.#wiki;
		const text = toText(call);
		const known = knowledge.own(knowledge.data.wikitext, text);
		if (known !== undefined) return toBytes(known);
		const shown = text.length > 200 ? `${text.slice(0, 200)}...` : text;
		throw knowledge.missingError(
			what,
			`put its result into "wikitext" of the --data file, under the key ${JSON.stringify(shown)}`,
		);
	}
}

/** A call as it would stand in a page: the key of "wikitext". */
function callText(name: string, args: readonly Argument[]): string {
	const parts = args.map((argument) =>
		argument.name === undefined ? argument.value : `${argument.name}=${argument.value}`,
	);
	return `{{${[name, ...parts].join("|")}}}`;
}

/** The part of a page that counts where it is included. */
function included(text: string): string {
	const only = [...text.matchAll(/<onlyinclude\s*>([\s\S]*?)(?:<\/onlyinclude\s*>|$)/gi)];
	if (only.length > 0) return only.map(([, part]) => part).join("");
	return text
		.replace(/<noinclude\b[^<>]*?(?:\/>|>[\s\S]*?(?:<\/noinclude\s*>|$))/gi, "")
		.replace(/<\/?includeonly\b[^<>]*>/gi, "");
}

/** The first group of braces that is closed, outermost: three braces are an argument, two a call. */
function innermostFirst(text: string): Braces | undefined {
	const open: { at: number; count: number }[] = [];
	let found: Braces | undefined;
	for (let i = 0; i < text.length; ) {
		const run = /^(?:\{{2,}|\}{2,})/.exec(text.slice(i, i + 64))?.[0];
		if (run === undefined) {
			i++;
			continue;
		}
		if (run.startsWith("{")) {
			open.push({ at: i, count: run.length });
			i += run.length;
			continue;
		}
		let left = run.length;
		while (left >= 2 && open.length > 0) {
			const last = open.at(-1)!;
			const count = Math.min(left, last.count, 3) as 2 | 3;
			if (count < 2) break;
			const start = last.at + last.count - count;
			const end = i + run.length - left + count;
			last.count -= count;
			left -= count;
			if (last.count < 2) open.pop();
			found = { inner: text.slice(start + count, end - count), count, start, end };
			if (open.length === 0) return found;
		}
		i += run.length;
	}
	return found;
}

/** Parts between bars that stand outside of braces and links. */
function splitParts(inner: string): string[] {
	const parts: string[] = [];
	let depth = 0;
	let start = 0;
	for (let i = 0; i < inner.length; i++) {
		const pair = inner.slice(i, i + 2);
		if (pair === "{{" || pair === "[[") {
			depth++;
			i++;
		} else if (pair === "}}" || pair === "]]") {
			depth--;
			i++;
		} else if (inner[i] === "|" && depth <= 0) {
			parts.push(inner.slice(start, i));
			start = i + 1;
		}
	}
	parts.push(inner.slice(start));
	return parts;
}

/** The first equals sign outside of braces and links, -1 without one. */
function equalsSign(part: string): number {
	let depth = 0;
	for (let i = 0; i < part.length; i++) {
		const pair = part.slice(i, i + 2);
		if (pair === "{{" || pair === "[[") depth++;
		else if (pair === "}}" || pair === "]]") depth--;
		else if (part[i] === "=" && depth <= 0) return i;
	}
	return -1;
}
