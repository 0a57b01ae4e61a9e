/**
 * The host's side of a session in which nothing is at stake: the libraries are loaded and set up about as
 * PHP does it, then a module is called that uses what modules use. What PHP would have to know is made up,
 * and errors are as good as results. Asks for no status (that keeps a file open) and no date (that keeps the
 * time zone).
 */

export interface Library {
	readonly text: string;
	/** As PHP names it: "@mw.text.lua". */
	readonly chunkName: string;
}

/** Messages of the host; what the generator is given are the peer's answers. */
type Conversation<Result> = Generator<string, Result, string>;

const LIBRARIES = ["site", "uri", "ustring", "language", "message", "title", "text", "html", "hash"];

const OPTIONS =
	'["allowEnvFuncs"]=false,["siteName"]="A wiki",["server"]="http://wiki.example",["scriptPath"]="/w",' +
	'["stylePath"]="/w",["currentVersion"]="1",["lang"]="en",["defaultUrl"]="http://wiki.example/x",' +
	'["stringLengthLimit"]=2097152,["patternLengthLimit"]=10000,["NS_MEDIA"]=-2,["comma"]=", ",["and"]=" and ",' +
	'["ellipsis"]="...",["nowiki_protocols"]={},["uniqPrefix"]="UNIQ",["uniqSuffix"]="QINU",["stats"]={["pages"]=1,["articles"]=1,["users"]=1},' +
	'["namespaces"]={[0]={["id"]=0,["name"]="",["canonicalName"]="",["isSubject"]=true,["isContent"]=true,' +
	'["aliases"]={},["subject"]=0,["talk"]=1,["associated"]=1},[1]={["id"]=1,["name"]="Talk",' +
	'["canonicalName"]="Talk",["isSubject"]=false,["isContent"]=false,["aliases"]={},["subject"]=0,["talk"]=1,' +
	'["associated"]=0},[-1]={["id"]=-1,["name"]="Special",' +
	'["canonicalName"]="Special",["isSubject"]=true,["isContent"]=false,["aliases"]={},["subject"]=-1}},["thisTitle"]={["isCurrentTitle"]=true,["isLocal"]=true,["interwiki"]="",' +
	'["namespace"]=0,["nsText"]="",["text"]="A page",["fragment"]="",["thePartialUrl"]="A_page",["file"]=false}';

/** What libraries and modules call: anything that answers. */
const HOST_FUNCTIONS = [
	...["loadPackage", "loadPHPLibrary", "frameExists", "newChildFrame", "getExpandedArgument"],
	...["getAllExpandedArguments", "expandTemplate", "callParserFunction", "preprocess", "getFrameTitle"],
	...["incrementExpensiveFunctionCount", "isSubsting", "setTTL", "addWarning", "getNsIndex"],
	...["pagesInCategory", "anchorEncode", "localUrl", "fullUrl", "canonicalUrl", "getContLangCode"],
	...["isKnownLanguageTag", "fetchLanguageName", "lcfirst", "ucfirst", "lc", "uc", "caseFold", "formatNum"],
	...["formatDate", "parseFormattedNumber", "convertPlural", "isRTL", "find", "match", "gsub", "plain"],
	...["check", "newTitle", "makeTitle", "getExpensiveData", "getUrl", "getContent", "getEntityTable"],
	...["unstrip", "unstripNoWiki", "killMarkers", "jsonEncode", "jsonDecode", "listAlgorithms", "hashValue"],
];

/** What is not answered by a text. */
const ANSWERS: readonly (readonly [pattern: RegExp, answer: string])[] = [
	[/-(loadPHPLibrary|find|match|getNsIndex)-/, "nil"],
	[/Arguments-/, '{[1]="first",["name"]=" value "}'],
	[/-(getEntityTable|listAlgorithms)-/, '{["amp"]="&"}'],
	[
		/-(newTitle|makeTitle)-/,
		'{["isCurrentTitle"]=false,["isLocal"]=true,["interwiki"]="",["namespace"]=1,["nsText"]="Talk",["text"]="A page",["fragment"]="",["thePartialUrl"]="Talk:A_page"}',
	],
	[/-getExpensiveData-/, '{["isRedirect"]=false,["id"]=1,["contentModel"]="wikitext",["exists"]=true}'],
];

