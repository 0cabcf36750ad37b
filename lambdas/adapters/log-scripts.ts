/**
 * The log's scripts: one constant Lua script an operation, data only in ARGV, every key declared.
 * A script that fails half way keeps its writes, so each checks everything before its first one.
 *
 * head = hash {incarnation, term, primary, position, chain, time, step, offset, sealed, schemaVersion, start, bytes}: `start` is the
 * first position that was not trimmed (left out: 1), `bytes` all that was ever appended;
 * stream ids are `<position>-<term>`, dense; fields e = entry, d = its digest, c = chain after it, t and s = log time and step.
 */

/** Log time = the engine's time + offset; never less than the last one given out. Where the clock fell, `step` rises. */
export const LOG_TIME = `
local function engine_ms()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function whole(n) return string.format('%.0f', n) end
local function log_time(head)
  local h = redis.call('HMGET', head, 'time', 'step', 'offset')
  local last, step, offset = tonumber(h[1]), tonumber(h[2]), tonumber(h[3])
  local now = engine_ms() + offset
  if now < last then
    offset = offset + (last - now)
    step = step + 1
    now = last
  end
  redis.call('HSET', head, 'time', whole(now), 'step', whole(step), 'offset', whole(offset))
  return whole(now), whole(step)
end
`;

/** KEYS registry, head; ARGV field, record, incarnation, term, primary, chain, schemaVersion, collections at most. */
export const REGISTER = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return {'taken', known} end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[8]) then return {'full'} end
redis.call('HSET', KEYS[2], 'incarnation', ARGV[3], 'term', ARGV[4], 'primary', ARGV[5], 'position', '0', 'chain', ARGV[6],
  'time', '0', 'step', '0', 'offset', '0', 'sealed', '0', 'schemaVersion', ARGV[7])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return {'registered', ARGV[2]}
`;

/** KEYS registry; ARGV field, the record as it stands, the record as it is to be. */
export const AMEND = `
local standing = redis.call('HGET', KEYS[1], ARGV[1])
if standing == ARGV[2] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return ARGV[3]
end
return standing
`;

/**
 * KEYS head, stream, idempotency record, dirty set;
 * ARGV incarnation, term, schemaVersion, request digest, idempotency ms, n, position and chain that the caller's region holds,
 * 1 where the schema version is to rise, then n pairs (digest, entry). A log that ends before what a region holds has lost its tail: nothing may be added to it.
 */
export const APPEND = `${LOG_TIME}
local h = redis.call('HMGET', KEYS[1], 'incarnation', 'term', 'position', 'chain', 'schemaVersion')
if not h[1] or h[1] ~= ARGV[1] then return {'unknown-collection'} end
if h[2] ~= ARGV[2] then return {'stale-term'} end
local position, chain = tonumber(h[3]), h[4]
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', '1')
local lastPosition = 0
if last[1] then lastPosition = tonumber(string.match(last[1][1], '^(%d+)-')) end
if lastPosition ~= position then return {'log-restarted'} end
local seen = tonumber(ARGV[7])
if seen > position or (seen == position and ARGV[8] ~= chain) then return {'log-restarted'} end
local known = redis.call('HMGET', KEYS[3], 'digest', 'position', 'term', 'chain', 'time', 'step', 'count')
if known[1] then
  if known[1] ~= ARGV[4] then return {'idempotency-mismatch'} end
  return {'repeated', known[3], known[2], known[4], known[5], known[6], known[7] or ARGV[6]}
end
local raises = ARGV[9] == '1'
if raises and h[5] == ARGV[3] then
  local t = redis.call('HMGET', KEYS[1], 'time', 'step')
  return {'repeated', h[2], h[3], chain, t[1], t[2], '0'}
end
if raises and tonumber(h[5]) > tonumber(ARGV[3]) then return {'stale-schema'} end
if not raises and h[5] ~= ARGV[3] then return {'stale-schema'} end
local now, step = log_time(KEYS[1])
local bytes = 0
for i = 1, tonumber(ARGV[6]) do
  local digest, entry = ARGV[8 + 2 * i], ARGV[9 + 2 * i]
  bytes = bytes + #entry
  position = position + 1
  chain = redis.sha1hex(chain .. digest)
  redis.call('XADD', KEYS[2], whole(position) .. '-' .. h[2], 'e', entry, 'd', digest, 'c', chain, 't', now, 's', step)
end
redis.call('HSET', KEYS[1], 'position', whole(position), 'chain', chain, 'schemaVersion', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'bytes', whole(bytes))
redis.call('HSET', KEYS[3], 'digest', ARGV[4], 'position', whole(position), 'term', h[2], 'chain', chain, 'time', now, 'step', step, 'count', ARGV[6])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
redis.call('ZADD', KEYS[4], whole(engine_ms()), ARGV[1])
return {'appended', h[2], whole(position), chain, now, step, ARGV[6]}
`;

/** KEYS idempotency record; ARGV request digest. */
export const TAKEN = `
local known = redis.call('HMGET', KEYS[1], 'digest', 'position', 'term', 'chain', 'time', 'step', 'count')
if not known[1] then return {'unknown'} end
if known[1] ~= ARGV[1] then return {'idempotency-mismatch'} end
return {'repeated', known[3], known[2], known[4], known[5], known[6], known[7]}
`;

/** KEYS head, stream; ARGV incarnation, from position, entries at most, bytes at most. What was trimmed is told, never left out. */
export const PULL = `${LOG_TIME}
local h = redis.call('HMGET', KEYS[1], 'incarnation', 'term', 'position', 'chain', 'start')
if not h[1] or h[1] ~= ARGV[1] then return {'unknown-collection'} end
local now, step = log_time(KEYS[1])
local start = h[5] or '1'
if tonumber(ARGV[2]) < tonumber(start) then return {'trimmed', h[2], h[3], h[4], now, step, {}, start} end
local found = redis.call('XRANGE', KEYS[2], ARGV[2], '+', 'COUNT', ARGV[3])
local entries, bytes = {}, 0
for i = 1, #found do
  local fields = {}
  for j = 1, #found[i][2], 2 do fields[found[i][2][j]] = found[i][2][j + 1] end
  bytes = bytes + #fields['e']
  if i > 1 and bytes > tonumber(ARGV[4]) then break end
  entries[i] = {found[i][1], fields['e'], fields['d'], fields['c'], fields['t'], fields['s']}
end
return {'read', h[2], h[3], h[4], now, step, entries, start}
`;

/** KEYS head; ARGV incarnation. */
export const CONFIRM = `${LOG_TIME}
local h = redis.call('HMGET', KEYS[1], 'incarnation', 'term', 'position', 'chain')
if not h[1] or h[1] ~= ARGV[1] then return {'unknown-collection'} end
local now, step = log_time(KEYS[1])
return {'read', h[2], h[3], h[4], now, step}
`;

/** KEYS the dirty sets; ARGV since, in ms of the engine's clock. */
export const DIRTY = `${LOG_TIME}
local found = {}
for i = 1, #KEYS do
  local members = redis.call('ZRANGEBYSCORE', KEYS[i], ARGV[1], '+inf')
  for j = 1, #members do found[#found + 1] = members[j] end
end
return {whole(engine_ms()), found}
`;
