-- mw.hash for runs without a Scribunto tree. Written for the embedded host.

local hash = {}

function hash.setupInterface()
	hash.setupInterface = nil
	hash.listAlgorithms = mw_interface.listAlgorithms
	hash.hashValue = mw_interface.hashValue
	mw_interface = nil
	mw.hash = hash
end

return hash
