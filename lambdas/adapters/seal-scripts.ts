import { ENTRY, HEAD, LOG_TIME, TERMS } from "./log-head-script.ts";

/**
 * Scripts of a log's end. A tombstone is a field of one hash, by incarnation: `<ms of the engine's clock> <regions> <record>`, regions
 * being those that have removed their part, each followed by a comma.
 */

/**
 * The last entry of a log, the record out of the registry, a tombstone: one step. A seal that stands is told again.
 * KEYS registry, head, stream, dirty set, tombstones; ARGV incarnation, term, position, chain and term that the caller's region holds,
 * digest, entry, the record's field, the record as it stands, tombstones at most.
 */
export const SEAL = `${HEAD}${LOG_TIME}${TERMS}${ENTRY}
local head = read_head(KEYS[2], ARGV[1])
if not head then return {'unknown-collection'} end
if head.sealed ~= '0' then
  local ms, term, step = string.match(head.sealed, '^(%d+):(%d+):(%d+)$')
  return {'sealed', head.entry_term, head.position, head.chain, ms, step}
end
if head.term ~= ARGV[2] then return {'stale-term'} end
if not stands(KEYS[2], KEYS[3], head) then return {'log-restarted'} end
if has_lost_tail(head, ARGV[5], ARGV[3], ARGV[4]) then return {'log-restarted'} end
if redis.call('HGET', KEYS[1], ARGV[8]) ~= ARGV[9] then return {'stale-record'} end
if redis.call('HLEN', KEYS[5]) >= tonumber(ARGV[10]) then return {'full'} end
local now, step = log_time(KEYS[2])
local position = tonumber(head.position)
local terms = terms_with(head, position + 1)
local chain = redis.sha1hex(head.chain .. ARGV[6])
local at = whole(position + 1)
add_entry(KEYS[3], at .. '-' .. head.term, ARGV[7], '', ARGV[6], chain, now, step)
redis.call('HSET', KEYS[2], 'position', at, 'chain', chain, 'entryTerm', head.term, 'terms', terms,
  'sealed', now .. ':' .. head.term .. ':' .. step)
redis.call('HINCRBY', KEYS[2], 'bytes', whole(#ARGV[7]))
redis.call('HDEL', KEYS[1], ARGV[8])
redis.call('HSET', KEYS[5], ARGV[1], whole(engine_ms()) .. '  ' .. ARGV[9])
redis.call('ZADD', KEYS[4], whole(engine_ms()), ARGV[1])
return {'sealed', head.term, at, chain, now, step}
`;

/**
 * A region has removed its part. Once all have, or after so long, the log goes as well; the tombstone stays for a while, for whoever
 * was slow to hear of it.
 * KEYS tombstones, head, stream, reports; ARGV incarnation, region, number of regions, ms that a tombstone stays, ms after which
 * regions that have not said so are not waited for.
 */
export const REMOVED = `${HEAD}${LOG_TIME}
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return 'gone' end
local ms, regions, record = string.match(value, '^(%d+) (%S*) (.*)$')
if not string.find(',' .. regions, ',' .. ARGV[2] .. ',', 1, true) then
  regions = regions .. ARGV[2] .. ','
  redis.call('HSET', KEYS[1], ARGV[1], ms .. ' ' .. regions .. ' ' .. record)
end
local _, count = string.gsub(regions, ',', ',')
local age = engine_ms() - tonumber(ms)
local all = count >= tonumber(ARGV[3])
if not all and age < tonumber(ARGV[5]) then return 'kept' end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
if age >= tonumber(ARGV[4]) then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 'removed'
`;
