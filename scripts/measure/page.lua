-- Each request comes from another address, through a proxy that Gesher trusts: a single one would meet the limit of addresses.
local count = 0

request = function()
  count = count + 1
  local address = string.format("10.%d.%d.%d", math.floor(count / 65536) % 256, math.floor(count / 256) % 256, count % 256)
  wrk.headers["X-Forwarded-For"] = address
  return wrk.format()
end
