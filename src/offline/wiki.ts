/** Everything that the host's libraries share: the wiki, its titles, its modules, the page being viewed. */

import type { ModuleFolder } from "../host/module-folder.ts";
import type { Knowledge, PageData } from "./data.ts";
import { Language } from "./language.ts";
import { toText } from "./php-array.ts";
import { NS_MODULE, Site } from "./site.ts";
import { type Title, TitleParser } from "./title.ts";
import { TitleUrls } from "./urls.ts";

export class Wiki {
	readonly knowledge: Knowledge;
	readonly modules: ModuleFolder;
	readonly site: Site;
	readonly titles: TitleParser;
	readonly urls: TitleUrls;
	/** The page that is viewed. */
	readonly title: Title;
	/** Milliseconds since 1970. */
	readonly time: number;
	readonly #languages = new Map<string, Language>();

	constructor(knowledge: Knowledge, modules: ModuleFolder, titleText: string, time: number) {
		this.knowledge = knowledge;
		this.modules = modules;
		this.site = new Site(knowledge);
		this.titles = new TitleParser(this.site);
		this.urls = new TitleUrls(this.site, this.titles);
		this.title = this.titles.split(titleText) ?? {
			interwiki: "",
			namespace: 0,
			dbKey: "Main_Page",
			fragment: "",
		};
		this.time = time;
	}

	language(code: string): Language {
		let language = this.#languages.get(code);
		if (language === undefined) {
			language = new Language(code, this.knowledge);
			this.#languages.set(code, language);
		}
		return language;
	}

	get contentLanguage(): Language {
		return this.language(this.site.info.language);
	}

	/** The text of a module, in bytes; undefined where there is none. */
	moduleText(title: Title): string | undefined {
		const text = this.modules.read(this.titles.text(title));
		if (text !== undefined) return text;
		const page = this.knowledge.findPage(this.titles.prefixedText(title));
		return page?.text === undefined ? undefined : Buffer.from(page.text, "utf8").toString("latin1");
	}

	/** A page: a module of the folder, or one of the data. What nobody knows is an error. */
	page(title: Title): PageData | null {
		const name = this.titles.prefixedText(title);
		const known = this.knowledge.findPage(name);
		if (title.namespace === NS_MODULE) {
			const text = this.modules.read(this.titles.text(title));
			if (text !== undefined) return { ...known, text: toText(text) };
			return known ?? null;
		}
		return known === undefined ? this.knowledge.page(name) : known;
	}
}
