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

// -- Everything that writes to registers -----------------------------------------------------

/** Whatever is done with it is possible, and gives it again. */
const ANYTHING = `
	local self = {}
	local function give() return self end
	local meta = { __call = give, __index = give, __newindex = give, __concat = give, __unm = give }
	for event in ("add sub mul div mod pow"):gmatch("%a+") do meta["__" .. event] = give end
	for event in ("lt le eq"):gmatch("%a+") do meta["__" .. event] = function() return true end end
	local up, other = setmetatable(self, meta), setmetatable({}, meta) G = self
	local function try(body)
		local make, refusal = loadstring("local up = ... return function(a, b, ...) " .. body .. " end", "=c")
		if make then print(pcall(make(self), self, other)) else print(refusal) end
	end
`;
const EXPRESSIONS = [
	...["nil", "true", "false", "5", "'s'", "...", "function() end", "a", "up", "G", "(a)", "(G)", "({})"],
	...[
		"a.x",
		"up.x",
		"a[b]",
		"G[1]",
		"G[up]",
		"G[a.x]",
		"a.x.y[b.z]",
		"G()",
		"a(b, G, up)",
		"a:m(G)",
		"(a())",
	],
	...["{}", "{a, G, up}", "{a, x = G, [b] = up, up.z}", "{G, G()}", "{...}", "{1, 2, 3}", "{x = 1, {up}}"],
	...[
		"a + G",
		"1 + up",
		"a.x * 2",
		"-a",
		"-up.x",
		"#'s'",
		"#{G}",
		"a .. G",
		"a .. 's' .. up.x",
		"(a .. b) .. G",
	],
	...["a == G", "G < up", "'s' == G", "not a", "not G", "not (a == b)", "not (a and G)", "not (not up.x)"],
	...[
		"a and G",
		"a or G",
		"G and up.x",
		"G or up.x",
		"nil and G",
		"false or G",
		"5 or G",
		"'s' and G",
		"true or G",
	],
	...[
		"a and b and G",
		"a or b or G",
		"(a or G) and up",
		"a == b and G",
		"a < G or up.x",
		"not a or G",
		"not G and up",
	],
	...[
		"(a and b) == G",
		"{a and G}",
		"a[b or G]",
		"not (a == b or G)",
		"nil or nil",
		"not nil",
		"(not G == up)",
		"-5",
		"1 + 2",
		"not (not nil)",
		"not 5 or G",
		"(not nil) and G",
		"(a and b) or G",
		"(a or G) and (up or b)",
		"a and (b or G)",
		"#'a' .. 2 ^ 3",
	],
];
const BEFORE = [
	...[
		"local y = E",
		"local y, z, w, v = 1, E",
		"local y, z = E, G, up.x",
		"local y; local z, w = E",
		"G = E",
	],
	...["a = E", "a, b = E, G", "a, b = E", "a, b, G = E, 1", "a.x = E", "a[b] = E", "a[G], b = E, up.x"],
	...["a[b], b = E, 1", "b[1], a, b.x = E", "a.x, a[1], G = up.p, E", "G(E)", "G.f(1, E)", "a:m(E)"],
	...["do local y, z, w, v, u = 1, 2, G, E end", "do local y, z, w, v, u = 1, 2, 3, a, E end"],
	...["do local y, z, w, v, u, t = 1 u = E end", "do local y, z, w, v, u, t = 1 v, u = E, b end"],
	...["if E then local y = {1, 2, 3, up.p, 5} end", "if E then else local y = {1, up.p, up.q, up.r} end"],
	...["if a == b then G = E elseif G then b = E end", "if nil then elseif E then b = {G, G, G, G} end"],
	...["while E do local y = {1, 2, G, up.x} break end", "while nil do b = E end", "repeat b = E until true"],
	...["repeat local y = {G, G, G, G} until E or true", "repeat local y = E if y then break end until true"],
	...[
		"for i = 1, 0 do b = E end",
		"for i = 1, 2, 3 do b = {G, G, G, E} end",
		"for i in pairs({E}) do b = E end",
	],
	...["if not up then return E end", "if not up then return E, G end", "local function y() return E end"],
	...["local y = {up.x, G, b, E}", "local y = {[up] = G, E, [E] = up}", "(E)(G)", "(E):m(G, G)"],
	// What is walked through, though it never runs; variables that stood where the iterator comes to stand.
	...[
		"repeat if a then break end do return E, G end until true",
		"repeat if a then break end do return E end until true",
	],
	...["repeat if not nil then break end local y = {1, 2, 3, E} until true", "for i = 1, 0, #{G, E} do end"],
	...[
		"do local y, z, w, v = 1, G, up, E for i in pairs({up}) do end end",
		"for i = #{E}, 0 do end",
		"for i = 1, #{E, G} - 2 do end",
	],
	...[
		"do local y, z, w, v = 1, G, up, E for i = 1, 0 do end end",
		"do local y, z, w = 1, G, E for i = 1, 0 do end end",
	],
	// The first free register is the one that the iterator comes to stand in, or one beside it.
	...[
		"do local y, z, w = 1 b = E end",
		"do local y, z, w = 1 b.x = E end",
		"do local y, z, w = 1 if E then end end",
	],
	...[
		"do local y, z, w = 1 y, b = E, G end",
		"do local y, z = 1 a[E] = G end",
		"do local y, z = 1 b = {E, G} end",
	],
	...["do local y, z, w = 1 while E do break end end", "do local y, z, w = 1 repeat until E or true end"],
	...[
		"do local y, z, w = 1 G = E end",
		"do local y, z, w, v = 1 v = E end",
		"do local y, z, w, v = 1 b, v = E, a end",
	],
	...[
		"do local y, z, w = 1 b[1], b = E, a end",
		"do local y, z, w = 1 a[b], b = E, G end",
		"do local y, z = 1 a[b], b = E, G end",
	],
	...["do local y, z, w = 1 a[b], b, G.x = E, 1 end", "do local y, z = 1 b.x, a[b], a, b = E, G end"],
	...["do local y, z, w, v = 1, 2, 3, G v, b = E, a end", "do local y, z, w, v = 1, 2, 3, G v, b = E end"],
	...[
		"do local y, z = 1 repeat if a then break end do return G, E end until true end",
		"repeat if a then break end do return end until true",
	],
	...["do local y, z, w = 1 repeat if a then break end do return E, G end until true end"],
];
const LOOPS = [
	...[
		"for k in nil do end",
		"for k, v in nil, nil do end",
		"for k in nil, nil, nil, E do end",
		"for k in nil, E do end",
	],
	...[
		"while true do for k in nil do end end",
		"while E do for k in nil do end break end",
		"repeat for k in nil do end until E",
	],
	...[
		"if E then for k in nil do end end",
		"if not (E) then else for k in nil do end end",
		"local p, q for k in nil do end",
	],
	...[
		"for i = 1, 2 do for k in nil do end end",
		"for i, j in pairs{1} do for k in nil do end end",
		"do for k in nil do end end",
	],
	...[
		"if nil then elseif E then for k in nil do end else for k in 1 do end end",
		"for k in nil, nil, E, nil, b do end",
	],
];
const FILLS = [
	"",
	"local x = {a, up, up.y, up.z, G, up.w, 7, up.v}",
	"do local p, q, r, s, t = a, G, up.x, b, up end",
	"a.x = {G, a, G, b}",
];

describe("every kind of expression in every kind of statement before every kind of loop", () => {
	const filled = (text: string, expression: string) => text.replaceAll(/\bE\b/g, expression);
	BEFORE.forEach((before, row) => {
		const bodies = EXPRESSIONS.flatMap((expression, column) =>
			[0, 1].map((turn) => {
				const loop = LOOPS[(3 * row + 7 * column + 5 * turn) % LOOPS.length] as string;
				const fill = FILLS[(row + column + turn) % FILLS.length] as string;
				const other = EXPRESSIONS[(5 * row + 11 * column + turn) % EXPRESSIONS.length] as string;
				return `${fill} ${filled(before, expression)} ${filled(loop, other)}`;
			}),
		);
		const tries = bodies.map((body) => `try([=[${body}]=])`);
		it(before, agrees(ANYTHING + tries.join("\n")));
	});
});
