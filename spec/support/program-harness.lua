-- Runs many generated programs in one process: program(number, source, plain, way) prints a block with what the
-- program printed, its results or its error. `plain` is whether it runs in the global environment, `way` whether
-- it runs "once", "again", or its functions are called very often ("hot"). Nothing printed depends on addresses.
-- A collection natively drops the keys of removed entries, and what is inserted later then has another place:
-- with the global environment emptied and filled for each program, the order of its keys would depend on memory.
collectgarbage("stop")
local BUDGET = 300
local type, next, select, pairs, error, setmetatable = type, next, select, pairs, error, setmetatable
local rawget, pcall = rawget, pcall
local format, write, progress = string.format, io.write, io.stderr
local G, realTostring, getmetatable, unpack = _G, tostring, debug.getmetatable, unpack

local function show(v, depth)
  local kind = type(v)
  if kind == "string" then
    if #v > 200 then return "long string of " .. #v end
    return '"' .. v:gsub('[%c\128-\255"\\]', function(c) return format("\\%03d", c:byte()) end) .. '"'
  elseif kind == "number" then
    -- Which NaN it is is not for sure
    if v ~= v then return "nan" end
    return format("%.14g", v)
  elseif kind == "boolean" or kind == "nil" then
    return realTostring(v)
  elseif kind == "table" and depth > 0 then
    local out, count, ordered = {}, 0, true
    for k, item in next, v do
      count = count + 1
      if count > 40 then break end
      local keyKind = type(k)
      if keyKind ~= "string" and keyKind ~= "number" and keyKind ~= "boolean" then ordered = false end
      out[count] = show(k, 0) .. "=" .. show(item, depth - 1)
    end
    if not ordered then return "{" .. count .. " entries}" end
    return "{" .. table.concat(out, " ") .. " #" .. #v .. "}"
  end
  return kind
end

local function list(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = show((select(i, ...)), 2) end
  return table.concat(out, " ")
end

local left
local function tick()
  left = left - 1
  if left < 0 then error("budget", 0) end
end

-- While functions run hot, what they print goes into a sum.
local quiet, sum = false, 0
local function out(...)
  tick()
  if not quiet then
    write("  ", list(...), "\n")
    return
  end
  local text = list(...)
  for i = 1, #text, 7 do sum = (sum * 31 + text:byte(i)) % 1000003 end
end

-- Calls the program's functions so often that they are optimized, then with other types.
local HOT_BUDGET, HOT_CALLS = 8000, 1200
local function runHot(E)
  quiet, sum, left = true, 0, HOT_BUDGET
  local functions = {rawget(E, "F"), rawget(E, "G"), rawget(E, "eval")}
  if type(E.M) == "table" then functions[4], functions[5] = rawget(E.M, "m"), rawget(E.M, "f") end
  for _, f in pairs(functions) do
    if type(f) == "function" then
      for i = 1, HOT_CALLS do
        local late = i > HOT_CALLS * 0.9
        pcall(out, pcall(f, late and (i % 3 == 0 and "s" or i % 3 == 1 and {i} or nil) or i, late and i or i / 2))
        if left < 0 then break end
      end
      left = HOT_BUDGET
    end
  end
  quiet = false
  write("  hot ", sum, "\n")
end

local libraries = {"string", "table", "math", "coroutine", "debug", "os"}
local pristine = {}
for _, name in pairs(libraries) do
  pristine[name] = {}
  for k, v in pairs(_G[name]) do pristine[name][k] = v end
end

local function environment()
  local E = {}
  for _, name in pairs{"pairs", "ipairs", "next", "select", "type", "pcall", "xpcall", "error", "assert", "unpack", "tonumber", "setmetatable", "rawset", "rawget", "rawequal", "loadstring", "setfenv", "getfenv"} do
    E[name] = _G[name]
  end
  for _, name in pairs(libraries) do
    E[name] = {}
    for k, v in pairs(pristine[name]) do E[name][k] = v end
  end
  E.E, E._G, E.out, E.print, E.tick, E.N, E.S, E.T, E.M = E, E, out, out, tick, 5, "str", {10, 20, 30, x = 1, y = "two"}, {}
  E.F = function(...) tick() return ... end
  E.tostring = function(v) if type(v) == "number" then if v ~= v then return "nan" end return realTostring(v) end local mt = getmetatable(v) if type(v) == "string" or (mt and rawget(mt, "__tostring")) then return realTostring(v) end return show(v, 1) end
  E.cut = function(...) if type((...)) == "string" and #(...) > 60 then return (...):sub(1, 60) end return ... end
  E.key = function(v) local kind = type(v) if kind == "string" or kind == "boolean" or kind == "number" and v == v then return v end return kind end
  E.meta = function(t) if type(t) ~= "table" then return {} end local mt = getmetatable(t) if not mt then mt = {} setmetatable(t, mt) end return mt end
  E.try = function(f, ...) out("try", pcall(f, ...)) end
  E.trace = function(f) out("trace", xpcall(f, function(m) if type(m) == "string" then return debug.traceback(m, 2):gsub("%[C%]: in function 'xpcall'.*", "") end return m end)) end
  E.range = function(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * i end end end
  E.resume = function(co, ...) out("resume", coroutine.resume(co, ...)) end
  return E
end

function program(number, source, plain, way)
  write("== ", number, "\n")
  progress:write(".\n") -- unbuffered: it tells which program has no end
  left = BUDGET
  local f, message = loadstring(source, "=p")
  if not f then
    write("  syntax: ", message, "\n")
    return
  end
  local E = environment()
  local before = {}
  if plain then
    -- In the global environment, as a script runs, without what was there
    for k, v in next, G do before[k] = v end
    for k in next, before do G[k] = nil end
    for k, v in next, E do G[k] = v end
    G._G, G.E = G, G
  else
    setfenv(f, E)
  end
  local results = list(pcall(f, 1, nil, "third"))
  if way == "again" then
    left = BUDGET
    results = results .. " again " .. list(pcall(f, "again", 2))
  elseif way == "hot" then
    runHot(plain and G or E)
  end
  local state = list(E.N, E.S, E.T, E.M, E.G, E.eval)
  if plain then state = list(G.N, G.S, G.T, G.M, G.G, G.eval) end
  if plain then
    local keys = {}
    for k in next, G do keys[#keys + 1] = k end
    for _, k in next, keys do G[k] = nil end
    for k, v in next, before do G[k] = v end
  end
  write("  ends ", results, "\n  state ", state, "\n")
end
