/**
 * Runs functions of modules without MediaWiki, in this process: what bin/lua-run, a debugger or a profiler
 * starts. A run has a session of its own; `OfflineRun` shows it before anything runs in it.
 */
import { join } from "node:path";
import { beginSession } from "../engine/api.ts";
import { ModuleFolder } from "../host/module-folder.ts";
import { ownTree, type ScribuntoTree, treeAt } from "../host/tree.ts";
import type { PeerSession } from "../peer/peer.ts";
import { Knowledge, MissingDataError, type OfflineData } from "./data.ts";
import { OfflineEngine } from "./engine.ts";
import { type Argument, frameArguments, ParserFrame } from "./frame.ts";
import { toBytes, toText } from "./php-array.ts";
import { failureOf, ScriptError, type ScriptFailure } from "./script-failure.ts";
import { Wiki } from "./wiki.ts";

export interface OfflineOptions {
	/** This package's folder: its own small tree of libraries lies there. */
	readonly packageRoot: string;
	/** The folder of the modules. */
	readonly modules: string;
	/** Scribunto's folder, or its includes; without it the package's own libraries are used. */
	readonly scribunto?: string | undefined;
	readonly data?: OfflineData | undefined;
	/** Arguments of the template that #invoke stands in. Texts are Unicode. */
	readonly parentArgs?: readonly Argument[] | undefined;
	/** The page that is viewed. */
	readonly title?: string | undefined;
	/** The time of the view, in milliseconds since 1970. */
	readonly time?: number | undefined;
	/** Texts (bytes) in place of files, by the module's name: what an editor has not saved. */
	readonly texts?: ReadonlyMap<string, string> | undefined;
}

export interface OfflineCall {
	/** The module's name, without its namespace. */
	readonly module: string;
	readonly functionName: string;
	readonly args?: readonly Argument[] | undefined;
}

export interface OfflineResult {
	/** What the function returned, in bytes; undefined when it failed. */
	readonly output: string | undefined;
	readonly failure: ScriptFailure | undefined;
	/** What was written by mw.log, in bytes. */
	readonly log: string;
	readonly warnings: readonly string[];
	/** Errors that were shown in the middle of the output: of modules that wikitext called. */
	readonly shownFailures: readonly ScriptFailure[];
	/** What the data does not tell, each once: errors of that kind can be caught by modules. */
	readonly missing: readonly string[];
}

/** There is no Scribunto in the folder that was named. */
export class NoScribuntoError extends Error {
	override readonly name = "NoScribuntoError";
}

const DEFAULT_TITLE = "Main Page";

export class OfflineRun {
	readonly engine: OfflineEngine;
	readonly wiki: Wiki;
	readonly #knowledge: Knowledge;
	readonly #page: ParserFrame;
	#isLoaded = false;

	/** Throws NoScribuntoError, and Node's error when there is no folder of modules. */
	constructor(options: OfflineOptions) {
		const { packageRoot, modules, scribunto, data = {}, parentArgs = [], texts } = options;
		const tree = scribunto === undefined ? ownTree(packageRoot) : scribuntoTree(scribunto);
		const time = options.time ?? (data.time === undefined ? Date.now() : Date.parse(data.time));
		this.#knowledge = new Knowledge(data);
		const title = options.title ?? data.title ?? DEFAULT_TITLE;
		this.wiki = new Wiki(this.#knowledge, new ModuleFolder(modules, texts), title, time);
		beginSession(undefined);
		this.engine = new OfflineEngine(tree, this.wiki);
		this.#page = new ParserFrame(this.wiki.title, undefined, frameArguments(bytesOf(parentArgs)));
	}

	/** The state that the modules run in. */
	get session(): PeerSession {
		return this.engine.conversation.session;
	}

	/**
	 * Loads the libraries, once. A failure of these is thrown: it is none of a module. Throws a ScriptError where the
	 * data lacks what they need.
	 */
	load(): void {
		if (this.#isLoaded) return;
		try {
			this.engine.conversation.run(() => this.engine.load());
		} catch (thrown) {
			if (!(thrown instanceof MissingDataError)) throw thrown;
			throw new ScriptError(`Lua error: ${toText(thrown.message)}.`);
		}
		this.#isLoaded = true;
	}

	/** Calls a function as #invoke does. */
	call({ module, functionName, args = [] }: OfflineCall): OfflineResult {
		const { engine } = this;
		let output: string | undefined;
		const failure = this.#failing(() => {
			output = engine.conversation.run(() =>
				engine.invoke(toBytes(module), toBytes(functionName), this.#page, bytesOf(args)),
			);
		});
		const log = this.#isLoaded ? engine.conversation.run(() => engine.takeLog()) : "";
		const { warnings, failures: shownFailures } = engine;
		return { output, failure, log, warnings, shownFailures, missing: [...this.#knowledge.missing] };
	}

	/** What keeps a module from being compiled. (An error that `require` passes on has lost its place, as on a wiki.) */
	compile(module: string): ScriptFailure | undefined {
		const { engine } = this;
		return this.#failing(() => engine.conversation.run(() => engine.compile(toBytes(module))));
	}

	/** How an action in the loaded session fails, or the loading itself for want of data. */
	#failing(action: () => void): ScriptFailure | undefined {
		try {
			this.load();
		} catch (thrown) {
			if (!(thrown instanceof ScriptError)) throw thrown;
			return failureOf(thrown);
		}
		try {
			action();
			return undefined;
		} catch (thrown) {
			const failure = failureOf(thrown);
			if (failure === undefined) throw thrown;
			return failure;
		}
	}

	/** The frame of the page, which #invoke stands in. */
	get page(): ParserFrame {
		return this.#page;
	}
}

/** One call in a session of its own. */
export function runOffline(options: OfflineOptions & OfflineCall): OfflineResult {
	return new OfflineRun(options).call(options);
}

function scribuntoTree(folder: string): ScribuntoTree {
	for (const includes of [join(folder, "includes"), folder]) {
		const tree = treeAt(includes);
		if (tree !== undefined) return tree;
	}
	throw new NoScribuntoError(`no Scribunto in ${folder}: name the folder of the extension, or its includes`);
}

function bytesOf(args: readonly Argument[]): Argument[] {
	return args.map(({ name, value }) => ({
		name: name === undefined ? undefined : toBytes(name),
		value: toBytes(value),
	}));
}
