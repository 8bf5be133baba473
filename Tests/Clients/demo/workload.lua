-- What the demonstration runs in the traced Lua: calls, closures, strings, tables, sorting, errors.
-- Prints a checksum, and on standard error the seconds of processor time it took.
local size = tonumber(arg and arg[1]) or 10
local begin = os.clock()
local sum = 0

local function fibonacci(n) return n < 2 and n or fibonacci(n - 1) + fibonacci(n - 2) end

for round = 1, size do
  sum = sum + fibonacci(16)
  local words = {}
  for index = 1, 300 do words[index] = string.format("%05d", (index * 7919 + round) % 10007) end
  table.sort(words, function(a, b) return a < b end)
  local text = table.concat(words, ",")
  for word in text:gmatch("%d+") do sum = sum + tonumber(word) % 7 end
  local set = setmetatable({}, { __index = function(_, key) return key * 2 end })
  for index = 1, 300 do
    set["k" .. index] = index
    sum = sum + set[index]
  end
  sum = sum + select("#", table.unpack(words))
  local fine, problem = pcall(error, { code = round })
  sum = sum + (fine and 0 or problem.code)
  collectgarbage("step")
end
print(sum)
io.stderr:write(string.format("cpu %.6f\n", os.clock() - begin))
