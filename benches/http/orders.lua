-- Orders of two agents that trade with each other, each under an id of its own.
local threads = 0

function setup(thread)
   thread:set("number", threads)
   threads = threads + 1
end

function init(args)
   count = 0
   first = tonumber(os.getenv("RUN")) * 1e9
   pause = tonumber(os.getenv("PAUSE"))
   headers = { ["Content-Type"] = "application/json" }
   if pause then
      delay = function() return math.max(0, pause + math.random(-pause / 2, pause / 2)) end
   end
end

function request()
   count = count + 1
   local sells = count % 2 == 0
   local body = string.format(
      '{"id":%.0f,"actor":%d,"command":{"NewOrder":{"market":1,"order":{"side":"%s","ord_type":{"Limit":{"price":%d}},"order_qty":1}}}}',
      first + 2 * count + number, sells and 1 or 2, sells and "Sell" or "Buy", 10000 + (sells and 0 or 5))
   return wrk.format("POST", "/v1/commands", headers, body)
end
