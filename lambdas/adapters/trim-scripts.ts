import { HEAD, LOG_TIME } from "./log-head-script.ts";

/** Scripts that keep the log short. Regions' reports: hash of region = `<position>/<ms of the engine's clock>`. */

/** Entries that one call removes: a script holds up everybody else. */
export const TRIMMED_AT_ONCE = 5_000;

/** KEYS reports; ARGV region, position. */
export const REPORT = `${HEAD}${LOG_TIME}
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '/' .. whole(engine_ms()))
return 'kept'
`;

/** KEYS reports. Each region's name, position and silence in ms. */
export const REPORTS = `${HEAD}${LOG_TIME}
local told = redis.call('HGETALL', KEYS[1])
local now, found = engine_ms(), {}
for i = 1, #told, 2 do
  local position, at = string.match(told[i + 1], '^(%d+)/(%d+)$')
  found[#found + 1] = {told[i], position, whole(now - tonumber(at))}
end
return found
`;

/** KEYS head. */
export const TAIL = `
local h = redis.call('HMGET', KEYS[1], 'incarnation', 'term', 'position', 'chain', 'start', 'bytes', 'entryTerm')
if not h[1] then return {'unknown-collection'} end
return {'tail', h[7] or h[2], h[3], h[4], h[5] or '1', h[6] or '0'}
`;

/**
 * KEYS head, stream, reports; ARGV incarnation, position and chain of a verified snapshot, silence in ms from which a region does
 * not count, entries at most. The stream's last entry stays: by it every append sees that the log is whole.
 */
export const TRIM = `${HEAD}${LOG_TIME}
local h = redis.call('HMGET', KEYS[1], 'incarnation', 'position', 'start')
if not h[1] or h[1] ~= ARGV[1] then return {'unknown-collection'} end
local start, to = tonumber(h[3] or '1'), tonumber(ARGV[2])
if to >= start then
  local at = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2], 'COUNT', '1')
  if not at[1] then return {'off-line'} end
  local chain = ''
  for j = 1, #at[1][2], 2 do if at[1][2][j] == 'c' then chain = at[1][2][j + 1] end end
  if chain ~= ARGV[3] then return {'off-line'} end
end
local told = redis.call('HGETALL', KEYS[3])
local now = engine_ms()
for i = 1, #told, 2 do
  local position, at = string.match(told[i + 1], '^(%d+)/(%d+)$')
  if now - tonumber(at) < tonumber(ARGV[4]) then to = math.min(to, tonumber(position)) end
end
to = math.min(to, tonumber(h[2]) - 1)
local upto = math.min(to, start + tonumber(ARGV[5]) - 1)
if upto < start then return {'trimmed', whole(start), '0'} end
redis.call('HSET', KEYS[1], 'start', whole(upto + 1))
redis.call('XTRIM', KEYS[2], 'MINID', whole(upto + 1))
return {'trimmed', whole(upto + 1), upto < to and '1' or '0'}
`;
