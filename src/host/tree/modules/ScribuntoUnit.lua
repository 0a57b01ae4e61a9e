-- The interface of Module:ScribuntoUnit for folders of modules that have none: written for lua-run.
-- A failed assertion raises a table with `ScribuntoUnit`, `text` and, where it compares, `expected` and
-- `actual`; a skipped test one with `skipped`.

local ScribuntoUnit = {}
ScribuntoUnit.__index = ScribuntoUnit

local failure = {
	__tostring = function( self ) return self.text end,
}

local function raise( fields, message )
	fields.ScribuntoUnit = true
	fields.text = ( message and message ~= '' and message .. '\n' or '' ) .. fields.text
	error( setmetatable( fields, failure ), 0 )
end

local function show( value )
	if type( value ) == 'string' then
		return string.format( '%q', value )
	elseif type( value ) == 'table' and mw.dumpObject then
		return mw.dumpObject( value )
	end
	return tostring( value )
end

local function compared( what, expected, actual, message )
	raise( {
		text = string.format( 'Failed to assert that %s %s %s', show( actual ), what, show( expected ) ),
		expected = show( expected ),
		actual = show( actual ),
	}, message )
end

function ScribuntoUnit:new( suite )
	suite = suite or {}
	suite._tests = {}
	setmetatable( suite, {
		__index = self,
	} )
	suite.run = function( frame ) return self:run( suite, frame ) end
	return suite
end

function ScribuntoUnit:init( frame )
	self.frame = frame or ( mw.getCurrentFrame and mw.getCurrentFrame() )
	self.successCount, self.failureCount, self.skipCount = 0, 0, 0
	self.results = {}
end

function ScribuntoUnit:markTestSkipped( message )
	raise( { text = message or 'skipped', skipped = true } )
end

function ScribuntoUnit:fail( message )
	raise( { text = 'Test failed' }, message )
end

function ScribuntoUnit:assertTrue( actual, message )
	if not actual then
		raise( { text = string.format( 'Failed to assert that %s is true', show( actual ) ), actual = show( actual ) }, message )
	end
end

function ScribuntoUnit:assertFalse( actual, message )
	if actual then
		raise( { text = string.format( 'Failed to assert that %s is false', show( actual ) ), actual = show( actual ) }, message )
	end
end

function ScribuntoUnit:assertNil( actual, message )
	if actual ~= nil then
		compared( 'is', nil, actual, message )
	end
end

function ScribuntoUnit:assertNotNil( actual, message )
	if actual == nil then
		raise( { text = 'Failed to assert that a value is not nil' }, message )
	end
end

local function contains( pattern, text, plain )
	if type( pattern ) ~= 'string' then
		raise( { text = 'Pattern type error (expected string, got ' .. type( pattern ) .. ')' } )
	elseif type( text ) ~= 'string' then
		raise( { text = 'String type error (expected string, got ' .. type( text ) .. ')' } )
	end
	return ( mw.ustring or string ).find( text, pattern, 1, plain and true or false ) ~= nil
end

function ScribuntoUnit:assertStringContains( pattern, text, plain, message )
	if not contains( pattern, text, plain ) then
		compared( 'contains', pattern, text, message )
	end
end

function ScribuntoUnit:assertNotStringContains( pattern, text, plain, message )
	if contains( pattern, text, plain ) then
		compared( 'does not contain', pattern, text, message )
	end
end

function ScribuntoUnit:assertEquals( expected, actual, message )
	if type( expected ) == 'number' and type( actual ) == 'number' then
		self:assertWithinDelta( expected, actual, 1e-8, message )
	elseif expected ~= actual then
		compared( 'equals', expected, actual, message )
	end
end

function ScribuntoUnit:assertNotEquals( expected, actual, message )
	if type( expected ) == 'number' and type( actual ) == 'number' then
		self:assertNotWithinDelta( expected, actual, 1e-8, message )
	elseif expected == actual then
		compared( 'differs from', expected, actual, message )
	end
end

local function checkNumbers( expected, actual )
	for _, value in ipairs( { { 'Expected', expected }, { 'Actual', actual } } ) do
		if type( value[2] ) ~= 'number' then
			raise( { text = string.format( '%s value %s is not a number', value[1], show( value[2] ) ) } )
		end
	end
end

-- Infinities are equal to themselves, though their difference is no number.
local function isNear( expected, actual, delta )
	return expected == actual or math.abs( expected - actual ) <= delta
end

function ScribuntoUnit:assertWithinDelta( expected, actual, delta, message )
	checkNumbers( expected, actual )
	if not isNear( expected, actual, delta ) then
		compared( 'is within ' .. delta .. ' of', expected, actual, message )
	end
