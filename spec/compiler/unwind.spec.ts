import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asLuaError, leaveBuiltin, resolveUnnamed, unwind } from "../../src/compiler/unwind.ts";
import { argumentError, builtinError, LuaError, LuaMemoryError, rowsOf } from "../../src/lua51/error.ts";

describe("what JavaScript throws", () => {
	test("a full stack is Lua's overflow", () => {
		const grow = (): number => 1 + grow();
		assert.throws(grow, (thrown) => asLuaError(thrown)?.value === "stack overflow");
	});
	test("a string that V8 cannot make is no memory", () => {
		assert.throws(
			() => "x".repeat(2 ** 30),
			(thrown) => asLuaError(thrown) instanceof LuaMemoryError,
		);
	});
	test("a Lua error is itself", () => {
		const error = new LuaError("m", 0);
		assert.equal(asLuaError(error), error);
	});
	for (const bug of [new TypeError("bug"), new Error("bug"), "text", undefined]) {
		test(`an error of ours goes on as it is: ${bug}`, () => {
			assert.equal(asLuaError(bug), undefined);
			let thrown: unknown;
			try {
				unwind(bug, undefined as never, 0);
			} catch (error) {
				thrown = error;
			}
			assert.equal(thrown, bug);
			assert.equal(leaveBuiltin(bug), bug);
		});
	}
});

describe("builtins", () => {
	test("take a level and leave a row", () => {
		const error = builtinError("m");
		const { length } = rowsOf(error.trace);
		assert.equal(leaveBuiltin(error), error);
		assert.deepEqual([error.level, rowsOf(error.trace).length, error.value], [0, length + 1, "m"]);
	});
	test("an argument error that nobody names", () => {
		const error = argumentError(2, "number expected");
		resolveUnnamed(error);
		assert.equal(error.value, "bad argument #2 to '?' (number expected)");
	});
});
