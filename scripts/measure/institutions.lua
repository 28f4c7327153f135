-- GET /v1/institutions with what people type: a name, a nickname, a code, a slip of the finger, in two scripts.
local queries = {
  "%D7%9C%D7%90%D7%95%D7%9E%D7%99", "hapoalim", "12", "%D7%9E%D7%96%D7%A8%D7%97%D7%99", "disc", "%D7%99%D7%A9%D7%A8%D7%90%D7%9B%D7%A8%D7%98", "leumy", "max",
}

function init()
  count = 0
  wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")
end

function request()
  count = count + 1
  return wrk.format("GET", "/v1/institutions?q=" .. queries[count % #queries + 1])
end
