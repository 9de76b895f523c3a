-- Takes tokens of a rate that all processes share. KEYS[1]: when the next token is there, in µs of the server's clock.
-- ARGV: µs between two tokens, µs for which unused tokens are kept, how many are wanted.
-- Gives how many were taken, and in how many µs the next one is there.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local interval, saved, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
-- Later than an interval from now only where the server's clock went back.
local next_at = math.min(tonumber(redis.call('GET', KEYS[1]) or '0'), now + interval)
next_at = math.max(next_at, now - saved)
local taken = 0
if next_at <= now then
    taken = math.min(wanted, math.floor((now - next_at) / interval) + 1)
    next_at = next_at + taken * interval
    redis.call('SET', KEYS[1], string.format('%.0f', next_at), 'PX', 60000)
end
return {taken, math.max(0, math.ceil(next_at - now))}
