import { HEAD, LOG_TIME } from "./log-head-script.ts";

/** The engine's run id; empty where it serves none. */
export const RUN = `${HEAD}
return run_id()
`;

/**
 * KEYS head, stream; ARGV incarnation, term and chain of the line's origin. The only script that tells of a log that does not stand: as its stream has it, for whoever
 * decides about a promotion.
 */
export const INSPECT = `${HEAD}
local head = read_head(KEYS[1], ARGV[1])
if not head then return {'unknown-collection'} end
if stands(KEYS[1], KEYS[2], head) then
  return {'stands', head.term, head.position, head.chain, '0', '0', head.entry_term, head.terms}
end
local tail = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', '1')
if not tail[1] then return {'log-restarted', head.term, '0', ARGV[3], '0', '0', ARGV[2], head.terms} end
local position, term = string.match(tail[1][1], '^(%d+)-(%d+)$')
local chain = head.chain
for i = 1, #tail[1][2], 2 do
  if tail[1][2][i] == 'c' then chain = tail[1][2][i + 1] end
end
return {'log-restarted', head.term, position, chain, '0', '0', term, head.terms}
`;

/**
 * Raises the term, and sets head to the stream's last entry; where somebody has taken that out by hand its chain is not known, and where a log
 * that was trimmed is gone altogether nothing of it is.
 * KEYS registry, head, stream, dirty set; ARGV incarnation, the term that the caller saw, the new one, the new primary, the record's
 * field, the record as it stands and as it is to be, term and chain of the line's origin.
 */
export const PROMOTE = `${HEAD}${LOG_TIME}
local head = read_head(KEYS[2], ARGV[1])
if not head then return {'unknown-collection'} end
if head.term ~= ARGV[2] or tonumber(ARGV[3]) <= tonumber(head.term) then return {'stale-term'} end
if redis.call('HGET', KEYS[1], ARGV[5]) ~= ARGV[6] then return {'stale-record'} end
local position, chain, entry_term = head.position, head.chain, head.entry_term
local id = last_id(KEYS[3])
local is_empty = id == '0-0' and tonumber(position) == tonumber(head.start) - 1
if id ~= position .. '-' .. entry_term and not is_empty then
  local tail = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', '1')
  if tail[1] and tail[1][1] == id then
    position, entry_term = string.match(id, '^(%d+)-(%d+)$')
    for i = 1, #tail[1][2], 2 do
      if tail[1][2][i] == 'c' then chain = tail[1][2][i + 1] end
    end
  elseif id == '0-0' and head.start == '1' then
    position, entry_term, chain = '0', ARGV[8], ARGV[9]
  else
    return {'end-missing'}
  end
end
local terms = ''
for t, first in string.gmatch(head.terms, '(%d+):(%d+)') do
  if tonumber(first) <= tonumber(position) then terms = terms .. (terms == '' and '' or ',') .. t .. ':' .. first end
end
local step = tonumber(redis.call('HGET', KEYS[2], 'step')) + 1
redis.call('HSET', KEYS[2], 'term', ARGV[3], 'primary', ARGV[4], 'position', position, 'chain', chain, 'entryTerm', entry_term,
  'terms', terms, 'run', run_id(), 'step', whole(step))
local now, given = log_time(KEYS[2])
redis.call('HSET', KEYS[1], ARGV[5], ARGV[7])
redis.call('ZADD', KEYS[4], whole(engine_ms()), ARGV[1])
return {'promoted', ARGV[3], position, chain, now, given, entry_term, terms}
`;
