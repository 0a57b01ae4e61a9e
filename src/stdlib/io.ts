// The io library (Lua 5.1 §5.7), for the command line only.

import { openSync, unlinkSync } from "node:fs";
import {
	argumentError,
	type Builtin,
	builtinError,
	cString,
	type LuaResult,
	type LuaState,
	LuaTable,
	LuaUserdata,
	type LuaValue,
	NONE,
	toStringValue,
	tostr,
} from "../engine/api.ts";
import { addressOf } from "./address.ts";
import {
	checkAny,
	checkOption,
	checkString,
	optInteger,
	optString,
	toInteger,
	typeError,
} from "./arguments.ts";
import { errorCode, errorText, failure, lastError } from "./errno.ts";
import { registerLibrary } from "./library.ts";
import { readNumeral } from "./numeral.ts";
import { Stream } from "./stream.ts";
import { makeTemporaryFile, runShell } from "./system.ts";

/** fgets' buffer in native's read_line. */
const LINE_BUFFER = 8191;
/** glibc's popen: either direction once or more, and its close-on-exec flag. */
const POPEN_MODE = /^(?:[re]*r[re]*|[we]*w[we]*)$/;

/** What a file userdata holds. */
class FileHandle {
	readonly stream: Stream;
	readonly isStandard: boolean;

	constructor(stream: Stream, isStandard: boolean) {
		this.stream = stream;
		this.isStandard = isStandard;
	}
}

// -- Reading -------------------------------------------------------------------------------

/** The next line without its end; undefined at the end of the file. */
function readLine(stream: Stream): string | undefined {
	let text = "";
	for (;;) {
		const piece = stream.readLine(LINE_BUFFER);
		if (piece === "") return text === "" ? undefined : text;
		// C measures what it got up to a zero byte, and if no newline is there it reads on.
		const seen = cString(piece);
		if (seen.endsWith("\n")) return text + seen.slice(0, -1);
		text += seen;
	}
}

function readAll(stream: Stream): string {
	return stream.read(Number.POSITIVE_INFINITY);
}

/** One value for one format; undefined when there is none. `position` is the format's. */
function readFormat(stream: Stream, format: LuaValue, position: number): LuaValue {
	if (typeof format === "number") {
		const count = toInteger(format);
		if (count === 0) return stream.peek() === "" ? undefined : "";
		const text = stream.read(count < 0 ? Number.POSITIVE_INFINITY : count);
		return text === "" ? undefined : text;
	}
	const text = toStringValue(format);
	if (text === undefined || !text.startsWith("*")) throw argumentError(position, "invalid option");
	switch (text.charAt(1)) {
		case "n":
			// glibc's fscanf does not say why it cannot read.
			return stream.canRead ? readNumeral(stream) : undefined;
		case "l":
			return readLine(stream);
		case "a":
			return readAll(stream);
		default:
			throw argumentError(position, "invalid format");
	}
}

/** `first` is the position of the first format among the arguments. */
function read(stream: Stream, formats: readonly LuaValue[], first: number): LuaResult {
	stream.clearError();
	const results: LuaValue[] = [];
	if (formats.length === 0) results.push(readLine(stream));
	for (let i = 0; i < formats.length; i++) {
		const value = readFormat(stream, formats[i], first + i);
		results.push(value);
		if (value === undefined) break;
	}
	return stream.readError === undefined ? results : failure(stream.readError);
}

// -- Writing -------------------------------------------------------------------------------

/** Turns a failed system call into results. */
function attempt(action: () => void, path?: string): LuaResult {
	try {
		action();
		return true;
	} catch (thrown) {
		return failure(errorCode(thrown), path);
	}
}

function write(stream: Stream, values: readonly LuaValue[], first: number): LuaResult {
	let outcome: LuaResult = true;
	values.forEach((value, i) => {
		const text =
			typeof value === "number" ? tostr(value) : checkString(value, first + i, first + values.length);
		const written = attempt(() => stream.write(text));
		if (outcome === true) outcome = written;
	});
	return outcome;
}

// -- The library ---------------------------------------------------------------------------

