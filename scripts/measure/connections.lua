-- POST /v1/connections, each for another customer. BENCH_KEY is the API key; a bare handler does not look at it.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("id", threads)
end

function init()
  count = 0
  run = os.getenv("BENCH_RUN") or "0"
  wrk.headers["Authorization"] = "Bearer " .. (os.getenv("BENCH_KEY") or "none")
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  local body = string.format(
    '{"customer":{"external_id":"bench-%s-%d-%d"},"include_sandbox":true,"parent_origin":"http://127.0.0.1:3001"}',
    run, id, count)
  return wrk.format("POST", nil, nil, body)
end
