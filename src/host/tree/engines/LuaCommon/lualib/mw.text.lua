-- mw.text for runs without a Scribunto tree. Written for the embedded host.

local text = { JSON_PRESERVE_KEYS = 1, JSON_TRY_FIXING = 2, JSON_PRETTY = 4 }
local host, options, entities

local ENCODED = {
	['<'] = '&lt;', ['>'] = '&gt;', ['&'] = '&amp;', ['"'] = '&quot;', ["'"] = '&#039;', ['\194\160'] = '&nbsp;',
}
local DECODED = {}
for character, reference in pairs( ENCODED ) do
	DECODED[reference] = character
end

function text.setupInterface( given )
	text.setupInterface = nil
	host, options = mw_interface, given
	mw_interface = nil
	for _, name in ipairs{ 'unstrip', 'unstripNoWiki', 'killMarkers', 'jsonEncode', 'jsonDecode' } do
		text[name] = host[name]
	end
	mw.text = text
end

function text.trim( s, characters )
	characters = characters or '\t\r\n\f '
	return ( mw.ustring.gsub( s, '^[' .. characters .. ']*(.-)[' .. characters .. ']*$', '%1' ) )
end

function text.encode( s, characters )
	return ( mw.ustring.gsub( s, '[' .. ( characters or '<>&"\'\194\160' ) .. ']', function( character )
		return ENCODED[character] or string.format( '&#%d;', mw.ustring.codepoint( character ) )
	end ) )
end

function text.decode( s, decodesNames )
	if decodesNames and not entities then
		entities = host.getEntityTable()
	end
	return ( s:gsub( '(&(#?x?)(%w+);)', function( whole, mark, name )
		local known = DECODED[whole] or ( decodesNames and entities[whole] )
		local code = mark ~= '' and tonumber( name, mark == '#x' and 16 or 10 )
		if not known and code and code <= 0x10ffff then
			known = mw.ustring.char( code )
		end
		return known
	end ) )
end

-- Where wikitext would see markup: single characters, and what begins a line.
local NOWIKI = '["&\'<=>%[%]{|}]'
function text.nowiki( s )
	local function reference( character )
		return string.format( '&#%d;', character:byte() )
	end
	s = ( '\n' .. s:gsub( NOWIKI, reference ) ):gsub( '([\r\n])([#*:; \n\r\t])', function( line, character )
		return line == '\r' and character == '\n' and '&#13;\n' or line .. reference( character )
	end )
	s = s:gsub( '([\r\n])%-%-%-%-', '%1&#45;---' ):sub( 2 ):gsub( '__', '_&#95;' ):gsub( '://', '&#58;//' )
	for _, word in ipairs{ 'ISBN', 'RFC', 'PMID' } do
		s = s:gsub( word .. '(%s)', function( space ) return word .. reference( space ) end )
	end
	for pattern, replacement in pairs( options.nowiki_protocols ) do
		s = s:gsub( pattern, replacement )
	end
	return s
end

function text.gsplit( s, pattern, isPlain )
	local position, length = 1, mw.ustring.len( s )
	return function()
		if not position then
			return nil
		end
		local first, last = mw.ustring.find( s, pattern, position, isPlain )
		local start = position
		if not first then
			position = nil
			return mw.ustring.sub( s, start )
		elseif last < first then
			-- An empty separator: a character each.
			position = first < length and first + 1 or nil
			return mw.ustring.sub( s, start, first )
		end
		position = last + 1
		return first > start and mw.ustring.sub( s, start, first - 1 ) or ''
	end
end

function text.split( s, pattern, isPlain )
	local parts = {}
	for part in text.gsplit( s, pattern, isPlain ) do
		parts[#parts + 1] = part
	end
	return parts
end

function text.listToText( list, separator, conjunction )
	local n = #list
	if n < 2 then
		return tostring( list[1] or '' )
	end
	return table.concat( list, separator or options.comma, 1, n - 1 ) .. ( conjunction or options['and'] ) .. list[n]
end

function text.truncate( s, length, ellipsis, isAdjusted )
	local whole = mw.ustring.len( s )
	ellipsis = ellipsis or options.ellipsis
	if whole <= math.abs( length ) then
		return s
	end
	local taken = isAdjusted and mw.ustring.len( ellipsis ) or 0
	local result
	if math.abs( length ) <= taken then
		result = ellipsis
	elseif length > 0 then
		result = mw.ustring.sub( s, 1, length - taken ) .. ellipsis
	else
		result = ellipsis .. mw.ustring.sub( s, length + taken )
	end
	return mw.ustring.len( result ) < whole and result or s
end

function text.tag( name, attributes, content )
	if type( name ) == 'table' then
		name, attributes, content = name.name, name.attrs, name.content
	end
	local parts = { '<' .. name }
	for key, value in pairs( attributes or {} ) do
		if type( key ) ~= 'string' or key:find( '[\t\r\n\f /<>"\'=]' ) then
			error( "bad named argument attrs to 'tag' (invalid key '" .. tostring( key ) .. "')", 2 )
		elseif value == true then
			parts[#parts + 1] = ' ' .. key
		elseif value ~= false then
			parts[#parts + 1] = string.format( ' %s="%s"', key, text.encode( tostring( value ) ) )
		end
	end
	if content == nil then
		parts[#parts + 1] = '>'
	elseif content == false then
		parts[#parts + 1] = ' />'
	else
		parts[#parts + 1] = '>' .. content .. '</' .. name .. '>'
	end
	return table.concat( parts )
end

return text