export interface IoLibrary {
	readonly table: LuaTable;
	readonly standardInput: Stream;
	readonly standardOutput: Stream;
	readonly standardError: Stream;
	/** Writes out what is held in buffers, as the end of a C program does. */
	flushAll(): void;
}

/** `sink` takes the standard output, and there is no standard input then: both belong to somebody else. */
export function openIo(state: LuaState, sink?: (bytes: string) => void): IoLibrary {
	const metatable = new LuaTable();
	const open = new Set<Stream>();

	const newFile = (stream: Stream, isStandard = false): LuaUserdata => {
		open.add(stream);
		return new LuaUserdata(new FileHandle(stream, isStandard), metatable);
	};
	const standardInput = sink === undefined ? new Stream(0) : new Stream(-1);
	const standardOutput = sink === undefined ? new Stream(1) : new Stream(-1, { sink });
	const standardError = new Stream(2);
	const stdin = newFile(standardInput, true);
	const stdout = newFile(standardOutput, true);
	const stderr = newFile(standardError, true);
	const defaults = { input: stdin, output: stdout };

	const flushAll = () => {
		for (const stream of open) attempt(() => stream.flush());
	};

	const handleOf = (value: LuaValue): FileHandle | undefined =>
		value instanceof LuaUserdata && value.metatable === metatable && value.payload instanceof FileHandle
			? value.payload
			: undefined;

	/** The handle of the file given as first argument, open or closed. */
	const checkHandle = (value: LuaValue, given: number): FileHandle => {
		const handle = handleOf(value);
		if (handle === undefined) throw typeError(value, 1, given, "FILE*");
		return handle;
	};
	const checkOpen = (value: LuaValue, given: number): Stream => {
		const { stream } = checkHandle(value, given);
		if (stream.isClosed) throw builtinError("attempt to use a closed file");
		return stream;
	};
	const defaultStream = (kind: "input" | "output"): Stream => {
		const { stream } = handleOf(defaults[kind]) as FileHandle; // only files are ever put there
		if (stream.isClosed) throw builtinError(`standard ${kind} file is closed`);
		return stream;
	};

	const closeFile = (file: LuaValue, given: number): LuaResult => {
		const { isStandard } = checkHandle(file, given);
		const stream = checkOpen(file, given);
		if (isStandard) return [undefined, "cannot close standard file"];
		open.delete(stream);
		return attempt(() => stream.close());
	};

	/** Opens or raises an argument error. */
	const openArgument = (path: string, mode: string): LuaUserdata => {
		try {
			return newFile(Stream.open(path, mode));
		} catch (thrown) {
			throw argumentError(1, `${cString(path)}: ${errorText(errorCode(thrown))}`);
		}
	};

	const lineIterator = (file: LuaUserdata, closesAtEnd: boolean): LuaValue => {
		const iterate = (): LuaResult => {
			const { stream } = handleOf(file) as FileHandle; // made from one
			if (stream.isClosed) throw builtinError("file is already closed");
			const line = readLine(stream);
			if (stream.readError !== undefined) throw builtinError(errorText(lastError()));
			if (line !== undefined) return line;
			if (closesAtEnd) closeFile(file, 1);
			return NONE;
		};
		return state.builtin("lines", iterate, [file, closesAtEnd]);
	};

	const changeDefault = (kind: "input" | "output", mode: string): Builtin =>
		function (file) {
			if (file !== undefined) {
				const path = toStringValue(file);
				if (path !== undefined) defaults[kind] = openArgument(path, mode);
				else {
					checkOpen(file, arguments.length);
					defaults[kind] = file as LuaUserdata; // checked by checkOpen
				}
			}
			return defaults[kind];
		};

	const popen = (command: string, mode: string): LuaUserdata => {
		flushAll();
		if (mode.includes("w")) {
			const finish = (written: string) => {
				const input = Buffer.from(written, "latin1");
				runShell(command, { input, stdio: ["pipe", "inherit", "inherit"] });
			};
			return newFile(new Stream(-1, { end: { finish }, mode: "w" }));
		}
		const { stdout: output } = runShell(command, {
			stdio: ["inherit", "pipe", "inherit"],
			maxBuffer: Number.POSITIVE_INFINITY,
		});
		const content = output.toString("latin1");
		return newFile(new Stream(-1, { content, end: { finish: () => undefined }, mode: "r" }));
	};

	metatable.setStr("__index", metatable);
	state.define(metatable, {
		close: function (file) {
			// Without a file, native looks for a default one where there is none.
			return closeFile(file, Math.max(arguments.length, 1));
		},
		flush: function (file) {
			const stream = checkOpen(file, arguments.length);
			return attempt(() => stream.flush());
		},
		lines: function (file) {
			checkOpen(file, arguments.length);
			return lineIterator(file as LuaUserdata, false); // checked by checkOpen
		},
		read: function (file, ...formats) {
			return read(checkOpen(file, arguments.length), formats, 2);
		},
		seek: function (file, whence, offset) {
			const given = arguments.length;
			const stream = checkOpen(file, given);
			const base = (["set", "cur", "end"] as const)[
				checkOption(whence, 2, given, ["set", "cur", "end"], "cur")
			];
			const distance = optInteger(offset, 3, 0);
			try {
				return stream.seek(base ?? "cur", distance);
			} catch (thrown) {
				return failure(errorCode(thrown));
			}
		},
		setvbuf: function (file, mode, size) {
			const given = arguments.length;
			const stream = checkOpen(file, given);
			const kind = (["no", "full", "line"] as const)[checkOption(mode, 2, given, ["no", "full", "line"])];
			optInteger(size, 3, 0);
			return attempt(() => stream.setBuffering(kind ?? "full"));
		},
		write: function (file, ...values) {
			return write(checkOpen(file, arguments.length), values, 2);
		},
		__gc: function (file) {
			const { stream, isStandard } = checkHandle(file, arguments.length);
			if (!stream.isClosed && !isStandard) closeFile(file, 1);
			return NONE;
		},
		__tostring: function (file) {
			const { stream } = checkHandle(file, arguments.length);
			return stream.isClosed ? "file (closed)" : `file (${addressOf(stream)})`;
		},
	});

	const table = registerLibrary(state, "io", {
		close: function (file) {
			return arguments.length === 0 ? closeFile(defaults.output, 1) : closeFile(file, arguments.length);
		},
		flush: () => {
			const stream = defaultStream("output");
			return attempt(() => stream.flush());
		},
		input: changeDefault("input", "r"),
		lines: function (path) {
			if (path === undefined) {
				checkOpen(defaults.input, 1);
				return lineIterator(defaults.input, false);
			}
			return lineIterator(openArgument(checkString(path, 1, arguments.length), "r"), true);
		},
		open: function (path, mode) {
			const name = checkString(path, 1, arguments.length);
			const how = optString(mode, 2, "r");
			try {
				return newFile(Stream.open(name, how));
			} catch (thrown) {
				return failure(errorCode(thrown), name);
			}
		},
		output: changeDefault("output", "w"),
		popen: function (command, mode) {
			const script = checkString(command, 1, arguments.length);
			const how = cString(optString(mode, 2, "r"));
			return POPEN_MODE.test(how) ? popen(script, how) : failure("EINVAL", script);
		},
		read: (...formats) => read(defaultStream("input"), formats, 1),
		tmpfile: () => {
			const path = makeTemporaryFile();
			if (path === undefined) return failure("EACCES");
			const stream = new Stream(openSync(path, "r+"));
			unlinkSync(path);
			return newFile(stream);
		},
		type: function (value) {
			checkAny(1, arguments.length);
			const handle = handleOf(value);
			if (handle === undefined) return undefined;
			return handle.stream.isClosed ? "closed file" : "file";
		},
		write: (...values) => write(defaultStream("output"), values, 1),
	});
	table.setStr("stdin", stdin);
	table.setStr("stdout", stdout);
	table.setStr("stderr", stderr);
	return {
		table,
		standardInput,
		standardOutput,
		standardError,
		flushAll: () => {
			// Pipes run their commands at the latest now.
			for (const stream of open) if (stream.fd < 0) attempt(() => stream.close());
			flushAll();
		},
	};
}
