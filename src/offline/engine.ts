/**
 * Scribunto's LuaEngine in TypeScript: loads the libraries of a tree, gives them their callbacks, keeps the
 * frames, and calls functions of modules. The PHP of the tree (includes/engines/LuaCommon/LuaEngine.php)
 * is what it does the same as.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { ScribuntoTree } from "../host/tree.ts";
import { LuaFunctionHandle } from "../host/value.ts";
import { checkNumber, fail } from "./check.ts";
import { type Callback, type CallbackResult, Conversation, type Steps } from "./conversation.ts";
import { type Argument, frameArguments, frameArgumentsOf, ParserFrame, trim } from "./frame.ts";
import { decodeJson } from "./json.ts";
import { hashLibrary } from "./libraries/hash.ts";
import { languageLibrary } from "./libraries/language.ts";
import { messageLibrary } from "./libraries/message.ts";
import { siteLibrary } from "./libraries/site.ts";
import { reindexedAfterDecoding, textLibrary } from "./libraries/text.ts";
import { titleLibrary } from "./libraries/title.ts";
import { uriLibrary } from "./libraries/uri.ts";
import { PATTERN_LENGTH_LIMIT, ustringLibrary } from "./libraries/ustring.ts";
import { USTRING_LETTERS } from "./libraries/ustring-letters.ts";
import { MARKER_PREFIX, MARKER_SUFFIX } from "./markers.ts";
import { isArray, type PhpArray, type PhpValue, phpArray, phpText, toBytes } from "./php-array.ts";
import { escapeHtml, failureOf, ScriptError, type ScriptFailure } from "./script-failure.ts";
import { NS_MODULE, NS_TEMPLATE } from "./site.ts";
import type { Title } from "./title.ts";
import type { Wiki } from "./wiki.ts";
import { Preprocessor } from "./wikitext.ts";

const MAX_FRAMES = 100;
const MAX_TEMPLATE_DEPTH = 100;
const MAX_EXPENSIVE_CALLS = 100;
/** Where `require` looks for libraries, below lualib. */
const LIBRARY_FOLDERS = [".", "luabit", "ustring"];

interface Library {
	readonly functions: Readonly<Record<string, Callback>>;
	readonly options: PhpArray;
}

export class OfflineEngine {
	readonly wiki: Wiki;
	readonly conversation: Conversation;
	/** Texts that modules gave to mw.addWarning, in bytes. */
	readonly warnings: string[] = [];
	/** Errors of modules that were called by wikitext. */
	readonly failures: ScriptFailure[] = [];
	readonly #lualib: string;
	readonly #modules = new Map<string, LuaFunctionHandle>();
	readonly #preprocessor: Preprocessor;
	readonly #available = new Map<string, () => Library>();
	#mw: PhpArray = new Map();
	#frames = new Map<string, ParserFrame>();
	#expensiveCalls = 0;

