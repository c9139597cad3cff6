-- Cycles over prepared OCSP requests: for GET a path a line, for POST bodies, each behind its length in two octets.
local requests = {}
local count = 0
local next_one = 0

local function posts(file)
  local headers = { ["Content-Type"] = "application/ocsp-request" }
  local from = assert(io.open(file, "rb"))
  while true do
    local length = from:read(2)
    if length == nil then return end
    local high, low = length:byte(1, 2)
    count = count + 1
    requests[count] = wrk.format("POST", "/ocsp", headers, from:read(high * 256 + low))
  end
end

local function gets(file)
  for line in io.lines(file) do
    count = count + 1
    requests[count] = wrk.format("GET", "/ocsp/" .. line)
  end
end

function init()
  local load = os.getenv("BENCH_METHOD") == "POST" and posts or gets
  load(os.getenv("BENCH_BODIES"))
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
