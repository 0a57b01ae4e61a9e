-- The global `mw` for runs without a Scribunto tree: frames, require, mw.loadData, the log. Written for the
-- embedded host; Scribunto's own file of this name does more.

local host
local log = {}
local dataCache = {}
local packageCache = {}

-- Libraries that only Scribunto's own tree has.
local MISSING = { html = true, language = true, message = true, site = true, title = true, uri = true }

setmetatable( mw, {
	__index = function( _, name )
		if MISSING[name] then
			error( "mw." .. name .. " is not among lua-run's own libraries: name Scribunto's with --scribunto DIR", 2 )
		end
	end,
} )

-- Tables may say how they are iterated, as frame.args does.
local function iterating( original, event )
	return function( t )
		local metatable = getmetatable( t )
		local iterate = type( metatable ) == 'table' and metatable[event] or original
		local step, state, first = iterate( t )
		return step, state, first
	end
end
pairs, ipairs = iterating( pairs, '__pairs' ), iterating( ipairs, '__ipairs' )

-- Each #invoke and each require has an environment with a table of packages of its own.
local function addRequire( env )
	local loaded = { _G = env, string = string, table = table, math = math, os = os, debug = debug, mw = env.mw, libraryUtil = nil }
	local LOADING = {}
	env.package = { loaded = loaded }
	function env.require( name )
		if type( name ) ~= 'string' then
			error( "bad argument #1 to 'require' (string expected, got " .. type( name ) .. ')', 2 )
		end
		local found = loaded[name]
		if found == LOADING then
			error( "loop or previous error loading module '" .. name .. "'", 2 )
		elseif found ~= nil then
			return found
		end
		local chunk = packageCache[name] or host.loadPackage( name )
		if not chunk then
			error( "module '" .. name .. "' not found", 2 )
		end
		packageCache[name] = chunk
		loaded[name] = LOADING
		setfenv( chunk, env )
		local result = chunk( name )
		if result == nil then
			result = true
		end
		loaded[name] = result
		return result
	end
end

-- -- Frames ----------------------------------------------------------------------------------------

local function checkArgs( name, args )
	local checked = {}
	for key, value in pairs( args or {} ) do
		if type( key ) ~= 'string' and type( key ) ~= 'number' then
			error( name .. ': arg keys must be strings or numbers, ' .. type( key ) .. ' given', 3 )
		elseif type( value ) == 'boolean' then
			checked[key] = value and '1' or ''
		elseif type( value ) == 'string' or type( value ) == 'number' then
			checked[key] = tostring( value )
		else
			error( name .. ': invalid type ' .. type( value ) .. " for arg '" .. key .. "'", 3 )
		end
	end
	return checked
end

