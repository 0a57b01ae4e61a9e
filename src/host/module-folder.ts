/**
 * A folder of modules: Foo.lua is Module:Foo, Foo/bar.lua is Module:Foo/bar, data.json is Module:data.json.
 * "Module:" in front of a file's name may be there, underscores stand for spaces. The folder is listed once;
 * a name that a module asks for is looked up in the list and never made a path, so that none leads out of it.
 */
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Bounds for a folder that was named by mistake. */
const MAX_FILES = 50_000;
const MAX_DEPTH = 20;
const MODULE_FILE = /\.(?:lua|json)$/;
const LUA = /\.lua$/;

/** Language::ucfirst: by the full mapping, ß becomes SS. */
export function upperFirst(text: string): string {
	const [first = ""] = text;
	return first < "`" ? text : first.toUpperCase() + text.slice(first.length);
}

/** The title's text (without namespace) that a file has; undefined for other files. */
export function moduleNameOf(path: string): string | undefined {
	if (!MODULE_FILE.test(path)) return undefined;
	const name = path
		.split(sep)
		.join("/")
		.replace(LUA, "")
		.replace(/^Module:/, "")
		.replace(/[ _]+/g, " ")
		.trim();
	return name === "" ? undefined : upperFirst(name);
}

export class ModuleFolder {
	readonly root: string;
	readonly #paths = new Map<string, string>();
	/** Texts in place of files, by name: what an editor has not saved. */
	readonly #texts: ReadonlyMap<string, string>;

	/** Throws Node's error when there is no such folder. */
	constructor(root: string, texts: ReadonlyMap<string, string> = new Map()) {
		this.root = realpathSync(root);
		this.#texts = texts;
		this.#list(this.root, 0);
	}

	#list(folder: string, depth: number): void {
		if (depth > MAX_DEPTH) return;
		for (const entry of readdirSync(folder, { withFileTypes: true })) {
			if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
			const path = join(folder, entry.name);
			if (entry.isDirectory()) this.#list(path, depth + 1);
			else this.#note(path);
		}
	}

	#note(path: string): void {
		const name = moduleNameOf(relative(this.root, path));
		if (name === undefined || this.#paths.size >= MAX_FILES || this.#paths.has(name)) return;
		if (this.#isInside(path)) this.#paths.set(name, path);
	}

	/** A link may lie in the folder and lead out of it. */
	#isInside(path: string): boolean {
		if (!lstatSync(path).isSymbolicLink()) return true;
		try {
			const target = realpathSync(path);
			return target.startsWith(this.root + sep) && statSync(target).isFile();
		} catch {
			return false;
		}
	}

	/** A module's text in bytes, by its title without the namespace. */
	read(name: string): string | undefined {
		const text = this.#texts.get(name);
		if (text !== undefined) return text;
		const path = this.#paths.get(name);
		return path === undefined ? undefined : readFileSync(path, "latin1");
	}

	pathOf(name: string): string | undefined {
		return this.#paths.get(name);
	}

	/** Names of all modules, sorted. */
	names(): string[] {
		return [...this.#paths.keys()].sort();
	}
}
