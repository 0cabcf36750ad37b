import { ENTRY, HEAD, LOG_TIME } from "./log-head-script.ts";

/** Scripts that begin a log in the middle: a restored collection's. `seeding` in its head says that nobody has it yet. */

/** KEYS head; ARGV incarnation, term, primary, position, chain, schemaVersion. */
export const SEED = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 'known' end
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'term', ARGV[2], 'primary', ARGV[3], 'position', ARGV[4], 'chain', ARGV[5],
  'time', '0', 'step', '0', 'offset', '0', 'sealed', '0', 'schemaVersion', ARGV[6], 'seeding', '1',
  'start', string.format('%.0f', tonumber(ARGV[4]) + 1))
return 'begun'
`;

/** KEYS head, stream; ARGV position that it follows, schema version after it, n, then n times (digest, entry, reference). */
export const SEED_ENTRIES = `${HEAD}${LOG_TIME}${ENTRY}
local h = redis.call('HMGET', KEYS[1], 'term', 'position', 'chain', 'seeding')
if not h[4] then return {'not-seeding'} end
if h[2] ~= ARGV[1] then return {'elsewhere', h[1], h[2], h[3]} end
local now, step = log_time(KEYS[1])
local position, chain, bytes = tonumber(h[2]), h[3], 0
for i = 1, tonumber(ARGV[3]) do
  local digest, entry, reference = ARGV[1 + 3 * i], ARGV[2 + 3 * i], ARGV[3 + 3 * i]
  position = position + 1
  chain = redis.sha1hex(chain .. digest)
  bytes = bytes + bytes_of(entry, reference)
  add_entry(KEYS[2], whole(position) .. '-' .. h[1], entry, reference, digest, chain, now, step)
end
redis.call('HSET', KEYS[1], 'position', whole(position), 'chain', chain)
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'schemaVersion', ARGV[2]) end
redis.call('HINCRBY', KEYS[1], 'bytes', whole(bytes))
return {'seeded', h[1], whole(position), chain}
`;

/** KEYS registry, head; ARGV field, record, collections at most. */
export const REGISTER_SEEDED = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return {'taken', known} end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return {'full'} end
redis.call('HDEL', KEYS[2], 'seeding')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return {'registered', ARGV[2]}
`;

/** KEYS head, stream. Nothing of a log that somebody has. */
export const ABANDON = `
if not redis.call('HGET', KEYS[1], 'seeding') then return 0 end
return redis.call('DEL', KEYS[1], KEYS[2])
`;
