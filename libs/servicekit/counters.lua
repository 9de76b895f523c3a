-- Takes `amount` places of a count that may reach `limit`, or as many as are left; with `whole`, all or none.
-- Answers how many were taken. A count lives for a day from its first place on.
local function reserve(key, amount, limit, whole)
  local left = limit - tonumber(redis.call('GET', key) or '0')
  local taken = math.min(amount, math.max(left, 0))
  if taken == 0 or (whole and taken < amount) then
    return 0
  end
  if redis.call('INCRBY', key, taken) == taken then
    redis.call('EXPIRE', key, 86400)
  end
  return taken
end

-- Gives places back. A count that is gone, or was lost and began again, does not go below nought.
local function give_back(key, amount)
  local count = tonumber(redis.call('GET', key) or '0')
  if count > 0 then
    redis.call('DECRBY', key, math.min(amount, count))
  end
end
