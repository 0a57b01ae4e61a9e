// The Debug Adapter Protocol, spoken with one client at a time on a thread of its own. What it can
// answer without the program it answers itself, above all breakpoints: the program may be waiting for
// PHP. Questions about variables and the stack go to the program, which has stopped then.

import { basename } from "node:path";
import {
	BreakpointEvent,
	Breakpoint as DapBreakpoint,
	DebugSession,
	ExitedEvent,
	InitializedEvent,
	LoadedSourceEvent,
	OutputEvent,
	Scope,
	Source,
	StackFrame,
	StoppedEvent,
	TerminatedEvent,
	Thread,
	Variable,
} from "@vscode/debugadapter";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { type BreakpointRequest, hitTest, lineWithCode } from "./breakpoints.ts";
import type { Resumption } from "./debugger.ts";
import type { Answer, Query, ToAdapter, ToProgram } from "./link.ts";
import { type LoadedChunk, SourceMap } from "./sources.ts";

/** The one thread of a Lua program. */
const THREAD = new Thread(1, "Lua");

/** What a client may say with `attach` or `launch`. */
interface StartArguments extends DebugProtocol.LaunchRequestArguments, DebugProtocol.AttachRequestArguments {
	/** With `launch`: a Lua file and its arguments, a recording, or a function of a module. */
	readonly program?: string;
	readonly args?: readonly string[];
	readonly recording?: string;
	/** Arguments of lua-run. */
	readonly run?: readonly string[];
	readonly stopOnEntry?: boolean;
	/** Look at Scribunto's own libraries too. */
	readonly libraries?: boolean;
	/** Folders with the texts of modules. */
	readonly modules?: string | readonly string[];
}

/** A breakpoint of the client's. */
interface Wanted {
	readonly id: number;
	readonly line: number;
	readonly source: DebugProtocol.SourceBreakpoint;
}

export class Adapter extends DebugSession {
	readonly #send: (message: ToProgram) => void;
	readonly #sources: SourceMap;
	/** Breakpoints by the client's name of the source: a path, or a reference as text. */
	readonly #wanted = new Map<string, Wanted[]>();
	readonly #waiting = new Map<number, (answer: Answer) => void>();
	#nextId = 1;
	#nextQuery = 1;
	#isStopped = false;
	#exceptionText = "";
	#start: StartArguments = {};

	/** `chunks` are those that were loaded before this client came. */
	constructor(folder: string, chunks: readonly LoadedChunk[], send: (message: ToProgram) => void) {
		super();
		this.#send = send;
		this.#sources = new SourceMap(folder);
		for (const chunk of chunks) this.#sources.add(chunk);
		this.setDebuggerLinesStartAt1(true);
		this.setDebuggerColumnsStartAt1(true);
		this.on("error", () => {}); // a client that has gone
	}

	// -- From the program ---------------------------------------------------------------------

