// Syntax trees that stay but are seldom looked at, in less room: functions' bodies as text. A start-up snapshot
// holds the trees of all of Scribunto's libraries, and V8 reads each object of it at each start.
//
// The text is JSON. A list begins with a number that tells what it was: PART, LIST, or a layout's, whose fields follow.

import { ConstantTable } from "./constant-table.ts";
import { type Block, FunctionNode, Local } from "./syntax.ts";

/** What keeps its identity, or what JSON does not tell. */
type Part = Local | FunctionNode | ConstantTable | number;

type Packed = string | number | boolean | undefined | Packed[];

interface Layout {
	/** A node with its kind and without its other fields. */
	readonly template: Readonly<Record<string, unknown>>;
	/** The other fields. */
	readonly names: readonly string[];
}

const PART = 0;
const LIST = 1;

/** By their numbers; there are some thirty, however many trees. */
const layouts: (Layout | undefined)[] = [undefined, undefined];
const layoutNumbers = new Map<string, number>();

/** Packs the bodies of a function and of all in it; each is unpacked when somebody asks for it. */
export function packTree(node: FunctionNode): void {
	const parts = new Map<Part, number>();
	const text = JSON.stringify(packed(node.body, parts));
	const known = [...parts.keys()];
	node.deferBody(() => unpacked(JSON.parse(text), known) as Block);
	for (const child of node.children) packTree(child);
}

function packed(value: unknown, parts: Map<Part, number>): Packed {
	if (isPart(value)) {
		let part = parts.get(value);
		if (part === undefined) {
			part = parts.size;
			parts.set(value, part);
		}
		return [PART, part];
	}
	if (typeof value !== "object" || value === null) return value as Packed; // a string, a number, ...
	if (Array.isArray(value)) return [LIST, ...value.map((item) => packed(item, parts))];
	const node = value as Record<string, unknown>;
	const number = layoutOf(node);
	return [number, ...(layouts[number] as Layout).names.map((name) => packed(node[name], parts))];
}

function isPart(value: unknown): value is Part {
	if (typeof value === "number") return Object.is(value, -0) || !Number.isFinite(value);
	return value instanceof Local || value instanceof FunctionNode || value instanceof ConstantTable;
}

function layoutOf(node: Readonly<Record<string, unknown>>): number {
	const names = Object.keys(node).filter((name) => name !== "kind");
	const id = [node["kind"], ...names].join(" ");
	let number = layoutNumbers.get(id);
	if (number === undefined) {
		const template = { ...node };
		for (const name of names) template[name] = undefined;
		number = layouts.push({ template, names }) - 1;
		layoutNumbers.set(id, number);
	}
	return number;
}

function unpacked(value: unknown, parts: readonly Part[]): unknown {
	if (!Array.isArray(value)) return value ?? undefined;
	const number = value[0] as number;
	if (number === PART) return parts[value[1] as number];
	if (number === LIST) return value.slice(1).map((item) => unpacked(item, parts));
	const { template, names } = layouts[number] as Layout;
	const node = { ...template };
	for (const [index, name] of names.entries()) node[name] = unpacked(value[index + 1], parts);
	return node;
}
