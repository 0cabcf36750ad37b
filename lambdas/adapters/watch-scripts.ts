/**
 * The watch list's scripts: one constant Lua script an operation, data only in ARGV, both keys declared.
 *
 * list = hash {wid, fence, term, m, chain, t, tterm, tstep, seq, bytes, n, e:<entryId> = seq and bytes of its record}; records = stream of ids `<seq>-0` with
 * fields e = entryId, r = record. Each script changes both or neither, so that there are n of both, unless Redis has
 * evicted the stream: then a list can't say what was registered since it was read, and is not moved on any more. Times are three numbers, or empty where they are unknown.
 */
const COMMON = `
local LIFE_S, CHUNK = '86400', 500
local unpack = unpack or table.unpack
local function whole(n) return string.format('%.0f', n) end
local function is_whole() return redis.call('XLEN', KEYS[2]) == tonumber(redis.call('HGET', KEYS[1], 'n')) end
local function take(entries)
  local freed, taken = 0, 0
  for first = 1, #entries, CHUNK do
    local fields = {}
    for i = first, math.min(first + CHUNK - 1, #entries) do fields[#fields + 1] = 'e:' .. entries[i] end
    local found, ids, gone = redis.call('HMGET', KEYS[1], unpack(fields)), {}, {}
    for i = 1, #fields do
      if found[i] then
        local seq, bytes = string.match(found[i], '^(%d+):(%d+)$')
        ids[#ids + 1], gone[#gone + 1], freed = seq .. '-0', fields[i], freed + tonumber(bytes)
      end
    end
    taken = taken + #ids
    if #ids > 0 then
      redis.call('XDEL', KEYS[2], unpack(ids))
      redis.call('HDEL', KEYS[1], unpack(gone))
    end
  end
  if taken > 0 then
    redis.call('HINCRBY', KEYS[1], 'bytes', whole(-freed))
    redis.call('HINCRBY', KEYS[1], 'n', whole(-taken))
  end
end
local function later(t, tterm, tstep)
  if t == '' then return false end
  local h = redis.call('HMGET', KEYS[1], 't', 'tterm', 'tstep')
  if not h[1] or h[1] == '' then return true end
  if tonumber(tterm) ~= tonumber(h[2]) then return tonumber(tterm) > tonumber(h[2]) end
  if tonumber(tstep) ~= tonumber(h[3]) then return tonumber(tstep) > tonumber(h[3]) end
  return tonumber(t) > tonumber(h[1])
end
local function live()
  redis.call('EXPIRE', KEYS[1], LIFE_S)
  redis.call('EXPIRE', KEYS[2], LIFE_S)
end
`;

/** ARGV wid, fence, term, m, chain, t, tterm, tstep. */
export const BEGIN = `${COMMON}
local fence = redis.call('HGET', KEYS[1], 'fence')
if fence and tonumber(fence) > tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'wid', ARGV[1], 'fence', ARGV[2], 'term', ARGV[3], 'm', ARGV[4], 'chain', ARGV[5],
  't', ARGV[6], 'tterm', ARGV[7], 'tstep', ARGV[8], 'seq', '0', 'bytes', '0', 'n', '0')
live()
return 1
`;

