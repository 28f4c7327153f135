-- GET /v1/institutions with what people type: names, nicknames, codes, slips of the finger, the wrong keyboard, in two scripts, and how
-- each begins. BENCH_NEW=1: no two requests ask the same, so that each is looked for anew. A bare handler does not look at any of it.
local queries = {
  "%D7%9C%D7%90%D7%95%D7%9E%D7%99", "hapoalim", "12", "%D7%9E%D7%96%D7%A8%D7%97%D7%99", "disc", "%D7%99%D7%A9%D7%A8%D7%90%D7%9B%D7%A8%D7%98", "leumy", "max",
  "deutsche", "sparkasse", "santander", "barcalys", "ktunh", "l", "le", "leu", "leum", "%D7%93", "%D7%93%D7%95%D7%99%D7%98%D7%A9%D7%94", "volksbank",
}
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("id", threads)
end

function init()
  count = 0
  wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_KEY") or "none")
end

function request()
  count = count + 1
  local query = queries[count % #queries + 1]
  if not os.getenv("BENCH_NEW") then
    return wrk.format("GET", "/v1/institutions?limit=24&q=" .. query)
  end
  -- Blanks before and after what is typed make another question of it, and find the same.
  local turn = math.floor(count / #queries)
  local blank = id == 1 and "%20" or "%09"
  query = string.rep(blank, turn % 40) .. query .. string.rep(blank, math.floor(turn / 40) % 40)
  return wrk.format("GET", "/v1/institutions?limit=" .. 24 + math.floor(turn / 1600) % 10 .. "&q=" .. query)
end
