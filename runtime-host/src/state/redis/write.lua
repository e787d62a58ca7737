-- Sets and deletes several keys, as one change.
-- KEYS: what counts changes, the index of keys, the keys. ARGV: a value for each, with `=` in front, or nothing to delete it.
local version = redis.call('INCR', KEYS[1])
for at = 3, #KEYS do
    local value = ARGV[at - 2]
    if value == '' then
        redis.call('DEL', KEYS[at])
        redis.call('ZREM', KEYS[2], KEYS[at])
    else
        redis.call('SET', KEYS[at], string.format('%d:', version) .. string.sub(value, 2))
        redis.call('ZADD', KEYS[2], 0, KEYS[at])
    end
end
return version
