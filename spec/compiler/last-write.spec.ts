// The name of an iterator that cannot be called. fixtures/lua/iterator-names.lua has the common shapes; these
// are the jumps that native's search takes or does not take.

import { describe, it, type TestContext } from "node:test";
import { agrees } from "../support/both.ts";

const SETUP = "local up, t = {}, {} G = 1\nlocal function try(f, ...) print(pcall(f, ...)) end\n";
const FILL = "local x = {t, t, up.y, up.z, G, G, up.w}";

function names(...bodies: readonly string[]): (context: TestContext) => void {
	return agrees(SETUP + bodies.map((body) => `try(function(a, b, ...) ${body} end, 1, 2)`).join("\n"));
}

describe("the register that the iterator is copied to", () => {
	it(
		"holds what was computed there before",
		names(
			`${FILL} for k in nil do end`,
			`${FILL} for k, v, w in nil, nil do end`,
			`${FILL} print() for k in nil do end`,
			"a.b = up for k in 1, 2, 3, a do end",
		),
	);
	it(
		"is passed by jumps that do not lead beyond the loop",
		names(
			`${FILL} if a then local y = {1, 2, 3, 4, 5, 6} end for k in nil do end`,
			`if a then ${FILL} else local y = {1, up.p, up.q, up.r, up.s, up.t, up.u} end for k in nil do end`,
			`if true then ${FILL} else local y = {1, up.p, up.q, up.r, up.s, up.t, up.u} end for k in nil do end`,
			`${FILL} while not a do local y = {1, 2, 3, 4, 5, 6} end for k in nil do end`,
			`${FILL} for i = 1, 0 do local y = {1, 2, 3, 4, 5, 6} end for k in nil do end`,
			`${FILL} repeat local y = 1 if a then break end until true for k in nil do end`,
		),
	);
	it(
		"is not passed by jumps beyond it",
		names(
			`${FILL} if a and b then for k in nil do end end`,
			`${FILL} if a == 2 or up.x or b then for k in nil do end end`,
			`if b then ${FILL} for k in nil do end end`,
			`if not b then ${FILL} elseif a and G then for k in nil do end end`,
			`if not b then ${FILL} else for k in nil do end end`,
			`${FILL} while a do for k in nil do end end`,
			`${FILL} for i = 1, 2 do for k in nil do end end`,
			`for j, v in pairs{1} do ${FILL} for k in nil do end end`,
		),
	);
	it(
		"holds a copy of a variable",
		names(
			"do local c, d, e, f, g, h = 1, 2, 3, a, b, up end for k in nil do end",
			"do local c, d, e, f, g, h = 1, 2, 3, G, b, up do local i = f end end local l, m for k in nil do end",
			"do local c, d, e, f = 1 f = b end for k in nil do end",
			"do local c, d, e, f, g = 1 c[d], f = 1, a end for k in nil do end",
		),
	);
});