/** ARGV term, position and chain of the answer, entryId, record, entries at most, bytes at most. */
export const REGISTER_ENTRY = `${COMMON}
local h = redis.call('HMGET', KEYS[1], 'term', 'm', 'chain', 'seq', 'bytes')
if not h[1] then return 'absent' end
local m, position = tonumber(h[2]), tonumber(ARGV[2])
if h[1] ~= ARGV[1] or position < m or (position == m and h[3] ~= ARGV[3]) then return 'refused' end
if redis.call('HEXISTS', KEYS[1], 'e:' .. ARGV[4]) == 1 then return 'registered' end
local bytes = tonumber(h[5]) + #ARGV[5]
while redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[6]) or bytes > tonumber(ARGV[7]) do
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', '1')
  if not oldest[1] then break end
  bytes = bytes - #oldest[1][2][4]
  local field, seq = 'e:' .. oldest[1][2][2], string.match(oldest[1][1], '^(%d+)-')
  redis.call('XDEL', KEYS[2], oldest[1][1])
  redis.call('HINCRBY', KEYS[1], 'n', '-1')
  if string.match(redis.call('HGET', KEYS[1], field) or '', '^(%d+):') == seq then redis.call('HDEL', KEYS[1], field) end
end
local seq = whole(tonumber(h[4]) + 1)
redis.call('XADD', KEYS[2], seq .. '-0', 'e', ARGV[4], 'r', ARGV[5])
redis.call('HSET', KEYS[1], 'seq', seq, 'e:' .. ARGV[4], seq .. ':' .. whole(#ARGV[5]), 'bytes', whole(bytes))
redis.call('HINCRBY', KEYS[1], 'n', '1')
live()
return position > m and 'behind' or 'registered'
`;

/** ARGV wid that is known, seq that is known, records at most, bytes at most. One record comes, however large. */
export const LOAD = `${COMMON}
local h = redis.call('HMGET', KEYS[1], 'wid', 'fence', 'term', 'm', 'chain', 't', 'tterm', 'tstep', 'seq', 'n')
if not h[1] then return {} end
local whole_list = is_whole() and '1' or '0'
local after = h[1] == ARGV[1] and tonumber(ARGV[2]) or 0
local found = redis.call('XRANGE', KEYS[2], whole(after + 1) .. '-0', '+', 'COUNT', ARGV[3])
local records, bytes, last, more = {}, 0, h[9], #found == tonumber(ARGV[3])
for i = 1, #found do
  bytes = bytes + #found[i][2][4]
  if i > 1 and bytes > tonumber(ARGV[4]) then
    more = true
    break
  end
  records[i] = {found[i][2][2], found[i][2][4]}
  last = string.match(found[i][1], '^(%d+)-')
end
return {h[1], h[2], h[3], h[4], h[5], h[6], h[7], h[8], more and last or h[9], h[10], whole_list, more and '1' or '0', records}
`;

/** ARGV wid, fence, m and chain from, seq seen, term, m and chain to, t, tterm, tstep, then the drops. */
export const PUBLISH = `${COMMON}
local h = redis.call('HMGET', KEYS[1], 'wid', 'fence', 'm', 'chain')
if not h[1] or h[1] ~= ARGV[1] or tonumber(h[2]) > tonumber(ARGV[2]) then return 0 end
if h[3] ~= ARGV[3] or h[4] ~= ARGV[4] then return 0 end
if not is_whole() then return 0 end
local drops = {}
for i = 12, #ARGV do drops[#drops + 1] = ARGV[i] end
local unseen = redis.call('XRANGE', KEYS[2], whole(tonumber(ARGV[5]) + 1) .. '-0', '+')
for i = 1, #unseen do drops[#drops + 1] = unseen[i][2][2] end
take(drops)
if h[3] ~= ARGV[7] or later(ARGV[9], ARGV[10], ARGV[11]) then
  redis.call('HSET', KEYS[1], 't', ARGV[9], 'tterm', ARGV[10], 'tstep', ARGV[11])
end
redis.call('HSET', KEYS[1], 'fence', ARGV[2], 'term', ARGV[6], 'm', ARGV[7], 'chain', ARGV[8])
live()
return 1
`;

/** ARGV entryId or empty, term, m, chain, t, tterm, tstep. */
export const STANDS = `${COMMON}
local h = redis.call('HMGET', KEYS[1], 'term', 'm', 'chain')
if h[1] ~= ARGV[2] or h[2] ~= ARGV[3] or h[3] ~= ARGV[4] then return 0 end
if later(ARGV[5], ARGV[6], ARGV[7]) then
  redis.call('HSET', KEYS[1], 't', ARGV[5], 'tterm', ARGV[6], 'tstep', ARGV[7])
end
if ARGV[1] == '' then return 1 end
return redis.call('HEXISTS', KEYS[1], 'e:' .. ARGV[1])
`;