	constructor(tree: ScribuntoTree, wiki: Wiki) {
		this.wiki = wiki;
		this.conversation = new Conversation(tree);
		this.#lualib = join(dirname(tree.mainFile), "..", "LuaCommon", "lualib");
		this.#preprocessor = new Preprocessor(wiki, (module, name, frame, args) =>
			this.#invokeInText(module, name, frame, args),
		);
		const expensive = (): void => this.#countExpensive();
		const { conversation } = this;
		const noOptions: PhpArray = new Map();
		// ORDER in which the real host registers them: each file may use those before it.
		const libraries: readonly (readonly [string, () => Library])[] = [
			["mw.site", () => siteLibrary(wiki, expensive)],
			["mw.uri", () => uriLibrary(wiki)],
			[
				"mw.ustring",
				() => {
					const limit = wiki.site.info.maxArticleSize * 1024;
					const options = phpArray({ stringLengthLimit: limit, patternLengthLimit: PATTERN_LENGTH_LIMIT });
					const patterns = ustringLibrary(conversation, limit);
					// Scribunto's own ustring has the rest in Lua.
					const hasOwn = existsSync(join(this.#lualib, "ustring"));
					return { functions: hasOwn ? patterns : { ...USTRING_LETTERS, ...patterns }, options };
				},
			],
			["mw.language", () => languageLibrary(wiki)],
			["mw.message", () => messageLibrary(wiki)],
			["mw.title", () => titleLibrary(wiki, expensive)],
			["mw.text", () => textLibrary(wiki)],
			[
				"mw.html",
				() => ({
					functions: {},
					options: phpArray({ uniqPrefix: MARKER_PREFIX, uniqSuffix: MARKER_SUFFIX }),
				}),
			],
			["mw.hash", () => ({ functions: hashLibrary(wiki), options: noOptions })],
		];
		for (const [name, make] of libraries) this.#available.set(name, make);
	}

	// -- Libraries -------------------------------------------------------------------------------

	/** Prepares the session; to be run before anything else. */
	*load(): Steps<void> {
		yield* this.#registerInterface("mwInit", { functions: {}, options: new Map() });
		const options = phpArray({ allowEnvFuncs: false });
		const mw = yield* this.#registerInterface("mw", { functions: this.#callbacks(), options });
		this.#mw = mw ?? new Map();
		for (const [name, make] of this.#available) {
			if (existsSync(join(this.#lualib, `${name}.lua`))) yield* this.#registerInterface(name, make());
		}
	}

	*#registerInterface(name: string, { functions, options }: Library): Steps<PhpArray | undefined> {
		yield* this.conversation.registerLibrary("mw_interface", functions);
		const path = join(this.#lualib, `${name}.lua`);
		const chunk = yield* this.conversation.loadString(readFileSync(path, "latin1"), `@${basename(path)}`);
		const [library] = yield* this.conversation.call(chunk);
		if (!isArray(library)) return undefined;
		const setup = library.get("setupInterface");
		if (setup instanceof LuaFunctionHandle) yield* this.conversation.call(setup, options);
		return library;
	}

	#mwFunction(name: string): LuaFunctionHandle {
		const found = this.#mw.get(name);
		if (!(found instanceof LuaFunctionHandle)) throw new Error(`mw.lua has no ${name}`);
		return found;
	}

	// -- Modules ---------------------------------------------------------------------------------

	/** `{{#invoke:module|functionName|args}}` in a frame; the result in bytes. */
	*invoke(
		module: string,
		functionName: string,
		frame: ParserFrame,
		args: readonly Argument[],
	): Steps<string> {
		const { title, text } = this.#moduleNamed(module);
		const chunk = yield* this.#moduleChunk(title, text);
		const child = new ParserFrame(title, frame, frameArguments(args), frame.open);
		return yield* this.#inFrame(child, () => this.#execute(chunk, functionName));
	}

	/** Compiles a module, as `invoke` does, and no more. */
	*compile(module: string): Steps<void> {
		const { title, text } = this.#moduleNamed(module);
		yield* this.#moduleChunk(title, text);
	}

	#moduleNamed(module: string): { readonly title: Title; readonly text: string } {
		const title = this.wiki.titles.make(NS_MODULE, module);
		const text = title === undefined ? undefined : this.wiki.moduleText(title);
		if (title === undefined || text === undefined) {
			throw new ScriptError(`Script error: No such module "${module}".`);
		}
		return { title, text };
	}

	/** #invoke in wikitext: an error is shown in its place, as in a page, and noted. */
	*#invokeInText(module: string, name: string, frame: ParserFrame, args: readonly Argument[]): Steps<string> {
		try {
			return yield* this.invoke(module, name, frame, args);
		} catch (thrown) {
			const failure = failureOf(thrown);
			if (failure === undefined) throw thrown;
			const id = `mw-scribunto-error-${this.failures.length}`;
			this.failures.push(failure);
			const text = escapeHtml(toBytes(failure.message));
			return `<strong class="error"><span class="scribunto-error" id="${id}">${text}</span></strong>`;
		}
	}

	*#execute(chunk: LuaFunctionHandle, functionName: string): Steps<string> {
		const [found, value] = yield* this.conversation.call(
			this.#mwFunction("executeModule"),
			chunk,
			functionName,
		);
		if (found !== true) {
			throw new ScriptError(
				`Script error: The module returned a ${phpText(value)} value. It is supposed to return an export table.`,
			);
		}
		if (value === undefined)
			throw new ScriptError(`Script error: The function "${functionName}" does not exist.`);
		if (!(value instanceof LuaFunctionHandle)) {
			throw new ScriptError(`Script error: "${functionName}" is not a function.`);
		}
		const [result] = yield* this.conversation.call(this.#mwFunction("executeFunction"), value);
		return phpText(result);
	}

	*#inFrame<Result>(frame: ParserFrame, steps: () => Steps<Result>): Steps<Result> {
		const before = this.#frames;
		this.#frames = new Map([["current", frame]]);
		if (frame.parent !== undefined) this.#frames.set("parent", frame.parent);
		try {
			return yield* steps();
		} finally {
			this.#frames = before;
		}
	}

