-- What calls and errors cost. Prints "name<TAB>nanoseconds" for each case; scripts/measure/calls.mjs runs
-- it under lua5.1 and under ours in turns.

local clock = os.clock

local function measure(name, count, run)
	run(math.ceil(count / 20)) -- so that V8 has optimized it
	local start = clock()
	run(count)
	print(string.format("%s\t%.1f", name, (clock() - start) / count * 1e9))
end

local function fib(n)
	if n < 2 then return n end
	return fib(n - 1) + fib(n - 2)
end
-- fib(20) makes 21891 calls.
measure("call", 2e6, function(count)
	for _ = 1, count / 21891 do fib(20) end
end)

local function countDown(n)
	if n == 0 then return 0 end
	return countDown(n - 1)
end
measure("tail call, chains of 100", 2e6, function(count)
	for _ = 1, count / 100 do countDown(100) end
end)
measure("tail call, one chain", 2e6, function(count) countDown(count) end)

local function fail() local x; return x.y end
measure("pcall of a runtime error", 5e4, function(count)
	for _ = 1, count do pcall(fail) end
end)
local function failWith() error("message") end
measure("pcall of error(message)", 5e4, function(count)
	for _ = 1, count do pcall(failWith) end
end)
local function failWithTable() error({}) end
measure("pcall of error(table)", 5e4, function(count)
	for _ = 1, count do pcall(failWithTable) end
end)

local function under(depth, f)
	if depth == 0 then return (f()) end
	return (under(depth - 1, f))
end
measure("debug.traceback, 10 levels deep", 5e3, function(count)
	for _ = 1, count do under(10, debug.traceback) end
end)
measure("getfenv(1)", 2e4, function(count)
	for _ = 1, count do getfenv(1) end
end)

if coroutine then
	local yielder = coroutine.wrap(function()
		while true do coroutine.yield(1) end
	end)
	measure("coroutine resume and yield", 2e5, function(count)
		for _ = 1, count do yielder() end
	end)
end
