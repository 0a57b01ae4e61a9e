-- What the peer needs before it makes a sandbox: mw.clone and the guards of setfenv and getfenv.
-- Written for the embedded host. A Scribunto tree brings its own file of this name, which does more.

mw = mw or {}

-- Copies a table with all that it holds, its metatables too; a table met twice is copied once.
function mw.clone( original )
	local copies = {}
	local function copy( value )
		if type( value ) ~= 'table' then
			return value
		end
		local known = copies[value]
		if known == nil then
			known = {}
			copies[value] = known
			for key, field in next, value do
				known[key] = copy( field )
			end
			local metatable = getmetatable( value )
			if metatable ~= nil then
				setmetatable( known, copy( metatable ) )
			end
		end
		return known
	end
	return copy( original )
end

local MAX_LEVEL = 10

-- Makes setfenv and getfenv for a sandbox. An environment that is a key of `environments` can be
-- neither seen nor exchanged, and a function that is a key of `functions` keeps its environment.
function mw.makeProtectedEnvFuncs( environments, functions )
	local raw_setfenv, raw_getfenv = setfenv, getfenv

	local function isProtected( environment )
		return environment == nil or environments[environment]
	end

	local function guarded_setfenv( target, environment )
		local kind = type( target )
		if kind == 'number' then
			local level = math.floor( target )
			if level < 1 or level > MAX_LEVEL then
				error( "'setfenv' takes a level from 1 to " .. MAX_LEVEL, 2 )
			end
			-- One more: this function is a level itself.
			if isProtected( raw_getfenv( level + 1 ) ) then
				error( "'setfenv' cannot change this environment, it is protected", 2 )
			end
			return ( raw_setfenv( level + 1, environment ) )
		elseif kind == 'function' then
			if functions[target] or isProtected( raw_getfenv( target ) ) then
				error( "'setfenv' cannot change this function, it is protected", 2 )
			end
			return ( raw_setfenv( target, environment ) )
		end
		error( "'setfenv' takes a function or a level", 2 )
	end

	local function guarded_getfenv( target )
		local environment
		if target == nil then
			environment = raw_getfenv( 2 )
		elseif type( target ) == 'number' and target >= 1 then
			environment = raw_getfenv( target + 1 )
		elseif type( target ) == 'function' then
			environment = raw_getfenv( target )
		else
			error( "'getfenv' takes a function or a level", 2 )
		end
		if not isProtected( environment ) then
			return environment
		end
	end

	return guarded_setfenv, guarded_getfenv
end

return mw
