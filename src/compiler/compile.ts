// A proto -> the JavaScript function of its closures. Functions are compiled one by one, when
// they are first called. The text depends on the Lua source only through numbers, quoted
// strings and structure (function-writer.ts).

import { Script } from "node:vm";
import { runtimeError } from "../lua51/error.ts";
import { pow } from "../lua51/libm.ts";
import { Box, type ClosureFactory, Proto } from "../lua51/proto.ts";
import { LuaTable } from "../lua51/table.ts";
import { finishTailCall, TailCall } from "../lua51/tail-call.ts";
import { LuaFunction, NONE } from "../lua51/value.ts";
import * as calls from "./call.ts";
import { FunctionWriter, isBoxed, localName } from "./function-writer.ts";
import { limits, MAX_DEPTH, TAIL_DEPTH } from "./limits.ts";
import * as operations from "./runtime.ts";
import { emitBlock } from "./statements.ts";
import { unwind } from "./unwind.ts";

/** Marks emitted functions in a JavaScript stack; call-stack.ts looks for it. */
export const SCRIPT_NAME = "lua-function";

function depthOverflow(): never {
	limits.depth--;
	throw runtimeError("stack overflow");
}

/** Everything emitted code can name. */
const runtime = {
	...calls,
	...operations,
	Box,
	LuaTable,
	TailCall,
	TAIL_DEPTH,
	closure,
	depthOverflow,
	finishTailCall,
	limits,
	pow,
	unwind,
	NONE,
};

/** A new closure of `proto`; its function is compiled at the first call. */
export function closure(proto: Proto, env: LuaTable, upvalues: readonly unknown[]): LuaFunction {
	const made = new LuaFunction(uncompiled, env, proto, "");
	if (proto.make !== undefined) made.fn = proto.make(made, ...upvalues);
	else made.fn = (...args) => compiled(made, proto, upvalues).fn(...args);
	return made;
}

function compiled(made: LuaFunction, proto: Proto, upvalues: readonly unknown[]): LuaFunction {
	proto.make ??= compile(proto);
	made.fn = proto.make(made, ...upvalues);
	return made;
}

function uncompiled(): never {
	throw new Error("a closure was called before it was complete");
}

/** The main function of a chunk. */
export function mainClosure(proto: Proto, env: LuaTable): LuaFunction {
	return closure(proto, env, []);
}

function compile(proto: Proto): ClosureFactory {
	const w = new FunctionWriter(proto);
	const { node } = proto;
	const params = node.params.map((local) => (isBoxed(local) ? `a${local.id}` : localName(local)));
	for (const local of node.params) {
		if (isBoxed(local)) w.line(`const ${localName(local)} = new ${w.helper("Box")}(a${local.id});`);
	}
	if (node.arg?.used === true) {
		const value = node.usesVararg ? "undefined" : `${w.helper("argTable")}(va)`;
		if (!node.usesVararg) w.usesVarargs = true;
		w.line(`let ${localName(node.arg)} = ${isBoxed(node.arg) ? `new ${w.helper("Box")}(${value})` : value};`);
	}
	emitBlock(w, node.body);
	proto.source = assemble(w, params);
	const script = new Script(proto.source, { filename: SCRIPT_NAME });
	const constants = w.constants.map((value) =>
		value instanceof Proto ? value : new operations.RecordTemplate((value as { record: string[] }).record),
	);
	return script.runInThisContext()(runtime, constants, w.caches) as ClosureFactory;
}

function assemble(w: FunctionWriter, params: readonly string[]): string {
	const { node } = w;
	const helpers = ["NONE", "limits", "unwind", "depthOverflow", ...w.helpers];
	const parameters = w.usesVarargs ? [...params, "...va"] : params;
	const temporaries = w.temporaries();
	const upvalues = node.upvalues.map((_, index) => `u${index}`);
	const end = node.hasCalls ? "limits.depth--; return NONE;" : "return NONE;";
	const body = `${w.body()}\n${end}`;
	const lines = [
		"(runtime, constants, caches) => {",
		`const { ${[...new Set(helpers)].join(", ")} } = runtime;`,
		...w.constants.map((_, index) => `const k${index} = constants[${index}];`),
		...w.caches.map((_, index) => `const q${index} = caches[${index}];`),
		`return (${["self", ...upvalues].join(", ")}) => function lua(${parameters.join(", ")}) {`,
		...(temporaries.length > 0 ? [`let ${temporaries.join(", ")};`] : []),
	];
	if (w.usesPc) {
		lines.push("let pc = 0;");
		if (node.hasCalls) lines.push(`if (++limits.depth > ${MAX_DEPTH}) depthOverflow();`);
		lines.push("try {", body, "} catch (error) { throw unwind(error, self, pc); }");
	} else {
		lines.push(body);
	}
	lines.push("};", "}");
	return lines.join("\n");
}
