#!lua name=ioc

-- Redis doesn't undo a script that fails half-way: everything that can refuse stands before the first write.

local CHUNK = 3000 -- Lua's stack holds some 8,000 values

-- KEYS: meta. ARGV: generation, token, first offset of a partition never seen. Returns the next offset.
local function claim(keys, argv)
  local generation = argv[1]
  redis.call('HSET', keys[1], 'token:' .. generation, argv[2], 'generation', generation)
  redis.call('HSETNX', keys[1], 'offset:' .. generation, argv[3])
  return tonumber(redis.call('HGET', keys[1], 'offset:' .. generation))
end

-- KEYS: meta, seen, changes, hours. ARGV: key prefix, generation, token, expected offset, next offset,
-- layout (msgpack: [[suffix, expire_at, set arguments, delete arguments], ...]), the board's change,
-- chunk of seen ids, old chunks of seen ids to drop, stream entries to keep, then the layout's arguments in order.
local function apply(keys, argv)
  local prefix, generation, token = argv[1], argv[2], argv[3]
  local held = redis.call('HMGET', keys[1], 'token:' .. generation, 'offset:' .. generation)
  if held[1] ~= token then return redis.error_reply('FENCED another claim owns the partition') end
  if held[2] ~= argv[4] then return redis.error_reply('OFFSET ' .. tostring(held[2])) end
  local layout = cmsgpack.unpack(argv[6])

  local at = 11
  for _, part in ipairs(layout) do
    local key = prefix .. part[1]
    for from = at, at + part[3] - 1, CHUNK do
      redis.call('HSET', key, unpack(argv, from, math.min(from + CHUNK, at + part[3]) - 1))
    end
    at = at + part[3]
    for from = at, at + part[4] - 1, CHUNK do
      redis.call('HDEL', key, unpack(argv, from, math.min(from + CHUNK, at + part[4]) - 1))
    end
    at = at + part[4]
    if part[2] > 0 then
      redis.call('EXPIREAT', key, part[2])
      redis.call('HSET', keys[4], part[1], part[2])
    end
  end
  if #argv[8] > 0 then redis.call('RPUSH', keys[2], argv[8]) end
  if tonumber(argv[9]) > 0 then redis.call('LTRIM', keys[2], argv[9], -1) end
  if #argv[7] > 0 then
    redis.call('XADD', keys[3], 'MAXLEN', argv[10], '*', 'c', argv[7], 'o', argv[4], 'n', argv[5])
  end
  redis.call('HSET', keys[1], 'offset:' .. generation, argv[5])
  return 1
end

redis.register_function('ioc_claim', claim)
redis.register_function('ioc_apply', apply)
