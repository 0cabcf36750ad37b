import { ENTRY, HEAD, LOG_MEMORY, LOG_TIME, MEMORY, TERMS } from "./log-head-script.ts";

/** Of an entry in a reply, beside itself: its id, digest, chain and time. */
const ENTRY_OVERHEAD_BYTES = 200;

/**
 * The log's scripts: one constant Lua script an operation, data only in ARGV, every key declared.
 * A script that fails half way keeps its writes, so each checks everything before its first one.
 *
 * head = hash {incarnation, term, primary, position, chain, run, entryTerm, terms, time, step, offset, sealed, schemaVersion, start, bytes};
 * entryTerm is the last entry's, terms = `<term>:<its first position>,...` of those that have entries, `start` the first position
 * that was not trimmed (left out: 1), `sealed` 0 or the log time of its seal as `<ms>:<term>:<step>`, `bytes` all that was ever
 * appended; stream ids are `<position>-<term>`, dense; fields e = entry, d = its digest, c = chain after it, t and s = log time and
 * step; of an entry that lies in a segment e is empty, and r = `<segment>:<offset>:<length>`.
 */

/** KEYS registry, head, aliases; ARGV field, record, incarnation, term, primary, chain, schemaVersion, collections at most. */
export const REGISTER = `${HEAD}
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return {'taken', known} end
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then return {'alias'} end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[8]) then return {'full'} end
redis.call('HSET', KEYS[2], 'incarnation', ARGV[3], 'term', ARGV[4], 'primary', ARGV[5], 'position', '0', 'chain', ARGV[6],
  'run', run_id(), 'entryTerm', ARGV[4], 'terms', ARGV[4] .. ':1',
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
 * ARGV incarnation, term, schemaVersion, request digest, idempotency ms, n, position, chain and term that the caller's region holds,
 * 1 where the schema version is to rise, then n times (digest, entry, reference), of the last two one empty. A log that ends before what a region holds of the same term
 * has lost its tail, though it does not know it: nothing may be added to it. What is held of an earlier term a promotion has judged.
 */
export const APPEND = `${HEAD}${LOG_TIME}${MEMORY}${TERMS}${ENTRY}
local head = read_head(KEYS[1], ARGV[1])
if not head then return {'unknown-collection'} end
if head.term ~= ARGV[2] then return {'stale-term'} end
if not stands(KEYS[1], KEYS[2], head) then return {'log-restarted'} end
local position, chain = tonumber(head.position), head.chain
if has_lost_tail(head, ARGV[9], ARGV[7], ARGV[8]) then return {'log-restarted'} end
local known = redis.call('HMGET', KEYS[3], 'digest', 'position', 'term', 'chain', 'time', 'step', 'count')
if known[1] and is_on_line(head, tonumber(known[3]), tonumber(known[2])) then
  if known[1] ~= ARGV[4] then return {'idempotency-mismatch'} end
  return {'repeated', known[3], known[2], known[4], known[5], known[6], known[7] or ARGV[6]}
end
if head.sealed ~= '0' then return {'collection-moved'} end
local raises = ARGV[10] == '1'
if raises and head.schema == ARGV[3] then
  local t = redis.call('HMGET', KEYS[1], 'time', 'step')
  return {'repeated', head.entry_term, head.position, chain, t[1], t[2], '0'}
end
if raises and tonumber(head.schema) > tonumber(ARGV[3]) then return {'stale-schema'} end
if not raises and head.schema ~= ARGV[3] then return {'stale-schema'} end
local filled = memory_share()
if filled >= ${LOG_MEMORY.refusedShare} then return {'storage-full'} end
if filled >= ${LOG_MEMORY.slowedShare} then return {'write-backpressure'} end
local now, step = log_time(KEYS[1])
local terms = terms_with(head, position + 1)
local bytes = 0
for i = 1, tonumber(ARGV[6]) do
  local digest, entry, reference = ARGV[8 + 3 * i], ARGV[9 + 3 * i], ARGV[10 + 3 * i]
  bytes = bytes + bytes_of(entry, reference)
  position = position + 1
  chain = redis.sha1hex(chain .. digest)
  add_entry(KEYS[2], whole(position) .. '-' .. head.term, entry, reference, digest, chain, now, step)
