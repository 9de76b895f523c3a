-- Checks of many requests at once. Runs behind the functions of servicekit's counters.lua.
-- KEYS: for group i of requests, KEYS[2i-1] is their token bucket and KEYS[2i] their count of the day.
-- ARGV: for group i, how many requests (3i-2), their rate a minute (3i-1) and the limit of their day (3i). A limit of -1
-- means that they are not counted; a rate of -1 that their places in the day are given back.
-- Answers three numbers for each group: how many of its requests the rate allows, milliseconds until it would allow
-- another one, and how many of those that the rate allows got a place in the day.
-- The bucket is GOV.UK Notify's (public contract, section 4): one token is taken whatever happens, down to none, and
-- a request is refused when fewer than one is left after that. Tokens come back whole; what is left of the time is kept.
local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local answers = {}

local function take(key, requests, rate)
  local capacity = math.min(math.ceil(rate / 3) + 1, 1000)
  local per_us = rate / 60000000
  local tokens, since_us = capacity, now_us
  local kept = redis.call('GET', key)
  if kept then
    local had, at = string.match(kept, '^(%d+) (%d+)$')
    tokens, since_us = math.min(tonumber(had), capacity), math.min(tonumber(at), now_us)
    local added = math.floor((now_us - since_us) * per_us)
    if tokens + added >= capacity then
      tokens, since_us = capacity, now_us
    elseif added > 0 then
      tokens, since_us = tokens + added, since_us + math.floor(added / per_us)
    end
  end
  local allowed = math.max(math.min(requests, tokens - 1), 0)
  tokens = math.max(tokens - requests, 0)
  local until_full_ms, wait_ms = 60000, 60000
  if rate > 0 then
    until_full_ms = math.ceil(capacity / per_us / 1000) + 1000
    wait_ms = math.max(math.ceil(((2 - tokens) / per_us - (now_us - since_us)) / 1000), 0)
  end
  redis.call('SET', key, string.format('%.0f %.0f', tokens, since_us), 'PX', until_full_ms)
  return allowed, wait_ms
end

for i = 1, #ARGV / 3 do
  local requests, rate, limit = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local allowed, wait_ms, placed = requests, 0, requests
  if rate < 0 then
    give_back(KEYS[2 * i], requests)
  else
    allowed, wait_ms = take(KEYS[2 * i - 1], requests, rate)
    placed = allowed
    if limit >= 0 and allowed > 0 then
      placed = reserve(KEYS[2 * i], allowed, limit, false)
    end
  end
  answers[3 * i - 2], answers[3 * i - 1], answers[3 * i] = allowed, wait_ms, placed
end
return answers
