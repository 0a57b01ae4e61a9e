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
	'["associated"]=0}},["thisTitle"]={["isCurrentTitle"]=true,["isLocal"]=true,["interwiki"]="",' +
	'["namespace"]=0,["nsText"]="",["text"]="A page",["fragment"]="",["thePartialUrl"]="A_page",["file"]=false}';

/** What libraries and modules call: anything that answers. */
const HOST_FUNCTIONS = [
	...["loadPackage", "loadPHPLibrary", "frameExists", "newChildFrame", "getExpandedArgument"],
	...["getAllExpandedArguments", "expandTemplate", "callParserFunction", "preprocess", "incrementExpensive"],
	...["isSubsting", "getFrameTitle", "setTTL", "addWarning", "getContLangCode", "find", "match", "gsub"],
	...["pagesInCategory", "anchorEncode", "fullUrl", "plain", "check", "newTitle", "unstrip", "jsonEncode"],
];

const MODULE = `
local util = require('libraryUtil')
local p = {}

local Item = {}
Item.__index = Item

function Item.new(name, count) return setmetatable({ name = name, count = count or 0 }, Item) end
function Item:add(n) self.count = self.count + n return self end
function Item:__tostring() return self.name .. ':' .. self.count end

local function trim(value) return (value:gsub('^%s+', ''):gsub('%s+$', '')) end

local function rows(args)
	local list = {}
	for key, value in pairs(args) do list[#list + 1] = { key = tostring(key), value = trim(value) } end
	for i, value in ipairs({ 'one', 'two, three', 'x=y' }) do
		for word in mw.text.gsplit(value, '[,=]') do list[#list + 1] = { key = word, value = i } end
	end
	table.sort(list, function(a, b) return a.key < b.key end)
	return list
end

function p.main(frame)
	util.checkType('main', 1, frame, 'table')
	local root = mw.html.create('table'):addClass('infobox'):css('width', '22em'):attr('data-x', 5)
	for _, row in ipairs(rows(frame.args)) do
		root:tag('tr'):tag('th'):wikitext(row.key):done():tag('td'):css({ color = 'red' }):wikitext(row.value)
	end
	local parts = { tostring(root), mw.text.trim('  x '), mw.text.nowiki('[[x]]'), mw.text.encode('<&>') }
	parts[#parts + 1] = ('%d %s %.2f %5s'):format(3, 'text', 1 / 3, 'r')
	parts[#parts + 1] = mw.ustring.upper('\\195\\164') .. mw.ustring.sub('text', 2, 3) .. mw.ustring.len('text')
	parts[#parts + 1] = tostring(Item.new('item'):add(2)) .. table.concat(mw.text.split('a b', ' '), '-')
	parts[#parts + 1] = mw.uri.encode('a b') .. mw.text.listToText({ 'a', 'b', 'c' }, ', ', ' and ')
	local name, rest = ('name = value'):match('^%s*(%a+)%s*=%s*(.-)$')
	local ok, message = pcall(function() error({ name = name, rest = rest }) end)
	local copy = mw.clone({ 1, 2.5, true, nested = { list = { ok, type(message) } } })
	parts[#parts + 1] = tostring(tonumber('12') + #copy) .. math.floor(2.5) .. select('#', unpack(copy))
	parts[#parts + 1] = frame:preprocess('x') or ''
	mw.log('warm', copy)
	return table.concat(parts, '\\n')
end

function p.fails()
	local function deeper(value) return value.missing.field end
	return deeper({})
end

return p
`;

export function* warmUpSession(libraries: readonly Library[]): Conversation<void> {
	const host = new WarmUpHost(libraries);
	yield* host.library("mwInit");
	const mw = yield* host.library("mw");
	for (const name of LIBRARIES) yield* host.library(`mw.${name}`);
	const chunk = idIn(yield* host.request(loadRequest(MODULE, "=Module:Warm up")));
	for (const name of ["main", "fails", "missing"]) {
		const found = yield* host.request(
			callRequest(idIn(mw, "executeModule"), `[1]=chunks[${chunk}],[2]="${name}"`),
		);
		const id = idIn(found, 'b:1;i:2;O:[^"]*"[^"]*"[^}]*');
		yield* host.request(callRequest(idIn(mw, "executeFunction"), `[1]=chunks[${id}]`));
	}
	yield* host.request(loadRequest("x x", "=Module:Wrong"));
	yield '{["op"]="cleanupChunks",["ids"]={[1]=1}}';
	yield '{["op"]="quit"}';
}

class WarmUpHost {
	readonly #libraries: ReadonlyMap<string, Library>;

	constructor(libraries: readonly Library[]) {
		this.#libraries = new Map(libraries.map((library) => [library.chunkName, library] as const));
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
		} else if (/-(loadPHPLibrary|find|match)-/.test(call)) value = "nil";
		else if (call.includes("Arguments-")) value = '{[1]="first",["name"]=" value "}';
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