end
redis.call('HSET', KEYS[1], 'position', whole(position), 'chain', chain, 'schemaVersion', ARGV[3], 'entryTerm', head.term, 'terms', terms)
redis.call('HINCRBY', KEYS[1], 'bytes', whole(bytes))
redis.call('HSET', KEYS[3], 'digest', ARGV[4], 'position', whole(position), 'term', head.term, 'chain', chain, 'time', now, 'step', step, 'count', ARGV[6])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
redis.call('ZADD', KEYS[4], whole(engine_ms()), ARGV[1])
return {'appended', head.term, whole(position), chain, now, step, ARGV[6]}
`;

/** KEYS head, stream, idempotency record; ARGV incarnation, request digest. */
export const TAKEN = `${HEAD}
local head = read_head(KEYS[1], ARGV[1])
if not head then return {'unknown-collection'} end
if not stands(KEYS[1], KEYS[2], head) then return {'log-restarted'} end
local known = redis.call('HMGET', KEYS[3], 'digest', 'position', 'term', 'chain', 'time', 'step', 'count')
if not known[1] or not is_on_line(head, tonumber(known[3]), tonumber(known[2])) then return {'unknown'} end
if known[1] ~= ARGV[2] then return {'idempotency-mismatch'} end
return {'repeated', known[3], known[2], known[4], known[5], known[6], known[7]}
`;

/**
 * KEYS head, stream; ARGV incarnation, from position, entries at most, bytes at most in the reply and of segments that it names. What
 * was trimmed is told, never left out.
 */
export const PULL = `${HEAD}${LOG_TIME}${ENTRY}
local head = read_head(KEYS[1], ARGV[1])
if not head then return {'unknown-collection'} end
if not stands(KEYS[1], KEYS[2], head) then return {'log-restarted'} end
local now, step = log_time(KEYS[1])
local start = redis.call('HGET', KEYS[1], 'start') or '1'
if tonumber(ARGV[2]) < tonumber(start) then
  return {'trimmed', head.term, head.position, head.chain, now, step, head.entry_term, head.terms, head.sealed, {}, start}
end
local found = redis.call('XRANGE', KEYS[2], ARGV[2], '+', 'COUNT', ARGV[3])
local entries, bytes, named = {}, 0, 0
for i = 1, #found do
  local fields = {}
  for j = 1, #found[i][2], 2 do fields[found[i][2][j]] = found[i][2][j + 1] end
  local reference = fields['r'] or ''
  if reference ~= '' then named = named + bytes_of('', reference) end
  bytes = bytes + #fields['e'] + #reference + ${ENTRY_OVERHEAD_BYTES}
  if i > 1 and (bytes > tonumber(ARGV[4]) or named > tonumber(ARGV[5])) then break end
  entries[i] = {found[i][1], fields['e'], fields['d'], fields['c'], fields['t'], fields['s'], reference}
end
return {'read', head.term, head.position, head.chain, now, step, head.entry_term, head.terms, head.sealed, entries, start}
`;

/** KEYS head, stream; ARGV incarnation, position from which to look, entries at most. The segments that entries name, and where to go on. */
export const NAMED = `${HEAD}
local head = read_head(KEYS[1], ARGV[1])
if not head then return {'unknown-collection'} end
if not stands(KEYS[1], KEYS[2], head) then return {'log-restarted'} end
local found = redis.call('XRANGE', KEYS[2], ARGV[2], '+', 'COUNT', ARGV[3])
local names, last, position = {}, '', ''
for i = 1, #found do
  position = string.match(found[i][1], '^(%d+)-')
  for j = 1, #found[i][2], 2 do
    local name = found[i][2][j] == 'r' and string.match(found[i][2][j + 1], '^([^:]+):') or ''
    if name ~= '' and name ~= last then
      names[#names + 1] = name
      last = name
    end
  end
end
if #found < tonumber(ARGV[3]) then return {'named', '', names} end
return {'named', whole(tonumber(position) + 1), names}
`;

/** KEYS head, stream; ARGV incarnation. */
export const CONFIRM = `${HEAD}${LOG_TIME}
local head = read_head(KEYS[1], ARGV[1])
if not head then return {'unknown-collection'} end
if not stands(KEYS[1], KEYS[2], head) then return {'log-restarted'} end
local now, step = log_time(KEYS[1])
return {'read', head.term, head.position, head.chain, now, step, head.entry_term, head.terms, head.sealed}
`;

/** KEYS the dirty sets; ARGV since, in ms of the engine's clock. */
export const DIRTY = `${HEAD}${LOG_TIME}
local found = {}
for i = 1, #KEYS do
  local members = redis.call('ZRANGEBYSCORE', KEYS[i], ARGV[1], '+inf')
  for j = 1, #members do found[#found + 1] = members[j] end
end
return {whole(engine_ms()), found}
`;
