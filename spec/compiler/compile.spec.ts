// Functions so large that what their JavaScript knows has no room in parameters.

import { describe, test } from "node:test";
import { agrees } from "../support/both.ts";

describe("a function with a cache for each of many fields", () => {
	for (const count of [900, 1100, 70_000]) {
		test(
			`${count}`,
			agrees(
				`local text = "local t, s = ..., 0 " .. ("s = s + t.a "):rep(${count}) .. "return s"
				local f = assert(loadstring(text, "=large"))
				print(f({ a = 2 }), f(setmetatable({}, { __index = function() return 0.5 end })))
				print(pcall(f, { a = {} }))
				print(pcall(f))
				print(coroutine.wrap(f)({ a = 3 }))`,
			),
		);
	}
});
