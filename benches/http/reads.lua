-- The book of a market, read again and again.
request = function()
   return wrk.format("GET", "/v1/realms/bench/markets/1?levels=10")
end