end

function ScribuntoUnit:assertNotWithinDelta( expected, actual, delta, message )
	checkNumbers( expected, actual )
	if isNear( expected, actual, delta ) then
		compared( 'is not within ' .. delta .. ' of', expected, actual, message )
	end
end

-- `seen` pairs tables that are being compared: two that hold themselves alike are alike.
local function deepEquals( a, b, seen )
	if type( a ) ~= 'table' or type( b ) ~= 'table' then
		return a == b or ( a ~= a and b ~= b )
	end
	if a == b or ( seen[a] and seen[a] == b ) then
		return true
	end
	seen[a] = b
	for key, value in pairs( a ) do
		if not deepEquals( value, b[key], seen ) then
			return false
		end
	end
	for key in pairs( b ) do
		if a[key] == nil then
			return false
		end
	end
	return true
end

function ScribuntoUnit:assertDeepEquals( expected, actual, message )
	if not deepEquals( expected, actual, {} ) then
		compared( 'is as', expected, actual, message )
	end
end

function ScribuntoUnit:assertTemplateEquals( expected, template, args, message )
	local actual = ( self.frame or mw.getCurrentFrame() ):expandTemplate{ title = template, args = args }
	self:assertEquals( expected, actual, message )
end

function ScribuntoUnit:assertResultEquals( expected, text, message )
	self:assertEquals( expected, ( self.frame or mw.getCurrentFrame() ):preprocess( text ), message )
end

function ScribuntoUnit:assertSameResult( text, other, message )
	local frame = self.frame or mw.getCurrentFrame()
	self:assertEquals( frame:preprocess( text ), frame:preprocess( other ), message )
end

function ScribuntoUnit:assertParserFunctionEquals( expected, name, args, message )
	local frame = self.frame or mw.getCurrentFrame()
	self:assertEquals( expected, frame:callParserFunction{ name = name, args = args }, message )
end

function ScribuntoUnit:assertThrows( fn, expectedMessage, message )
	local ok, raised = pcall( fn )
	if ok then
		raise( { text = 'Expected exception but none was thrown' }, message )
	end
	if expectedMessage == nil then
		return
	end
	-- The place in front of the text is none of what the test means.
	local text = type( raised ) == 'string' and raised:gsub( '^.-:%d+: ', '', 1 ) or tostring( raised )
	if text ~= expectedMessage and raised ~= expectedMessage then
		compared( 'is the exception', expectedMessage, text, message )
	end
end

function ScribuntoUnit:assertDoesNotThrow( fn, message )
	local ok, raised = pcall( fn )
	if not ok then
		raise( { text = 'Expected no exception, but got: ' .. tostring( raised ) }, message )
	end
end

-- Results as the module on Wikipedia has them: a table for callers from Lua, wikitext for #invoke.
function ScribuntoUnit:runSuite( suite, frame )
	self:init( frame )
	suite.frame = self.frame
	local names = {}
	for name, test in pairs( suite ) do
		if type( name ) == 'string' and name:find( '^test' ) and type( test ) == 'function' then
			names[#names + 1] = name
		end
	end
	table.sort( names )
	for _, name in ipairs( names ) do
		local ok, details = pcall( suite[name], suite )
		if ok then
			self.successCount = self.successCount + 1
			self.results[#self.results + 1] = { name = name, success = true }
		elseif type( details ) == 'table' and details.skipped then
			self.skipCount = self.skipCount + 1
			self.results[#self.results + 1] = { name = name, skipped = true }
		else
			self.failureCount = self.failureCount + 1
			local isAssertion = type( details ) == 'table' and details.ScribuntoUnit
			self.results[#self.results + 1] = {
				name = name,
				error = not isAssertion,
				message = tostring( details ),
				expected = isAssertion and details.expected or nil,
				actual = isAssertion and details.actual or nil,
			}
		end
	end
	return {
		successCount = self.successCount,
		failureCount = self.failureCount,
		skipCount = self.skipCount,
		results = self.results,
	}
end

function ScribuntoUnit:run( suite, frame )
	local data = self:runSuite( suite, frame )
	if not ( frame and frame.args ) then
		return data
	end
	local lines = { string.format( '%d passed, %d failed, %d skipped', data.successCount, data.failureCount, data.skipCount ) }
	for _, result in ipairs( data.results ) do
		if not result.success and not result.skipped then
			lines[#lines + 1] = '* ' .. result.name .. ': ' .. result.message
		end
	end
	return table.concat( lines, '\n' )
end

return ScribuntoUnit