local function makeFrame( id, parentId )
	if id ~= 'empty' and id ~= 'current' and not host.frameExists( id ) then
		return nil
	end
	local frame = {}
	local function check( self, method )
		if self ~= frame then
			error( 'frame:' .. method .. ': invalid frame object. Did you call ' .. method .. ' with a dot instead of a colon?', 3 )
		end
	end

	local cache, names = {}, nil
	local function argument( _, name )
		name = tostring( name )
		if cache[name] == nil then
			local value = host.getExpandedArgument( id, name )
			cache[name] = value == nil and false or value
		end
		return cache[name] or nil
	end
	frame.args = setmetatable( {}, {
		__index = argument,
		__pairs = function()
			if not names then
				names = {}
				for name, value in pairs( host.getAllExpandedArguments( id ) ) do
					names[#names + 1] = name
					cache[tostring( name )] = value
				end
			end
			local i = 0
			return function()
				i = i + 1
				if names[i] ~= nil then
					return names[i], cache[tostring( names[i] )]
				end
			end
		end,
		__ipairs = function()
			return function( _, i )
				local value = argument( nil, i + 1 )
				if value then
					return i + 1, value
				end
			end, nil, 0
		end,
	} )

	function frame:getParent()
		check( self, 'getParent' )
		return parentId and makeFrame( parentId )
	end
	function frame:getTitle()
		check( self, 'getTitle' )
		return host.getFrameTitle( id )
	end
	function frame:newChild( options )
		check( self, 'newChild' )
		local title = options.title ~= nil and tostring( options.title )
		return makeFrame( host.newChildFrame( id, title, checkArgs( 'frame:newChild', options.args ) ), id )
	end
	function frame:expandTemplate( options )
		check( self, 'expandTemplate' )
		if type( options ) ~= 'table' or options.title == nil then
			error( 'frame:expandTemplate: a title is required' )
		end
		return host.expandTemplate( id, tostring( options.title ), checkArgs( 'frame:expandTemplate', options.args ) )
	end
	function frame:callParserFunction( name, args, ... )
		check( self, 'callParserFunction' )
		if type( name ) == 'table' then
			name, args = name.name, name.args
		elseif type( args ) ~= 'table' then
			args = { args, ... }
		end
		if type( args ) ~= 'table' then
			args = { args }
		end
		return host.callParserFunction( id, tostring( name ), checkArgs( 'frame:callParserFunction', args ) )
	end
	function frame:extensionTag( name, content, args )
		check( self, 'extensionTag' )
		if type( name ) == 'table' then
			name, content, args = name.name, name.content, name.args
		end
		args = checkArgs( 'frame:extensionTag', type( args ) == 'table' and args or { args } )
		table.insert( args, 1, tostring( content or '' ) )
		return host.callParserFunction( id, '#tag:' .. tostring( name ), args )
	end
	function frame:preprocess( text )
		check( self, 'preprocess' )
		if type( text ) == 'table' then
			text = text.text
		end
		return host.preprocess( id, tostring( text ) )
	end
	local function later( expand )
		local value
		return { expand = function()
			value = value or expand()
			return value
		end }
	end
	function frame:getArgument( name )
		check( self, 'getArgument' )
		return later( function() return argument( nil, type( name ) == 'table' and name.name or name ) end )
	end
	function frame:newParserValue( text )
		check( self, 'newParserValue' )
		return later( function() return self:preprocess( text ) end )
	end
	function frame:newTemplateParserValue( options )
		check( self, 'newTemplateParserValue' )
		return later( function() return self:expandTemplate( options ) end )
	end
	function frame:argumentPairs()
		check( self, 'argumentPairs' )
		return pairs( self.args )
	end
	return frame
end

-- -- What the host calls ------------------------------------------------------------------------------

function mw.setupInterface()
	mw.setupInterface = nil
	host = mw_interface
	mw_interface = nil
	addRequire( _G )
end

function mw.executeModule( chunk, name, frame )
	local env = mw.clone( _G )
	addRequire( env )
	env.mw.executeModule, env.mw.executeFunction, env.mw.makeProtectedEnvFuncs = nil, nil, nil
	if name ~= false then
		env.mw.getLogBuffer, env.mw.clearLogBuffer = nil, nil
	end
	env.setfenv, env.getfenv = nil, nil
	frame = frame or makeFrame( 'current', 'parent' )
	env.mw.getCurrentFrame = function() return frame end
	setfenv( chunk, env )
	local result = chunk()
	if not name then
		return true, result
	elseif type( result ) ~= 'table' then
		return false, type( result )
	end
	return true, result[name]
end

function mw.executeFunction( f )
	local currentFrame = rawget( getfenv( f ).mw or {}, 'getCurrentFrame' )
	local results = { f( currentFrame and currentFrame() or makeFrame( 'current', 'parent' ) ) }
	for i, result in ipairs( results ) do
		results[i] = tostring( result )
	end
	return table.concat( results )
end

-- -- For modules -------------------------------------------------------------------------------------------

function mw.allToString( ... )
	local texts = { ... }
	for i = 1, select( '#', ... ) do
		texts[i] = tostring( texts[i] )
	end
	return table.concat( texts, '\t' )
end

function mw.log( ... )
	log[#log + 1] = mw.allToString( ... ) .. '\n'
end

function mw.getLogBuffer()
	return table.concat( log )
end

function mw.clearLogBuffer()
	log = {}
end

-- Keys of different types, in an order that is the same every time.
local function before( a, b )
	if type( a ) ~= type( b ) then
		return type( a ) < type( b )
	elseif type( a ) == 'number' or type( a ) == 'string' then
		return a < b
	end
	return tostring( a ) < tostring( b )
end

function mw.dumpObject( object )
	local names, counts, shown = {}, {}, {}
	local function nameOf( value )
		if not names[value] then
			local kind = type( value )
			counts[kind] = ( counts[kind] or 0 ) + 1
			names[value] = kind .. '#' .. counts[kind]
		end
		return names[value]
	end
	local function dump( value, indent )
		if type( value ) == 'string' then
			return string.format( '%q', value )
		elseif type( value ) ~= 'table' then
			return type( value ) == 'function' and nameOf( value ) or tostring( value )
		end
		local name = nameOf( value )
		if shown[value] then
			return name
		end
		shown[value] = true
		local keys, lines = {}, {}
		local inner = indent .. '  '
		for key in pairs( value ) do
			keys[#keys + 1] = key
		end
		table.sort( keys, before )
		for _, key in ipairs( keys ) do
			lines[#lines + 1] = inner .. '[' .. dump( key, inner ) .. '] = ' .. dump( value[key], inner ) .. ',\n'
		end
		return name .. ' {\n' .. table.concat( lines ) .. indent .. '}'
	end
	return dump( object, '' )
end

function mw.logObject( object, prefix )
	log[#log + 1] = ( prefix and prefix ~= '' and prefix .. ' = ' or '' ) .. mw.dumpObject( object ) .. '\n'
end

function mw.addWarning( text )
	host.addWarning( text )
end

function mw.isSubsting()
	return host.isSubsting()
end

function mw.incrementExpensiveFunctionCount()
	host.incrementExpensiveFunctionCount()
end

-- -- Data that cannot be written to --------------------------------------------------------------------------

local function readOnly( data, seen, name )
	if seen[data] then
		return seen[data]
	end
	local proxy = {}
	seen[data] = proxy
	local function get( _, key )
		local value = data[key]
		return type( value ) == 'table' and readOnly( value, seen, name ) or value
	end
	local metatable = {
		__index = get,
		__newindex = function() error( 'table from ' .. name .. ' is read-only', 2 ) end,
		__pairs = function()
			return function( _, key )
				local nextKey = next( data, key )
				if nextKey ~= nil then
					return nextKey, get( nil, nextKey )
				end
			end, proxy, nil
		end,
		__ipairs = function()
			return function( _, i )
				if data[i + 1] ~= nil then
					return i + 1, get( nil, i + 1 )
				end
			end, proxy, 0
		end,
	}
	metatable.__metatable = metatable
	return setmetatable( proxy, metatable )
end

local function problemOf( value, seen )
	local kind = type( value )
	if kind == 'table' then
		if seen[value] then
			return nil
		end
		seen[value] = true
		if getmetatable( value ) ~= nil then
			return 'data for mw.loadData contains a table with a metatable'
		end
		for key, element in pairs( value ) do
			if type( key ) == 'table' then
				return 'data for mw.loadData contains a table as a key'
			end
			local problem = problemOf( key, seen ) or problemOf( element, seen )
			if problem then
				return problem
			end
		end
	elseif kind == 'function' or kind == 'thread' or kind == 'userdata' then
		return "data for mw.loadData contains unsupported data type '" .. kind .. "'"
	end
end

local function load( kind, name, read )
	local key = kind .. name
	if dataCache[key] == nil then
		local data = read()
		if type( data ) ~= 'table' then
			dataCache[key] = name .. ' returned ' .. type( data ) .. ', table expected'
		else
			dataCache[key] = problemOf( data, {} ) or data
		end
	end
	if type( dataCache[key] ) == 'string' then
		error( dataCache[key], 3 )
	end
	return readOnly( dataCache[key], {}, kind )
end

function mw.loadData( name )
	return load( 'mw.loadData', name, function()
		local env = mw.clone( _G )
		addRequire( env )
		return env.require( name )
	end )
end

function mw.loadJsonData( name )
	return load( 'mw.loadJsonData', name, function() return host.loadJsonData( name ) end )
end

return mw
