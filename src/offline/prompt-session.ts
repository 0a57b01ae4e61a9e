/**
 * What a prompt does with what is typed, without any input or output: chunks in the environment of a module,
 * which stays from one to the next. Names that are assigned to are the prompt's own; modules do not see them,
 * nor `js` (host/interop.ts), so that a sandboxed chunk cannot reach JavaScript.
 */
import {
	callOne,
	LuaError,
	type LuaFunction,
	type LuaState,
	LuaTable,
	type LuaValue,
	load,
	NONE,
	protectedCall,
	resultList,
	Traversal,
	toStringValue,
	traceRows,
} from "../engine/api.ts";
import { LuaFunctionHandle } from "../host/value.ts";
import type { OfflineRun } from "./run.ts";
import { isName, LUA_KEYWORDS, printValue, quoteText } from "./value-printer.ts";

/** What came of a text. `output` is in bytes. */
export type Evaluation =
	| { readonly kind: "incomplete" }
	| { readonly kind: "done" | "error"; readonly output: string };

const CHUNK_NAME = "=stdin";
/** A text that more lines could complete. */
const INCOMPLETE = /near '<eof>'$|<eof>'$/;

/** Runs a chunk and notes its results. No method: the stack is read off V8's, which hides strict code. */
function makeEvaluator(state: LuaState, note: (output: string, isError: boolean) => void) {
	return (chunk: LuaFunction): LuaFunction =>
		state.builtin("evaluate", () => {
			const outcome = protectedCall(chunk);
			if (outcome.ok) note(resultList(outcome.results).map(shown).join("\t"), false);
			else note(errorText(outcome.error), true);
			return NONE;
		});
}

/** Values that say themselves what they are do so. */
function shown(value: LuaValue): string {
	const metatable = value instanceof LuaTable ? value.metatable : undefined;
	const describe = metatable?.getName("__tostring");
	if (describe === undefined) return printValue(value);
	const outcome = protectedCall(describe, value);
	const text = outcome.ok ? resultList(outcome.results)[0] : undefined;
	return typeof text === "string" ? text : printValue(value);
}

function errorText(error: LuaError): string {
	const text = toStringValue(error.value) ?? printValue(error.value);
	const rows = traceRows(error)
		.filter(({ what }) => what !== "tail")
		.map(({ short_src, currentline, name, what }) => {
			const place = currentline > 0 ? `${short_src}:${currentline}` : short_src;
			return `    ${place}: ${name !== undefined && name !== "" ? `in function "${name}"` : what === "main" ? "in main chunk" : "?"}`;
		});
	return [text, ...rows].join("\n");
}

export class PromptSession {
	readonly #run: OfflineRun;
	readonly #environment = new LuaTable();
	readonly #evaluator: (chunk: LuaFunction) => LuaFunction;
	#output = "";
	#isError = false;
	/** How much of the log was taken. */
	#logged = 0;

	/** `print` gets what chunks print, in bytes. */
	constructor(run: OfflineRun, print: (bytes: string) => void) {
		this.#run = run;
		run.load();
		const { engine, session } = run;
		const entered = engine.conversation.run(() => engine.enter("", CHUNK_NAME, run.page));
		const modules = session.chunk(entered.id)!.env;
		const { state } = session;
		const metatable = new LuaTable();
		metatable.setStr("__index", modules);
		this.#environment.metatable = metatable;
		const tostring = modules.getStr("tostring");
		this.#environment.setStr(
			"print",
			state.builtin("print", (...values) => {
				print(`${values.map((value) => toStringValue(callOne(tostring, value)) ?? "").join("\t")}\n`);
				return NONE;
			}),
		);
		this.#evaluator = makeEvaluator(state, (output, isError) => {
			this.#output = output;
			this.#isError = isError;
		});
	}

	/** A name that only the prompt sees. */
	define(name: string, value: LuaValue): void {
		this.#environment.setStr(name, value);
	}

	get state(): LuaState {
		return this.#run.session.state;
	}

	/** Loads a module as `p`, as the console of a wiki does. */
	loadModule(module: string): Evaluation {
		return this.evaluate(`p = require(${quoteText(module)})`);
	}

	/** An expression's values are the output, a statement has none. `text` is in bytes. */
	evaluate(text: string): Evaluation {
		const chunk = this.#compile(text);
		if (!(typeof chunk === "object" && "env" in chunk)) return chunk;
		const { session, engine } = this.#run;
		const id = session.idOf(this.#evaluator(chunk));
		this.#output = "";
		this.#isError = false;
		engine.conversation.run(() => engine.conversation.call(new LuaFunctionHandle(0, id)));
		return { kind: this.#isError ? "error" : "done", output: this.#output };
	}

	/** What modules have logged since it was asked for last, in bytes. */
	takeLog(): string {
		const { engine } = this.#run;
		const log = engine.conversation.run(() => engine.takeLog());
		const fresh = log.slice(this.#logged);
		this.#logged = log.length;
		return fresh;
	}

	#compile(text: string): LuaFunction | Evaluation {
		const { state } = this.#run.session;
		state.activate();
		let message = "";
		// What can be both is an expression, as in `f()`.
		for (const source of [`return ${text.replace(/^\s*=/, "")}`, text]) {
			try {
				const chunk = load(state, source, CHUNK_NAME);
				chunk.env = this.#environment;
				return chunk;
			} catch (error) {
				if (!(error instanceof LuaError)) throw error;
				message = toStringValue(error.value) ?? "";
				if (INCOMPLETE.test(message) && text.trim() !== "") return { kind: "incomplete" };
			}
		}
		return { kind: "error", output: message };
	}

	/** The names that could follow at the end of a line, and the part of the line that they replace. */
	complete(line: string): readonly [names: readonly string[], part: string] {
		const [path = ""] = /[A-Za-z_][\w.:]*$/.exec(line) ?? [];
		const parts = path.split(/[.:]/);
		const start = parts.pop() ?? "";
		let table: LuaValue = this.#environment;
		for (const name of parts) table = this.#field(table, name);
		const names = new Set<string>();
		for (const owner of this.#owners(table)) {
			for (const entries = new Traversal(owner); entries.advance(); ) {
				const { key } = entries;
				if (typeof key === "string" && isName(key) && key.startsWith(start)) names.add(key);
			}
		}
		if (parts.length === 0) for (const word of LUA_KEYWORDS) if (word.startsWith(start)) names.add(word);
		const prefix = path.slice(0, path.length - start.length);
		return [[...names].sort().map((name) => prefix + name), path];
	}

	/** A field without running anything: a completion must change nothing. */
	#field(value: LuaValue, name: string): LuaValue {
		for (const owner of this.#owners(value)) {
			const field = owner.getStr(name);
			if (field !== undefined) return field;
		}
		return undefined;
	}

	/** A table and those that its metatables lead to. */
	*#owners(value: LuaValue): Generator<LuaTable> {
		let owner = typeof value === "string" ? this.state.stringMetatable?.getName("__index") : value;
		for (let depth = 0; owner instanceof LuaTable && depth < 10; depth++) {
			yield owner;
			owner = owner.metatable?.getName("__index");
		}
	}
}