/** For mw.loadData; named as the library of a file, so that it is found as they are. */
const DATA: Library = { text: "return { x = 1, list = { 'a', 'b' } }", chunkName: "@Module:Data.lua" };

/** `module` is the text of a module with functions `main` and `fails`. */
export function* warmUpSession(libraries: readonly Library[], module: string): Conversation<void> {
	const host = new WarmUpHost(libraries);
	yield* host.library("mwInit");
	const mw = yield* host.library("mw");
	for (const name of LIBRARIES) yield* host.library(`mw.${name}`);
	const chunk = idIn(yield* host.request(loadRequest(module, "=Module:Warm up")));
	for (const name of ["main", "fails", "missing"]) {
		const found = yield* host.request(
			callRequest(idIn(mw, "executeModule"), `[1]=chunks[${chunk}],[2]="${name}"`),
		);
		const id = idIn(found, 'b:1;i:2;O:[^"]*"[^"]*"[^}]*');
		yield* host.request(callRequest(idIn(mw, "executeFunction"), `[1]=chunks[${id}]`));
	}
	yield* host.request(callRequest(idIn(mw, "getLogBuffer"), ""));
	yield* host.request(loadRequest("x x", "=Module:Wrong"));
	yield '{["op"]="cleanupChunks",["ids"]={[1]=1}}';
	yield '{["op"]="quit"}';
}

class WarmUpHost {
	readonly #libraries: ReadonlyMap<string, Library>;

	constructor(libraries: readonly Library[]) {
		this.#libraries = new Map([...libraries, DATA].map((library) => [library.chunkName, library] as const));
	}

	/** Loads a library, runs it and sets it up; gives what it returned. */
	*library(name: string): Conversation<string> {
		yield* this.request(
			`{["op"]="registerLibrary",["name"]="mw_interface",["functions"]={${HOST_FUNCTIONS.map((f) => `["${f}"]="mw_interface-${f}-1"`)}}}`,
		);
		const id = idIn(yield* this.request(this.loadRequest(`@${name}.lua`)));
		const returned = yield* this.request(callRequest(id, ""));
		yield* this.request(callRequest(idIn(returned, "setupInterface"), `[1]={${OPTIONS}}`));
		return returned;
	}

	/** Sends a request, serves the calls that come in between, gives the answer. */
	*request(body: string): Conversation<string> {
		let answer = yield body;
		while (/s:2:"op";s:4:"call"/.test(answer)) answer = yield yield* this.#serve(answer);
		return answer;
	}

	*#serve(call: string): Conversation<string> {
		const wanted = /mw_interface-loadPackage.*s:\d+:"([^"]*)";\}\}$/s.exec(call)?.[1];
		let value = '"text"';
		if (wanted !== undefined) {
			const file = `@${wanted.slice(wanted.lastIndexOf("/") + 1)}.lua`;
			const loaded = this.#libraries.has(file) ? yield* this.request(this.loadRequest(file)) : "";
			value = loaded === "" ? "nil" : `chunks[${idIn(loaded)}]`;
		} else value = ANSWERS.find(([pattern]) => pattern.test(call))?.[1] ?? value;
		return `{["op"]="return",["nvalues"]=1,["values"]={[1]=${value}}}`;
	}

	loadRequest(chunkName: string): string {
		return loadRequest(this.#libraries.get(chunkName)?.text ?? "", chunkName);
	}
}

/** The chunk's id in the answer to a loadString; or that of a function under a name; 0 if there is none. */
function idIn(answer: string, name?: string): number {
	const pattern = name === undefined ? /i:1;i:(\d+);\}\}$/ : new RegExp(`${name}.*?s:2:"id";i:(\\d+);`, "s");
	return Number(pattern.exec(answer)?.[1] ?? 0);
}

function loadRequest(text: string, chunkName: string): string {
	const quoted = text
		.replace(/["\\]/g, "\\$&")
		.replace(/\n/g, "\\n")
		.replace(/\r/g, "\\r")
		.replace(/\0/g, "\\000");
	return `{["op"]="loadString",["text"]="${quoted}",["chunkName"]="${chunkName}"}`;
}

function callRequest(id: number, args: string): string {
	return `{["op"]="call",["id"]=${id},["nargs"]=${args === "" ? 0 : 2},["args"]={${args}}}`;
}
