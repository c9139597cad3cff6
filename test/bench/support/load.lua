-- Cycles over prepared bodies, one a line; BENCH_BODIES names the file, BENCH_FROM the line to begin with, BENCH_PATH where
-- they are sent, BENCH_TARGET what X-Amz-Target says there, if anything. A line may begin with two headers of its own,
-- X-Amz-Date and Authorization, with tabs behind them.
local requests = {}
local count = 0
local next_one = 0

-- With BENCH_THINK each connection waits between an answer and its next request: that many milliseconds in the middle,
-- half of it to one and a half, so that the connections don't fall into step. What is offered is then below saturation.
local think = tonumber(os.getenv("BENCH_THINK") or "0")
if think > 0 then
  function delay()
    return think * (0.5 + math.random())
  end
end

function init()
  local headers = {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN"),
  }
  headers["X-Amz-Target"] = os.getenv("BENCH_TARGET")
  for line in io.lines(os.getenv("BENCH_BODIES")) do
    count = count + 1
    local date, authorization, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    if body then
      headers["X-Amz-Date"] = date
      headers["Authorization"] = authorization
      -- As a proxy on this machine says it, which the server trusts.
      headers["X-Forwarded-For"] = "10.1.2.3"
      headers["X-Forwarded-Proto"] = "https"
    end
    requests[count] = wrk.format("POST", os.getenv("BENCH_PATH"), headers, body or line)
  end
  next_one = tonumber(os.getenv("BENCH_FROM") or "0") % count
end

function request()
  next_one = next_one % count + 1
  return requests[next_one]
end

function done(summary, latency)
  io.write(string.format(
    'BENCH {"answers":%d,"microseconds":%d,"notOk":%d,"broken":%d,"p50":%d,"p90":%d,"p99":%d,"max":%d}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
