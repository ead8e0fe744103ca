-- wrk -s post.lua URL -- FILE BYTES TYPE [THINK_MS]: posts the pieces of FILE, BYTES each (0: its lines), one after another.
-- With THINK_MS a client waits about that long before its next request.
local requests, turn, think = {}, 0, 0

function init(args)
   local file = assert(io.open(args[1], "rb"))
   local text = file:read("*a")
   local bytes, headers = tonumber(args[2]), {["Content-Type"] = args[3]}
   file:close()
   think = tonumber(args[4] or 0)
   if bytes == 0 then
      for line in text:gmatch("[^\n]+") do
         requests[#requests + 1] = wrk.format("POST", nil, headers, line)
      end
   else
      for at = 1, #text - bytes + 1, bytes do
         requests[#requests + 1] = wrk.format("POST", nil, headers, text:sub(at, at + bytes - 1))
      end
   end
   if think > 0 then
      delay = function() return math.random(0, 2 * think) end
   end
end

function request()
   turn = turn % #requests + 1
   return requests[turn]
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format("RESULT %.1f %.1f %.1f %d\n", summary.requests * 1e6 / summary.duration, latency:percentile(50),
                          latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