	/** The environment that a module's code would run in, by a chunk that runs in it; `frame` is its current one. */
	*enter(text: string, chunkName: string, frame: ParserFrame): Steps<LuaFunctionHandle> {
		this.#frames = new Map([["current", frame]]);
		if (frame.parent !== undefined) this.#frames.set("parent", frame.parent);
		const chunk = yield* this.conversation.loadString(text, chunkName);
		yield* this.conversation.call(this.#mwFunction("executeModule"), chunk, false);
		return chunk;
	}

	*#moduleChunk(title: Title, text: string): Steps<LuaFunctionHandle> {
		const key = this.wiki.titles.prefixedKey(title);
		const known = this.#modules.get(key);
		if (known !== undefined) return known;
		const chunk = yield* this.conversation.loadString(text, `=${toBytes(key)}`);
		this.#modules.set(key, chunk);
		return chunk;
	}

	/** What modules have logged so far, in bytes. */
	*takeLog(): Steps<string> {
		const [log] = yield* this.conversation.call(this.#mwFunction("getLogBuffer"));
		return phpText(log);
	}

	/** Expands wikitext in a frame. */
	expand(text: string, frame: ParserFrame): Steps<string> {
		return this.#preprocessor.expand(text, frame);
	}

	// -- What mw.lua calls ------------------------------------------------------------------------

	#callbacks(): Readonly<Record<string, Callback>> {
		return {
			loadPackage: (name) => this.#loadPackage(name),
			loadPHPLibrary: (name) => this.#loadHostLibrary(name),
			frameExists: (id) => [id === "empty" || this.#frames.has(phpText(id))],
			newChildFrame: (id, title, args) => this.#newChildFrame(id, title, args),
			getExpandedArgument: (id, name) => {
				const value = this.#frame(id).argument(phpText(name));
				return value === undefined ? [] : [value];
			},
			getAllExpandedArguments: (id) => [this.#frame(id).args],
			expandTemplate: (id, title, args) => this.#expandTemplate(id, title, args),
			callParserFunction: (id, name, args) => this.#callParserFunction(id, name, args),
			preprocess: (id, text) => this.#preprocess(id, text),
			incrementExpensiveFunctionCount: () => {
				this.#countExpensive();
				return undefined;
			},
			isSubsting: () => [false],
			getFrameTitle: (id) => [toBytes(this.wiki.titles.prefixedText(this.#frame(id).title))],
			setTTL: (ttl) => {
				checkNumber("setTTL", 1, ttl);
				return undefined;
			},
			addWarning: (text) => {
				if (typeof text !== "string") fail("bad argument #1 to 'addWarning' (string expected)");
				this.warnings.push(phpText(text));
				return undefined;
			},
			loadJsonData: (title) => this.#loadJsonData(title),
		};
	}

	#countExpensive(): void {
		this.#expensiveCalls++;
		if (this.#expensiveCalls > MAX_EXPENSIVE_CALLS) fail("too many expensive function calls");
	}

	#frame(id: PhpValue): ParserFrame {
		if (id === "empty") return new ParserFrame(this.wiki.title, undefined, new Map());
		return this.#frames.get(phpText(id)) ?? fail("invalid frame ID");
	}

	*#loadPackage(name: PhpValue): Steps<CallbackResult> {
		if (typeof name !== "string") fail("bad argument #1 to 'loadPackage' (string expected)");
		const bytes = phpText(name);
		const path = this.#libraryPath(bytes);
		if (path !== undefined) {
			return [yield* this.conversation.loadString(readFileSync(path, "latin1"), `@${fileName(bytes)}`)];
		}
		const title = this.wiki.titles.fromText(bytes);
		if (title === undefined || title.namespace !== NS_MODULE || title.interwiki !== "") return [];
		const text = this.wiki.moduleText(title);
		if (text === undefined || /\.json$|\/doc$/.test(title.dbKey)) return [];
		return [yield* this.#moduleChunk(title, text)];
	}

	/** A library of the tree. Names that could lead elsewhere are none. */
	#libraryPath(name: string): string | undefined {
		const file = fileName(name);
		if (!/^[\w/-]+\.lua$/.test(file) || file.startsWith("/")) return undefined;
		for (const folder of LIBRARY_FOLDERS) {
			const path = join(this.#lualib, folder, file);
			if (existsSync(path)) return path;
		}
		return undefined;
	}

	*#loadHostLibrary(name: PhpValue): Steps<CallbackResult> {
		const make = this.#available.get(phpText(name));
		if (make === undefined || !existsSync(join(this.#lualib, `${phpText(name)}.lua`))) return [undefined];
		return [yield* this.#registerInterface(phpText(name), make())];
	}

	#newChildFrame(id: PhpValue, title: PhpValue, args: PhpValue): CallbackResult {
		if (this.#frames.size > MAX_FRAMES) fail("newChild: too many frames");
		const frame = this.#frame(id);
		const own = title === false ? frame.title : this.wiki.titles.fromText(phpText(title));
		if (own === undefined) return fail("newChild: invalid title");
		const child = new ParserFrame(own, frame, frameArgumentsOf(isArray(args) ? args : new Map()), frame.open);
		const name = `frame${this.#frames.size}`;
		this.#frames.set(name, child);
		return [name];
	}

	*#expandTemplate(id: PhpValue, name: PhpValue, args: PhpValue): Steps<CallbackResult> {
		const frame = this.#frame(id);
		const { titles, site } = this.wiki;
		const titleText = phpText(name);
		const title = titles.fromText(titleText, NS_TEMPLATE);
		if (title === undefined) return fail(`expandTemplate: invalid title "${titleText}"`);
		if (frame.depth >= MAX_TEMPLATE_DEPTH) fail("expandTemplate: template depth limit exceeded");
		if (!site.namespaces.get(title.namespace)?.isIncludable)
			fail("expandTemplate: template inclusion denied");
		const text = this.#preprocessor.templateText(title);
		if (text === undefined) return fail(`expandTemplate: template "${titleText}" does not exist`);
		if (frame.open.has(titles.prefixedText(title))) fail("expandTemplate: template loop detected");
		const given = frameArgumentsOf(isArray(args) ? args : new Map());
		return [yield* this.#preprocessor.expandTemplate(title, text, given, frame)];
	}

	*#callParserFunction(id: PhpValue, name: PhpValue, given: PhpValue): Steps<CallbackResult> {
		const frame = this.#frame(id);
		const entries = isArray(given) ? [...given] : [];
		const numbers = entries
			.filter(([key]) => typeof key === "number")
			.sort(([a], [b]) => Number(a) - Number(b));
		const names = entries.filter(([key]) => typeof key === "string").sort(([a], [b]) => (a < b ? -1 : 1));
		let functionName = phpText(name);
		const values: Argument[] = numbers.map(([, value]) => ({ name: undefined, value: phpText(value) }));
		const colon = functionName.indexOf(":");
		if (colon >= 0) {
			values.unshift({ name: undefined, value: trim(functionName.slice(colon + 1)) });
			functionName = functionName.slice(0, colon);
		}
		const [first, ...rest] = values;
		if (first === undefined) {
			return fail(
				"callParserFunction: At least one unnamed parameter (the parameter that comes after the colon in wikitext) must be provided",
			);
		}
		const args = [...rest, ...names.map(([key, value]) => ({ name: String(key), value: phpText(value) }))];
		const call = `${functionName}:${first.value}`;
		if (/^#invoke$/i.test(functionName)) return [yield* this.#preprocessor.call(call, args, frame)];
		return [this.#preprocessor.callFunction(functionName, call, args)];
	}

	*#preprocess(id: PhpValue, text: PhpValue): Steps<CallbackResult> {
		return [yield* this.#preprocessor.expand(phpText(text), this.#frame(id))];
	}

	#loadJsonData(name: PhpValue): CallbackResult {
		this.#countExpensive();
		const title = this.wiki.titles.fromText(phpText(name));
		const isJson =
			title !== undefined && (title.dbKey.endsWith(".json") || this.#contentModel(title) === "json");
		const text = isJson && title !== undefined ? this.#jsonText(title) : undefined;
		if (text === undefined) {
			return fail(`bad argument #1 to 'mw.loadJsonData' ('${phpText(name)}' is not a valid JSON page)`);
		}
		try {
			const value = decodeJson(text, false);
			return [isArray(value) ? reindexedAfterDecoding(value) : value];
		} catch {
			return [undefined];
		}
	}

	#contentModel(title: Title): string | undefined {
		return this.wiki.knowledge.findPage(this.wiki.titles.prefixedText(title))?.contentModel;
	}

	#jsonText(title: Title): string | undefined {
		if (title.namespace === NS_MODULE) return this.wiki.moduleText(title);
		const text = this.wiki.page(title)?.text;
		return text === undefined ? undefined : toBytes(text);
	}
}

/** What Lua does for its own loaders: dots are folders. */
function fileName(name: string): string {
	return `${name.replaceAll(".", "/")}.lua`;
}
