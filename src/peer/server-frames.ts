/**
 * The functions of the native server that a Lua program can see: in tracebacks, in the levels of
 * `error`, `getfenv` and `setfenv`, in the depth of the stack. The native peer is a Lua program
 * itself, so its functions lie between the host's call and the called function. Ours are these few
 * Lua functions, with the names, the tail calls and (found by searching the tree's MWServer.lua) the
 * lines of native's; the work is done by the builtins they are given.
 *
 * Sample, of `debug.traceback()` in a called chunk:
 *     Module:X:1: in main chunk
 *     (tail call): ?
 *     [C]: in function 'xpcall'
 *     ...includes/engines/LuaStandalone/MWServer.lua:99: in function 'handleCall'
 *     ...includes/engines/LuaStandalone/MWServer.lua:313: in function 'dispatch'
 *     ...includes/engines/LuaStandalone/MWServer.lua:52: in function 'execute'
 *     ...includes/engines/LuaStandalone/mw_main.lua:7: in main chunk
 *     [C]: ?
 */

import { remembered } from "./remembered.ts";

/** A piece of our program, the pattern that finds its line in the tree's, and its line in 1.39. */
type Piece = readonly [pattern: RegExp, usualLine: number, text: string];

/** Pieces of one function stand in the order of their lines; each pattern is searched behind the previous. */
const FUNCTIONS: readonly (readonly Piece[])[] = [
	[
		[/^function MWServer:execute\b/, 51, "function MWServer:execute()"],
		[/self:dispatch\b/, 52, "self:dispatch(false) end"],
	],
	[
		[/^function MWServer:call\b/, 69, "function MWServer:call(id, count, args)"],
		[/self:dispatch\b/, 70, "local isReturn, value, results = self:dispatch(true, id, count, args)"],
		[/return unpack\b/, 77, "if isReturn then return unpack(value, 1, results) end"],
		[/\berror\(/, 81, "error(value, 3) end"],
	],
	[
		[/^function MWServer:handleCall\b/, 91, "function MWServer:handleCall(chunk, args, count)"],
		[/\bxpcall\(/, 99, "called[1] = chunk answer(chunk, xpcall("],
		[/\bfunction\b/, 100, "function()"],
		[/\bunpack\(/, 101, "return called[1](unpack(args, 1, count)) end,"],
		[/\bfunction\b/, 103, "function(value)"],
		[/\battachTrace\b/, 104, "return MWServer:attachTrace(value) end)) end"],
	],
	[
		[/^function MWServer:attachTrace\b/, 138, "function MWServer:attachTrace(value)"],
		[/getStructuredTrace\b/, 141, "return keepTrace(value) end"],
	],
	[
		[/^function MWServer:handleRegisterLibrary\b/, 212, "function libraryFunction(id)"],
		[/function\s*\(\s*\.\.\.\s*\)/, 221, "return function(...)"],
		[/self:call\b/, 222, "return MWServer:call(id, select('#', ...), { ... }) end end"],
	],
	[
		[/^function MWServer:handleWrapPhpFunction\b/, 240, "function anonymousFunction(id)"],
		[/function\s*\(\s*\.\.\.\s*\)/, 242, "return function(...)"],
		[/self:call\b/, 243, "return MWServer:call(id, select('#', ...), { ... }) end end"],
	],
	[
		[/^function MWServer:dispatch\b/, 302, "function MWServer:dispatch(isCall, id, count, args)"],
		[
			/self:sendMessage\b/,
			304,
			"if isCall then local failure, text, depth = send(id, count, args) " +
				"if failure then self:sendMessage(failure, text, depth) end end " +
				"while true do local op, a, b, c = receive() if op ~= 'call' then return op == 'return', a, b end",
		],
		[/self:handleCall\b/, 313, "self:handleCall(a, b, c) end end"],
	],
	[
		[/^function MWServer:sendMessage\b/, 385, "function MWServer:sendMessage(failure, text, depth)"],
		[/=\s*self:encodeMessage\(\s*msg\b/, 404, "local body = self:encodeMessage(failure, text, depth) end"],
	],
	[
		[/^function MWServer:encodeMessage\b/, 448, "function MWServer:encodeMessage(failure, text, depth)"],
		[/self:serialize\b/, 449, "local serialized = self:serialize(failure, text, depth) end"],
	],
	// ORDER as the kinds of value-codec.ts's EncodeFailure.
	[
		[/^function MWServer:serialize\b/, 470, "function MWServer:serialize(failure, text, depth)"],
		[/local function recursiveEncode\b/, 480, "local function recursiveEncode(depth)"],
		[/circular reference/, 506, "if depth == 0 and failure == 'circular' then error(text) end"],
		[/as an array key/, 523, "if depth == 0 and failure == 'key' then error(text) end"],
		[/Collision for array key/, 545, "if depth == 0 and failure == 'collision' then error(text) end"],
		[
			/=\s*recursiveEncode\(\s*value/,
			549,
			"if depth == 0 and failure == 'overflow' then error(text) end local piece = recursiveEncode(depth - 1)",
		],
		[/Cannot pass thread/, 566, "if depth == 0 and failure == 'thread' then error(text) end"],
		[/Cannot pass userdata/, 568, "if depth == 0 and failure == 'userdata' then error(text) end end"],
		[/return recursiveEncode\b/, 574, "local all = recursiveEncode(depth) end"],
	],
	[
		[/env\.tostring\s*=/, 678, "function sandboxTostring(value)"],
		[/self:tostring\b/, 679, "return MWServer:tostring(value) end"],
	],
	[
		[/^function MWServer:tostring\b/, 697, "function MWServer:tostring(value)"],
		[/getmetatable\b/, 698, "local mt = getmetatable(value)"],
		[/mt\.__tostring\b/, 699, "if mt and mt.__tostring then"],
		[/return mt\.__tostring\b/, 700, "return mt.__tostring(value) end local kind = type(value)"],
		[
			/return tostring\b/,
			705,
			"if kind == 'number' or kind == 'string' or kind == 'boolean' or kind == 'nil' then " +
				"return tostring(value) end return kind end",
		],
	],
];

const FIRST_LINE =
	"local receive, answer, send, keepTrace = ... local MWServer = {} " +
	// A builtin that the host calls is a field to native, with a name that cannot be told.
	"local libraryFunction, anonymousFunction, sandboxTostring local called = {} ";

const LAST_LINE = " return MWServer, libraryFunction, anonymousFunction, sandboxTostring";

/**
 * The chunk that makes the server's functions. It takes the builtins that FIRST_LINE names and
 * returns what LAST_LINE names. `serverText` is the tree's MWServer.lua.
 */
export const serverChunk = remembered((serverText: string): string => {
	const lines = serverText.split("\n");
	const blocks = FUNCTIONS.map((pieces) => placed(pieces, lines));
	blocks.sort((a, b) => a[0]!.line - b[0]!.line);
	let text = FIRST_LINE;
	let line = 1;
	for (const piece of blocks.flat()) {
		text += line < piece.line ? "\n".repeat(piece.line - line) : " ";
		line = Math.max(line, piece.line);
		text += piece.text;
	}
	return text + LAST_LINE;
});

interface PlacedPiece {
	readonly line: number;
	readonly text: string;
}

function placed(pieces: readonly Piece[], lines: readonly string[]): PlacedPiece[] {
	let from = 0;
	return pieces.map(([pattern, usualLine, text]) => {
		const found = lines.findIndex((line, index) => index >= from && pattern.test(line));
		if (found < 0) return { line: usualLine, text };
		// Two pieces of one function may stand on one line.
		from = found;
		return { line: found + 1, text };
	});
}

/** The chunk of mw_main.lua: it is given the server and starts it on the line that the tree does. */
export function mainChunk(mainText: string): string {
	const found = mainText.split("\n").findIndex((line) => /\bserver:execute\b/.test(line));
	return `${"\n".repeat(found < 0 ? 6 : found)}local server = ... server:execute()`;
}
