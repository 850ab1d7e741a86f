#!lua name=ioc

-- Redis doesn't undo a script that fails half-way: everything that can refuse stands before the first write.

local CHUNK = 3000 -- an even number: Lua's stack holds some 8,000 values

-- KEYS: meta. ARGV: generation, token, first offset of a partition never seen, shape of the contract (empty: any).
-- Returns the next offset.
local function claim(keys, argv)
  local generation, shape = argv[1], argv[4] or ''
  local known = redis.call('HGET', keys[1], 'shape:' .. generation)
  if shape ~= '' and known and known ~= shape then
    return redis.error_reply('SHAPE what is kept has the form of another contract')
  end
  if shape ~= '' then redis.call('HSET', keys[1], 'shape:' .. generation, shape) end
  redis.call('HSET', keys[1], 'token:' .. generation, argv[2], 'generation', generation)
  redis.call('HSETNX', keys[1], 'offset:' .. generation, argv[3])
  return tonumber(redis.call('HGET', keys[1], 'offset:' .. generation))
end

-- Do the commands of a layout: command (HSET or HDEL), suffix, expiry, and the lengths of its arguments in the body.
local function write(prefix, hours, layout, body)
  local at = 1
  for _, part in ipairs(layout) do
    local key, lengths = prefix .. part[2], part[4]
    for from = 1, #lengths, CHUNK do
      local pieces = {}
      for index = from, math.min(from + CHUNK - 1, #lengths) do
        local after = at + lengths[index]
        pieces[index - from + 1] = string.sub(body, at, after - 1)
        at = after
      end
      redis.call(part[1], key, unpack(pieces))
    end
    if part[3] > 0 then
      redis.call('EXPIREAT', key, part[3])
      redis.call('HSET', hours, part[2], part[3])
    end
  end
end

-- KEYS: meta, seen, changes, hours. ARGV: key prefix, generation, token, expected offset, next offset, layout (msgpack),
-- body, the board's change, chunk of seen ids, old chunks of seen ids to drop, stream entries to keep. One body of all
-- fields and values, because a client takes longer over ten thousand arguments than the server over cutting them.
local function apply(keys, argv)
  local prefix, generation, token = argv[1], argv[2], argv[3]
  local held = redis.call('HMGET', keys[1], 'token:' .. generation, 'offset:' .. generation)
  if held[1] ~= token then return redis.error_reply('FENCED another claim owns the partition') end
  if held[2] ~= argv[4] then return redis.error_reply('OFFSET ' .. tostring(held[2])) end
  local layout = cmsgpack.unpack(argv[6])

  write(prefix, keys[4], layout, argv[7])
  if #argv[9] > 0 then redis.call('RPUSH', keys[2], argv[9]) end
  if tonumber(argv[10]) > 0 then redis.call('LTRIM', keys[2], argv[10], -1) end
  redis.call('XADD', keys[3], 'MAXLEN', argv[11], '*', 'c', argv[8], 'o', argv[4], 'n', argv[5])
  redis.call('HSET', keys[1], 'offset:' .. generation, argv[5])
  return 1
end

-- KEYS: ioc:generation. ARGV: feed, generation. Only what began to be built last is shown.
local function show(keys, argv)
  local feed, generation = argv[1], argv[2]
  if redis.call('HGET', keys[1], feed .. ':next') ~= generation then
    return redis.error_reply('FENCED another rebuild has begun, or Redis lost its data')
  end
  redis.call('HSET', keys[1], feed, generation)
  redis.call('HDEL', keys[1], feed .. ':next')
  return 1
end

redis.register_function('ioc_claim', claim)
redis.register_function('ioc_apply', apply)
redis.register_function('ioc_show', show)
