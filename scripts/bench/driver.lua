-- Runs the programs of fixtures/bench in any Lua. A program is a chunk that returns a function, which does
-- the work and returns a number that must be the same everywhere, and how many rounds of it make one run.
--
--   driver.lua FILE [COUNT]    runs it and prints the checksum: for whole processes
--   driver.lua                 reads commands from stdin, answers each with a line:
--     load FILE     reads and runs the chunk, then runs the program once: its first run
--     run COUNT     runs the program again
--     define FILE   reads and runs the chunk only, and answers with its second result
--     grow N        runs the program's function once with the argument N

local program, rounds

local function define(file)
	program, rounds = assert(loadfile(file))()
end

local function run(count)
	local checksum
	for _ = 1, count * rounds do
		checksum = program()
	end
	return string.format("%.0f", checksum)
end

local commands = {}

function commands.load(file)
	define(file)
	return run(1)
end

function commands.run(count)
	return run(tonumber(count))
end

function commands.define(file)
	define(file)
	return rounds
end

function commands.grow(n)
	return string.format("%.0f", program(tonumber(n)))
end

local file, count = ...
if file then
	define(file)
	print(run(tonumber(count or "1")))
	return
end
io.write("ready\n")
io.flush()
for line in io.lines() do
	local name, argument = line:match("^(%a+) ?(.*)$")
	local ok, answer = pcall(commands[name], argument)
	io.write(ok and "ok " or "failed ", (tostring(answer):gsub("\n", " ")), "\n")
	io.flush()
end
