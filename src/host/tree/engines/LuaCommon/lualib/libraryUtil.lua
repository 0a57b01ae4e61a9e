-- Checks of arguments for libraries in Lua. Written for the embedded host.

local util = {}

local function wrong( level, format, ... )
	error( string.format( format, ... ), level + 1 )
end

function util.checkType( name, index, value, wanted, isOptional )
	if type( value ) ~= wanted and not ( value == nil and isOptional ) then
		wrong( 3, "bad argument #%d to '%s' (%s expected, got %s)", index, name, wanted, type( value ) )
	end
end

function util.checkTypeMulti( name, index, value, wanted )
	for _, kind in ipairs( wanted ) do
		if type( value ) == kind then
			return
		end
	end
	local list = table.concat( wanted, ', ', 1, #wanted - 1 )
	list = ( list ~= '' and list .. ' or ' or '' ) .. wanted[#wanted]
	wrong( 3, "bad argument #%d to '%s' (%s expected, got %s)", index, name, list, type( value ) )
end

function util.checkTypeForIndex( index, value, wanted )
	if type( value ) ~= wanted then
		wrong( 3, "value for index '%s' must be %s, %s given", index, wanted, type( value ) )
	end
end

function util.checkTypeForNamedArg( name, argument, value, wanted, isOptional )
	if type( value ) ~= wanted and not ( value == nil and isOptional ) then
		wrong( 3, "bad named argument %s to '%s' (%s expected, got %s)", argument, name, wanted, type( value ) )
	end
end

function util.makeCheckSelfFunction( library, variable, object, description )
	return function( self, method )
		if self ~= object then
			wrong( 3, '%s: invalid %s. Did you call %s with a dot instead of a colon, i.e. %s.%s() instead of %s:%s()?',
				library, description, method, variable, method, variable, method )
		end
	end
end

return util
