// A flame graph in one HTML file that needs no network. Names are those of anybody's chunks: they are
// data in the file (JSON without "<") and become text nodes, never markup; and the page's policy lets no
// script run but the one below, by its hash.

import { createHash } from "node:crypto";
import { type Frame, labelOf } from "./frames.ts";
import type { StackNode, StackTree } from "./stack-tree.ts";

/** Number of the label, microseconds with all that is called, what is called. */
type Block = readonly [label: number, time: number, children: readonly Block[]];

interface FlameData {
	readonly labels: readonly string[];
	/** The kind of each label's function. */
	readonly kinds: readonly Frame["kind"][];
	readonly blocks: readonly Block[];
}

const STYLE = `
body { font: 12px/1.4 sans-serif; margin: 1em; background: #fff; color: #222 }
#graph { position: relative }
#graph div { position: absolute; height: 17px; box-sizing: border-box; border: solid #fff; border-width: 0 1px 1px 0;
	overflow: hidden; white-space: nowrap; padding: 0 2px; cursor: pointer }
#graph .above { opacity: .5 }
#graph .found { outline: 2px solid #c0f; outline-offset: -2px }
#about { min-height: 1.4em; margin: .5em 0 }
.lua { background: #fc9 } .builtin { background: #9cf } .host { background: #9d9 } .cut, .all { background: #ddd }
`;

/** Runs in the browser. */
const SCRIPT = `
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const graph = document.getElementById("graph"), about = document.getElementById("about");
const search = document.getElementById("search"), ROW = 17;
const make = ([label, time, children], parent) => {
	const block = { label: data.labels[label], kind: data.kinds[label], time, parent };
	block.children = children.map((child) => make(child, block));
	return block;
};
const root = { label: "all", kind: "all", time: 0, parent: null };
root.children = data.blocks.map((block) => make(block, root));
root.time = root.children.reduce((sum, { time }) => sum + time, 0);
let shown = root;
const describe = ({ label, time }) =>
	label + ": " + (time / 1000).toFixed(3) + " ms, " + (100 * time / (root.time || 1)).toFixed(1) + " %";
function draw() {
	const width = graph.clientWidth, wanted = search.value.toLowerCase();
	let rows = 0;
	graph.textContent = "";
	const put = (block, row, left, size, isAbove) => {
		if (size < 0.5) return;
		rows = Math.max(rows, row + 1);
		const box = document.createElement("div");
		box.className = block.kind + (isAbove ? " above" : "") +
			(wanted !== "" && block.label.toLowerCase().includes(wanted) ? " found" : "");
		box.style.left = left + "px";
		box.style.width = size + "px";
		box.style.top = row * ROW + "px";
		box.textContent = size > 20 ? block.label : "";
		box.title = describe(block);
		box.onclick = () => { shown = block; draw(); };
		box.onmouseenter = () => { about.textContent = box.title; };
		graph.append(box);
	};
	const outside = [];
	for (let block = shown.parent; block !== null; block = block.parent) outside.unshift(block);
	outside.forEach((block, row) => put(block, row, 0, width, true));
	const fill = (block, row, left, size) => {
		put(block, row, left, size, false);
		if (size < 0.5) return;
		for (const child of block.children) {
			const part = block.time > 0 ? size * child.time / block.time : 0;
			fill(child, row + 1, left, part);
			left += part;
		}
	};
	fill(shown, outside.length, 0, width);
	graph.style.height = rows * ROW + "px";
	about.textContent = describe(shown);
}
search.oninput = draw;
window.onresize = draw;
draw();
`;

/** The page. `title` is a text. */
export function flameGraph(tree: StackTree, title: string): string {
	const hash = createHash("sha256").update(SCRIPT).digest("base64");
	const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'`;
	return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>A click shows a function's part; <span class="lua">Lua</span>, <span class="builtin">builtins</span>,
<span class="host">calls of the host</span>. <label>Find <input id="search"></label></p>
<p id="about"></p>
<div id="graph"></div>
<script type="application/json" id="data">${scriptJson(flameData(tree))}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function flameData(tree: StackTree): FlameData {
	const labels: string[] = [];
	const kinds: Frame["kind"][] = [];
	const numbers = new Map<Frame, number>();
	const numberOf = (frame: Frame): number => {
		let number = numbers.get(frame);
		if (number === undefined) {
			number = labels.push(labelOf(frame)) - 1;
			kinds.push(frame.kind);
			numbers.set(frame, number);
		}
		return number;
	};
	const blockOf = (node: StackNode): Block => {
		const children = [...node.children.values()].map(blockOf).sort((a, b) => b[1] - a[1]);
		const time = children.reduce((sum, child) => sum + child[1], Math.round(node.self));
		return [numberOf(node.frame), time, children];
	};
	const blocks = [...tree.roots.values()].map(blockOf).sort((a, b) => b[1] - a[1]);
	return { labels, kinds, blocks };
}

/** JSON that can stand in a script element: nothing in it can end that, or begin a comment. */
function scriptJson(value: unknown): string {
	return JSON.stringify(value).replace(
		/[<>&\u2028\u2029]/g,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
