/** Modules for warm-up-session.ts. Only a spec looks at what they return. */

/** The end of a module: how one fails. */
const FAILS = `
function p.fails()
	local function deeper(value) return value.missing.field end
	return deeper({})
end

return p
`;

/** What most modules do, about as often as they do it. */
export const USUAL_MODULE = `
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
	parts[#parts + 1] = frame:preprocess('x') .. (frame.args.missing or frame:getParent().args[1] or '')
	mw.log('warm', copy)
	return table.concat(parts, '\\n')
end

${FAILS}`;

/** What modules do besides, once each. Nothing that keeps the time zone: a start-up snapshot has another than its sessions. */
export const REHEARSAL_MODULE = `
local p, tries, problems = {}, {}, {}
local function try(f) tries[#tries + 1] = f end
local function failing(f, ...)
	if pcall(f, ...) then problems[#problems + 1] = 'no error' end
end

-- Strings
try(function()
	local s = 'Some text, with 12 words = "x" & [[y]] {{z}}'
	local list = { s:upper(), s:lower(), s:reverse(), s:rep(3), s:byte(1, 3), string.char(65, 66), s:len(), s:sub(-3) }
	for word, number in s:gmatch('(%a+)%s*(%d*)') do list[#list + 1] = word .. number end
	for position in s:gmatch('()%w') do list[#list + 1] = position end
	list[#list + 1] = s:gsub('%w+', { Some = 'any', text = false }) .. s:gsub('(%w)(%w*)', '%2%1', 2) .. s:gsub('%s', '%%')
	list[#list + 1] = s:gsub('%f[%w]%w+', function(word) return word:len() > 4 and word:upper() or nil end)
	list[#list + 1] = s:match('%b[]') .. s:match('^[^%w%s]*(.-)[,;]') .. (s:find('with', 1, true) or 0) .. (s:find('[a-m]+$') or 0)
	list[#list + 1] = tostring(s:match('^(%d+)%-(%d+)%-(%d+)$')) .. s:match('"([^"]*)"') .. s:match('%S-x*')
	list[#list + 1] = s:find('(.-)(%a*)%s*=%s*(["=])(.-)%3')
	list[#list + 1] = ('a'):rep(3000):find('[^a]*b') or ('a b '):rep(1000):gsub('%s+$', '') or s:gsub('.', '')
end)
try(function()
	local f = string.format
	return f('%5d|%-5d|%05d|%+d|%i|%u|%x|%X|%#o|%c', 1, 2, 3, 4, 5, 6, 255, 255, 8, 65)
		.. f('%s|%10s|%-10s|%.2s|%q|%%', 'a', 'b', 'c', 'def', 'g"') .. f('%f|%.3f|%8.2f|%e|%.2E|%g|%G', 1.5, 2, 3, 4, 5, 1e20, 1e-9)
end)
try(function() return tostring(1e15) .. 0.1 .. 1e100 .. -0.5 .. 100 / 3 .. tostring(0 / 0) .. tostring(1 / 0) end)
try(function()
	return { tonumber('0x1F'), tonumber('ff', 16), tonumber(' 12.5e3 '), tonumber('x'), tonumber('z', 36), '10' + '0x10', -'2', '3' * 4 }
end)

-- Numbers
try(function()
	local m = math
	local list = { m.abs(-1), m.ceil(1.2), m.floor(-1.2), m.fmod(7, 3), m.modf(2.5), m.max(1, 3, 2), m.min(1, 3, 2), m.sqrt(2), 7 % 3, -7 % 3 }
	list[#list + 1] = m.log(10) + m.log10(1000) + m.exp(1) + m.pow(2, 0.5) + 10 ^ 3 + 2 ^ -1 + m.pi + m.huge
	list[#list + 1] = m.sin(1) + m.cos(1) + m.tan(1) + m.asin(0.5) + m.acos(0.5) + m.atan(1) + m.atan2(1, 2) + m.rad(90) + m.deg(1)
	return list
end)

-- Tables
try(function()
	local t = { 3, 1, 2, x = 1, ['a b'] = 2, [10] = 4, [2.5] = 5, [true] = 6 }
	table.insert(t, 4) table.insert(t, 1, 5) table.remove(t, 2) table.remove(t)
	table.sort(t) table.sort(t, function(a, b) return a > b end)
	local words = { 'pear', 'apple', 'fig' } table.sort(words)
	local joined = table.concat(words, ', ', 1, 2) .. table.concat({ 1, 2 }) .. table.maxn(t) .. #t
	for k, v in pairs(t) do joined = joined .. tostring(k) .. tostring(v) end
	for i, v in ipairs(words) do t[v] = i end
	t.x = nil t['a b'] = nil t[1] = nil
	local k, v = next(t)
	while k ~= nil do k, v = next(t, k) end
	rawset(t, 'y', rawget(t, 'z')) rawequal(t, words)
	return joined, unpack({ 1, nil, 3 }, 1, 3), select('#', nil, nil), select(-1, 1, 2)
end)
try(function()
	local many, sparse, queue = {}, {}, {}
	for i = 1, 60 do many['key' .. i] = i sparse[i * 7] = i queue[i] = i end
	for i = 1, 60 do many['key' .. i] = nil queue[i] = nil end
	local nested = { list = { { id = 1, name = 'one' }, { id = 2, name = 'two' } }, set = { a = true, b = true } }
	nested.list[3] = mw.clone(nested.list[1])
	return many, sparse, queue, nested
end)
try(function()
	local log = {}
	local methods = { get = function(self, k) return rawget(self, k) end }
	local mt = {
		__index = function(_, k) return methods[k] or k end,
		__newindex = function(t, k, v) rawset(t, k, v) end,
		__call = function(self, a) return a end,
		__tostring = function() return 'object' end,
		__concat = function(a, b) return tostring(a) .. tostring(b) end,
		__add = function() return 1 end, __sub = function() return 1 end, __mul = function() return 1 end, __div = function() return 1 end,
		__unm = function() return 1 end, __eq = function() return true end, __lt = function() return true end, __le = function() return true end,
	}
	local a, b = setmetatable({}, mt), setmetatable({}, mt)
	a.x = 1
	log[1] = a.y .. a:get('x') .. a('z') .. tostring(a) .. (a .. 'x') .. ('x' .. b)
	log[2] = a + 1 + (1 - a) + a * 2 + a / 2 + -a
	log[3] = { a == b, a < b, a <= b, a ~= b, not a, getmetatable(a) == mt }
	local Base = { name = function(self) return self.n end } Base.__index = Base
	local Derived = setmetatable({}, Base) Derived.__index = Derived
	log[4] = setmetatable({ n = 'n' }, Derived):name()
	local default = setmetatable({}, { __index = { z = 1 } })
	return log, default.z, default.missing
end)

-- Functions
try(function()
	local function sum(...)
		local n = 0
		for i = 1, select('#', ...) do n = n + (select(i, ...)) end
		local args = { ... }
		return n + #args
	end
	local function loop(n) if n == 0 then return 0 end return loop(n - 1) end
	local count = 0
	local function counter() count = count + 1 return count end
	local i = 10
	while i > 0 do i = i - 3 if i == 4 then break end end
	repeat i = i + 1 until i > 5
	for n = 10, 1, -2 do counter() end
	return sum(1, 2, 3) + loop(300) + counter(), (sum(1)), i % 2 == 0 and 'even' or 'odd'
end)

-- Errors, which need not be caught where they are raised
for _, raises in ipairs({
	function(x) return x.y.z end, function(x) return x() end, function(x) return x + {} end, function(x) return x .. {} end,
	function(x) return x < 1 end, function(x) return {} < {} end, function(x) return #x end, function(x) x.y = 1 end,
	function() error('text', 2) end, function() error({ code = 1 }) end, function() error() end, function() assert(false, 'why') end,
	function() ('x'):rep({}) end, function() ('x'):bad() end, function() string.format('%d', 'x') end, function() setmetatable(1) end,
	function() require('Module:Missing') end, function() tonumber() end, function() ipairs() end, function() ('x'):find('[') end,
}) do
	try(function() failing(raises) end)
	try(function() return xpcall(raises, function(message) return debug.traceback(message) end) end)
end

-- Libraries
try(function()
	local html = mw.html.create('div')
	html:attr({ id = 'a', title = 'b & c' }):addClass('x'):addClass('y'):css('color', 'red'):cssText('a:b'):newline()
	html:tag('br', { selfClosing = true }):done():wikitext('x', 1):node('y'):allDone()
	return tostring(html), html:getAttr('id')
end)
try(function()
	local text = mw.text
	local list = { text.trim(' x '), text.nowiki('[[x]]'), text.encode('<a>'), text.decode('&amp;'), text.killMarkers('x'), text.unstrip('x') }
	for piece in text.gsplit('a,b', ',', true) do list[#list + 1] = piece end
	list[#list + 1] = text.tag('b', { x = 'y' }, 'z') .. text.tag({ name = 'br' }) .. text.listToText(text.split('a b', ' '))
	list[#list + 1] = text.truncate('a long text', 5) .. text.jsonEncode({ 1, 2 }) .. tostring(text.jsonDecode('{}'))
	return list
end)
try(function()
	local title = mw.title.new('Talk:A page#x')
	return title.prefixedText .. title.fullText .. title.subjectPageTitle.text, title:fullUrl('a=b'), title == mw.title.getCurrentTitle()
end)
try(function() return mw.title.makeTitle('Template', 'X').exists end)
try(function() local uri = mw.uri.new('http://wiki.example/x?a=b#c') uri:extend({ d = 'e' }) return tostring(uri), mw.uri.decode('a%20b') end)
try(function() return tostring(mw.uri.fullUrl('A', { b = 'c' })), mw.uri.anchorEncode('a b'), mw.uri.parseQueryString('a=b&c=d') end)
try(function() local l = mw.language.getContentLanguage() return l:formatNum(1234.5), l:ucfirst('a'), l:lc('A'), l:uc('a'), l:lcfirst('A'), l:getCode() end)
try(function() return mw.language.new('de'):isRTL(), mw.language.fetchLanguageName('de'), mw.getContentLanguage():formatDate('Y') end)
try(function() local m = mw.message.new('x', 1, 'y') return m:plain(), m:exists(), m:inLanguage('de'):params({ 1 }):isBlank() end)
try(function() return mw.message.newRawMessage('a $1', mw.message.numParam(1)):plain() end)
try(function() return mw.site.stats.pagesInCategory('x', 'pages'), mw.site.namespaces.Talk.id, mw.hash.hashValue('md5', 'x') end)
try(function() return mw.loadData('Module:Data').x end)
try(function() mw.log(1, 'a') mw.logObject({ 1, a = { true } }, 'x') return mw.dumpObject({ 1, { a = 'b' } }), mw.allToString(1, nil, 'x') end)

function p.main(frame)
	try(function()
		local parent = frame:getParent()
		local values = {}
		for name, value in pairs(frame.args) do values[name] = value end
		return parent.args[1], parent.args.x, frame:getTitle(), frame:newChild({ title = 'x', args = { 'y' } }).args[1], frame.args.missing, frame:getArgument('1'):expand()
	end)
	try(function() return frame:expandTemplate({ title = 'x', args = { 'a', b = 'c' } }), frame:preprocess('{{x}}'), frame:callParserFunction('lc', 'X') end)
	try(function() return frame:extensionTag('ref', 'x', { name = 'y' }), frame:newParserValue('x'):expand(), frame:newTemplateParserValue({ title = 'x' }):expand() end)
	local i = 0
	while i < #tries do
		i = i + 1
		local ok, message = pcall(tries[i])
		if not ok then problems[#problems + 1] = i .. ': ' .. tostring(message) end
	end
	return table.concat(problems, '; ')
end

${FAILS}`;
