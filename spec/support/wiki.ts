/**
 * A MediaWiki of our own for the real-host spec: Debian's code, a database and settings in a temporary
 * folder, the pages of fixtures/wiki. No web server, and nothing outside that folder is written: PHP scripts
 * under spec/real-host import the pages and render them, each rendering in a process of its own.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OtherUser } from "./other-user.ts";
import { ROOT } from "./root.ts";

const run = promisify(execFile);

const mediaWiki = "/usr/share/mediawiki";
const nativeLua = "/usr/bin/lua5.1";

/** What each page looks like: page title -> the description that RenderPages.php writes. */
export type Rendering = ReadonlyMap<string, string>;

export class Wiki {
	readonly directory = mkdtempSync(join(tmpdir(), "scribunto-wiki-"));
	readonly #user: OtherUser | undefined;
	readonly #scripts: string;
	readonly #fixtures: string;

	/** PHP runs as `user`, if not as ourselves. */
	constructor(user?: OtherUser) {
		this.#user = user;
		const root = user?.root ?? ROOT;
		this.#scripts = join(root, "spec", "real-host");
		this.#fixtures = join(root, "fixtures", "wiki");
		user?.own(this.directory);
	}

	/** Creates the tables and imports the pages. */
	async setUp(): Promise<void> {
		for (const folder of ["database", "cache", "images", "installer"]) this.#makeFolder(folder);
		// The installer writes settings too, which are not used, and refuses to run where it finds some: both
		// are kept away from the machine's own wiki by naming a file that does not exist.
		await this.php(join(mediaWiki, "maintenance/install.php"), [
			...["--dbtype", "sqlite", "--dbname", "wiki", "--dbpath", join(this.directory, "database")],
			...["--confpath", join(this.directory, "installer"), "--pass", "not-a-secret-of-any-wiki"],
			...["--server", "http://wiki.example", "--scriptpath", "/w", "Fixture wiki", "Fixture admin"],
		]);
		await this.importPages(this.#fixtures);
	}

	#makeFolder(name: string): string {
		const path = join(this.directory, name);
		mkdirSync(path);
		this.#user?.own(path);
		return path;
	}

	/** Renders every page, or those named, with `lua` as Scribunto's interpreter, in one PHP process. */
	async render(
		lua: string,
		label: string,
		env: NodeJS.ProcessEnv = {},
		pages: readonly string[] = [],
	): Promise<Rendering> {
		const output = this.#makeFolder(`rendering-${label}`);
		const only = pages.length === 0 ? [] : ["--only", pages.join("|")];
		const args = [...only, output, join(this.#fixtures, "consoles")];
		const log = await this.php(join(this.#scripts, "RenderPages.php"), args, lua, env);
		writeFileSync(join(this.directory, `rendering-${label}.log`), log.stdout + log.stderr);
		// What PHP complains about (a table that is raised as an error, say) belongs to what is compared.
		const rendering = new Map([["PHP's warnings", log.stderr]]);
		for (const file of readdirSync(output).sort()) {
			const title = decodeURIComponent(file.slice(0, -".txt".length));
			// One character per byte: pages that are no valid UTF-8 are compared too.
			rendering.set(title, readFileSync(join(output, file), "latin1"));
		}
		return rendering;
	}

	/** Imports the pages of another folder of the form of fixtures/wiki. */
	async importPages(folder: string): Promise<void> {
		await this.php(join(this.#scripts, "ImportFixtures.php"), [folder]);
	}

	/** Runs a script in the wiki and gives what it writes to stdout. */
	async run(
		script: string,
		args: readonly string[],
		{ lua = nativeLua, env = {} }: { readonly lua?: string; readonly env?: NodeJS.ProcessEnv } = {},
	): Promise<string> {
		return (await this.php(script, args, lua, env)).stdout;
	}

	remove(): void {
		rmSync(this.directory, { recursive: true, force: true });
	}

	private async php(script: string, args: readonly string[], lua = nativeLua, env: NodeJS.ProcessEnv = {}) {
		const isInstaller = script.endsWith("install.php");
		const settings = isInstaller
			? join(this.directory, "none.php")
			: join(this.#scripts, "LocalSettings.php");
		const { stdout, stderr } = await run("php", [script, ...args], {
			cwd: this.directory,
			env: {
				PATH: process.env["PATH"],
				LC_ALL: "C.UTF-8",
				TZ: "UTC",
				TMPDIR: join(this.directory, "cache"),
				MW_INSTALL_PATH: mediaWiki,
				MW_CONFIG_FILE: settings,
				REAL_HOST_DIRECTORY: this.directory,
				REAL_HOST_LUA: lua,
				REAL_HOST_MEDIAWIKI: mediaWiki,
				...env,
			},
			maxBuffer: 64 * 1024 * 1024,
			timeout: 20 * 60 * 1000,
			...this.#user?.ids,
		});
		return { stdout, stderr };
	}
}