	tell(message: ToAdapter): void {
		switch (message.kind) {
			case "loaded": {
				const { chunk: name, title, text, lines } = message;
				const chunk = this.#sources.add({ name, title, text, lines });
				this.#place(chunk, true);
				this.sendEvent(new LoadedSourceEvent("new", this.#sourceOf(chunk)));
				return;
			}
			case "stopped": {
				this.#isStopped = true;
				this.#exceptionText = message.text ?? "";
				const event: DebugProtocol.StoppedEvent = new StoppedEvent(message.reason, THREAD.id, message.text);
				event.body.hitBreakpointIds = [...message.breakpoints];
				event.body.allThreadsStopped = true;
				this.sendEvent(event);
				return;
			}
			case "output":
				this.sendEvent(new OutputEvent(message.text, "console"));
				return;
			case "answer": {
				const resolve = this.#waiting.get(message.id);
				this.#waiting.delete(message.id);
				resolve?.(message.answer);
				return;
			}
			case "ended":
				this.sendEvent(new ExitedEvent(message.status));
				this.sendEvent(new TerminatedEvent());
				return;
		}
	}

	// -- Beginning and end --------------------------------------------------------------------

	protected override dispatchRequest(request: DebugProtocol.Request): void {
		// The protocol's default, which the library refuses when it is not said.
		if (request.command === "initialize") request.arguments = { pathFormat: "path", ...request.arguments };
		super.dispatchRequest(request);
	}

	protected override initializeRequest(response: DebugProtocol.InitializeResponse): void {
		response.body = {
			supportsConfigurationDoneRequest: true,
			supportsConditionalBreakpoints: true,
			supportsHitConditionalBreakpoints: true,
			supportsLogPoints: true,
			supportsEvaluateForHovers: true,
			supportsSetVariable: true,
			supportsLoadedSourcesRequest: true,
			supportsBreakpointLocationsRequest: true,
			supportsExceptionInfoRequest: true,
			supportsTerminateRequest: true,
			supportTerminateDebuggee: true,
			exceptionBreakpointFilters: [
				{ filter: "uncaught", label: "Errors that nothing catches", default: true },
				{ filter: "all", label: "All errors" },
			],
		};
		this.sendResponse(response);
	}

	protected override attachRequest(response: DebugProtocol.AttachResponse, args: StartArguments): void {
		this.#begin(args);
		this.sendResponse(response);
		this.sendEvent(new InitializedEvent());
	}

	protected override launchRequest(response: DebugProtocol.LaunchResponse, args: StartArguments): void {
		this.#begin(args);
		this.sendResponse(response);
		this.sendEvent(new InitializedEvent());
	}

	#begin(args: StartArguments): void {
		this.#start = args;
		const { modules = [] } = args;
		this.#sources.modules = typeof modules === "string" ? [modules] : modules;
	}

	protected override configurationDoneRequest(response: DebugProtocol.ConfigurationDoneResponse): void {
		this.sendResponse(response);
		this.#send({
			kind: "begin",
			stopsAtEntry: this.#start.stopOnEntry === true,
			looksAtLibraries: this.#start.libraries === true,
			launch: {
				program: textOrNothing(this.#start.program),
				args: Array.isArray(this.#start.args) ? this.#start.args.map(String) : [],
				recording: textOrNothing(this.#start.recording),
				run: Array.isArray(this.#start.run) ? this.#start.run.map(String) : undefined,
			},
		});
	}

	protected override disconnectRequest(
		response: DebugProtocol.DisconnectResponse,
		args: DebugProtocol.DisconnectArguments,
	): void {
		this.sendResponse(response);
		this.#send({ kind: args?.terminateDebuggee === true ? "end" : "gone" });
		this.stop();
	}

	protected override terminateRequest(response: DebugProtocol.TerminateResponse): void {
		this.sendResponse(response);
		this.#send({ kind: "end" });
	}

	/** The library's would end the process: another client may come. */
	override shutdown(): void {}

	// -- Breakpoints ---------------------------------------------------------------------------

	protected override setBreakPointsRequest(
		response: DebugProtocol.SetBreakpointsResponse,
		{ source, breakpoints = [] }: DebugProtocol.SetBreakpointsArguments,
	): void {
		const key = keyOf(source);
		if (source.path !== undefined && !source.sourceReference) this.#sources.notePath(source.path);
		this.#wanted.set(
			key,
			breakpoints.map((each) => ({ id: this.#nextId++, line: each.line, source: each })),
		);
		const chunks = this.#sources.all.filter((chunk) => this.#isMeant(key, chunk));
		for (const chunk of chunks) this.#place(chunk, false);
		const list = this.#wanted.get(key) ?? [];
		response.body = { breakpoints: list.map((wanted) => this.#stateOf(wanted, chunks[0])) };
		this.sendResponse(response);
	}

	/** Tells the program of all breakpoints in a chunk, and the client of those that are new there. */
	#place(chunk: LoadedChunk, isNew: boolean): void {
		const requests: BreakpointRequest[] = [];
		for (const [key, list] of this.#wanted) {
			if (!this.#isMeant(key, chunk)) continue;
			for (const wanted of list) {
				const line = lineWithCode(chunk.lines, wanted.line);
				const { condition, hitCondition, logMessage } = wanted.source;
				if (hitTest(hitCondition) === undefined) continue;
				if (line !== undefined) requests.push({ id: wanted.id, line, condition, hitCondition, logMessage });
				if (isNew) this.sendEvent(new BreakpointEvent("changed", this.#stateOf(wanted, chunk)));
			}
		}
		this.#send({ kind: "breakpoints", chunk: chunk.name, requests });
		if (isNew) this.#send({ kind: "placed", chunk: chunk.name });
	}

	#isMeant(key: string, chunk: LoadedChunk): boolean {
		return key === String(chunk.reference) || this.#sources.isFileOf(key, chunk);
	}

	#stateOf({ id, line, source }: Wanted, chunk: LoadedChunk | undefined): DebugProtocol.Breakpoint {
		const state: DebugProtocol.Breakpoint = new DapBreakpoint(false, line);
		state.id = id;
		const found = chunk === undefined ? undefined : lineWithCode(chunk.lines, line);
		if (hitTest(source.hitCondition) === undefined) state.message = "a hit condition is a number";
		else if (chunk === undefined) state.message = "not loaded yet";
		else if (found === undefined) state.message = "no code from here on";
		else {
			state.verified = true;
			state.line = found;
		}
		return state;
	}

	protected override breakpointLocationsRequest(
		response: DebugProtocol.BreakpointLocationsResponse,
		args: DebugProtocol.BreakpointLocationsArguments,
	): void {
		const key = keyOf(args.source);
		const chunk = this.#sources.all.find((each) => this.#isMeant(key, each));
		const lines = chunk?.lines ?? [];
		const wanted = lines.filter((line) => line >= args.line && line <= (args.endLine ?? args.line));
		response.body = { breakpoints: wanted.map((line) => ({ line })) };
		this.sendResponse(response);
	}

	protected override setExceptionBreakPointsRequest(
		response: DebugProtocol.SetExceptionBreakpointsResponse,
		{ filters }: DebugProtocol.SetExceptionBreakpointsArguments,
	): void {
		const what = filters.includes("all") ? "all" : filters.includes("uncaught") ? "uncaught" : "none";
		this.#send({ kind: "catches", what });
		this.sendResponse(response);
	}

	protected override exceptionInfoRequest(response: DebugProtocol.ExceptionInfoResponse): void {
		response.body = { exceptionId: "Lua error", description: this.#exceptionText, breakMode: "always" };
		this.sendResponse(response);
	}

	// -- Going on ------------------------------------------------------------------------------

	#resume(response: DebugProtocol.Response, how: Resumption): void {
		if (!this.#isStopped) {
			this.#refuse(response, "the program runs");
			return;
		}
		this.#isStopped = false;
		this.sendResponse(response);
		this.#send({ kind: "resume", how });
	}

	protected override continueRequest(response: DebugProtocol.ContinueResponse): void {
		response.body = { allThreadsContinued: true };
		this.#resume(response, "continue");
	}

	protected override nextRequest(response: DebugProtocol.NextResponse): void {
		this.#resume(response, "over");
	}

	protected override stepInRequest(response: DebugProtocol.StepInResponse): void {
		this.#resume(response, "into");
	}

	protected override stepOutRequest(response: DebugProtocol.StepOutResponse): void {
		this.#resume(response, "out");
	}

	protected override pauseRequest(response: DebugProtocol.PauseResponse): void {
		this.#send({ kind: "pause" });
		this.sendResponse(response);
	}

	// -- Looking -------------------------------------------------------------------------------

	protected override threadsRequest(response: DebugProtocol.ThreadsResponse): void {
		response.body = { threads: [THREAD] };
		this.sendResponse(response);
	}

	/** Asks the program; what cannot be answered is an error of the request. */
	#ask(response: DebugProtocol.Response, query: Query, then: (answer: Answer) => void): void {
		if (!this.#isStopped) {
			this.#refuse(response, "the program runs");
			return;
		}
		const id = this.#nextQuery++;
		this.#waiting.set(id, (answer) => {
			if ("error" in answer) this.#refuse(response, answer.error);
			else then(answer);
		});
		this.#send({ kind: "query", id, query });
	}

	#refuse(response: DebugProtocol.Response, reason: string): void {
		// A variable, since braces in the format would mean something; "_": no personal data.
		const variables = { _reason: reason };
		this.sendErrorResponse(response, { id: 1, format: "{_reason}", variables, showUser: false });
	}

	protected override stackTraceRequest(
		response: DebugProtocol.StackTraceResponse,
		{ startFrame = 0, levels = 0 }: DebugProtocol.StackTraceArguments,
	): void {
		this.#ask(response, { about: "stack" }, (answer) => {
			if (!("rows" in answer)) return;
			const end = levels > 0 ? startFrame + levels : undefined;
			const frames = answer.rows.map(({ name, chunk, line, hasVariables }, number) => {
				const known = chunk === undefined ? undefined : this.#sources.byName(chunk);
				const frame: DebugProtocol.StackFrame = new StackFrame(number + 1, name, undefined, line, 1);
				if (known !== undefined) frame.source = this.#sourceOf(known);
				if (!hasVariables) frame.presentationHint = "subtle";
				return frame;
			});
			response.body = { stackFrames: frames.slice(startFrame, end), totalFrames: frames.length };
			this.sendResponse(response);
		});
	}

	protected override scopesRequest(
		response: DebugProtocol.ScopesResponse,
		{ frameId }: DebugProtocol.ScopesArguments,
	): void {
		this.#ask(response, { about: "scopes", row: frameId - 1 }, (answer) => {
			if (!("variables" in answer)) return;
			const scopes = answer.variables.map(
				({ name, reference }) => new Scope(name, reference, name === "Globals"),
			);
			response.body = { scopes };
			this.sendResponse(response);
		});
	}

	protected override variablesRequest(
		response: DebugProtocol.VariablesResponse,
		{ variablesReference: reference, start = 0, count = 0 }: DebugProtocol.VariablesArguments,
	): void {
		this.#ask(response, { about: "variables", reference, start, count }, (answer) => {
			if (!("variables" in answer)) return;
			response.body = {
				variables: answer.variables.map(({ name, value, type, reference: inside }) => {
					const variable: DebugProtocol.Variable = new Variable(name, value, inside);
					variable.type = type;
					return variable;
				}),
			};
			this.sendResponse(response);
		});
	}

	protected override setVariableRequest(
		response: DebugProtocol.SetVariableResponse,
		{ variablesReference: reference, name, value: text }: DebugProtocol.SetVariableArguments,
	): void {
		this.#ask(response, { about: "assignment", reference, name, text }, (answer) => {
			if (!("variables" in answer)) return;
			const [variable] = answer.variables;
			response.body = {
				value: variable?.value ?? "nil",
				type: variable?.type ?? "nil",
				variablesReference: variable?.reference ?? 0,
			};
			this.sendResponse(response);
		});
	}

	protected override evaluateRequest(
		response: DebugProtocol.EvaluateResponse,
		{ expression, frameId = 1 }: DebugProtocol.EvaluateArguments,
	): void {
		this.#ask(response, { about: "expression", row: frameId - 1, text: expression }, (answer) => {
			if (!("variables" in answer)) return;
			const [only, ...more] = answer.variables;
			response.body = {
				result: answer.variables.map(({ value }) => value).join(", "),
				variablesReference: only !== undefined && more.length === 0 ? only.reference : 0,
			};
			if (only !== undefined && more.length === 0) response.body.type = only.type;
			this.sendResponse(response);
		});
	}

	// -- Sources -------------------------------------------------------------------------------

	#sourceOf(chunk: LoadedChunk): DebugProtocol.Source {
		const path = this.#sources.pathOf(chunk);
		// A client opens what has a path by itself, and asks us for the text of what has a reference.
		if (path !== undefined) return { name: basename(path), path };
		return new Source(chunk.title, undefined, chunk.reference);
	}

	protected override loadedSourcesRequest(response: DebugProtocol.LoadedSourcesResponse): void {
		response.body = { sources: this.#sources.all.map((chunk) => this.#sourceOf(chunk)) };
		this.sendResponse(response);
	}

	protected override sourceRequest(
		response: DebugProtocol.SourceResponse,
		{ source, sourceReference }: DebugProtocol.SourceArguments,
	): void {
		const chunk = this.#sources.byReference(source?.sourceReference ?? sourceReference);
		if (chunk === undefined) {
			this.#refuse(response, "no such source");
			return;
		}
		response.body = { content: chunk.text, mimeType: "text/x-lua" };
		this.sendResponse(response);
	}
}

function textOrNothing(value: unknown): string | undefined {
	return typeof value === "string" ? value : undefined;
}

/** The client's name of a source. */
function keyOf({ path, sourceReference, name }: DebugProtocol.Source): string {
	if (sourceReference) return String(sourceReference);
	return path ?? name ?? "";
}
