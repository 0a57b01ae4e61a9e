-- mw.ustring for runs without a Scribunto tree: all of it is the host's. Written for the embedded host.

local ustring = {}

function ustring.setupInterface( options )
	ustring.setupInterface = nil
	local host = mw_interface
	mw_interface = nil
	for name, f in pairs( host ) do
		ustring[name] = f
	end
	ustring.maxStringLength = options.stringLengthLimit
	ustring.maxPatternLength = options.patternLengthLimit
	ustring.byte, ustring.format, ustring.rep = string.byte, string.format, string.rep

	local init, step = ustring.gmatch_init, ustring.gmatch_callback
	ustring.gmatch_init, ustring.gmatch_callback = nil, nil
	function ustring.gmatch( s, pattern )
		local compiled, captures = init( s, pattern )
		local position = 0
		return function()
			local found
			position, found = step( s, compiled, captures, position )
			return unpack( found )
		end
	end

	function ustring.gcodepoint( s, i, j )
		local codes = { ustring.codepoint( s, i or 1, j or -1 ) }
		local at = 0
		return function()
			at = at + 1
			return codes[at]
		end
	end
	mw.ustring = ustring
end

return ustring
