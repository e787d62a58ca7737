-- Sets a key if its version is still the one that is expected.
-- KEYS: what counts changes, the index of keys, the key. ARGV: the version, or nothing where there is to be no value yet; the value.
-- A version has 16 digits at most.
local seen = string.match(redis.call('GETRANGE', KEYS[3], 0, 16), '^(%d+):') or ''
if seen ~= ARGV[1] then
    return 0
end
local version = redis.call('INCR', KEYS[1])
redis.call('SET', KEYS[3], string.format('%d:', version) .. ARGV[2])
redis.call('ZADD', KEYS[2], 0, KEYS[3])
return 1
